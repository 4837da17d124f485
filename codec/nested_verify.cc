#include "wisp/codec/nested_verify.h"

#include "wisp/codec/bytes.h"
#include "wisp/codec/nested_format.h"
#include "wisp/codec/one_nan.h"
#include "wisp/codec/row_sections.h"
#include "wisp/schema/json.h"

namespace wisp {

namespace {

// Whether element `i`, of a fixed width and not NULL, is what an encoder writes.
bool is_canonical_element(const Type& type, const ArrayView& view, std::size_t i) {
  const std::byte* values = view.fixed_values().data();
  switch (type.kind()) {
    case TypeKind::kDouble:
      return only_one_nan<std::uint64_t>(values + 8 * i, 1);
    case TypeKind::kReal:
      return only_one_nan<std::uint32_t>(values + 4 * i, 1);
    case TypeKind::kDecimal:
      return is_within_limits(type, view.get<Decimal>(i)->unscaled);
    case TypeKind::kTime:
      return is_within_limits(type, load_le<std::int64_t>(values + 8 * i));
    default:
      return true;
  }
}

Status verify_array(const TypeNode& element, bool nullable, const ArrayView& view, std::size_t size,
                    const VerifyOptions& options) {
  WISP_TRY(view.check_canonical(size));
  const bool var = slot_class(element.type) == SlotClass::kVar;
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (view.is_null(i)) {
      if (!nullable) return fail(damaged_at(0, "NULL where the type has none"));
      continue;
    }
    if (!var) {
      if (is_canonical_element(element.type, view, i)) continue;
      return fail(damaged_at(0, "an element outside the limits of its type, or another NaN"));
    }
    const auto bytes = view.element_bytes(i);
    if (!bytes) return fail(damaged_at(0, "an element's offsets are damaged"));
    WISP_TRY(verify_value_bytes(&element, element.type, *bytes, options));
  }
  return {};
}

// Whether the key `i` of a MAP is above the one before it. A damaged one is not.
bool rises(const ArrayView& keys, std::size_t i) {
  const Type& type = keys.element_type();
  if (is_string_like(type.kind())) {  // not as Values, which copy them
    const auto a = keys.get<std::string_view>(i - 1);
    const auto b = keys.get<std::string_view>(i);
    return a && b && *a < *b;
  }
  const auto a = keys.value(i - 1);
  const auto b = keys.value(i);
  return a && b && compare_key_values(type, *a, *b) < 0;
}

Status verify_nested(const TypeNode& node, std::span<const std::byte> bytes,
                     const VerifyOptions& options) {
  if (node.type.kind() == TypeKind::kRow) {
    auto view = NestedRowView::open(node, bytes);
    if (!view) return fail(std::move(view).error());
    return verify_row(view->stored_row(), options);
  }
  if (node.type.kind() == TypeKind::kArray) {
    auto view = ArrayView::open(node, bytes);
    if (!view) return fail(std::move(view).error());
    return verify_array(*node.element, node.type.element_nullable(), *view, bytes.size(), options);
  }
  auto view = MapView::open(node, bytes);
  if (!view) return fail(std::move(view).error());
  const ArrayView& keys = view->keys();
  std::size_t keys_size = keys.encoded_size();
  std::size_t head = 1;
  for (std::size_t v = keys_size; v >= 0x80; v >>= 7) ++head;
  if (keys_size + head > bytes.size()) return fail(damaged_at(0, "a MAP value is cut off"));
  WISP_TRY(verify_array(*node.key, false, keys, keys_size, options));
  WISP_TRY(verify_array(*node.element, node.type.element_nullable(), view->values(),
                        bytes.size() - head - keys_size, options));
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (!rises(keys, i)) return fail(damaged_at(0, "keys of a MAP value do not rise"));
  }
  return {};
}

}  // namespace

Status verify_value_bytes(const TypeNode* node, const Type& type, std::span<const std::byte> bytes,
                          const VerifyOptions& options) {
  if (type.is_nested()) return verify_nested(*node, bytes, options);
  if (!options.utf8) return {};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool is_bytes = type.kind() == TypeKind::kVarbinary;
  if (!is_bytes && !is_valid_utf8(text)) {
    return fail(damaged_at(0, "text is not well-formed UTF-8"));
  }
  if (type.kind() == TypeKind::kJson) {
    if (const Status json = check_json(text); !json) {
      return fail(damaged_at(0, json.error().code == ErrorCode::kLimit
                                    ? json.error().message
                                    : "a JSON column does not hold JSON"));
    }
  }
  // A text of n bytes has at most n characters: most need no count.
  if (type.length() != 0 && text.size() > type.length() &&
      (is_bytes || count_code_points(text) > type.length())) {
    return fail(damaged_at(0, "a value longer than its type"));
  }
  return {};
}

Status ArrayView::check_canonical(std::size_t size) const {
  const ArrayHead head{std::to_integer<std::uint8_t>(begin_[0])};
  const bool var = slot_class(node_->type) == SlotClass::kVar;
  const bool bits = slot_class(node_->type) == SlotClass::kBool;
  std::uint32_t heap_size = 0;
  bool any_null = false;
  for (std::uint32_t i = 0; i < count_; ++i) {
    const bool null = is_null(i);
    any_null |= null;
    if (var) {
      const std::uint32_t end = end_offset(i);
      if (end < heap_size) return fail(damaged_at(0, "element ends do not rise"));
      if (null && end != heap_size) return fail(damaged_at(0, "a NULL element has bytes"));
      heap_size = end;
    } else if (null) {
      bool zero = !bits || element_bits(i) == 0;
      for (std::size_t b = 0; b < width_; ++b) {
        zero &= values_[std::size_t{i} * width_ + b] == std::byte{0};
      }
      if (!zero) return fail(damaged_at(0, "a NULL element has a value"));
    }
  }
  if (encoded_size() != size)
    return fail(damaged_at(encoded_size(), "bytes behind an ARRAY value"));
  const unsigned offset_code = var ? ArrayHead::width_code(heap_size) : 0;
  if (head.value != ArrayHead::make(count_, any_null, offset_code).value) {
    return fail(damaged_at(0, "the head of an ARRAY value is not the canonical one"));
  }
  const auto padding = [&](const std::byte* p) {
    return count_ % 8 != 0 && (std::to_integer<unsigned>(p[count_ / 8]) >> (count_ % 8)) != 0;
  };
  if ((nulls_ != nullptr && padding(nulls_)) || (bits && padding(values_))) {
    return fail(damaged_at(0, "padding bits are not zero"));
  }
  return {};
}

}  // namespace wisp
