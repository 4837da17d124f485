// Opening what the command line names, with errors that help.
#pragma once

#include <string>

#include "wisp/engine/database.h"
#include "wisp/schema/result.h"
#include "wisp/tools/console.h"

namespace wisp::tools {

// Opens an existing database; what opening had to say (a log that was cut off) is noted on
// `console`. A path that is missing, no directory or no database is kIo, and the message says
// which.
Result<Database> open_database(Console& console, const std::string& path, OpenMode mode);

// Opens for writing; where nothing stands at `path` (or an empty directory), makes a new database.
Result<Database> open_or_create_database(Console& console, const std::string& path);

// A table and, kept alive with it, its database.
struct OpenTable {
  Database database;
  Table table;
};
Result<OpenTable> open_table(Console& console, const std::string& path, const std::string& table,
                             OpenMode mode);

}  // namespace wisp::tools
