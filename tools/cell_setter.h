// Text cells into a RowBuilder: how one column takes its values, resolved once.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/codec/row_builder.h"
#include "wisp/schema/result.h"

namespace wisp::tools {

// Integers, floating point and text go straight into the builder; everything else, and whatever is
// not plainly right, takes the way of parse_value and set_value, which also words the errors.
// Threads: one at a time.
class CellSetter {
 public:
  CellSetter(const LayoutPtr& layout, ColumnIndex column);

  // Sets the column from a cell that is not NULL, as text.h reads it. `text` is borrowed until
  // finish_row(). Fails with kParse or kConstraint; the error does not name the column.
  Status set(RowBuilder& row, std::string_view text) const;

  // For a cell that is NULL: fails with kConstraint where the column cannot be that.
  Status check_null() const;

  ColumnIndex column() const noexcept { return column_; }
  const Type& type() const noexcept { return type_; }

 private:
  enum class Way : std::uint8_t { kSigned, kUnsigned, kDouble, kText, kValue };

  bool set_fast(RowBuilder& row, std::string_view text) const;

  Way way_ = Way::kValue;
  bool is_key_ = false;
  bool nullable_ = true;
  ColumnIndex column_;
  Type type_;
  std::int64_t smallest_ = 0;
  std::uint64_t largest_ = 0;
  ColumnHandle<std::int64_t> signed_;
  ColumnHandle<std::uint64_t> unsigned_;
  ColumnHandle<double> double_;
  ColumnHandle<std::string_view> text_;
};

// What columns hold that an input does not mention: their DEFAULT. Columns without one are left
// out.
std::vector<std::pair<ColumnIndex, Value>> default_values(const Schema& schema);

// The columns that an input must mention: those of the key and NOT NULL ones, without a DEFAULT.
std::vector<ColumnIndex> required_columns(const Schema& schema);

}  // namespace wisp::tools
