// Which table an import writes to, and making it where --create asks for that.
#pragma once

#include <string>
#include <vector>

#include "wisp/engine/database.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/result.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {

// A CREATE TABLE of a DDL script, under the name that the command line gives.
struct PlannedTable {
  SchemaPtr schema;
  bool if_not_exists = false;
  std::vector<Diagnostic> warnings;
};

// Picks the script's only CREATE TABLE, or of several the one called `table` (exactly, else
// ignoring case), and renames it to `table`.
Result<PlannedTable> plan_table(std::string_view sql, std::span<const Type> known_types,
                                const std::string& table);

// Makes `planned` in `database`; a table that is there already is used when IF NOT EXISTS says so,
// else it is kAlreadyExists.
Result<Table> make_table(Database& database, const PlannedTable& planned);

}  // namespace wisp::tools
