#include "wisp/codec/row_migration.h"

#include <cassert>
#include <utility>

#include "wisp/codec/widen_field.h"
#include "wisp/schema/schema_change.h"

namespace wisp {

RowMigration::RowMigration(LayoutPtr from, LayoutPtr to)
    : from_(std::move(from)), to_(std::move(to)), targets_(from_->column_count()) {
  // Then a column that `from` lacks was dropped, not added.
  const bool to_earlier = to_->schema()->version() < from_->schema()->version();
  for (std::uint32_t i = 0; i < to_->column_count(); ++i) {
    const ColumnIndex index{i};
    if (to_->slot(index).is_key) continue;
    const Column& column = to_->schema()->column(index);
    const auto old = from_->schema()->find_id(column.id);
    if (!old) {
      if (!to_earlier && !column.missing_value.is_null()) {
        added_.push_back({index, column.missing_value});
      }
      continue;
    }
    const Type& from_type = from_->type(*old);
    const bool same_bytes = from_type.is_nested()
                                ? from_type == column.type
                                : from_type.kind() == column.type.kind() &&
                                      from_type.scale() == column.type.scale() &&
                                      from_->slot(*old).cls == to_->slot(index).cls;
    targets_[to_underlying(*old)] = {i, same_bytes};
  }
}

Status RowMigration::set_fields(const RowView& row, RowBuilder& builder) const {
  assert(&row.layout() == from_.get() && builder.layout() == to_);
  std::vector<std::uint32_t> present;
  WISP_TRY(row.present_columns(present));
  for (const std::uint32_t i : present) {
    const Target& target = targets_[i];
    if (target.column == kNone) continue;
    const ColumnIndex old{i};
    const ColumnIndex index{target.column};
    if (target.same_bytes) {
      WISP_TRY(builder.copy_field(row, old, index));
      continue;
    }
    WISP_TRY(widen_field(row, old, index, builder));
  }
  for (const Constant& constant : added_) {
    WISP_TRY(builder.set_value(constant.column, constant.value));
  }
  return {};
}

Status RowMigration::append(const RowView& row, std::string& out) const {
  RowBuilder builder(to_, kMaxRowBytes);
  WISP_TRY(set_fields(row, builder));
  Status status = builder.finish_stored_row(out);
  if (status || status.error().code != ErrorCode::kConstraint) return status;
  Error error = std::move(status).error();
  error.code = ErrorCode::kCorruption;  // every sound row of the table has a value there
  return fail(std::move(error));
}

}  // namespace wisp
