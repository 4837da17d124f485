// Views of ARRAY, MAP and ROW values: elements are read in place, nothing is decoded or allocated.
//
// Every view here points to the bytes of the row it came from and to that row's layout; it is valid
// as long as both are, and may be read by any number of threads. Bytes may be damaged: opening
// checks that the parts lie inside the value, every access checks its own place.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "wisp/codec/column_mapping.h"
#include "wisp/codec/indexed_range.h"
#include "wisp/codec/layout.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// A type with the layouts of the ROWs inside it, made once with the layout of the table.
//
// The bytes of a ROW value say nothing of the fields that its type had when it was written: the
// schema version of the row that holds it does. Values of an earlier version, from before ALTER
// TYPE, are read through a node of that version's own: it is of the later type, and knows at every
// ROW the layout that the bytes are in.
struct TypeNode {
  Type type;
  LayoutPtr row;                            // kRow: the layout of its fields
  ColumnMappingPtr earlier;                 // kRow: not null where its bytes are of an earlier type
  std::shared_ptr<const TypeNode> element;  // kArray: the elements; kMap: the values
  std::shared_ptr<const TypeNode> key;      // kMap: the keys

  static std::shared_ptr<const TypeNode> make(const Type& type);
  // For values that were written as `from` and are read as `to`. Requires: nodes of make(), and
  // extends_type(from.type, to.type).
  static std::shared_ptr<const TypeNode> make_earlier(const TypeNode& from, const TypeNode& to);
};

// The bytes of ARRAY, MAP and ROW values are described in codec/FORMAT.md ("Nested values").

// The fields of a ROW value. Handles come from its layout: `node->row->column<T>("name")`. Fields
// that its type has gained since it was written are NULL.
class NestedRowView {
 public:
  NestedRowView() = default;
  static Result<NestedRowView> open(const TypeNode& node, std::span<const std::byte> bytes);

  // The field, or nullopt when NULL or damaged.
  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& field) const {
    T out{};
    if (read(field, out) != Access::kPresent) return std::nullopt;
    return out;
  }
  // Telling NULL and damage apart. `out` is untouched unless kPresent.
  template <typename T>
  Access read(const ColumnHandle<T>& field, T& out) const {
    return earlier_ == nullptr ? row_.read(field, out) : earlier_->read(row_, field, out);
  }
  bool is_null(ColumnIndex field) const {
    return earlier_ == nullptr ? row_.is_null(field) : earlier_->is_null(row_, field);
  }
  // As a runtime value; copies. Fails with kCorruption where the field is damaged.
  Result<Value> value(ColumnIndex field) const {
    return earlier_ == nullptr ? row_.value(field) : earlier_->value(row_, field);
  }
  // The same by name (exact first, then ignoring case).
  Result<Value> value(std::string_view field) const;

  // Of the type that it is read as.
  const Layout& layout() const noexcept {
    return earlier_ == nullptr ? row_.layout() : *earlier_->to();
  }
  // The bytes as they are stored, in the layout that they were written in: not for handles of
  // layout() where the type has changed since.
  const RowView& stored_row() const noexcept { return row_; }

 private:
  RowView row_;
  const ColumnMapping* earlier_ = nullptr;  // of its node
};

class ArrayView {
 public:
  ArrayView() = default;
  static Result<ArrayView> open(const TypeNode& node, std::span<const std::byte> bytes);

  std::size_t size() const noexcept { return count_; }
  const Type& element_type() const noexcept { return node_->type; }
  const TypeNode& element_node() const noexcept { return *node_; }
  // Requires: i < size().
  bool is_null(std::size_t i) const noexcept;
  // Element `i` as T (the types of ColumnHandle), or nullopt when it is NULL or damaged, or when
  // elements are of another kind than T. Requires: i < size().
  template <typename T>
  std::optional<T> get(std::size_t i) const;
  // All of them, each as get() gives it: `for (std::optional<T> e : list.elements<T>())`.
  // Requires: T can hold the element type.
  template <typename T>
  auto elements() const {
    return IndexedRange(size(), [list = *this](std::size_t i) { return list.get<T>(i); });
  }
  Result<Value> value(std::size_t i) const;
  // The bytes of a fixed-width element sequence (null elements are zero): size() x width bytes, of
  // any alignment. Empty for BOOLEAN and variable-length elements.
  std::span<const std::byte> fixed_values() const noexcept;
  // Bytes from the head to the last value.
  std::size_t encoded_size() const noexcept;
  // Everything the encoder guarantees of these bytes, of which there are `size`; elements inward
  // are not looked at (verify_row does).
  Status check_canonical(std::size_t size) const;
  // The bytes of a variable-length element; nullopt when NULL or damaged.
  std::optional<std::span<const std::byte>> element_bytes(std::size_t i) const noexcept;

