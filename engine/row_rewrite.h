// RowRewrite: rows of old schema versions become rows of newer ones when the store compacts, which
// is how the bytes of dropped columns go away.
//
// The target is the oldest version that anybody still reads rows as: every reader knows it, and
// reads the same from the row before and after, whatever its snapshot. It is never a version that
// stands in the log only: damage of the log that cuts the version off must leave rows that the
// remaining catalog can read.
//
// Chains (chain.h) are folded into the row that they read as; those that are no row go.
//
// Left as they are: rows whose checksum differs (or, in a table without checksums, that fail
// verification), rows that do not fit the size limit as the newer version, and chains with damage
// in them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "wisp/engine/held_versions.h"
#include "wisp/engine/store/rewrite.h"
#include "wisp/engine/table_layouts.h"

namespace wisp {

class RowRewrite final : public store::Rewrite, public std::enable_shared_from_this<RowRewrite> {
 public:
  struct OpenVersion {
    std::shared_ptr<const TableLayouts> layouts;
    std::shared_ptr<const HeldVersions> held;
  };
  // The newest version of each table, by table id, as of write `sequence` of the store; 0: they
  // stand in files already.
  void set_tables(const std::map<std::uint32_t, OpenVersion>& tables, std::uint64_t sequence);

  // Rows of versions before `to` may become rows of it; null layouts: of no version.
  struct Target {
    std::shared_ptr<const TableLayouts> layouts;  // of `to` or later
    SchemaVersion to{};
  };
  Target target_of(std::uint32_t table_id) const;

  std::unique_ptr<store::RewriteRun> begin() override;
  void on_flushed(std::uint64_t sequence) override;

 private:
  struct Version {
    std::uint64_t sequence = 0;
    std::shared_ptr<const TableLayouts> layouts;
  };
  struct Versions {
    std::shared_ptr<const HeldVersions> held;
    std::deque<Version> by_sequence;  // the newest that stands in files, and those behind it
  };
  void forget_passed();  // under mutex_

  mutable std::mutex mutex_;
  std::uint64_t flushed_sequence_ = 0;
  std::map<std::uint32_t, Versions> tables_;
};

}  // namespace wisp
