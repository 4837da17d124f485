#include "wisp/schema/value_bytes.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace wisp {
namespace {

// FROZEN: these numbers stand in serialized schemas. Never renumber; retired ones stay listed.
enum class ValueTag : std::uint8_t {
  kNull = 0,
  kFalse = 1,
  kTrue = 2,
  kSigned = 3,    // varint of the zigzag form: 0, -1, 1, -2, ... are 0, 1, 2, 3, ...
  kUnsigned = 4,  // varint
  kReal = 5,      // 4 bytes, IEEE 754, little-endian
  kDouble = 6,    // 8 bytes
  kDecimal = 7,   // 16 bytes, two's complement, little-endian
  kUuid = 8,      // 16 bytes in text order
  kString = 9,    // string
  kArray = 10,    // varint count, values
  kMap = 11,      // varint count, pairs of key and value
  kRow = 12,      // varint count, values
};
static_assert(static_cast<int>(ValueTag::kSigned) == 3);
static_assert(static_cast<int>(ValueTag::kDecimal) == 7);
static_assert(static_cast<int>(ValueTag::kRow) == 12);

// By the alternative; both booleans are false here.
constexpr ValueTag kTagOfAlternative[] = {ValueTag::kNull,     ValueTag::kFalse, ValueTag::kSigned,
                                          ValueTag::kUnsigned, ValueTag::kReal,  ValueTag::kDouble,
                                          ValueTag::kDecimal,  ValueTag::kUuid,  ValueTag::kString,
                                          ValueTag::kArray,    ValueTag::kMap,   ValueTag::kRow};
static_assert(std::size(kTagOfAlternative) == std::variant_size_v<Value::Variant>);

template <typename UInt, typename Float>
UInt canonical_bits(Float value) {
  return std::bit_cast<UInt>(std::isnan(value) ? std::numeric_limits<Float>::quiet_NaN() : value);
}

__extension__ using UInt128 = unsigned __int128;

void put_values(const std::vector<Value>& values, ByteWriter& writer) {
  writer.put_varint(values.size());
  for (const Value& value : values) put_value(value, writer);
}

Result<std::vector<Value>> take_values(ByteReader& reader, int depth_left) {
  WISP_ASSIGN(const std::size_t count, reader.take_count(1, "number of values"));
  std::vector<Value> values;
  for (std::size_t i = 0; i < count; ++i) {
    WISP_ASSIGN(Value value, take_value(reader, depth_left));
    values.push_back(std::move(value));
  }
  return values;
}

Result<Value> take_map(ByteReader& reader, int depth_left) {
  WISP_ASSIGN(const std::size_t count, reader.take_count(2, "number of MAP entries"));
  ValueMap map;
  for (std::size_t i = 0; i < count; ++i) {
    WISP_ASSIGN(Value key, take_value(reader, depth_left));
    WISP_ASSIGN(Value value, take_value(reader, depth_left));
    map.entries.emplace_back(std::move(key), std::move(value));
  }
  return Value(std::move(map));
}

Result<Value> take_nested(ByteReader& reader, ValueTag tag, int depth_left) {
  if (depth_left == 0) return reader.refuse("a value nests too deep");
  if (tag == ValueTag::kMap) return take_map(reader, depth_left - 1);
  WISP_ASSIGN(std::vector<Value> values, take_values(reader, depth_left - 1));
  if (tag == ValueTag::kArray) return Value(ValueArray{std::move(values)});
  return Value(ValueRow{std::move(values)});
}

Result<Value> take_wide(ByteReader& reader, ValueTag tag) {
  if (tag == ValueTag::kDecimal) {
    WISP_ASSIGN(const std::uint64_t low, reader.take_little_endian(8));
    WISP_ASSIGN(const std::uint64_t high, reader.take_little_endian(8));
    return Value(Decimal{static_cast<Decimal::Int>(UInt128{high} << 64 | low)});
  }
  WISP_ASSIGN(const std::string_view bytes, reader.take_bytes(16));
  Uuid uuid;
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i)
    uuid.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
  return Value(uuid);
}

}  // namespace

