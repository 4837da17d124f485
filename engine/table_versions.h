// TableVersions: every schema version of a table, and what working with its rows takes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_migration.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/schema/schema.h"

namespace wisp {

// Shared by the table's handles of all versions, so that those of an earlier one know the later
// ones too. What a version needs is made when it is first asked for, and kept: a table that was
// altered a thousand times opens like any other. Threads: shared by all.
class TableVersions {
 public:
  // `schemas[i]` is schema version i + 1. Requires: not empty.
  explicit TableVersions(const std::vector<SchemaPtr>& schemas) { extend(schemas); }
  // The same schemas and those that were added since.
  void extend(const std::vector<SchemaPtr>& schemas);

  // All of these are null for a version that there is not.
  SchemaPtr schema(SchemaVersion version) const;
  LayoutPtr layout(SchemaVersion version) const;
  LayoutPtr patch_layout(SchemaVersion version) const;

  // How rows of one version become rows of another, later or earlier one. Requires: both are known;
  // an earlier one is one that ColumnMapping::make takes.
  std::shared_ptr<const RowMigration> migration(SchemaVersion from, SchemaVersion to) const;

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
    friend class TableVersions;
    const TableVersions* table_ = nullptr;
    SchemaVersion version_{};
    std::unique_ptr<RowPatcher> patcher_;
  };
  // Requires: the version is known, and this outlives the lease.
  PatcherLease patcher(SchemaVersion version) const;

 private:
  struct Version {
    SchemaPtr schema;
    LayoutPtr layout;
    LayoutPtr patch_layout;
    std::vector<std::unique_ptr<RowPatcher>> idle;
  };
  // Null where there is none. Both under mutex_.
  Version* find(SchemaVersion version) const;
  static const LayoutPtr& layout_of(Version& version);

  mutable std::mutex mutex_;
  mutable std::vector<Version> versions_;
  mutable std::map<std::pair<SchemaVersion, SchemaVersion>, std::shared_ptr<const RowMigration>>
      migrations_;
};

}  // namespace wisp
