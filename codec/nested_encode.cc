#include <cstring>
#include <string>
#include <vector>

#include "wisp/codec/bytes.h"
#include "wisp/codec/nested_format.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/one_nan.h"
#include "wisp/codec/row_builder.h"

namespace wisp {

namespace {

// The low bytes of a scalar as it is stored; 16-byte values through `wide`.
void append_fixed(const Value& v, std::uint8_t width, std::string& out) {
  char bytes[16] = {};
  if (const auto* i = v.get_if<std::int64_t>()) {
    store_le(bytes, *i);
  } else if (const auto* u = v.get_if<std::uint64_t>()) {
    store_le(bytes, *u);
  } else if (const auto* f = v.get_if<float>()) {
    store_le(bytes, stored_bits(*f));
  } else if (const auto* d = v.get_if<double>()) {
    store_le(bytes, stored_bits(*d));
  } else if (const auto* decimal = v.get_if<Decimal>()) {
    store_le(bytes, decimal->unscaled);
  } else if (const auto* uuid = v.get_if<Uuid>()) {
    std::memcpy(bytes, uuid->bytes.data(), 16);
  }
  out.append(bytes, width);
}

void append_count(std::uint64_t n, unsigned width_code, std::string& out) {
  char bytes[8];
  store_le(bytes, n);
  out.append(bytes, std::size_t{1} << width_code);
}

std::string bits_of(std::size_t n, auto&& bit) {
  std::string bits((n + 7) / 8, '\0');
  for (std::size_t i = 0; i < n; ++i) {
    if (bit(i)) bits[i / 8] = static_cast<char>(bits[i / 8] | (1 << (i % 8)));
  }
  return bits;
}

// `at(i)` is element i.
Status encode_elements(const TypeNode& element, std::size_t n, auto&& at, std::string& out) {
  if (n > 0xFFFFFFFF) return fail(ErrorCode::kLimit, "more than 2^32 - 1 elements");
  bool nulls = false;
  for (std::size_t i = 0; i < n; ++i) nulls |= at(i).is_null();
  const SlotClass cls = slot_class(element.type);

  std::vector<std::uint64_t> ends;
  std::string heap;
  unsigned offset_code = 0;
  if (cls == SlotClass::kVar) {
    for (std::size_t i = 0; i < n; ++i) {
      const Value& v = at(i);
      if (!v.is_null()) {
        if (element.type.is_nested()) {
          WISP_TRY(encode_nested(element, v, heap));
        } else {
          heap += v.as<std::string>();
        }
      }
      ends.push_back(heap.size());
    }
    if (heap.size() > 0xFFFFFFFF) return fail(ErrorCode::kLimit, "a nested value above 4 GiB");
    offset_code = ArrayHead::width_code(heap.size());
  }
  out.push_back(static_cast<char>(ArrayHead::make(n, nulls, offset_code).value));
  append_count(n, ArrayHead::width_code(n), out);
  if (nulls) out += bits_of(n, [&](std::size_t i) { return at(i).is_null(); });
  if (cls == SlotClass::kVar) {
    for (std::uint64_t end : ends) append_count(end, offset_code, out);
    out += heap;
  } else if (cls == SlotClass::kBool) {
    out += bits_of(n, [&](std::size_t i) { return !at(i).is_null() && at(i).template as<bool>(); });
  } else {
    for (std::size_t i = 0; i < n; ++i) append_fixed(at(i), element_width(cls), out);
  }
  return {};
}

Status encode_map(const TypeNode& node, const ValueMap& map, std::string& out) {
  std::string keys;
  WISP_TRY(encode_elements(
      *node.key, map.entries.size(),
      [&](std::size_t i) -> const Value& { return map.entries[i].first; }, keys));
  if (keys.size() > 0xFFFFFFFF) return fail(ErrorCode::kLimit, "MAP keys above 4 GiB");
  std::uint64_t size = keys.size();
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>(size | 0x80));
  out.push_back(static_cast<char>(size));
  out += keys;
  return encode_elements(
      *node.element, map.entries.size(),
      [&](std::size_t i) -> const Value& { return map.entries[i].second; }, out);
}

}  // namespace

Result<Value> with_sorted_maps(const Type& type, const Value& value) {
  if (const auto* array = value.get_if<ValueArray>(); array && type.kind() == TypeKind::kArray) {
    ValueArray out;
    for (const Value& item : array->items) {
      WISP_ASSIGN(Value sorted, with_sorted_maps(type.element(), item));
      out.items.push_back(std::move(sorted));
    }
    return Value(std::move(out));
  }
  if (const auto* map = value.get_if<ValueMap>(); map && type.kind() == TypeKind::kMap) {
    ValueMap out;
    for (const auto& [key, mapped] : map->entries) {
      WISP_TRY(check_value(type.map_key(), key, "key"));
      WISP_ASSIGN(Value sorted, with_sorted_maps(type.map_value(), mapped));
      out.entries.emplace_back(key, std::move(sorted));
    }
    WISP_TRY(sort_map(type.map_key(), out));
    return Value(std::move(out));
  }
  const auto* row = value.get_if<ValueRow>();
  if (row == nullptr || type.kind() != TypeKind::kRow) return value;
  ValueRow out;
  for (std::size_t i = 0; i < row->fields.size(); ++i) {
    if (i >= type.fields().size()) return value;
    WISP_ASSIGN(Value sorted, with_sorted_maps(type.fields()[i].type, row->fields[i]));
    out.fields.push_back(std::move(sorted));
  }
  return Value(std::move(out));
}

Status encode_nested(const TypeNode& node, const Value& value, std::string& out) {
  if (const auto* array = value.get_if<ValueArray>()) {
    return encode_elements(
        *node.element, array->items.size(),
        [&](std::size_t i) -> const Value& { return array->items[i]; }, out);
  }
  if (const auto* map = value.get_if<ValueMap>()) return encode_map(node, *map, out);
  const auto& row = value.as<ValueRow>();
  RowBuilder builder(node.row, kMaxRowBytes);
  for (std::uint32_t i = 0; i < row.fields.size(); ++i) {
    if (row.fields[i].is_null()) continue;
    WISP_TRY(builder.set_value(ColumnIndex{i}, row.fields[i]));
  }
  return builder.finish_row(out);
}

}  // namespace wisp
