// Memcomparable keys. codec/FORMAT.md ("Keys") is normative; in short:
//
// clang-format off
//   TYPE                      SIZE  BYTES (of an ascending part)
//   BOOLEAN                   1     00 false, 01 true
//   TINYINT .. BIGINT         1..8  big-endian two's complement at the type's width, sign bit flipped
//   DATE                      4     as INTEGER
//   TIME TIMESTAMP[TZ]        8     as BIGINT
//   unsigned integers         1..8  big-endian at the type's width
//   REAL DOUBLE               4 8   IEEE 754 bits, big-endian: sign bit flipped when it was 0, all
//                                   bits flipped when it was 1; -0 is written as 0, every NaN as
//                                   the one quiet NaN 7FC00000 / 7FF8000000000000, which sorts
//                                   above infinity
//   DECIMAL                   16    big-endian unscaled value + 2^127
//   UUID                      16    as it is
//   VARCHAR CHAR VARBINARY    2..   the bytes, 00 written as 00 FF, then 00 01
// clang-format on
//
// A descending part is the same with every bit inverted. FROZEN: keys are on disks.
//
// Decoding accepts what encoding writes and nothing else: -0, another NaN, a value that does not
// fit its type are corruption. So equal keys are equal bytes.
#include "wisp/codec/key.h"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace wisp {
namespace {

constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xFF';
constexpr char kTerminator = '\x01';

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);
static_assert(std::numeric_limits<double>::is_iec559 && sizeof(double) == 8);

template <typename UInt>
constexpr UInt kSignBit = static_cast<UInt>(UInt{1} << (sizeof(UInt) * 8 - 1));

template <typename UInt>
void append_big_endian(UInt value, std::string& out) {
  char bytes[sizeof(UInt)];
  for (std::size_t i = 0; i < sizeof(UInt); ++i)
    bytes[i] = static_cast<char>(value >> (8 * (sizeof(UInt) - 1 - i)));
  out.append(bytes, sizeof bytes);
}

template <typename Int, typename Wide>
void append_integer(const Wide* value, std::string& out) {
  assert(value != nullptr && "the value has the alternative of its type");
  using UInt = std::make_unsigned_t<Int>;
  constexpr UInt kFlip = std::is_signed_v<Int> ? kSignBit<UInt> : UInt{0};
  append_big_endian(static_cast<UInt>(static_cast<UInt>(*value) ^ kFlip), out);
}

template <typename UInt, typename Float>
void append_float(const Float* held, std::string& out) {
  assert(held != nullptr && "the value has the alternative of its type");
  Float value = *held;
  if (std::isnan(value)) value = std::numeric_limits<Float>::quiet_NaN();
  if (value == 0) value = 0;
  const UInt bits = std::bit_cast<UInt>(value);
  append_big_endian(static_cast<UInt>((bits & kSignBit<UInt>) != 0 ? ~bits : bits | kSignBit<UInt>),
                    out);
}

static_assert(std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN()) == 0x7FC00000u);
static_assert(std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN()) ==
              0x7FF8000000000000u);

void append_decimal(const Decimal* decimal, std::string& out) {
  assert(decimal != nullptr && "the value has the alternative of its type");
  const auto high = static_cast<std::uint64_t>(decimal->unscaled >> 64);
  append_big_endian(high ^ kSignBit<std::uint64_t>, out);
  append_big_endian(static_cast<std::uint64_t>(decimal->unscaled), out);
}

void append_string(const std::string* s, std::string& out) {
  assert(s != nullptr && "the value has the alternative of its type");
  std::string_view rest = *s;
  for (;;) {
    const std::size_t zero = rest.find(kEscape);
    out.append(rest.substr(0, zero));
    if (zero == std::string_view::npos) break;
    out += kEscape;
    out += kEscapedZero;
    rest.remove_prefix(zero + 1);
  }
  out += kEscape;
  out += kTerminator;
}

