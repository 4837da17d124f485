#include "wisp/codec/widen_field.h"

#include <bit>
#include <cstdint>
#include <utility>

#include "wisp/codec/field_kernels.h"
#include "wisp/codec/present_fields.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

// Of a scalar value that is no text. Points to `value` where it has 16 bytes.
PresentField field_of(const Value& value, const ColumnSlot& slot) {
  PresentField field;
  field.column = ColumnIndex{slot.column};
  if (const auto* i = value.get_if<std::int64_t>()) {
    field.bits = static_cast<std::uint64_t>(*i);
  } else if (const auto* u = value.get_if<std::uint64_t>()) {
    field.bits = *u;
  } else if (const auto* b = value.get_if<bool>()) {
    field.bits = *b ? 1 : 0;
  } else if (const auto* f = value.get_if<float>()) {
    field.bits = std::bit_cast<std::uint32_t>(*f);
  } else if (const auto* d = value.get_if<double>()) {
    field.bits = std::bit_cast<std::uint64_t>(*d);
  } else if (const auto* decimal = value.get_if<Decimal>()) {
    field.bits = static_cast<std::uint64_t>(decimal->unscaled);
    if (slot.cls == SlotClass::kFixed16) {
      field.data = reinterpret_cast<const std::byte*>(&decimal->unscaled);
    }
  } else if (const auto* uuid = value.get_if<Uuid>()) {
    field.data = reinterpret_cast<const std::byte*>(uuid->bytes.data());
  }
  return field;
}

}  // namespace

Status widen_field(const RowView& row, ColumnIndex from, ColumnIndex to, RowBuilder& builder) {
  const Layout& old = row.layout();
  const Layout& now = *builder.layout();
  const Type& from_type = old.type(from);
  const Type& to_type = now.type(to);
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
    builder.set_field(field_of(widened, now.slot(to)));
    return {};
  }
  Status status = builder.set_value(to, widened);
  if (status) return {};
  Error error = std::move(status).error();
  error.code = ErrorCode::kCorruption;  // nested values are always checked when they are written
  return fail(std::move(error));
}

}  // namespace wisp
