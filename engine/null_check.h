// NullCheck: whether stored rows have a value in columns that are to become NOT NULL.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "wisp/engine/row.h"
#include "wisp/engine/table_layouts.h"

namespace wisp {

// Threads: one at a time.
class NullCheck : private RowRef {
 public:
  explicit NullCheck(std::shared_ptr<const TableLayouts> layouts) : table_(std::move(layouts)) {}

  // kConstraint, naming row and column, where one of them is NULL; kCorruption where the row cannot
  // be read.
  Status row(const store::Entry& entry, std::span<const ColumnIndex> columns) {
    WISP_TRY(bind(table_, entry.key, entry.value, /*verify_checksum=*/false));
    if (empty()) return {};  // a ghost
    for (const ColumnIndex column : columns) {
      if (!is_null(column)) continue;
      return fail(ErrorCode::kConstraint,
                  "column " + quote_identifier(schema().column(column).name) +
                      " is NULL here, so it cannot become NOT NULL",
                  table_->describe_row(key_bytes()));
    }
    return {};
  }

 private:
  std::shared_ptr<const TableLayouts> table_;
};

}  // namespace wisp
