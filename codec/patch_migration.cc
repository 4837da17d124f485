#include "wisp/codec/patch_migration.h"

#include <cassert>
#include <utility>

#include "wisp/schema/schema_change.h"

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
  const auto damaged = [](Status status) {
    Error error = std::move(status).error();
    error.code = ErrorCode::kCorruption;  // a sound patch holds what its columns can hold
    return fail(std::move(error));
  };
  for (std::size_t i = 0; i < patch.null_count(); ++i) {
    const std::uint32_t target = targets_[to_underlying(patch.null_column(i))];
    if (target == kDropped) continue;
    if (auto status = builder.set_null(ColumnIndex{target}); !status)
      return damaged(std::move(status));
  }
  std::vector<std::uint32_t> present;
  WISP_TRY(patch.values().present_columns(present));
  for (const std::uint32_t i : present) {
    const std::uint32_t target = targets_[i];
    if (target == kDropped) continue;
    WISP_ASSIGN(const Value value, patch.values().value(ColumnIndex{i}));
    auto status = builder.set_value(
        ColumnIndex{target},
        widen_value(from_->type(ColumnIndex{i}), to_->type(ColumnIndex{target}), value));
    if (!status) return damaged(std::move(status));
  }
  return builder.finish(patch.missing(), out);
}

}  // namespace wisp