 private:
  friend class MapView;
  static Result<ArrayView> open_elements(const TypeNode& element, std::span<const std::byte> bytes);
  // Whether get<T>() finds elements of this type where it looks for them.
  template <typename T>
  bool holds() const noexcept;
  std::uint64_t element_bits(std::size_t i) const noexcept;
  std::uint32_t end_offset(std::size_t i) const noexcept;

  const TypeNode* node_ = nullptr;  // of the element
  const std::byte* begin_ = nullptr;
  const std::byte* nulls_ = nullptr;   // null where no element is NULL
  const std::byte* values_ = nullptr;  // fixed width: the values; else the end offsets
  const std::byte* heap_ = nullptr;    // of variable-length elements
  const std::byte* end_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint8_t width_ = 0;  // bytes per fixed-width value; 0: BOOLEAN bits or variable length
  std::uint8_t offset_width_ = 0;  // bytes per end offset; 0: fixed width
};

template <typename T>
bool ArrayView::holds() const noexcept {
  const TypeKind kind = node_->type.kind();
  if constexpr (std::is_same_v<T, std::string_view>) {
    return is_string_like(kind);
  } else if constexpr (std::is_same_v<T, bool>) {
    return kind == TypeKind::kBoolean;
  } else if constexpr (std::is_integral_v<T>) {
    return is_integer_like(kind);
  } else if constexpr (std::is_same_v<T, float>) {
    return kind == TypeKind::kReal;
  } else if constexpr (std::is_same_v<T, double>) {
    return kind == TypeKind::kReal || kind == TypeKind::kDouble;
  } else if constexpr (std::is_same_v<T, Decimal>) {
    return kind == TypeKind::kDecimal;
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return kind == TypeKind::kUuid;
  } else if constexpr (std::is_same_v<T, NestedRowView>) {
    return kind == TypeKind::kRow;
  } else {
    return kind == (std::is_same_v<T, ArrayView> ? TypeKind::kArray : TypeKind::kMap);
  }
}

template <typename T>
std::optional<T> ArrayView::get(std::size_t i) const {
  if (is_null(i) || !holds<T>()) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string_view>) {
    const auto bytes = element_bytes(i);
    if (!bytes) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  } else if constexpr (std::is_same_v<T, bool>) {
    return element_bits(i) != 0;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(element_bits(i));
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(element_bits(i)));
  } else if constexpr (std::is_same_v<T, double>) {
    if (width_ == 8) return std::bit_cast<double>(element_bits(i));
    return double{std::bit_cast<float>(static_cast<std::uint32_t>(element_bits(i)))};
  } else if constexpr (std::is_same_v<T, Decimal>) {
    Decimal d{static_cast<std::int64_t>(width_ == 8 ? element_bits(i) : 0)};
    if (width_ == 16) std::memcpy(&d.unscaled, values_ + 16 * i, 16);
    return d;
  } else if constexpr (std::is_same_v<T, Uuid>) {
    Uuid u;
    std::memcpy(u.bytes.data(), values_ + 16 * i, 16);
    return u;
  } else {
    const auto bytes = element_bytes(i);
    if (!bytes) return std::nullopt;
    auto view = T::open(*node_, *bytes);
    if (!view) return std::nullopt;
    return *view;
  }
}

// Keys are sorted in key order and unique.
class MapView {
 public:
  MapView() = default;
  static Result<MapView> open(const TypeNode& node, std::span<const std::byte> bytes);

  std::size_t size() const noexcept { return keys_.size(); }
  const ArrayView& keys() const noexcept { return keys_; }
  const ArrayView& values() const noexcept { return values_; }
  // All entries in key order, key and value each as ArrayView::get() gives them:
  // `for (const auto& [key, value] : map.entries<std::string_view, std::int32_t>())`.
  template <typename K, typename V>
  auto entries() const {
    return IndexedRange(size(), [map = *this](std::size_t i) {
      return std::pair(map.keys_.get<K>(i), map.values_.get<V>(i));
    });
  }
  // The position of a key by binary search, without building a map; nullopt when absent.
  std::optional<std::size_t> find(const Value& key) const;  // none of another kind than the keys
  std::optional<std::size_t> find(std::string_view key) const;  // Requires: string-like keys

 private:
  ArrayView keys_;
  ArrayView values_;
};

// Any encoded nested value as a runtime value. Fails with kCorruption.
Result<Value> decode_nested(const TypeNode& node, std::span<const std::byte> bytes);
// A copy of `value` with the entries of every MAP in it sorted. Fails on repeated or NULL keys.
// Parts that are not of `type` stay as they are, for check_value to refuse.
Result<Value> with_sorted_maps(const Type& type, const Value& value);
// Appends the encoding of `value`. Fails with kLimit above 2^32 - 1 bytes or elements.
// Requires: check_value(node.type, value) is ok, map entries sorted.
Status encode_nested(const TypeNode& node, const Value& value, std::string& out);

}  // namespace wisp
