#include "wisp/codec/struct_binding.h"

#include <utility>

namespace wisp::internal {

std::string BoundRow::place(const Layout& layout, ColumnIndex column) {
  return "column " + quote_identifier(layout.name(column));
}

Status BoundRow::add(ColumnIndex i, bool optional, FieldCheck check) {
  const ColumnSlot& slot = layout->slot(i);
  for (const ColumnSlot& other : slots) {
    if (other.column != slot.column) continue;
    return fail(ErrorCode::kInvalidArgument, "two fields of the struct are " + place(*layout, i));
  }
  if (!optional && !layout->is_required(i)) {
    return fail(ErrorCode::kInvalidArgument,
                place(*layout, i) + " may be NULL; its field must be a std::optional");
  }
  has_key_fields |= slot.is_key;
  slots.push_back(slot);
  checks.push_back(check);
  return {};
}

Error mapped_elsewhere() {
  return Error{
      ErrorCode::kInvalidArgument,
      "the struct is mapped to another table, or to another version of it: make the mapping "
      "(or StructReader) again",
      {}};
}

Error BoundRow::damaged(std::size_t field) const {
  return Error{ErrorCode::kCorruption, "the field's bytes are damaged", place(field)};
}

Error BoundRow::missing(std::size_t field) const {
  return Error{ErrorCode::kConstraint, "a NOT NULL column cannot be NULL", place(field)};
}

Error BoundRow::key_not_in_row() const {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].is_key) continue;
    return Error{ErrorCode::kUnsupported,
                 place(i) +
                     " is part of the key, which is not in the row's bytes; read a struct "
                     "without it",
                 {}};
  }
  return Error{ErrorCode::kUnsupported, "the key is not in the row's bytes", {}};
}

Status BoundRow::check_text(std::size_t field, std::string_view text) const {
  const Type& type = layout->type(ColumnIndex{slots[field].column});
  if (!is_valid_utf8(text))
    return fail(ErrorCode::kConstraint, "the text is not valid UTF-8", place(field));
  if (type.length() == 0 || text.size() <= type.length()) return {};
  const std::size_t length = count_code_points(text);
  if (length <= type.length()) return {};
  return fail(ErrorCode::kConstraint,
              "text of " + std::to_string(length) + " characters does not fit " + type.to_sql(),
              place(field));
}

Status BoundRow::check(std::size_t field, const Value& value) const {
  auto checked = check_value(layout->type(ColumnIndex{slots[field].column}), value, {});
  if (!checked) return fail(std::move(checked).error().within(place(field)));
  return {};
}

Status check_decimal(const Type& type, int precision, int scale, const std::string& place) {
  if (type.precision() == precision && type.scale() == scale) return {};
  return fail(ErrorCode::kInvalidArgument, place + " is " + type.to_sql() + ", its field is " +
                                               Type::decimal(precision, scale).to_sql());
}

Status check_element_null(bool nullable, bool optional, const std::string& place) {
  if (optional || !nullable) return {};
  return fail(ErrorCode::kInvalidArgument,
              "values in " + place + " may be NULL; its field must hold std::optional values");
}

Error wrong_element(const Type& type, const std::string& place) {
  return Error{ErrorCode::kInvalidArgument,
               "a value in " + place + " is " + type.to_sql() +
                   " and cannot be read as the C++ type of its field",
               {}};
}

LayoutPtr element_layout(const Type& type) {
  return Layout::make_nested(Type::row({RowField{0, "element", type}}));
}

}  // namespace wisp::internal
