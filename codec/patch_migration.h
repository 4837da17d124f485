// PatchMigration: patches of one schema version as patches of a later one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/patch.h"
#include "wisp/schema/result.h"

namespace wisp {

// For a patch that meets a row of a later version: the handle that wrote it was older than the row.
// Dropped columns are left out, widened ones are widened, columns added since stay untouched;
// nested values get NULL in fields that ALTER TYPE has added. Immutable; threads: shared by all.
class PatchMigration {
 public:
  // Requires: Layout::make_patch() of two versions of one table, `to` the later one.
  PatchMigration(LayoutPtr from, LayoutPtr to);

  // Appends the patch of the later version. Values are not checked again: what was accepted once,
  // or set unchecked, is kept as it is (widen_field). A NULL is kept also for a column that has
  // become NOT NULL since: a later patch has a value for it, or SET NOT NULL had been refused.
  // Allocates a builder per patch. Fails with kCorruption where the patch is damaged; `out` is
  // unchanged then.
  Status append(const PatchView& patch, std::string& out) const;

 private:
  static constexpr std::uint32_t kDropped = 0xFFFFFFFF;

  LayoutPtr from_;
  LayoutPtr to_;
  std::vector<std::uint32_t> targets_;  // by column of `from`
};

}  // namespace wisp
