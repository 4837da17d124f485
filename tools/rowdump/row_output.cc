#include "wisp/tools/rowdump/row_output.h"

#include <optional>
#include <utility>
#include <vector>

#include "wisp/tools/column_selection.h"
#include "wisp/tools/key_argument.h"

namespace wisp::tools {

RowOutput::RowOutput(Table table, RowFormatter formatter, std::unique_ptr<RecordWriter> writer)
    : table_(std::move(table)), formatter_(std::move(formatter)), writer_(std::move(writer)) {}

Result<std::unique_ptr<RowOutput>> RowOutput::make(Console& console, const Table& table,
                                                   const RowShape& shape, bool few) {
  std::optional<std::vector<ColumnIndex>> columns;
  if (!shape.columns.empty()) {
    WISP_ASSIGN(columns, select_columns(*table.schema(), shape.columns));
  }
  // A table view without it would show rows that nobody could name to `rowdump get`.
  const bool table_view =
      shape.format == OutputFormat::kTable ||
      (shape.format == OutputFormat::kAuto && console.stdout_is_terminal() && !few);
  RowFormatter formatter(table, std::move(columns), shape.row_id || table_view);
  RecordOptions options;
  options.format = shape.format;
  options.show_nulls = shape.all;
  options.prefer_vertical = few;
  auto writer = make_record_writer(console, formatter.fields(), options);
  return std::unique_ptr<RowOutput>(new RowOutput(table, std::move(formatter), std::move(writer)));
}

Status RowOutput::write(const RowRef& row) {
  WISP_ASSIGN(const auto cells, formatter_.format(row, writer_->wants_json()));
  writer_->write(
      cells, writer_->wants_title() ? key_text(*table_.schema(), row.key_bytes()) : std::string());
  return {};
}

}  // namespace wisp::tools