void append_ascending(const Type& type, const Value& value, std::string& out) {
  const auto* as_signed = value.get_if<std::int64_t>();
  const auto* as_unsigned = value.get_if<std::uint64_t>();
  switch (type.kind()) {
    case TypeKind::kBoolean:
      out += value.as<bool>() ? '\x01' : '\x00';
      return;
    case TypeKind::kTinyInt:
      return append_integer<std::int8_t>(as_signed, out);
    case TypeKind::kSmallInt:
      return append_integer<std::int16_t>(as_signed, out);
    case TypeKind::kInteger:
    case TypeKind::kDate:
      return append_integer<std::int32_t>(as_signed, out);
    case TypeKind::kBigInt:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return append_integer<std::int64_t>(as_signed, out);
    case TypeKind::kUTinyInt:
      return append_integer<std::uint8_t>(as_unsigned, out);
    case TypeKind::kUSmallInt:
      return append_integer<std::uint16_t>(as_unsigned, out);
    case TypeKind::kUInteger:
      return append_integer<std::uint32_t>(as_unsigned, out);
    case TypeKind::kUBigInt:
      return append_integer<std::uint64_t>(as_unsigned, out);
    case TypeKind::kReal:
      return append_float<std::uint32_t>(value.get_if<float>(), out);
    case TypeKind::kDouble:
      return append_float<std::uint64_t>(value.get_if<double>(), out);
    case TypeKind::kDecimal:
      return append_decimal(value.get_if<Decimal>(), out);
    case TypeKind::kUuid: {
      const auto& bytes = value.as<Uuid>().bytes;
      out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return;
    }
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
      return append_string(value.get_if<std::string>(), out);
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow:
      break;
  }
  assert(false && "the type is a key type");
}

void invert(char* bytes, std::size_t size_bytes) {
  for (std::size_t i = 0; i < size_bytes; ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

// Reads one part; undoes the inversion of a descending one byte by byte.
class PartReader {
 public:
  PartReader(SortOrder order, std::string_view key)
      : key_(key), mask_(order == SortOrder::kDescending ? 0xFF : 0x00) {}

  std::size_t consumed_bytes() const { return position_; }

  template <typename UInt>
  bool read(UInt& value) {
    if (key_.size() - position_ < sizeof(UInt)) return false;
    value = 0;
    for (std::size_t i = 0; i < sizeof(UInt); ++i)
      value = static_cast<UInt>((sizeof(UInt) > 1 ? value << 8 : 0) | next());
    return true;
  }

  // False when the terminator is missing or an escape is unknown.
  bool read_string(std::string& s) {
    for (;;) {
      const std::size_t zero = key_.find(static_cast<char>(kEscape ^ mask_), position_);
      if (zero == std::string_view::npos || key_.size() - zero < 2) return false;
      s.append(key_, position_, zero - position_);
      position_ = zero + 1;
      const char escaped = static_cast<char>(next());
      if (escaped == kTerminator) break;
      if (escaped != kEscapedZero) return false;
      s += key_[zero];
    }
    if (mask_ != 0) invert(s.data(), s.size());
    return true;
  }

 private:
  std::uint8_t next() { return static_cast<std::uint8_t>(key_[position_++]) ^ mask_; }

  std::string_view key_;
  std::size_t position_ = 0;
  std::uint8_t mask_;
};

template <typename Int>
bool read_integer(PartReader& reader, Value& value) {
  using UInt = std::make_unsigned_t<Int>;
  using Wide = std::conditional_t<std::is_signed_v<Int>, std::int64_t, std::uint64_t>;
  UInt bits = 0;
  if (!reader.read(bits)) return false;
  if constexpr (std::is_signed_v<Int>) bits = static_cast<UInt>(bits ^ kSignBit<UInt>);
  value = Value(static_cast<Wide>(static_cast<Int>(bits)));
  return true;
}

template <typename UInt, typename Float>
bool read_float(PartReader& reader, Value& value) {
  UInt stored = 0;
  if (!reader.read(stored)) return false;
  const UInt bits = (stored & kSignBit<UInt>) != 0 ? stored ^ kSignBit<UInt> : ~stored;
  const auto number = std::bit_cast<Float>(bits);
  const bool negative_zero = bits == kSignBit<UInt>;
  const bool other_nan =
      std::isnan(number) && bits != std::bit_cast<UInt>(std::numeric_limits<Float>::quiet_NaN());
  if (negative_zero || other_nan) return false;
  value = Value(Float{number});
  return true;
}

bool read_decimal(PartReader& reader, Value& value) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  if (!reader.read(high) || !reader.read(low)) return false;
  __extension__ using UInt128 = unsigned __int128;
  const UInt128 bits = UInt128{high ^ kSignBit<std::uint64_t>} << 64 | low;
  value = Value(Decimal{static_cast<Decimal::Int>(bits)});
  return true;
}

bool read_part(const Type& type, PartReader& reader, Value& value) {
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      std::uint8_t byte = 0;
      if (!reader.read(byte) || byte > 1) return false;
      value = Value(byte == 1);
      return true;
    }
    case TypeKind::kTinyInt:
      return read_integer<std::int8_t>(reader, value);
    case TypeKind::kSmallInt:
      return read_integer<std::int16_t>(reader, value);
    case TypeKind::kInteger:
    case TypeKind::kDate:
      return read_integer<std::int32_t>(reader, value);
    case TypeKind::kBigInt:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return read_integer<std::int64_t>(reader, value);
    case TypeKind::kUTinyInt:
      return read_integer<std::uint8_t>(reader, value);
    case TypeKind::kUSmallInt:
      return read_integer<std::uint16_t>(reader, value);
    case TypeKind::kUInteger:
      return read_integer<std::uint32_t>(reader, value);
    case TypeKind::kUBigInt:
      return read_integer<std::uint64_t>(reader, value);
    case TypeKind::kReal:
      return read_float<std::uint32_t, float>(reader, value);
    case TypeKind::kDouble:
      return read_float<std::uint64_t, double>(reader, value);
    case TypeKind::kDecimal:
      return read_decimal(reader, value);
    case TypeKind::kUuid: {
      Uuid uuid;
      for (std::uint8_t& byte : uuid.bytes)
        if (!reader.read(byte)) return false;
      value = Value(uuid);
      return true;
    }
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary: {
      std::string s;
      if (!reader.read_string(s)) return false;
      value = Value(std::move(s));
      return true;
    }
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow:
      break;
  }
  return false;
}

