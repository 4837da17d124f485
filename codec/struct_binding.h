// Where the fields of a struct stand in the rows of a layout: what struct_row.h resolves when a
// table is opened, apart from the templates.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/nested_view.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp::internal {

// What a field is checked for when it is written.
enum class FieldCheck : std::uint8_t {
  kNone,   // every value of the C++ type fits the column
  kText,   // VARCHAR, CHAR: UTF-8 and length
  kValue,  // all that check_value() looks at
};

// The columns of one struct, by field (groups flattened). Immutable once bound; threads: shared by
// all.
struct BoundRow {
  LayoutPtr layout;
  std::vector<ColumnSlot> slots;
  std::vector<FieldCheck> checks;
  // The struct inside a ROW, or an ARRAY or MAP of ROWs; null for other fields. There is at most
  // one in a field, however deep it stands.
  std::vector<std::shared_ptr<const BoundRow>> nested;
  bool has_key_fields = false;
  bool has_nested_fields = false;  // an ARRAY, MAP or ROW

  // What the error of a field is about: `column "x"`.
  static std::string place(const Layout& layout, ColumnIndex column);
  std::string place(std::size_t field) const {
    return place(*layout, ColumnIndex{slots[field].column});
  }

  // Adds a field that is column `i`. Fails when an earlier field is that column, and when the
  // column may be NULL and the field may not.
  Status add(ColumnIndex i, bool optional, FieldCheck check);

  Error damaged(std::size_t field) const;  // kCorruption
  Error missing(std::size_t field) const;  // kConstraint: NULL for a NOT NULL column
  Error key_not_in_row() const;            // kUnsupported. Requires: has_key_fields
  // Text against its column's type, without a copy.
  Status check_text(std::size_t field, std::string_view text) const;
  Status check(std::size_t field, const Value& value) const;
};

// kInvalidArgument: a row or builder of another layout than the struct was mapped to.
Error mapped_elsewhere();

// Fails unless `type` is DECIMAL(precision, scale).
Status check_decimal(const Type& type, int precision, int scale, const std::string& place);

// Fails unless a value in an ARRAY or MAP that stands at `place` may be read as a field that is
// `optional`.
Status check_element_null(bool nullable, bool optional, const std::string& place);

// A value of `type`, inside an ARRAY or MAP at `place`, that its field cannot hold.
Error wrong_element(const Type& type, const std::string& place);

// A layout of one column of that type: what a column reads as, so does an element.
LayoutPtr element_layout(const Type& type);

}  // namespace wisp::internal
