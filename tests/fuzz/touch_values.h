// Reading all there is behind a typed read, so that a sanitizer sees every byte that is reached.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_view.h"

namespace wisp::fuzz {

// Calls `body` with a value of the C++ type that columns of this type are read as.
template <typename Body>
void with_cpp_type(const Type& type, Body&& body) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return body(false);
    case TypeKind::kTinyInt:
      return body(std::int8_t{});
    case TypeKind::kSmallInt:
      return body(std::int16_t{});
    case TypeKind::kInteger:
    case TypeKind::kDate:
      return body(std::int32_t{});
    case TypeKind::kUTinyInt:
      return body(std::uint8_t{});
    case TypeKind::kUSmallInt:
      return body(std::uint16_t{});
    case TypeKind::kUInteger:
      return body(std::uint32_t{});
    case TypeKind::kUBigInt:
      return body(std::uint64_t{});
    case TypeKind::kReal:
      return body(0.0F);
    case TypeKind::kDouble:
      return body(0.0);
    case TypeKind::kDecimal:
      return body(Decimal{});
    case TypeKind::kUuid:
      return body(Uuid{});
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson:
      return body(std::string_view{});
    case TypeKind::kArray:
      return body(ArrayView{});
    case TypeKind::kMap:
      return body(MapView{});
    case TypeKind::kRow:
      return body(NestedRowView{});
    default:
      return body(std::int64_t{});  // BIGINT, TIME, TIMESTAMP
  }
}

inline volatile unsigned touched = 0;

inline void touch(const NestedRowView& row);
inline void touch(const ArrayView& array);

template <typename T>
requires(std::is_arithmetic_v<T> || std::is_same_v<T, Decimal> ||
         std::is_same_v<T, Uuid>) void touch(const T&) {}
inline void touch(std::string_view text) {
  unsigned sum = 0;
  for (const char c : text) sum += static_cast<unsigned char>(c);
  touched = touched + sum;
}
inline void touch(const MapView& map) {
  touch(map.keys());
  touch(map.values());
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (const auto key = map.keys().value(i); key && !key->is_null()) (void)map.find(*key);
  }
}
inline void touch(const ArrayView& array) {
  with_cpp_type(array.element_type(), [&](auto element) {
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (const auto got = array.get<decltype(element)>(i)) touch(*got);
      (void)array.value(i);
    }
  });
}
inline void touch(const NestedRowView& row) {
  for (std::uint32_t i = 0; i < row.layout().column_count(); ++i) {
    (void)row.is_null(ColumnIndex{i});
    with_cpp_type(row.layout().type(ColumnIndex{i}), [&](auto field) {
      const auto handle = *row.layout().column<decltype(field)>(ColumnIndex{i});
      if (row.read(handle, field) == Access::kPresent) touch(field);
      if (const auto got = row.get(handle)) touch(*got);
    });
  }
}

// The field as `column` is read: typed, as a value, and whether it is NULL.
inline void touch_field(const RowView& row, ColumnIndex column) {
  (void)row.is_null(column);
  (void)row.value(column);
  with_cpp_type(row.layout().type(column), [&](auto field) {
    const auto handle = *row.layout().column<decltype(field)>(column);
    if (row.read(handle, field) == Access::kPresent) touch(field);
    if (const auto got = row.get(handle)) touch(*got);
  });
}

}  // namespace wisp::fuzz
