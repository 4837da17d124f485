// rowdump ls: the tables of a database.
#include <fmt/format.h>

#include <array>
#include <string>

#include "wisp/schema/json.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/record_writer.h"
#include "wisp/tools/rowdump/commands.h"

namespace wisp::tools {

ExitCode list_tables(Console& console, const ListArguments& arguments) {
  auto database = open_database(console, arguments.database, OpenMode::kReadOnly);
  if (!database) return console.failed(database.error());
  RecordOptions options;
  options.format = arguments.format;
  options.field_noun = "fields";
  auto writer = make_record_writer(console,
                                   {{"table"},
                                    {"columns", true},
                                    {"key"},
                                    {"estimated_rows", true},
                                    {"disk_bytes", true},
                                    {"memtable_bytes", true}},
                                   options);
  ExitCode code = ExitCode::kOk;
  std::size_t listed = 0;
  for (const std::string& name : database->table_names()) {
    auto table = database->table(name);
    auto stats = table ? database->table_stats(*table) : Result<TableStats>(fail(table.error()));
    if (!stats) {
      code = worse_of(code, console.failed(stats.error()));
      continue;
    }
    const Schema& schema = *table->schema();
    std::string key = schema.has_hidden_row_id() ? "(row id)" : "";
    for (const KeyPart& part : schema.key()) {
      if (!key.empty()) key += ", ";
      key += schema.column(part.column).name;
      if (part.order == SortOrder::kDescending) key += " DESC";
    }
    const auto text = [&](const std::string& plain) {
      if (!writer->wants_json()) return plain;
      std::string json;
      print_json_string(plain, json);
      return json;
    };
    const std::array<std::string, 6> texts = {text(name),
                                              fmt::format("{}", schema.column_count()),
                                              text(key),
                                              fmt::format("{}", stats->estimated_rows),
                                              fmt::format("{}", stats->disk_bytes),
                                              fmt::format("{}", stats->memtable_bytes)};
    std::array<Cell, 6> cells;
    for (std::uint32_t i = 0; i < texts.size(); ++i) cells[i] = {i, texts[i]};
    writer->write(cells, name);
    ++listed;
  }
  writer->finish();
  if (listed == 0 && code == ExitCode::kOk && console.stdout_is_terminal()) {
    console.note("no tables");
  }
  return code;
}

}  // namespace wisp::tools
