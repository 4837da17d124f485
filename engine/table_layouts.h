// TableLayouts: everything that reading a table's stored rows needs, by schema version.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/codec/column_mapping.h"
#include "wisp/codec/key_parts.h"
#include "wisp/codec/layout.h"
#include "wisp/codec/row_migration.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/engine/stored_key.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// Immutable; rows, cursors and tables share it. A schema change makes a new one.
class TableLayouts {
 public:
  // `versions[i]` is schema version i + 1. Requires: not empty.
  // Layouts that `earlier` has of the same versions are shared.
  TableLayouts(std::uint32_t table_id, bool row_checksums, const std::vector<SchemaPtr>& versions,
               const TableLayouts* earlier = nullptr);

  std::uint32_t table_id() const noexcept { return table_id_; }
  // The table id as it stands in front of every key.
  std::string_view key_prefix() const noexcept { return key_prefix_; }
  bool row_checksums() const noexcept { return row_checksums_; }
  const SchemaPtr& schema() const noexcept { return layouts_.back()->schema(); }
  const LayoutPtr& newest() const noexcept { return layouts_.back(); }
  SchemaVersion newest_version() const noexcept {
    return SchemaVersion{static_cast<std::uint32_t>(layouts_.size())};
  }
  // Null for a version that the catalog does not have.
  const Layout* of(SchemaVersion version) const noexcept {
    const std::uint32_t v = to_underlying(version);
    return v == 0 || v > layouts_.size() ? nullptr : layouts_[v - 1].get();
  }
  // How rows of an earlier version are read as rows of the newest; made when first asked for, and
  // valid as long as this. Fails as ColumnMapping::make.
  // Requires: of(version) is not null, and it is not the newest.
  Result<const ColumnMapping*> mapping(SchemaVersion version) const;
  // Guards what rows keep of their migrated form.
  std::mutex& migrated_rows_mutex() const noexcept { return migrated_rows_mutex_; }
  // How rows of an earlier version become rows of the newest; made when first asked for.
  // Requires: of(version) is not null, and it is not the newest.
  std::shared_ptr<const RowMigration> migration(SchemaVersion version) const;
  // The same between two versions. Requires: both are known, `from` is the earlier one.
  std::shared_ptr<const RowMigration> migration(SchemaVersion from, SchemaVersion to) const;
  // The layout of patches; made when first asked for. Requires: of(version) is not null.
  LayoutPtr patch_layout(SchemaVersion version) const;

  // A patcher that is nobody else's for as long as this lives; the buffers are used again.
  class PatcherLease {
   public:
    PatcherLease() = default;
    PatcherLease(PatcherLease&& o) noexcept = default;
    PatcherLease& operator=(PatcherLease&& o) noexcept;
    ~PatcherLease() { reset(); }
    void reset() noexcept;
    explicit operator bool() const noexcept { return patcher_ != nullptr; }
    RowPatcher* operator->() const noexcept { return patcher_.get(); }

   private:
    friend class TableLayouts;
    const TableLayouts* table_ = nullptr;
    SchemaVersion version_{};
    std::unique_ptr<RowPatcher> patcher_;
  };
  // Requires: of(version) is not null, and this outlives the lease.
  PatcherLease patcher(SchemaVersion version) const;

  // RowPatcher::needed_to_create of the newest version.
  const std::vector<ColumnIndex>& needed_to_create() const noexcept { return needed_to_create_; }

  // The key is the same in all versions.
  const KeyParts& key() const noexcept { return key_; }

  // Appends the key of `values` without the table id: all key columns, or with `prefix` the leading
  // ones. A hidden row id is one BIGINT or UBIGINT.
  Status append_key_of(std::span<const Value> values, bool prefix, std::string& out) const;

  // "table \"t\"": where errors happened.
  std::string describe() const;
  // "table \"t\", key (17, 'x')" with the values where they decode, else the bytes in hex.
  std::string describe_row(std::string_view key) const;

 private:
  std::uint32_t table_id_;
  bool row_checksums_;
  std::string key_prefix_;
  std::vector<LayoutPtr> layouts_;
  KeyParts key_;
  std::vector<ColumnIndex> needed_to_create_;

  // What is made when first asked for.
  struct Patching {
    LayoutPtr layout;
    std::vector<std::unique_ptr<RowPatcher>> idle;
  };
  mutable std::mutex made_mutex_;
  mutable std::map<std::pair<SchemaVersion, SchemaVersion>, std::shared_ptr<const RowMigration>>
      migrations_;
  mutable std::map<SchemaVersion, Patching> patching_;
  // By version; what a reader finds there it uses without a lock.
  mutable std::vector<std::atomic<const ColumnMapping*>> mappings_;
  mutable std::vector<ColumnMappingPtr> mappings_made_;  // owns them
  mutable std::mutex migrated_rows_mutex_;
};

}  // namespace wisp
