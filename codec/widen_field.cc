#include "wisp/codec/widen_field.h"

#include <utility>

#include "wisp/codec/field_kernels.h"
#include "wisp/codec/present_fields.h"
#include "wisp/schema/schema_change.h"

namespace wisp {

Status widen_field(const RowView& row, ColumnIndex from, ColumnIndex to, RowBuilder& builder) {
  const Layout& old = row.layout();
  const Type& from_type = old.type(from);
  const Type& to_type = builder.layout()->type(to);
  // The same bytes, also where only a limit of length is another.
  if (from_type == to_type || (!to_type.is_nested() && from_type.kind() == to_type.kind() &&
                               old.slot(from).cls == SlotClass::kVar)) {
    return builder.copy_field(row, from, to);
  }
  if (old.slot(from).cls == SlotClass::kVar && !to_type.is_nested()) {
    FieldCell cell;
    internal::field_kernels->many({&old, row.bytes().data(), row.bytes().size()}, &old.slot(from),
                                  1, &cell);
    if (cell.access != kReadPresent) {
      return fail(ErrorCode::kCorruption, "the field's bytes are damaged",
                  "column " + quote_identifier(old.name(from)));
    }
    PresentField field;
    field.column = to;
    field.data = cell.data;
    field.bits = cell.bits;
    builder.set_field(field);
    return {};
  }
  WISP_ASSIGN(const Value value, row.value(from));
  const Value widened = widen_value(from_type, to_type, value);
  if (!to_type.is_nested()) {
    builder.set_accepted(to, widened);
    return {};
  }
  Status status = builder.set_value(to, widened);
  if (status) return {};
  Error error = std::move(status).error();
  error.code = ErrorCode::kCorruption;  // nested values are always checked when they are written
  return fail(std::move(error));
}

}  // namespace wisp