void put_value(const Value& value, ByteWriter& writer) {
  const bool* boolean = value.get_if<bool>();
  const ValueTag tag = kTagOfAlternative[value.variant().index()];
  writer.put_byte(static_cast<std::uint8_t>(boolean && *boolean ? ValueTag::kTrue : tag));
  if (const auto* signed_value = value.get_if<std::int64_t>()) {
    const auto bits = static_cast<std::uint64_t>(*signed_value);
    writer.put_varint((bits << 1) ^ (*signed_value < 0 ? ~std::uint64_t{0} : 0));
  } else if (const auto* unsigned_value = value.get_if<std::uint64_t>()) {
    writer.put_varint(*unsigned_value);
  } else if (const auto* real = value.get_if<float>()) {
    writer.put_little_endian(canonical_bits<std::uint32_t>(*real), 4);
  } else if (const auto* number = value.get_if<double>()) {
    writer.put_little_endian(canonical_bits<std::uint64_t>(*number), 8);
  } else if (const auto* decimal = value.get_if<Decimal>()) {
    const auto bits = static_cast<UInt128>(decimal->unscaled);
    writer.put_little_endian(static_cast<std::uint64_t>(bits), 8);
    writer.put_little_endian(static_cast<std::uint64_t>(bits >> 64), 8);
  } else if (const auto* uuid = value.get_if<Uuid>()) {
    for (std::uint8_t byte : uuid->bytes) writer.put_byte(byte);
  } else if (const auto* s = value.get_if<std::string>()) {
    writer.put_string(*s);
  } else if (const auto* array = value.get_if<ValueArray>()) {
    put_values(array->items, writer);
  } else if (const auto* row = value.get_if<ValueRow>()) {
    put_values(row->fields, writer);
  } else if (const auto* map = value.get_if<ValueMap>()) {
    writer.put_varint(map->entries.size());
    for (const auto& [key, mapped] : map->entries) {
      put_value(key, writer);
      put_value(mapped, writer);
    }
  }
}

Result<Value> take_value(ByteReader& reader, int depth_left) {
  WISP_ASSIGN(const std::uint8_t byte, reader.take_byte());
  const auto tag = static_cast<ValueTag>(byte);
  switch (tag) {
    case ValueTag::kNull:
      return Value();
    case ValueTag::kFalse:
    case ValueTag::kTrue:
      return Value(tag == ValueTag::kTrue);
    case ValueTag::kSigned: {
      WISP_ASSIGN(const std::uint64_t zigzag, reader.take_varint(UINT64_MAX, "number"));
      const std::uint64_t bits = (zigzag >> 1) ^ ((zigzag & 1) != 0 ? ~std::uint64_t{0} : 0);
      return Value(static_cast<std::int64_t>(bits));
    }
    case ValueTag::kUnsigned: {
      WISP_ASSIGN(std::uint64_t number, reader.take_varint(UINT64_MAX, "number"));
      return Value(std::move(number));
    }
    case ValueTag::kReal: {
      WISP_ASSIGN(const std::uint64_t bits, reader.take_little_endian(4));
      return Value(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    case ValueTag::kDouble: {
      WISP_ASSIGN(const std::uint64_t bits, reader.take_little_endian(8));
      return Value(std::bit_cast<double>(bits));
    }
    case ValueTag::kDecimal:
    case ValueTag::kUuid:
      return take_wide(reader, tag);
    case ValueTag::kString: {
      WISP_ASSIGN(std::string s, reader.take_string());
      return Value(std::move(s));
    }
    case ValueTag::kArray:
    case ValueTag::kMap:
    case ValueTag::kRow:
      return take_nested(reader, tag, depth_left);
  }
  return reader.refuse("unknown kind of value " + std::to_string(byte));
}

}  // namespace wisp
