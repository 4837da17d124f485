#include "wisp/engine/table_versions.h"

namespace wisp {
namespace {

constexpr std::size_t kIdlePatchers = 8;  // more threads than this fold rarely at once

}  // namespace

void TableVersions::extend(const std::vector<SchemaPtr>& schemas) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = versions_.size(); i < schemas.size(); ++i) {
    versions_.push_back({schemas[i], nullptr, nullptr, {}});
  }
}

TableVersions::Version* TableVersions::find(SchemaVersion version) const {
  const std::uint32_t v = to_underlying(version);
  return v == 0 || v > versions_.size() ? nullptr : &versions_[v - 1];
}

const LayoutPtr& TableVersions::layout_of(Version& version) {
  if (version.layout == nullptr) version.layout = Layout::make(version.schema);
  return version.layout;
}

SchemaPtr TableVersions::schema(SchemaVersion version) const {
  const std::lock_guard lock(mutex_);
  const Version* const found = find(version);
  return found == nullptr ? nullptr : found->schema;
}

LayoutPtr TableVersions::layout(SchemaVersion version) const {
  const std::lock_guard lock(mutex_);
  Version* const found = find(version);
  return found == nullptr ? nullptr : layout_of(*found);
}

LayoutPtr TableVersions::patch_layout(SchemaVersion version) const {
  const std::lock_guard lock(mutex_);
  Version* const found = find(version);
  if (found == nullptr) return nullptr;
  if (found->patch_layout == nullptr) found->patch_layout = Layout::make_patch(found->schema);
  return found->patch_layout;
}

std::shared_ptr<const RowMigration> TableVersions::migration(SchemaVersion from,
                                                             SchemaVersion to) const {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const RowMigration>& made = migrations_[{from, to}];
  if (made == nullptr) {
    made = std::make_shared<RowMigration>(layout_of(*find(from)), layout_of(*find(to)));
  }
  return made;
}

TableVersions::PatcherLease TableVersions::patcher(SchemaVersion version) const {
  PatcherLease lease;
  lease.table_ = this;
  lease.version_ = version;
  const LayoutPtr patches = patch_layout(version);
  LayoutPtr rows;
  {
    const std::lock_guard lock(mutex_);
    Version& found = *find(version);
    if (!found.idle.empty()) {
      lease.patcher_ = std::move(found.idle.back());
      found.idle.pop_back();
      return lease;
    }
    rows = layout_of(found);
  }
  lease.patcher_ = std::make_unique<RowPatcher>(rows, patches);
  return lease;
}

void TableVersions::PatcherLease::reset() noexcept {
  if (patcher_ == nullptr) return;
  const std::lock_guard lock(table_->mutex_);
  auto& idle = table_->find(version_)->idle;
  if (idle.size() < kIdlePatchers) {
    idle.push_back(std::move(patcher_));
  } else {
    patcher_.reset();
  }
}

TableVersions::PatcherLease& TableVersions::PatcherLease::operator=(PatcherLease&& o) noexcept {
  if (this == &o) return *this;
  reset();
  table_ = o.table_;
  version_ = o.version_;
  patcher_ = std::move(o.patcher_);
  return *this;
}

}  // namespace wisp