std::string name_column(const Schema& schema, const KeyPart& part) {
  return "column " + quote_identifier(schema.column(part.column).name);
}

}  // namespace

void append_key_part(const Type& type, SortOrder order, const Value& value, std::string& out) {
  const std::size_t start = out.size();
  append_ascending(type, value, out);
  if (order == SortOrder::kDescending) invert(out.data() + start, out.size() - start);
}

Status append_key(const Schema& schema, std::span<const Value> values, std::string& out) {
  if (values.size() > schema.key().size())
    return fail(ErrorCode::kInvalidArgument, "the key of table " +
                                                 quote_identifier(schema.table_name()) + " has " +
                                                 std::to_string(schema.key().size()) +
                                                 " parts, not " + std::to_string(values.size()));
  const std::size_t start = out.size();
  const auto give_back = [&](Error error) {
    out.resize(start);
    return fail(std::move(error));
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    const KeyPart& part = schema.key()[i];
    const Type& type = schema.column(part.column).type;
    if (values[i].is_null())
      return give_back(
          {ErrorCode::kConstraint, "NULL is not allowed in a key", name_column(schema, part)});
    if (Status status = check_value(type, values[i], {}); !status)
      return give_back(std::move(status).error().within(name_column(schema, part)));
    // Looked at before it is copied: a value may be far larger than a key.
    const std::string* s = values[i].get_if<std::string>();
    const bool too_long = s != nullptr && s->size() > kMaxKeyBytes;
    if (!too_long) append_key_part(type, part.order, values[i], out);
    if (too_long || out.size() - start > kMaxKeyBytes)
      return give_back({ErrorCode::kLimit,
                        "the key is longer than " + std::to_string(kMaxKeyBytes) + " bytes",
                        name_column(schema, part)});
  }
  return {};
}

Result<Value> take_key_part(const Type& type, SortOrder order, std::string_view& key) {
  PartReader reader(order, key);
  Value value;
  if (!read_part(type, reader, value))
    return fail(ErrorCode::kCorruption, "the key does not hold a " + type.to_sql() + " here");
  if (Status status = check_value(type, value, {}); !status)
    return fail(ErrorCode::kCorruption,
                "the key holds a wrong value: " + std::move(status).error().message);
  key.remove_prefix(reader.consumed_bytes());
  return value;
}

Result<std::vector<Value>> decode_key(const Schema& schema, std::string_view key) {
  std::vector<Value> values;
  values.reserve(schema.key().size());
  std::string_view rest = key;
  const auto place = [&] { return "key byte " + std::to_string(key.size() - rest.size()); };
  for (const KeyPart& part : schema.key()) {
    Result<Value> value = take_key_part(schema.column(part.column).type, part.order, rest);
    if (!value)
      return fail(std::move(value).error().within(name_column(schema, part)).within(place()));
    values.push_back(std::move(*value));
  }
  if (!rest.empty())
    return fail(ErrorCode::kCorruption,
                std::to_string(rest.size()) + " bytes are left over behind the key", place());
  return values;
}

void append_row_id(std::uint64_t row_id, std::string& out) {
  append_big_endian(row_id, out);
}

Result<std::uint64_t> decode_row_id(std::string_view key) {
  std::uint64_t row_id = 0;
  PartReader reader(SortOrder::kAscending, key);
  if (key.size() != sizeof row_id || !reader.read(row_id))
    return fail(ErrorCode::kCorruption,
                "a row id has 8 bytes, this key " + std::to_string(key.size()));
  return row_id;
}

std::string prefix_end(std::string_view prefix) {
  const std::size_t last = prefix.find_last_not_of('\xFF');
  if (last == std::string_view::npos) return {};
  std::string end(prefix.substr(0, last + 1));
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace wisp
