// The commands of `rowdump`: what each gets from the command line, and the function that runs it.
//
// All of them open the database read-only and leave no file in it. Each returns its exit code after
// it has said on stderr what went wrong; main flushes stdout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wisp/tools/console.h"
#include "wisp/tools/output_format.h"

namespace wisp::tools {

// -c, -f, --all, --row-id: what of a row is shown, and how.
struct RowShape {
  std::vector<std::string> columns;
  OutputFormat format = OutputFormat::kAuto;
  bool all = false;
  bool row_id = false;
};

struct KeyRange {
  std::optional<std::string> from;
  std::optional<std::string> to;
};

// Which rows of a table.
struct RowChoice {
  KeyRange range;
  std::optional<std::string> where;  // predicate_text.h
  bool reverse = false;
};

struct ListArguments {
  std::string database;
  OutputFormat format = OutputFormat::kAuto;
};
ExitCode list_tables(Console& console, const ListArguments& arguments);

struct SchemaArguments {
  std::string database;
  std::optional<std::string> table;
  std::optional<std::uint32_t> version;       // else the newest; only with a table
  bool versions = false;                      // list them instead
  OutputFormat format = OutputFormat::kAuto;  // of the list
};
ExitCode show_schema(Console& console, const SchemaArguments& arguments);

struct ScanArguments {
  std::string database;
  std::string table;
  RowChoice rows;
  std::optional<std::uint64_t> limit;
  RowShape shape;
};
ExitCode scan_rows(Console& console, const ScanArguments& arguments);

struct GetArguments {
  std::string database;
  std::string table;
  std::vector<std::string> keys;
  RowShape shape;
};
ExitCode get_rows(Console& console, const GetArguments& arguments);

struct CountArguments {
  std::string database;
  std::string table;
  RowChoice rows;
};
ExitCode count_rows(Console& console, const CountArguments& arguments);

struct StatsArguments {
  std::string database;
  std::optional<std::string> table;
  OutputFormat format = OutputFormat::kAuto;
  bool all = false;  // also columns that no row has
};
ExitCode show_stats(Console& console, const StatsArguments& arguments);

struct BytesArguments {
  std::string database;
  std::string table;
  std::vector<std::string> key;
  OutputFormat format = OutputFormat::kAuto;
};
ExitCode show_bytes(Console& console, const BytesArguments& arguments);

}  // namespace wisp::tools
