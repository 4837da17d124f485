// rowdump schema: the CREATE TYPE and CREATE TABLE statements of a database or of one table.
#include <string>
#include <vector>

#include "wisp/tools/database_access.h"
#include "wisp/tools/ddl_text.h"
#include "wisp/tools/rowdump/commands.h"

namespace wisp::tools {

ExitCode show_schema(Console& console, const SchemaArguments& arguments) {
  auto database = open_database(console, arguments.database, OpenMode::kReadOnly);
  if (!database) return console.failed(database.error());
  std::string& out = console.out().buffer();
  if (arguments.table) {
    auto table = database->table(*arguments.table);
    if (!table) return console.failed(table.error());
    const std::vector<Type> types = table->schema()->named_types();
    append_create_types(types, out);
    append_create_table(*table->schema(), out);
    return ExitCode::kOk;
  }
  const std::vector<Type> types = database->types();
  append_create_types(types, out);
  bool first = true;
  for (const std::string& name : database->table_names()) {
    auto table = database->table(name);
    if (!table) return console.failed(table.error());
    if (!first) out += '\n';
    first = false;
    append_create_table(*table->schema(), out);
    console.out().flush_if_full();
  }
  return ExitCode::kOk;
}

}  // namespace wisp::tools
