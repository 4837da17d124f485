// wisp create: makes a database and runs CREATE TABLE and CREATE TYPE statements in it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "wisp/schema/ddl.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/text_file.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {
namespace {

struct Script {
  std::string name;
  std::string sql;
};

Result<std::vector<Script>> read_scripts(const std::vector<std::string>& files) {
  std::vector<Script> scripts;
  for (const std::string& file : files) {
    WISP_ASSIGN(std::string sql, read_text(file));
    scripts.push_back({file == "-" ? "standard input" : file, std::move(sql)});
  }
  return scripts;
}

// Whether all scripts parse one after the other, so that a mistake in the last one is found before
// the database exists.
Status check_scripts(const std::vector<Script>& scripts, std::vector<Type> types) {
  for (const Script& script : scripts) {
    auto parsed = parse_ddl(script.sql, types);
    if (!parsed) return fail(std::move(parsed).error().within(script.name));
    for (DdlStatement& statement : parsed->statements) {
      if (auto* type = std::get_if<CreateType>(&statement)) types.push_back(std::move(type->type));
      if (auto* alter = std::get_if<AlterType>(&statement)) {
        for (Type& changed : alter->change.types) {
          *std::find_if(types.begin(), types.end(), [&](const Type& known) {
            return known.type_name() == changed.type_name();
          }) = std::move(changed);
        }
      }
    }
  }
  return {};
}

}  // namespace

ExitCode create_tables(Console& console, const CreateArguments& arguments) {
  auto scripts = read_scripts(arguments.files);
  if (!scripts) return console.failed(scripts.error());
  if (!Database::exists(arguments.database)) {
    if (auto status = check_scripts(*scripts, {}); !status) return console.refused(status.error());
  }
  auto database = open_or_create_database(console, arguments.database);
  if (!database) return console.failed(database.error());
  if (auto status = check_scripts(*scripts, database->types()); !status) {
    return console.refused(status.error());
  }
  for (const Script& script : *scripts) {
    auto outcome = database->execute(script.sql);
    if (!outcome) return console.refused(std::move(outcome).error().within(script.name));
    for (const Diagnostic& warning : outcome->warnings) {
      console.note(script.name + ": warning: " + warning.to_string());
    }
    for (const std::string& table : outcome->created_tables) {
      console.note("created table " + quote_identifier(table));
    }
  }
  if (auto status = database->close(); !status) return console.failed(status.error());
  return ExitCode::kOk;
}

}  // namespace wisp::tools
