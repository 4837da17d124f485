// The formats of rows and reports on stdout, and which one a command takes when none is asked for.
#pragma once

#include <string_view>

#include "wisp/schema/result.h"

namespace wisp::tools {

enum class OutputFormat {
  kAuto,       // table; vertical where the table does not fit the terminal; JSON lines into a pipe
  kTable,      // aligned columns, those that have values
  kVertical,   // one line per column that is set
  kCsv,        // header and RFC 4180 lines, NULL empty, empty string ""
  kJsonLines,  // one object per line
  kJson,       // one array of objects
};

// "table", "vertical", "csv", "jsonl" or "json"; empty is kAuto.
Result<OutputFormat> parse_output_format(std::string_view name);

}  // namespace wisp::tools
