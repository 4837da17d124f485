#include "wisp/tools/table_summary.h"

#include <cmath>

#include "wisp/codec/row_inspect.h"

namespace wisp::tools {

void SizeCounts::add(std::uint64_t size) {
  ++counts_[size];
  ++count_;
  total_ += size;
}

double SizeCounts::average() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(total_) / static_cast<double>(count_);
}

std::uint64_t SizeCounts::percentile(double percent) const noexcept {
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100));
  std::uint64_t seen = 0;
  for (const auto& [size, count] : counts_) {
    seen += count;
    if (seen >= wanted) return size;
  }
  return 0;
}

Status TableSummary::add(const RowRef& row) {
  WISP_ASSIGN(const std::vector<ColumnIndex> present, row.present_columns());
  WISP_ASSIGN(const RowInspection inspection, inspect_row(row.stored_view()));
  for (const ColumnIndex column : present) ++columns[to_underlying(column)].rows;
  for (const RowSpan& span : inspection.spans) {
    if (!span.column) continue;
    const ColumnId id = row.stored_view().layout().schema()->column(*span.column).id;
    // Bytes of columns dropped since belong to none.
    if (const auto column = row.schema().find_id(id)) {
      columns[to_underlying(*column)].value_bytes += span.size;
    }
  }
  row_bytes.add(row.stored_view().bytes().size());
  key_bytes.add(row.key_bytes().size());
  columns_present.add(present.size());
  forms.add(row);
  return {};
}

}  // namespace wisp::tools
