#include "wisp/codec/nested_view.h"

#include <cassert>
#include <string>

#include "wisp/codec/bytes.h"
#include "wisp/codec/nested_format.h"
#include "wisp/codec/row_sections.h"

namespace wisp {

std::shared_ptr<const TypeNode> TypeNode::make(const Type& type) {
  auto node = std::make_shared<TypeNode>();
  node->type = type;
  if (type.kind() == TypeKind::kArray) {
    node->element = make(type.element());
  } else if (type.kind() == TypeKind::kMap) {
    node->key = make(type.map_key());
    node->element = make(type.map_value());
  } else if (type.kind() == TypeKind::kRow) {
    node->row = Layout::make_nested(type);
  }
  return node;
}

std::shared_ptr<const TypeNode> TypeNode::make_earlier(const TypeNode& from, const TypeNode& to) {
  auto node = std::make_shared<TypeNode>(to);
  if (from.type == to.type) return node;
  if (to.element != nullptr) node->element = make_earlier(*from.element, *to.element);
  if (to.row != nullptr) node->earlier = ColumnMapping::make_nested(from.row, to.row);
  return node;
}

Result<NestedRowView> NestedRowView::open(const TypeNode& node, std::span<const std::byte> bytes) {
  assert(node.type.kind() == TypeKind::kRow);
  const Layout& layout = node.earlier == nullptr ? *node.row : *node.earlier->from();
  auto row = RowView::open(layout, bytes);
  if (!row) return fail(std::move(row).error());
  NestedRowView out;
  out.row_ = *row;
  out.earlier_ = node.earlier.get();
  return out;
}

Result<Value> NestedRowView::value(std::string_view field) const {
  auto i = layout().find(field, NameMatch::kIgnoreCase);
  if (!i) return fail(std::move(i).error());
  return value(*i);
}

Result<ArrayView> ArrayView::open(const TypeNode& node, std::span<const std::byte> bytes) {
  assert(node.type.kind() == TypeKind::kArray);
  return open_elements(*node.element, bytes);
}

Result<ArrayView> ArrayView::open_elements(const TypeNode& element,
                                           std::span<const std::byte> bytes) {
  if (bytes.empty()) return fail(damaged_at(0, "an empty ARRAY value"));
  const ArrayHead head{std::to_integer<std::uint8_t>(bytes[0])};
  const std::size_t count_width = head.count_width();
  if (!head.known() || bytes.size() - 1 < count_width) {
    return fail(damaged_at(0, "the head of an ARRAY value is damaged"));
  }
  ArrayView a;
  a.node_ = &element;
  a.begin_ = bytes.data();
  a.count_ = static_cast<std::uint32_t>(load_partial(bytes.data() + 1, count_width));
  const std::uint64_t n = a.count_;
  std::uint64_t offset = 1 + count_width;
  if (head.has_nulls()) {
    a.nulls_ = bytes.data() + offset;
    offset += (n + 7) / 8;
  }
  const SlotClass cls = slot_class(element.type);
  a.width_ = element_width(cls);
  std::uint64_t size = cls == SlotClass::kBool ? (n + 7) / 8 : n * a.width_;
  if (cls == SlotClass::kVar) {
    a.offset_width_ = head.offset_width();
    size = n * a.offset_width_;
  }
  if (offset > bytes.size() || size > bytes.size() - offset) {
    return fail(damaged_at(offset, "an ARRAY value is cut off"));
  }
  a.values_ = bytes.data() + offset;
  a.heap_ = a.values_ + size;
  a.end_ = bytes.data() + bytes.size();
  return a;
}

bool ArrayView::is_null(std::size_t i) const noexcept {
  assert(i < count_);
  return nulls_ != nullptr && ((std::to_integer<unsigned>(nulls_[i / 8]) >> (i % 8)) & 1) != 0;
}

std::uint64_t ArrayView::element_bits(std::size_t i) const noexcept {
  if (slot_class(node_->type) == SlotClass::kBool) {
    return (std::to_integer<unsigned>(values_[i / 8]) >> (i % 8)) & 1;
  }
  assert(width_ >= 1 && width_ <= 8);
  const std::uint64_t bits = load_partial(values_ + i * width_, width_);
  if (is_unsigned(node_->type.kind()) || width_ == 8) return bits;
  const unsigned shift = 64 - 8 * width_;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
}

std::uint32_t ArrayView::end_offset(std::size_t i) const noexcept {
  return static_cast<std::uint32_t>(load_partial(values_ + i * offset_width_, offset_width_));
}

std::size_t ArrayView::encoded_size() const noexcept {
  return static_cast<std::size_t>(heap_ - begin_) +
         (offset_width_ != 0 && count_ != 0 ? end_offset(count_ - 1) : 0);
}

std::span<const std::byte> ArrayView::fixed_values() const noexcept {
  return {values_, std::size_t{count_} * width_};
}

std::optional<std::span<const std::byte>> ArrayView::element_bytes(std::size_t i) const noexcept {
  if (is_null(i)) return std::nullopt;
  const std::uint32_t begin = i == 0 ? 0 : end_offset(i - 1);
  const std::uint32_t end = end_offset(i);
  if (end < begin || end > static_cast<std::size_t>(end_ - heap_)) return std::nullopt;
  return std::span<const std::byte>(heap_ + begin, end - begin);
}

Result<Value> ArrayView::value(std::size_t i) const {
  if (is_null(i)) return Value();
  const TypeKind kind = node_->type.kind();
  switch (slot_class(node_->type)) {
    case SlotClass::kBool:
      return Value(*get<bool>(i));
    case SlotClass::kDouble:
      return Value(*get<double>(i));
    case SlotClass::kReal:
      return Value(*get<float>(i));
    case SlotClass::kFixed16:
      return kind == TypeKind::kUuid ? Value(*get<Uuid>(i)) : Value(*get<Decimal>(i));
    case SlotClass::kVar: {
      const auto bytes = element_bytes(i);
      if (!bytes) return fail(damaged_at(0, "an element's offsets are damaged"));
      if (node_->type.is_nested()) return decode_nested(*node_, *bytes);
      return Value(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    }
    default:
      if (kind == TypeKind::kDecimal) return Value(*get<Decimal>(i));
      return is_unsigned(kind) ? Value(*get<std::uint64_t>(i)) : Value(*get<std::int64_t>(i));
  }
}

Result<MapView> MapView::open(const TypeNode& node, std::span<const std::byte> bytes) {
  assert(node.type.kind() == TypeKind::kMap);
  std::uint64_t keys_size = 0;
  std::size_t offset = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (offset >= bytes.size() || shift > 28) {
      return fail(damaged_at(offset, "the head of a MAP value is damaged"));
    }
    const auto byte = std::to_integer<std::uint64_t>(bytes[offset++]);
    keys_size |= (byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  if (keys_size > bytes.size() - offset) return fail(damaged_at(offset, "a MAP value is cut off"));
  auto keys = ArrayView::open_elements(*node.key, bytes.subspan(offset, keys_size));
  if (!keys) return fail(std::move(keys).error());
  auto values = ArrayView::open_elements(*node.element, bytes.subspan(offset + keys_size));
  if (!values) return fail(std::move(values).error());
  if (keys->size() != values->size()) {
    return fail(damaged_at(offset, "a MAP value has more keys than values or fewer"));
  }
  MapView out;
  out.keys_ = *keys;
  out.values_ = *values;
  return out;
}

std::optional<std::size_t> MapView::find(const Value& key) const {
  if (size() == 0) return std::nullopt;
  const bool has_texts = is_string_like(keys_.element_type().kind());
  const auto* text = key.get_if<std::string>();
  if (has_texts && text != nullptr) return find(std::string_view(*text));
  std::size_t low = 0;
  std::size_t high = size();
  while (low < high) {
    const std::size_t mid = low + (high - low) / 2;
    const auto at = keys_.value(mid);
    if (!at || at->is_null() || at->variant().index() != key.variant().index()) {
      return std::nullopt;
    }
    const auto order = compare_key_values(keys_.element_type(), *at, key);
    if (order == 0) return mid;
    (order < 0 ? low : high) = order < 0 ? mid + 1 : mid;
  }
  return std::nullopt;
}

std::optional<std::size_t> MapView::find(std::string_view key) const {
  std::size_t low = 0;
  std::size_t high = size();
  while (low < high) {
    const std::size_t mid = low + (high - low) / 2;
    const auto at = keys_.get<std::string_view>(mid);
    if (!at) return std::nullopt;
    if (*at == key) return mid;
    (*at < key ? low : high) = *at < key ? mid + 1 : mid;
  }
  return std::nullopt;
}

Result<Value> decode_nested(const TypeNode& node, std::span<const std::byte> bytes) {
  if (node.type.kind() == TypeKind::kRow) {
    auto view = NestedRowView::open(node, bytes);
    if (!view) return fail(std::move(view).error());
    ValueRow row;
    for (std::uint32_t i = 0; i < node.row->column_count(); ++i) {
      WISP_ASSIGN(Value field, view->value(ColumnIndex{i}));
      row.fields.push_back(std::move(field));
    }
    return Value(std::move(row));
  }
  if (node.type.kind() == TypeKind::kArray) {
    WISP_ASSIGN(const ArrayView view, ArrayView::open(node, bytes));
    ValueArray array;
    for (std::size_t i = 0; i < view.size(); ++i) {
      WISP_ASSIGN(Value item, view.value(i));
      array.items.push_back(std::move(item));
    }
    return Value(std::move(array));
  }
  WISP_ASSIGN(const MapView view, MapView::open(node, bytes));
  ValueMap map;
  for (std::size_t i = 0; i < view.size(); ++i) {
    WISP_ASSIGN(Value key, view.keys().value(i));
    WISP_ASSIGN(Value value, view.values().value(i));
    map.entries.emplace_back(std::move(key), std::move(value));
  }
  return Value(std::move(map));
}

}  // namespace wisp
