// Views of ARRAY, MAP and ROW values: elements are read in place, nothing is decoded or allocated.
//
// Every view here points to the bytes of the row it came from and to that row's layout; it is valid
// as long as both are, and may be read by any number of threads. Bytes may be damaged: opening checks
// that the parts lie inside the value, every access checks its own place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// A type with the layouts of the ROWs inside it, made once with the layout of the table.
struct TypeNode {
  Type type;
  LayoutPtr row;                             // kRow: the layout of its fields
  std::shared_ptr<const TypeNode> element;  // kArray: the elements; kMap: the values
  std::shared_ptr<const TypeNode> key;      // kMap: the keys

  static std::shared_ptr<const TypeNode> make(const Type& type);
};

// The fields of a ROW value. Handles come from its layout: `node->row->column<T>("name")`.
class NestedRowView {
 public:
  NestedRowView() = default;
  static Result<NestedRowView> open(const TypeNode& node, std::span<const std::byte> bytes);

  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& field) const {
    return row_.get(field);
  }
  const RowView& row() const noexcept { return row_; }
  // The field by name (exact first, then ignoring case); copies.
  Result<Value> value(std::string_view field) const;

 private:
  RowView row_;
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
  // Element `i` as T (the types of ColumnHandle, of exactly the element's width), or nullopt when it
  // is NULL, damaged, or not a T.
  template <typename T>
  std::optional<T> get(std::size_t i) const;
  Result<Value> value(std::size_t i) const;
  // The bytes of a fixed-width element sequence (null elements are zero): size() x width bytes, of any
  // alignment. Empty for BOOLEAN and variable-length elements.
  std::span<const std::byte> fixed_values() const noexcept;
  // The bytes of a variable-length element; nullopt when NULL or damaged.
  std::optional<std::span<const std::byte>> element_bytes(std::size_t i) const noexcept;

 private:
  friend class MapView;
  static Result<ArrayView> open_elements(const TypeNode& element, std::span<const std::byte> bytes);
  const TypeNode* node_ = nullptr;  // of the element
  const std::byte* nulls_ = nullptr;
  const std::byte* values_ = nullptr;  // fixed: values; variable: the end offsets
  const std::byte* end_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint8_t offset_width_ = 0;
};

// Keys are sorted in key order and unique.
class MapView {
 public:
  MapView() = default;
  static Result<MapView> open(const TypeNode& node, std::span<const std::byte> bytes);

  std::size_t size() const noexcept { return keys_.size(); }
  const ArrayView& keys() const noexcept { return keys_; }
  const ArrayView& values() const noexcept { return values_; }
  // The position of a key by binary search, without building a map; nullopt when absent.
  std::optional<std::size_t> find(const Value& key) const;

 private:
  ArrayView keys_;
  ArrayView values_;
};

// Any encoded nested value as a runtime value. Fails with kCorruption.
Result<Value> decode_nested(const TypeNode& node, std::span<const std::byte> bytes);
// Appends the encoding of `value`. Fails with kLimit above 2^32 - 1 bytes or elements.
// Requires: check_value(node.type, value) is ok, map entries sorted.
Status encode_nested(const TypeNode& node, const Value& value, std::string& out);

}  // namespace wisp
