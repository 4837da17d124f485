// ColumnMapping: the columns of one schema version, read in place from rows of another; and the
// fields of a ROW type, from values that were written before ALTER TYPE added some.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// Where each column of a version stands in rows of an earlier one, resolved once per pair of
// versions. Reads give what they would give on the row that RowMigration makes: columns dropped
// since are not there, added ones have the value that was fixed when they were added, widened ones
// are widened. Values of a type that ALTER TYPE has changed are read in place as well: views of
// them find each field by its id in the layout that they were written in, and NULL where that lacks
// it. The row is not rewritten for any of it, and nothing is allocated.
//
// Rows of a later version are read as those of an earlier one, too, by handles that were made
// before a change: columns added since are not there, those that were dropped are NULL.
// Immutable; threads: shared by all.
class ColumnMapping {
 public:
  // Fails with kLimit where the values of the added columns together are larger than a row can be;
  // where `to` is the earlier version, with kUnknownSchema, naming the column, where one was NOT
  // NULL and is dropped, or has changed its type otherwise than to a longer text.
  // Requires: layouts of two versions of one table.
  static Result<std::shared_ptr<const ColumnMapping>> make(LayoutPtr from, LayoutPtr to);
  // The same for ROW values. Requires: Layout::make_nested() of two types, the second of which
  // extends the first (extends_type).
  static std::shared_ptr<const ColumnMapping> make_nested(LayoutPtr from, LayoutPtr to);

  const LayoutPtr& from() const noexcept { return from_; }
  const LayoutPtr& to() const noexcept { return to_; }

  // As RowView::read. Views in `out` point into the row, or, for an added column, into this
  // mapping. Requires: a row of from(), and a handle that is not of a key column.
  template <typename T>
  Access read(const RowView& row, const ColumnHandle<T>& column, T& out) const {
    assert(&row.layout() == from_.get());
    if (!to_->fits(column)) [[unlikely]] {
      return Access::kDamaged;
    }
    const Source& source = sources_[column.slot().column];
    switch (source.kind) {
      case SourceKind::kRow:
        return row.read_slot(source.slot, out);
      case SourceKind::kUnsigned32:
        if constexpr (std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) == 8) {
          std::uint64_t bits = 0;
          const Access access = row.read_slot(source.slot, bits);
          if (access == Access::kPresent) out = static_cast<T>(bits);
          return access;
        }
        return Access::kDamaged;
      case SourceKind::kRescaled:
        if constexpr (std::is_same_v<T, Decimal>) {
          const Access access = row.read_slot(source.slot, out);
          if (access == Access::kPresent) out = rescaled(out, source);
          return access;
        }
        return Access::kDamaged;
      case SourceKind::kAdded:
        return added_.read_slot(source.slot, out);
      case SourceKind::kExtended:
        if constexpr (std::is_same_v<T, ArrayView> || std::is_same_v<T, MapView> ||
                      std::is_same_v<T, NestedRowView>) {
          return row.read_nested(source.slot, *extended_[column.slot().column], out);
        }
        return Access::kDamaged;
      case SourceKind::kMissing:
        break;
    }
    return Access::kNull;
  }

  // How the ARRAY, MAP or ROW values of a column of to() are read from these rows, as
  // Layout::nested().
  const TypeNode* nested(ColumnIndex column) const noexcept {
    const std::uint32_t i = to_underlying(column);
    return sources_[i].kind == SourceKind::kExtended ? extended_[i].get() : to_->nested(column);
  }
  // Whether the column has a value.
  Access presence(const RowView& row, ColumnIndex column) const;
  bool is_null(const RowView& row, ColumnIndex column) const {
    return presence(row, column) == Access::kNull;
  }
  // As a runtime value (copied). Fails with kCorruption where the field is damaged.
  Result<Value> value(const RowView& row, ColumnIndex column) const;
  // The value columns of to() that are not NULL (cleared first), in no order that means anything.
  Status present_columns(const RowView& row, std::vector<std::uint32_t>& out) const;
  // The value column of to() that `column` of from() became.
  std::optional<ColumnIndex> later(ColumnIndex column) const noexcept;

 private:
  friend class EarlierProjection;
  enum class SourceKind : std::uint8_t {
    kMissing,     // NULL, or a key column
    kAdded,       // fixed when the column was added: `slot` is of added_
    kRow,         // `slot` is of from_
    kUnsigned32,  // kRow, but UINTEGER is read as BIGINT
    kRescaled,    // kRow, but a DECIMAL gets more digits after the point
    kExtended,    // kRow, but a type in the column's type has gained fields
  };
  struct Source {
    ColumnSlot slot;
    SourceKind kind = SourceKind::kMissing;
    std::uint8_t digits = 0;  // kRescaled: how many more
  };
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  ColumnMapping(LayoutPtr from, LayoutPtr to);
  bool is_to_earlier() const;
  Status encode_added();
  // Of a mapping to an earlier version: whether all of its columns can be read.
  Status check_earlier() const;
  static Decimal rescaled(Decimal value, const Source& source) noexcept;

  LayoutPtr from_;
  LayoutPtr to_;
  std::vector<Source> sources_;  // by column of to_
  // By column of to_, null where none is needed; empty where there is no kExtended.
  std::vector<std::shared_ptr<const TypeNode>> extended_;
  std::vector<std::uint32_t> later_;          // by column of from_; kNone: dropped
  std::vector<std::uint32_t> added_columns_;  // the kAdded ones
  LayoutPtr added_layout_;                    // all columns nullable
  std::string added_bytes_;
  RowView added_;
};

using ColumnMappingPtr = std::shared_ptr<const ColumnMapping>;

}  // namespace wisp
