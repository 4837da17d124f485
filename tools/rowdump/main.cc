// rowdump: the inspector. It only reads.
#include <memory>

#include "wisp/tools/command_line.h"
#include "wisp/tools/rowdump/commands.h"

namespace wisp::tools {
namespace {

void add_database(CLI::App& command, std::string& database) {
  command.add_option("DB", database, "Directory of the database")->required();
}

void add_table(CLI::App& command, std::string& table) {
  command.add_option("TABLE", table, "Name of the table")->required();
}

void add_format(CLI::App& command, OutputFormat& format) {
  command
      .add_option_function<std::string>(
          "-f,--format",
          [&format](const std::string& name) {
            auto parsed = parse_output_format(name);
            if (!parsed) throw CLI::ValidationError(parsed.error().message);
            format = *parsed;
          },
          "table, vertical, csv, jsonl or json; a terminal gets a table, a pipe jsonl")
      ->type_name("FORMAT");
}

void add_shape(CLI::App& command, RowShape& shape) {
  command
      .add_option("-c,--columns", shape.columns,
                  "Columns to show: names and globs ('*', '?'), comma-separated; may be repeated")
      ->type_name("LIST")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_format(command, shape.format);
  command.add_flag("--row-id", shape.row_id,
                   "Show the hidden row id as first column, _row_id (a table always does)");
}

void add_range(CLI::App& command, KeyRange& range) {
  command
      .add_option_function<std::string>(
          "--from", [&range](const std::string& key) { range.from = key; },
          "First key; of a composite key the leading parts, comma-separated")
      ->type_name("KEY");
  command
      .add_option_function<std::string>(
          "--to", [&range](const std::string& key) { range.to = key; }, "Behind the last key")
      ->type_name("KEY");
}

void add_choice(CLI::App& command, RowChoice& rows) {
  add_range(command, rows.range);
  command
      .add_option_function<std::string>(
          "--where", [&rows](const std::string& condition) { rows.where = condition; },
          "Only rows for which a SQL condition is true: = <> < <= > >=, IS [NOT] NULL, [NOT] "
          "BETWEEN, IN, LIKE 'prefix%', AND, OR, NOT, parentheses")
      ->type_name("CONDITION");
}

void add_ls(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* command = app.add_subcommand("ls", "List the tables");
  add_database(*command, arguments->database);
  add_format(*command, arguments->format);
  command->footer(
      "Row counts are the store's estimate; `rowdump count` counts.\n\nExample: rowdump ls "
      "shop.db");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return list_tables(console, *arguments); };
  });
}

void add_schema(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SchemaArguments>();
  CLI::App* command = app.add_subcommand("schema", "Print CREATE TYPE and CREATE TABLE statements");
  add_database(*command, arguments->database);
  command->add_option_function<std::string>(
      "TABLE", [arguments](const std::string& table) { arguments->table = table; },
      "Only this table and the types it uses");
  CLI::Option* version =
      command
          ->add_option_function<std::uint32_t>(
              "--version", [arguments](std::uint32_t n) { arguments->version = n; },
              "TABLE as of this schema version")
          ->type_name("N");
  CLI::Option* versions = command->add_flag("--versions", arguments->versions,
                                            "List the schema versions and what each changed");
  version->excludes(versions);
  add_format(*command, arguments->format);
  command->get_option("--format")->needs(versions);
  command->footer(
      "Examples:\n  rowdump schema shop.db orders > orders.sql\n  rowdump schema shop.db orders "
      "--version 2");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return show_schema(console, *arguments); };
  });
}

void add_head(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ScanArguments>();
  arguments->limit = 10;
  CLI::App* command = app.add_subcommand("head", "Show the first rows in key order");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  add_shape(*command, arguments->shape);
  command
      ->add_option_function<std::uint64_t>(
          "-n,--limit", [arguments](const std::uint64_t& limit) { arguments->limit = limit; },
          "How many rows (10)")
      ->check(row_count())
      ->type_name("N");
  command->add_flag("--all", arguments->shape.all, "Show columns that are NULL, too");
  command->footer("Example: rowdump head shop.db orders -n 3 -f vertical");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return scan_rows(console, *arguments); };
  });
}

