#include "wisp/codec/patch_migration.h"

#include <cassert>
#include <utility>

#include "wisp/codec/widen_field.h"

namespace wisp {

PatchMigration::PatchMigration(LayoutPtr from, LayoutPtr to)
    : from_(std::move(from)), to_(std::move(to)), targets_(from_->column_count(), kDropped) {
  for (std::uint32_t i = 0; i < from_->column_count(); ++i) {
    const auto now = to_->schema()->find_id(from_->schema()->column(ColumnIndex{i}).id);
    if (now) targets_[i] = to_underlying(*now);
  }
}

Status PatchMigration::append(const PatchView& patch, std::string& out) const {
  assert(&patch.values().layout() == from_.get());
  PatchBuilder builder(to_);
  for (std::size_t i = 0; i < patch.null_count(); ++i) {
    const std::uint32_t target = targets_[to_underlying(patch.null_column(i))];
    // Not set_null(): the column may have become NOT NULL since.
    if (target != kDropped) builder.touch_null(to_->slot(ColumnIndex{target}));
  }
  std::vector<std::uint32_t> present;
  WISP_TRY(patch.values().present_columns(present));
  for (const std::uint32_t i : present) {
    if (targets_[i] == kDropped) continue;
    WISP_TRY(
        widen_field(patch.values(), ColumnIndex{i}, ColumnIndex{targets_[i]}, builder.values_));
  }
  return builder.finish(patch.missing(), out);
}

}  // namespace wisp
