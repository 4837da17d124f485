#include "wisp/codec/row_view.h"

#include <algorithm>
#include <string>

#include "wisp/codec/bytes.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_sections.h"
#include "wisp/codec/unfilled_array.h"

namespace wisp {

Result<SchemaVersion> row_schema_version(std::span<const std::byte> row) {
  if (row.size() < 2) return fail(damaged_at(0, "a row of fewer than 2 bytes"));
  if (!FormatByte{std::to_integer<std::uint8_t>(row[0])}.known()) {
    return fail(Error{ErrorCode::kUnknownSchema, "unknown row format byte", "row byte 0"});
  }
  const auto version = std::to_integer<std::uint8_t>(row[1]);
  if (version != kVersionEscape) return SchemaVersion{version};
  if (row.size() < 6) return fail(damaged_at(1, "the schema version is cut off"));
  return SchemaVersion{load_le<std::uint32_t>(row.data() + 2)};
}

Error RowView::refusal(const Layout& layout, std::span<const std::byte> row) {
  if (layout.has_version()) {
    auto version = row_schema_version(row);
    if (!version) return std::move(version).error();
    if (*version != layout.schema()->version()) {
      return Error{ErrorCode::kUnknownSchema,
                   "row has schema version " + std::to_string(to_underlying(*version)) +
                       ", expected " + std::to_string(to_underlying(layout.schema()->version())),
                   "row byte 1"};
    }
  } else if (row.empty()) {
    return damaged_at(0, "an empty row");
  }
  if (!FormatByte{std::to_integer<std::uint8_t>(row[0])}.known()) {
    return Error{ErrorCode::kUnknownSchema, "unknown row format byte", "row byte 0"};
  }
  if (layout.has_version() && layout.header_bytes() == 2 &&
      std::to_integer<std::uint8_t>(row[1]) == kVersionEscape) {
    return damaged_at(1, "a small schema version in the long form");
  }
  return damaged_at(row.size(), "the row ends inside its header");
}

SchemaVersion RowView::version() const noexcept {
  assert(layout().has_version());
  return layout().schema()->version();
}

bool RowView::is_null(ColumnIndex column) const {
  const ColumnSlot& s = layout().slot(column);
  assert(!s.is_key);
  return internal::field_kernels->presence(row_, s) == kReadNull;
}

namespace {

template <typename View>
Access read_nested_bytes(const RowBytes& row, const ColumnSlot& s, const TypeNode& node,
                         View& out) {
  const BytesRead r = internal::field_kernels->bytes(row, s);
  if (r.data == nullptr) return static_cast<Access>(r.size);
  auto view = View::open(node, {r.data, r.size});
  if (!view) return Access::kDamaged;
  out = *view;
  return Access::kPresent;
}

}  // namespace

Access RowView::read_nested(const ColumnSlot& s, ArrayView& out) const {
  return read_nested(s, *layout().nested(ColumnIndex{s.column}), out);
}
Access RowView::read_nested(const ColumnSlot& s, MapView& out) const {
  return read_nested(s, *layout().nested(ColumnIndex{s.column}), out);
}
Access RowView::read_nested(const ColumnSlot& s, NestedRowView& out) const {
  return read_nested(s, *layout().nested(ColumnIndex{s.column}), out);
}
Access RowView::read_nested(const ColumnSlot& s, const TypeNode& node, ArrayView& out) const {
  return read_nested_bytes(row_, s, node, out);
}
Access RowView::read_nested(const ColumnSlot& s, const TypeNode& node, MapView& out) const {
  return read_nested_bytes(row_, s, node, out);
}
Access RowView::read_nested(const ColumnSlot& s, const TypeNode& node, NestedRowView& out) const {
  return read_nested_bytes(row_, s, node, out);
}

Result<Value> RowView::value(ColumnIndex column) const {
  WISP_TRY(layout().check_index(column));
  const ColumnSlot& s = layout().slot(column);
  assert(!s.is_key);
  Value out;
  const auto read = [&](auto probe) {
    const Access access = read_slot(s, probe);
    if (access == Access::kPresent) out = Value(std::move(probe));
    return access;
  };
  Access access = Access::kDamaged;
  switch (s.kind) {
    case TypeKind::kBoolean:
      access = read(false);
      break;
    case TypeKind::kReal:
      access = read(0.0F);
      break;
    case TypeKind::kDouble:
      access = read(0.0);
      break;
    case TypeKind::kDecimal:
      access = read(Decimal{});
      break;
    case TypeKind::kUuid:
      access = read(Uuid{});
      break;
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson: {
      std::string_view text;
      access = read_slot(s, text);
      if (access == Access::kPresent) out = Value::text(text);
      break;
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow: {
      const BytesRead r = internal::field_kernels->bytes(row_, s);
      if (r.data != nullptr) {
        auto nested = decode_nested(*layout().nested(column), {r.data, r.size});
        if (!nested) return fail(std::move(nested).error().within(layout().name(column)));
        return nested;
      }
      access = static_cast<Access>(r.size);
      break;
    }
    default:
      access = is_unsigned(s.kind) ? read(std::uint64_t{0}) : read(std::int64_t{0});
  }
  if (access == Access::kDamaged) {
    return fail(ErrorCode::kCorruption, "the field's bytes are damaged",
                "column " + quote_identifier(layout().name(column)));
  }
  return out;
}

Status RowView::present_columns(std::vector<std::uint32_t>& out) const {
  RowSections sections;
  WISP_TRY(sections.find(row_));
  const Layout& l = layout();
  UnfilledArray<std::uint32_t> present(l.nullable_count());
  WISP_TRY(read_present_columns(row_, sections, present.data()));
  const std::size_t count =
      sections.present_before(SlotClass::kVar) + sections.cls(SlotClass::kVar).count;
  out.assign(l.not_null_fixed().begin(), l.not_null_fixed().end());
  out.insert(out.end(), l.not_null_var().begin(), l.not_null_var().end());
  out.insert(out.end(), present.data(), present.data() + count);
  return {};
}

}  // namespace wisp