void add_get(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<GetArguments>();
  CLI::App* command = app.add_subcommand("get", "Show rows by key");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  command
      ->add_option("KEY", arguments->keys,
                   "Keys. A composite key: its parts as separate arguments, or each key as one "
                   "argument with commas and CSV quoting; without a declared key: the row id")
      ->required();
  add_shape(*command, arguments->shape);
  command->add_flag("--all", arguments->shape.all, "Show columns that are NULL, too");
  command->footer(
      "Exit code 1 when a key has no row; the others are shown.\n\nExamples:\n"
      "  rowdump get shop.db customers 17 18\n"
      "  rowdump get shop.db order_lines 2026-11-20,\"A,1\"\n"
      "  rowdump get shop.db notes -- -draft");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return get_rows(console, *arguments); };
  });
}

void add_scan(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ScanArguments>();
  CLI::App* command = app.add_subcommand("scan", "Show the rows of a table or key range");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  add_shape(*command, arguments->shape);
  add_choice(*command, arguments->rows);
  command->add_flag("--reverse", arguments->rows.reverse, "From the last key to the first");
  command
      ->add_option_function<std::uint64_t>(
          "-n,--limit", [arguments](const std::uint64_t& limit) { arguments->limit = limit; },
          "At most so many rows (terminal: 50; pipe: no limit)")
      ->check(row_count())
      ->type_name("N");
  command->add_flag("--all", arguments->shape.all,
                    "All rows even on a terminal, and columns that are NULL, too");
  command->footer(
      "A damaged row is reported on stderr and left out; the scan goes on and exits with 4.\n"
      "CSV: header and every chosen column; NULL is empty, the empty string \"\".\n\nExamples:\n"
      "  rowdump scan shop.db orders -f csv --all > orders.csv\n"
      "  rowdump scan shop.db orders -c 'id,ship.*' --from 100 --to 200\n"
      "  rowdump scan shop.db orders --reverse -n 10 --where \"paid IS NULL AND total >= 100\"\n"
      "  rowdump scan shop.db orders | jq .total");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return scan_rows(console, *arguments); };
  });
}

void add_count(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CountArguments>();
  CLI::App* command = app.add_subcommand("count", "Count rows by reading them");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  add_choice(*command, arguments->rows);
  command->footer(
      "Examples:\n  rowdump count shop.db orders --from 2026-01-01\n"
      "  rowdump count shop.db orders --where \"total > 100 AND ship_city IN ('Bern', 'Basel')\"");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return count_rows(console, *arguments); };
  });
}

void add_stats(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<StatsArguments>();
  CLI::App* command =
      app.add_subcommand("stats", "Sizes, encodings and how full each column is (reads every row)");
  add_database(*command, arguments->database);
  command->add_option_function<std::string>(
      "TABLE", [arguments](const std::string& table) { arguments->table = table; },
      "Only this table");
  add_format(*command, arguments->format);
  command->add_flag("--all", arguments->all, "List columns that no row has, too");
  command->footer(
      "CSV is the list of columns alone. value_bytes counts stored bytes; booleans are bits and "
      "count 0.\n\n"
      "Example: rowdump stats shop.db orders -f json");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return show_stats(console, *arguments); };
  });
}

void add_bytes(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<BytesArguments>();
  CLI::App* command = app.add_subcommand("bytes", "Name every byte of one stored row");
  add_database(*command, arguments->database);
  add_table(*command, arguments->table);
  command->add_option("KEY", arguments->key, "Key of the row, as for get")->required();
  add_format(*command, arguments->format);
  command->footer(
      "Exit code 4 when the row's checksum differs.\n\nExample: rowdump bytes shop.db orders 17");
  command->callback([arguments, &action] {
    action = [arguments](Console& console) { return show_bytes(console, *arguments); };
  });
}

int run(int argc, char** argv) {
  CLI::App app(
      "Inspects Wisp databases. It only reads, also beside a live writer, and leaves no file.",
      "rowdump");
  app.set_version_flag("--version", "rowdump " WISP_VERSION);
  app.require_subcommand(1);
  app.footer("Data goes to stdout, everything else to stderr.\n" + std::string(kExitCodeHelp) +
             "\n\nExamples:\n  rowdump ls shop.db\n  rowdump head shop.db orders\n"
             "  rowdump scan shop.db orders -f csv --all > orders.csv");
  Action action;
  add_ls(app, action);
  add_schema(app, action);
  add_head(app, action);
  add_get(app, action);
  add_scan(app, action);
  add_count(app, action);
  add_stats(app, action);
  add_bytes(app, action);
  return run_command_line(app, argc, argv, action);
}

}  // namespace
}  // namespace wisp::tools

int main(int argc, char** argv) {
  return wisp::tools::run(argc, argv);
}
