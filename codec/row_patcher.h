// RowPatcher: a row, or none, with patches put on it, as one new row.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/present_fields.h"
#include "wisp/codec/row_builder.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// For one schema version. Reuse one for many rows: nothing is allocated per row once its buffers
// have grown. Cost follows the fields of the row and the patches. Threads: one at a time.
class RowPatcher {
 public:
  // Requires: Layout::make() and Layout::make_patch() of one schema.
  RowPatcher(const LayoutPtr& layout, const LayoutPtr& patch_layout);

  // Begins with a row. Borrowed until finish(), like every patch.
  Status start(const RowView& row);
  // Begins with a row that a patch creates (MissingRow::kCreate): NOT NULL columns have their
  // defaults.
  Status start_empty();
  // Puts the patch on top; NULL and values as it says.
  Status add(const PatchView& patch);
  // Appends the row to `out`, which is unchanged on failure: kConstraint where a NOT NULL column
  // has no value, kLimit.
  Status finish(std::string& out) { return row_.finish_stored_row(out); }

  // What finish() encodes, for a caller that goes on with it: sets the key, or more fields.
  RowBuilder& row() noexcept { return row_; }

  // The columns that a patch must set for start_empty() to give a row: NOT NULL without a default.
  static std::vector<ColumnIndex> needed_to_create(const Schema& schema);

 private:
  Status set_fields(PresentFields& fields, const RowView& row);

  RowBuilder row_;
  PresentFields row_fields_;
  PresentFields patch_fields_;
  std::vector<std::pair<ColumnIndex, Value>> defaults_;  // of NOT NULL columns
};

}  // namespace wisp
