#include "wisp/tools/record_writer.h"

#include <utility>

namespace wisp::tools {

std::unique_ptr<RecordWriter> make_record_writer(Console& console, std::vector<Field> fields,
                                                 const RecordOptions& options) {
  switch (options.format) {
    case OutputFormat::kCsv:
      return make_csv_writer(console, fields);
    case OutputFormat::kJsonLines:
      return make_json_writer(console, fields, true, options.show_nulls);
    case OutputFormat::kJson:
      return make_json_writer(console, fields, false, options.show_nulls);
    case OutputFormat::kVertical:
      return make_vertical_writer(console, fields, options);
    case OutputFormat::kTable:
      return make_table_writer(console, std::move(fields), options);
    case OutputFormat::kAuto:
      break;
  }
  if (!console.stdout_is_terminal()) {
    return make_json_writer(console, fields, true, options.show_nulls);
  }
  if (options.prefer_vertical) return make_vertical_writer(console, fields, options);
  return make_table_writer(console, std::move(fields), options);
}

}  // namespace wisp::tools
