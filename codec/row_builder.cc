#include "wisp/codec/row_builder.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "wisp/codec/key.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/present_fields.h"

namespace wisp {

RowBuilder::RowBuilder(LayoutPtr layout, std::size_t max_row_bytes)
    : layout_(std::move(layout)),
      columns_key_(layout_->columns_key()),
      max_row_bytes_(std::min(max_row_bytes, kMaxRowBytes)),
      fields_(*layout_),
      ints_(layout_->cls(SlotClass::kInt4).nullable) {
  if (layout_->has_version()) key_.resize(layout_->schema()->key().size());
}

void RowBuilder::clear() {
  fields_.clear();
  std::fill(key_.begin(), key_.end(), Value());
  owned_count_ = 0;
  has_misfit_ = false;
}

Status RowBuilder::check_handles() const {
  if (!has_misfit_) [[likely]] {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              "a column handle was used that does not fit: it is of another table, or of another "
              "version of it, or of a key column in a patch");
}

std::size_t RowBuilder::set_count() const noexcept {
  return fields_.count();
}

void RowBuilder::set(const ColumnHandle<double>& c, double v) {
  if (!fits(c)) return;
  const ColumnSlot& s = c.slot();
  set_bits(s, s.cls == SlotClass::kReal ? stored_bits(static_cast<float>(v)) : stored_bits(v));
}

void RowBuilder::set(const ColumnHandle<Decimal>& c, Decimal v) {
  if (!fits(c)) return;
  const ColumnSlot& s = c.slot();
  if (s.is_key) return set_key(s, Value(v));
  if (s.cls == SlotClass::kInt8) return set_bits(s, static_cast<std::uint64_t>(v.unscaled));
  StagedFields::Wide wide;
  std::memcpy(&wide, &v.unscaled, sizeof wide);
  set_wide(s, wide);
}

void RowBuilder::set(const ColumnHandle<Uuid>& c, const Uuid& v) {
  if (!fits(c)) return;
  if (c.slot().is_key) return set_key(c.slot(), Value(v));
  StagedFields::Wide wide;
  std::memcpy(&wide, v.bytes.data(), sizeof wide);
  set_wide(c.slot(), wide);
}

void RowBuilder::set_wide(const ColumnSlot& s, StagedFields::Wide wide) {
  if (!fields_.append(s, wide)) fields_.place(s, wide);
}

void RowBuilder::place_bits(const ColumnSlot& s, std::uint64_t bits) {
  if (s.is_key) return set_key_bits(s, bits);
  fields_.place(s, bits);
}

void RowBuilder::place_var(const ColumnSlot& s, std::string_view bytes) {
  if (s.is_key) return set_key(s, Value::text(bytes));
  fields_.place(s, bytes);
}

void RowBuilder::set_key(const ColumnSlot& s, Value value) {
  key_[s.fixed_offset] = std::move(value);
}

void RowBuilder::set_key_bits(const ColumnSlot& s, std::uint64_t bits) {
  switch (s.kind) {
    case TypeKind::kBoolean:
      return set_key(s, Value(bits != 0));
    case TypeKind::kReal:
      return set_key(s, Value(std::bit_cast<float>(static_cast<std::uint32_t>(bits))));
    case TypeKind::kDouble:
      return set_key(s, Value(std::bit_cast<double>(bits)));
    default:
      return set_key(s, is_unsigned(s.kind) ? Value(bits) : Value(static_cast<std::int64_t>(bits)));
  }
}

void RowBuilder::set_null(ColumnIndex column) {
  const ColumnSlot& s = layout_->slot(column);
  if (s.is_key) return set_key(s, Value());
  fields_.remove(s);
}

std::string& RowBuilder::own() {
  if (owned_count_ == owned_.size()) owned_.emplace_back();
  std::string& s = owned_[owned_count_++];
  s.clear();
  return s;
}

Status RowBuilder::set_value(ColumnIndex column, const Value& value) {
  WISP_TRY(layout_->check_index(column));
  const ColumnSlot& s = layout_->slot(column);
  const Type& type = layout_->type(column);
  const std::string_view name = layout_->name(column);
  if (value.is_null()) {
    if (layout_->is_required(column)) {
      return fail(ErrorCode::kConstraint, "a NOT NULL column cannot be NULL",
                  "column " + quote_identifier(name));
    }
    set_null(column);
    return {};
  }
  if (type.is_nested()) {
    std::string& bytes = own();
    const std::string where = "column " + quote_identifier(name);
    auto sorted = with_sorted_maps(type, value);
    if (!sorted) return fail(std::move(sorted).error().within(where));
    WISP_TRY(check_value(type, *sorted, where));
    auto encoded = encode_nested(*layout_->nested(column), *sorted, bytes);
    if (!encoded) return fail(std::move(encoded).error().within(where));
    set_var(s, bytes);
    return {};
  }
  WISP_TRY(check_value(type, value, "column " + quote_identifier(name)));
  if (s.is_key) {
    set_key(s, value);
    return {};
  }
  set_accepted(column, value);
  return {};
}

void RowBuilder::set_accepted(ColumnIndex column, const Value& value) {
  const ColumnSlot& s = layout_->slot(column);
  assert(!s.is_key);
  if (const auto* i = value.get_if<std::int64_t>()) {
    set_bits(s, static_cast<std::uint64_t>(*i));
  } else if (const auto* u = value.get_if<std::uint64_t>()) {
    set_bits(s, *u);
  } else if (const auto* b = value.get_if<bool>()) {
    set_bits(s, *b ? 1 : 0);
  } else if (const auto* f = value.get_if<float>()) {
    set_bits(s, stored_bits(*f));
  } else if (const auto* d = value.get_if<double>()) {
    set_bits(s, stored_bits(*d));
  } else if (const auto* text = value.get_if<std::string>()) {
    std::string& bytes = own();
    bytes = *text;
    set_var(s, bytes);
  } else if (const auto* uuid = value.get_if<Uuid>()) {
    StagedFields::Wide wide;
    std::memcpy(&wide, uuid->bytes.data(), sizeof wide);
    set_wide(s, wide);
  } else if (const auto* decimal = value.get_if<Decimal>()) {
    if (s.cls == SlotClass::kInt8) {
      set_bits(s, static_cast<std::uint64_t>(decimal->unscaled));
    } else {
      StagedFields::Wide wide;
      std::memcpy(&wide, &decimal->unscaled, sizeof wide);
      set_wide(s, wide);
    }
  }
}

Status RowBuilder::copy_field(const RowView& row, ColumnIndex from, ColumnIndex to) {
  const ColumnSlot& target = layout_->slot(to);
  assert(!target.is_key && target.kind == row.layout().slot(from).kind);
  FieldCell cell;
  const RowBytes bytes{&row.layout(), row.bytes().data(), row.bytes().size()};
  internal::field_kernels->many(bytes, &row.layout().slot(from), 1, &cell);
  if (cell.access == kReadDamaged) {
    return fail(ErrorCode::kCorruption, "the field's bytes are damaged",
                "column " + quote_identifier(row.layout().name(from)));
  }
  if (cell.access == kReadNull) {
    set_null(to);
  } else {
    set_raw(target, cell.data, cell.bits);
  }
  return {};
}

void RowBuilder::set_field(const PresentField& field) {
  set_raw(layout_->slot(field.column), field.data, field.bits);
}

void RowBuilder::set_raw(const ColumnSlot& s, const std::byte* data, std::uint64_t bits) {
  if (s.cls == SlotClass::kVar) {
    set_var(s, {reinterpret_cast<const char*>(data), bits});
  } else if (s.cls == SlotClass::kFixed16) {
    StagedFields::Wide wide;
    std::memcpy(&wide, data, sizeof wide);
    set_wide(s, wide);
  } else if (s.cls == SlotClass::kDouble) {
    set_bits(s, with_one_nan(bits));
  } else if (s.cls == SlotClass::kReal) {
    set_bits(s, with_one_nan(static_cast<std::uint32_t>(bits)));
  } else {
    set_bits(s, bits);
  }
}

Status RowBuilder::finish_key(std::string& out) const {
  WISP_TRY(check_handles());
  const Schema& schema = *layout_->schema();
  Status status = append_key(schema, key_, out);
  if (status) [[likely]] {
    return status;
  }
  for (std::size_t part = 0; part < key_.size(); ++part) {
    if (!key_[part].is_null()) continue;
    return fail(ErrorCode::kConstraint, "the row has no value for this key column",
                "column " + quote_identifier(schema.column(schema.key()[part].column).name));
  }
  return status;
}

}  // namespace wisp
