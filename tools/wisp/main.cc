// wisp: makes databases and writes to them.
#include <memory>

#include "wisp/tools/command_line.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {
namespace {

void add_database(CLI::App& command, std::string& database) {
  command.add_option("DB", database, "Directory of the database")->required();
}

void add_table(CLI::App& command, std::string& table) {
  command.add_option("TABLE", table, "Name of the table")->required();
}

void add_create(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CreateArguments>();
  CLI::App* command = app.add_subcommand(
      "create", "Run CREATE TABLE and CREATE TYPE; makes the database if needed");
  add_database(*command, arguments->database);
  command->add_option("FILE", arguments->files, "SQL files, run in this order; - is stdin");
  command->footer(
      "Each file happens whole or not at all. Clauses that a row store cannot keep (FOREIGN KEY,\n"
      "CHECK, ...) are accepted with a warning.\n\nExample: wisp create shop.db types.sql "
      "orders.sql");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return create_tables(console, *arguments); };
  });
}

void add_alter(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<AlterArguments>();
  CLI::App* command = app.add_subcommand("alter", "Run ALTER TABLE, ALTER TYPE and DROP TABLE");
  add_database(*command, arguments->database);
  command
      ->add_option("SQL", arguments->script,
                   "The statements, or where they are: a file whose name ends in .sql; - is stdin")
      ->required();
  command->footer(
      "All of them happen or none. Changes do not touch rows: rows of all schema versions read as\n"
      "the newest. SET NOT NULL alone reads every row, and exits with 1 where one is NULL.\n\n"
      "Examples:\n"
      "  wisp alter shop.db 'ALTER TABLE orders ADD note VARCHAR, DROP legacy_code'\n"
      "  wisp alter shop.db changes.sql");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return alter_tables(console, *arguments); };
  });
}

void add_import_options(CLI::App& command, ImportArguments& arguments) {
  command
      .add_option_function<std::string>(
          "--format",
          [&arguments](const std::string& name) {
            if (name != "csv" && name != "jsonl")
              throw CLI::ValidationError("--format: csv or jsonl");
            arguments.format = name == "csv" ? InputFormat::kCsv : InputFormat::kJsonLines;
          },
          "csv or jsonl; without it the name decides, else the content")
      ->type_name("FORMAT");
  command
      .add_option_function<std::string>(
          "--create", [&arguments](const std::string& file) { arguments.create = file; },
          "Create the table first, and the database if needed, from this file's CREATE TABLE; of "
          "several the one called TABLE, of one under the name TABLE")
      ->type_name("FILE.sql");
  command
      .add_option_function<std::string>(
          "--rejects", [&arguments](const std::string& file) { arguments.rejects = file; },
          "Go on after bad records: they go to FILE as they are (behind the header of a CSV), the "
          "reasons to FILE.errors as CSV (line,column,reason). Neither file may exist")
      ->type_name("FILE");
  command.add_option("--batch", arguments.batch_rows, "Rows per atomic write (1000)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 24))
      ->type_name("N");
  command
      .add_option("--skip", arguments.skip_rows,
                  "Pass by the first N records, to go on after a stop")
      ->check(row_count())
      ->type_name("N");
  command
      .add_option_function<std::string>(
          "--durability",
          [&arguments](const std::string& name) {
            if (name != "wal" && name != "sync") {
              throw CLI::ValidationError("--durability: wal or sync");
            }
            arguments.durability = name == "wal" ? Durability::kWal : Durability::kSync;
          },
          "What each batch waits for: wal (default) or sync; the end of the import is synced in "
          "any case")
      ->type_name("HOW");
  command.add_flag("--replace", arguments.replace,
                   "A row whose key is there already replaces it; without this it is a bad record");
  command.add_flag("-q,--quiet", arguments.quiet, "No progress and no summary");
}

void add_import(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = app.add_subcommand("import", "Load a CSV or JSON lines file, also gzipped");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  command->add_option("FILE", arguments->file, "The file; - is stdin")->required();
  add_import_options(*command, *arguments);
  command->footer(
      "CSV: a header names the columns exactly, else ignoring case. An empty field is NULL, \"\" "
      "the\n"
      "empty string. JSON: one object per line. Columns that the file (JSON: the object) lacks "
      "get\n"
      "their default.\n"
      "A bad record stops the import (exit code 1) after all rows before it were committed; the\n"
      "message says its line, column and reason, and how many rows are in. Ctrl-C (130) "
      "likewise.\n\n"
      "Examples:\n"
      "  wisp import shop.db orders orders.csv.gz --create orders.sql\n"
      "  wisp import shop.db orders more.jsonl --rejects bad.jsonl");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return import_file(console, *arguments); };
  });
}

void add_put(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<PutArguments>();
  CLI::App* command = app.add_subcommand("put", "Store rows given as JSON objects");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  command->add_option_function<std::string>(
      "OBJECT", [arguments](const std::string& object) { arguments->object = object; },
      "The row; without it or for -, stdin: one object, or one on each line");
  command->footer(
      "All objects are stored in one atomic, synced write, or none. ARRAY, MAP and ROW are JSON "
      "arrays and\n"
      "objects. Prints the row id of each row of a table without a declared key.\n\n"
      "Example: wisp put shop.db customers '{\"id\": 17, \"tags\": [\"new\"]}'");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return put_rows(console, *arguments); };
  });
}

void add_erase(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<EraseArguments>();
  CLI::App* command = app.add_subcommand("erase", "Erase rows by key");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  command
      ->add_option("KEY", arguments->keys,
                   "Keys. A composite key: its parts as separate arguments, or each key as one "
                   "argument with commas and CSV quoting; without a declared key: the row id")
      ->required();
  command->footer(
      "Exit code 1 when a key has no row; the others are erased.\n\nExample: wisp erase shop.db "
      "orders 17");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return erase_rows(console, *arguments); };
  });
}

int run(int argc, char** argv) {
  CLI::App app("Makes Wisp databases and writes to them.", "wisp");
  app.set_version_flag("--version", "wisp " WISP_VERSION);
  app.require_subcommand(1);
  app.footer("`rowdump` reads what `wisp` wrote.\n" + std::string(kExitCodeHelp) +
             "\n\nExamples:\n  wisp import shop.db orders orders.csv.gz --create orders.sql\n"
             "  wisp put shop.db customers '{\"id\": 17}'");
  Action action;
  add_create(app, action);
  add_alter(app, action);
  add_import(app, action);
  add_put(app, action);
  add_erase(app, action);
  return run_command_line(app, argc, argv, action);
}

}  // namespace
}  // namespace wisp::tools

int main(int argc, char** argv) {
  return wisp::tools::run(argc, argv);
}
