// TableLayouts: everything that reading a table's stored rows needs, by schema version.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/codec/key_parts.h"
#include "wisp/codec/layout.h"
#include "wisp/codec/row_migration.h"
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
  // Null for a version that the catalog does not have.
  const Layout* of(SchemaVersion version) const noexcept {
    const std::uint32_t v = to_underlying(version);
    return v == 0 || v > layouts_.size() ? nullptr : layouts_[v - 1].get();
  }
  // How rows of an earlier version become rows of the newest; made when first asked for.
  // Requires: of(version) is not null, and it is not the newest.
  std::shared_ptr<const RowMigration> migration(SchemaVersion version) const;
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
  mutable std::mutex migrations_mutex_;
  mutable std::map<SchemaVersion, std::shared_ptr<const RowMigration>> migrations_;
};

}  // namespace wisp
