// wisp put: rows given as JSON objects.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "wisp/schema/json.h"
#include "wisp/tools/byte_source.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/json_lines_reader.h"
#include "wisp/tools/json_row.h"
#include "wisp/tools/text_file.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {
namespace {

// Adds every object of `lines` to the batch. Fails on the first that is no row.
Status add_rows(const Table& table, std::string lines, WriteBatch& batch,
                std::vector<std::uint64_t>& row_ids) {
  RowBuilder row = table.row_builder();
  JsonRow setter(table.layout());
  JsonLinesReader reader(make_memory_source(std::move(lines)));
  for (;;) {
    WISP_ASSIGN(const bool any, reader.next());
    if (!any) return {};
    row.clear();
    const std::string line = fmt::format("line {}", reader.line());
    if (auto status = setter.set(reader.members(), row); !status) {
      Error error = std::move(status).error();
      error.where =
          error.where.empty() ? line : fmt::format("{}, column \"{}\"", line, error.where);
      return fail(std::move(error));
    }
    auto put = batch.put(table, row);
    if (!put) return fail(std::move(put).error().within(line));
    row_ids.push_back(*put);
  }
}

}  // namespace

ExitCode put_rows(Console& console, const PutArguments& arguments) {
  std::string text;
  if (!arguments.object || *arguments.object == "-") {
    auto read = read_text("-");
    if (!read) return console.failed(read.error());
    text = std::move(*read);
  } else {
    text = *arguments.object;
  }
  if (is_valid_json(text)) {
    // One object, perhaps on several lines: line breaks are space there, for strings cannot hold
    // them.
    std::replace(text.begin(), text.end(), '\n', ' ');
  }
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadWrite);
  if (!opened) return console.failed(opened.error());
  std::vector<std::uint64_t> row_ids;
  {
    WriteBatch batch = opened->database.batch();
    if (auto status = add_rows(opened->table, std::move(text), batch, row_ids); !status) {
      const ExitCode code = console.refused(status.error());
      console.note("nothing was stored");
      return code;
    }
    if (row_ids.empty()) {
      return console.failed({ErrorCode::kParse, "there is no JSON object to put", {}});
    }
    if (auto status = batch.commit(); !status) return console.failed(status.error());
  }
  if (opened->table.schema()->has_hidden_row_id()) {
    for (const std::uint64_t id : row_ids) console.out().append(fmt::format("{}\n", id));
  }
  if (auto status = opened->database.close(); !status) return console.failed(status.error());
  return ExitCode::kOk;
}

}  // namespace wisp::tools
