// wisp alter: runs ALTER TABLE, ALTER TYPE and DROP TABLE statements.
#include <string>
#include <string_view>
#include <utility>

#include "wisp/schema/ddl.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/text_file.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {
namespace {

// How a script was given: "-", the name of a file that ends in .sql, or the statements themselves.
bool names_file(std::string_view script) {
  return script == "-" || script.ends_with(".sql");
}

std::string source_of(const std::string& script) {
  if (script == "-") return "standard input";
  return names_file(script) ? script : std::string();
}

void report(Console& console, const Database& database, const ExecuteOutcome& outcome) {
  for (const std::string& type : outcome.created_types) {
    console.note("created type " + quote_identifier(type));
  }
  for (const std::string& table : outcome.created_tables) {
    console.note("created table " + quote_identifier(table));
  }
  for (const std::string& type : outcome.altered_types) {
    console.note("altered type " + quote_identifier(type));
  }
  for (const std::string& name : outcome.altered_tables) {
    std::string text = "altered table " + quote_identifier(name);
    // A table that the same text renamed or dropped is not found.
    const auto table = database.table(name);
    if (table && table->schema()->table_name() == name) {
      text += ": schema version " + std::to_string(to_underlying(table->schema()->version()));
    }
    console.note(text);
  }
  for (const std::string& table : outcome.dropped_tables) {
    console.note("dropped table " + quote_identifier(table));
  }
}

}  // namespace

ExitCode alter_tables(Console& console, const AlterArguments& arguments) {
  const std::string source = source_of(arguments.script);
  std::string sql = arguments.script;
  if (names_file(arguments.script)) {
    auto text = read_text(arguments.script);
    if (!text) return console.failed(text.error());
    sql = std::move(*text);
  }
  if (sql.find_first_not_of("; \t\r\n") == std::string::npos) {
    return console.refused({ErrorCode::kParse, "there is no statement to run", source});
  }
  auto database = open_database(console, arguments.database, OpenMode::kReadWrite);
  if (!database) return console.failed(database.error());
  auto outcome = database->execute(sql);
  if (!outcome) {
    return console.refused(source.empty() ? outcome.error()
                                          : std::move(outcome).error().within(source));
  }
  for (const Diagnostic& warning : outcome->warnings) {
    console.note((source.empty() ? "" : source + ": ") + "warning: " + warning.to_string());
  }
  report(console, *database, *outcome);
  if (auto status = database->close(); !status) return console.failed(status.error());
  return ExitCode::kOk;
}

}  // namespace wisp::tools
