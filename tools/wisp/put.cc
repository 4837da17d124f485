// wisp put: rows given as JSON objects.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/schema/json.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/json_row.h"
#include "wisp/tools/text_file.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {
namespace {

struct Object {
  std::string_view text;
  std::size_t line;  // from 1
};

// One object that may stand on several lines, or one object on each line.
std::vector<Object> split_objects(std::string_view text) {
  if (is_valid_json(text)) return {{text, 1}};
  std::vector<Object> objects;
  std::size_t line = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view object = text.substr(0, end);
    ++line;
    if (object.find_first_not_of(" \t\r") != std::string_view::npos) {
      objects.push_back({object, line});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return objects;
}

}  // namespace

ExitCode put_rows(Console& console, const PutArguments& arguments) {
  const bool from_stdin = !arguments.object || *arguments.object == "-";
  std::string text;
  if (from_stdin) {
    auto read = read_text("-");
    if (!read) return console.failed(read.error());
    text = std::move(*read);
  } else {
    text = *arguments.object;
  }
  const std::vector<Object> objects = split_objects(text);
  if (objects.empty()) {
    return console.failed({ErrorCode::kParse, "no JSON object to put", {}});
  }
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadWrite);
  if (!opened) return console.failed(opened.error());

  RowBuilder builder = opened->table.row_builder();
  JsonRow reader(opened->table.layout());
  std::vector<std::uint64_t> row_ids;
  {
    WriteBatch batch = opened->database.batch();
    for (const Object& object : objects) {
      builder.clear();
      Status status = reader.read(object.text, builder);
      if (status) {
        auto put = batch.put(opened->table, builder);
        if (put) {
          row_ids.push_back(*put);
        } else {
          status = fail(std::move(put).error());
        }
      }
      if (!status) {
        Error error = std::move(status).error();
        if (objects.size() > 1) {
          error = std::move(error).within(fmt::format("line {}", object.line));
        }
        const ExitCode code = console.failed(error);
        // The batch is dropped whole.
        if (objects.size() > 1) console.note("nothing was stored");
        return error.code == ErrorCode::kInvalidArgument ? ExitCode::kDiffers : code;
      }
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
