// rowdump schema: the CREATE TYPE and CREATE TABLE statements of a database or of one table, of any
// schema version, and the list of versions.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wisp/schema/json.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/ddl_text.h"
#include "wisp/tools/record_writer.h"
#include "wisp/tools/rowdump/commands.h"
#include "wisp/tools/rowdump/schema_history.h"

namespace wisp::tools {
namespace {

ExitCode show_table(Console& console, const Table& table, std::optional<std::uint32_t> version) {
  const SchemaVersion newest = table.schema()->version();
  const SchemaPtr schema = table.schema_of(version ? SchemaVersion{*version} : newest);
  if (schema == nullptr) {
    return console.failed({ErrorCode::kNotFound,
                           "there is no schema version " + std::to_string(*version) +
                               "; the newest is " + std::to_string(to_underlying(newest)),
                           "table " + quote_identifier(table.schema()->table_name())});
  }
  const std::vector<Type> types = schema->named_types();
  append_create_types(types, console.out().buffer());
  append_create_table(*schema, console.out().buffer());
  return ExitCode::kOk;
}

void list_versions_of(const Table& table, RecordWriter& writer) {
  SchemaPtr before;
  for (std::uint32_t v = 1; v <= to_underlying(table.schema()->version()); ++v) {
    const SchemaPtr schema = table.schema_of(SchemaVersion{v});
    const auto text = [&](const std::string& plain) {
      if (!writer.wants_json()) return plain;
      std::string json;
      print_json_string(plain, json);
      return json;
    };
    const std::array<std::string, 4> texts = {
        text(schema->table_name()), std::to_string(v), std::to_string(schema->column_count()),
        text(before == nullptr ? "CREATE TABLE" : schema_changes(*before, *schema))};
    std::array<Cell, 4> cells;
    for (std::uint32_t i = 0; i < texts.size(); ++i) cells[i] = {i, texts[i]};
    writer.write(cells, schema->table_name() + ", version " + std::to_string(v));
    before = schema;
  }
}

ExitCode list_versions(Console& console, const Database& database,
                       const SchemaArguments& arguments) {
  std::vector<std::string> names;
  if (arguments.table) {
    names.push_back(*arguments.table);
  } else {
    names = database.table_names();
  }
  std::vector<Table> tables;
  for (const std::string& name : names) {
    auto table = database.table(name);
    if (!table) return console.failed(table.error());
    tables.push_back(std::move(*table));
  }
  RecordOptions options;
  options.format = arguments.format;
  options.field_noun = "fields";
  const auto writer = make_record_writer(
      console, {{"table"}, {"version", true}, {"columns", true}, {"change"}}, options);
  for (const Table& table : tables) list_versions_of(table, *writer);
  writer->finish();
  return ExitCode::kOk;
}

}  // namespace

ExitCode show_schema(Console& console, const SchemaArguments& arguments) {
  if (arguments.version && !arguments.table) {
    return console.failed({ErrorCode::kInvalidArgument, "--version needs a TABLE", {}});
  }
  auto database = open_database(console, arguments.database, OpenMode::kReadOnly);
  if (!database) return console.failed(database.error());
  if (arguments.versions) return list_versions(console, *database, arguments);
  if (arguments.table) {
    auto table = database->table(*arguments.table);
    if (!table) return console.failed(table.error());
    return show_table(console, *table, arguments.version);
  }
  const std::vector<Type> types = database->types();
  append_create_types(types, console.out().buffer());
  bool first = true;
  for (const std::string& name : database->table_names()) {
    auto table = database->table(name);
    if (!table) return console.failed(table.error());
    if (!first) console.out().buffer() += '\n';
    first = false;
    append_create_table(*table->schema(), console.out().buffer());
    console.out().flush_if_full();
  }
  return ExitCode::kOk;
}

}  // namespace wisp::tools
