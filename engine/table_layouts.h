// TableLayouts: everything that a table's handle of one schema version needs to read stored rows.
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
#include "wisp/engine/stored_key.h"
#include "wisp/engine/table_versions.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// A table as of one schema version: that of its handle. Immutable; rows, cursors and tables share
// it. A schema change makes a new one, with the same TableVersions.
class TableLayouts {
 public:
  // Requires: `versions` has `version`.
  TableLayouts(std::uint32_t table_id, bool row_checksums,
               std::shared_ptr<const TableVersions> versions, SchemaVersion version);

  std::uint32_t table_id() const noexcept { return table_id_; }
  // The table id as it stands in front of every key.
  std::string_view key_prefix() const noexcept { return key_prefix_; }
  bool row_checksums() const noexcept { return row_checksums_; }
  const SchemaPtr& schema() const noexcept { return layout_->schema(); }
  const LayoutPtr& layout() const noexcept { return layout_; }
  SchemaVersion version() const noexcept { return version_; }
  LayoutPtr patch_layout() const { return versions_->patch_layout(version_); }
  // All of the table, later ones than this too.
  const TableVersions& versions() const noexcept { return *versions_; }

  // How rows of another version are read as rows of this; made when first asked for, and valid as
  // long as this. Fails as ColumnMapping::make, and with kUnknownSchema for a version that the
  // catalog does not have. Requires: not version().
  Result<const ColumnMapping*> mapping(SchemaVersion version) const;
  // Guards what rows keep of their migrated form.
  std::mutex& migrated_rows_mutex() const noexcept { return migrated_rows_mutex_; }

  // RowPatcher::needed_to_create of this version.
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
  std::shared_ptr<const TableVersions> versions_;
  SchemaVersion version_;
  LayoutPtr layout_;
  KeyParts key_;
  std::vector<ColumnIndex> needed_to_create_;

  mutable std::mutex mappings_mutex_;
  mutable std::map<SchemaVersion, ColumnMappingPtr> mappings_;
  // Those of earlier versions once more: what a reader finds there it uses without a lock.
  mutable std::vector<std::atomic<const ColumnMapping*>> earlier_;
  mutable std::mutex migrated_rows_mutex_;
};

}  // namespace wisp
