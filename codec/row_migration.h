// RowMigration: rows of one schema version as rows of another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// What becomes of each column, resolved once per pair of versions: dropped columns are left out,
// added ones get the value that was fixed when they were added, widened ones are widened, and
// values of a type that ALTER TYPE has changed get NULL in its new fields.
// Immutable; threads: shared by all.
class RowMigration {
 public:
  // Requires: layouts of two versions of one table; where `to` is the earlier one, a pair that
  // ColumnMapping::make takes.
  RowMigration(LayoutPtr from, LayoutPtr to);

  // Appends the canonical row of that version. Cost follows the present fields and the added
  // columns with a value. Values are not checked again (widen_field). Fails with kCorruption where
  // the row is damaged, and with kLimit above the row size limit; `out` is unchanged then.
  // Requires: a row of the first layout.
  Status append(const RowView& row, std::string& out) const;
  // The same without the last step: sets the fields of a builder of that version, so that others
  // can go on top before it is encoded. Text is borrowed from `row`.
  Status set_fields(const RowView& row, RowBuilder& builder) const;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Target {
    std::uint32_t column = kNone;  // kNone: dropped
    bool same_bytes = false;       // else the value has to be widened or extended
  };
  struct Constant {
    ColumnIndex column{};
    Value value;
  };

  LayoutPtr from_;
  LayoutPtr to_;
  std::vector<Target> targets_;  // by column of `from`
  std::vector<Constant> added_;
};

}  // namespace wisp
