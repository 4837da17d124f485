#include "wisp/tools/output_format.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "wisp/schema/schema.h"

namespace wisp::tools {

Result<OutputFormat> parse_output_format(std::string_view name) {
  if (name.empty()) return OutputFormat::kAuto;
  if (name == "table") return OutputFormat::kTable;
  if (name == "vertical") return OutputFormat::kVertical;
  if (name == "csv") return OutputFormat::kCsv;
  if (name == "jsonl") return OutputFormat::kJsonLines;
  if (name == "json") return OutputFormat::kJson;
  const std::vector<std::string> names = {"table", "vertical", "csv", "jsonl", "json"};
  std::string message = fmt::format("no output format \"{}\"", name);
  if (auto nearest = nearest_name(name, names)) {
    message += fmt::format("; did you mean {}?", *nearest);
  } else {
    message += "; there are table, vertical, csv, jsonl and json";
  }
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

}  // namespace wisp::tools
