// Random types and values for round-trip tests; a seed makes the same ones every time.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp::test {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  // Every scalar kind, with random parameters.
  Type scalar_type() {
    const auto kind = static_cast<TypeKind>(1 + below(21));
    switch (kind) {
      case TypeKind::kDecimal: {
        const int precision = 1 + static_cast<int>(below(kMaxDecimalPrecision));
        return Type::decimal(precision,
                             static_cast<int>(below(static_cast<std::uint64_t>(precision) + 1)));
      }
      case TypeKind::kTime:
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampTz:
        return Type::temporal(kind, static_cast<int>(below(kMaxTemporalPrecision + 1)));
      default:
        return Type(kind);
    }
  }

  Type type(int depth) {
    if (depth == 0 || one_in(3)) return scalar_type();
    switch (below(3)) {
      case 0:
        return Type::array(type(depth - 1), !one_in(2));
      case 1: {
        Type key = scalar_type();
        while (!is_key_type(key.kind())) key = scalar_type();
        return Type::map(std::move(key), type(depth - 1), !one_in(2));
      }
      default: {
        std::vector<RowField> fields(1 + below(5));
        for (std::size_t i = 0; i < fields.size(); ++i) {
          fields[i].name =
              one_in(4) ? "odd \"name\" \xC3\xA9" + std::to_string(i) : "f" + std::to_string(i);
          fields[i].type = type(depth - 1);
          fields[i].nullable = !one_in(3);
        }
        return Type::row(std::move(fields));
      }
    }
  }

  // A value that check_value accepts; NULL at times where `nullable`.
  Value value(const Type& type, bool nullable) {
    if (nullable && one_in(5)) return {};
    switch (type.kind()) {
      case TypeKind::kArray: {
        ValueArray array;
        for (std::uint64_t n = below(5); n > 0; --n) {
          array.items.push_back(value(type.element(), type.element_nullable()));
        }
        return array;
      }
      case TypeKind::kMap: {
        ValueMap map;
        for (std::uint64_t n = below(5); n > 0; --n) {
          map.entries.emplace_back(scalar(type.map_key()),
                                   value(type.map_value(), type.element_nullable()));
        }
        // Two equal keys by chance: a smaller map will do.
        while (!sort_map(type.map_key(), map)) map.entries.pop_back();
        return map;
      }
      case TypeKind::kRow: {
        ValueRow row;
        for (const RowField& field : type.fields()) {
          row.fields.push_back(value(field.type, field.nullable));
        }
        return row;
      }
      default:
        return scalar(type);
    }
  }

  // A non-NULL value of a scalar type; ends of ranges come often.
  Value scalar(const Type& type) {
    switch (type.kind()) {
      case TypeKind::kBoolean:
        return one_in(2);
      case TypeKind::kTinyInt:
        return integer(-128, 127);
      case TypeKind::kSmallInt:
        return integer(-32768, 32767);
      case TypeKind::kInteger:
      case TypeKind::kDate:
        return integer(std::numeric_limits<std::int32_t>::min(),
                       std::numeric_limits<std::int32_t>::max());
      case TypeKind::kBigInt:
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampTz:
        return integer(std::numeric_limits<std::int64_t>::min(),
                       std::numeric_limits<std::int64_t>::max());
      case TypeKind::kTime: {
        std::int64_t day = 86'400;
        for (int i = 0; i < type.precision(); ++i) day *= 10;
        return integer(0, day - 1);
      }
      case TypeKind::kUTinyInt:
        return unsigned_integer(255);
      case TypeKind::kUSmallInt:
        return unsigned_integer(65535);
      case TypeKind::kUInteger:
        return unsigned_integer(4294967295);
      case TypeKind::kUBigInt:
        return unsigned_integer(std::numeric_limits<std::uint64_t>::max());
      case TypeKind::kReal:
        return floating<float, std::uint32_t>();
      case TypeKind::kDouble:
        return floating<double, std::uint64_t>();
      case TypeKind::kDecimal:
        return decimal(type.precision());
      case TypeKind::kUuid: {
        Uuid uuid;
        for (auto& byte : uuid.bytes) byte = static_cast<std::uint8_t>(bits());
        return uuid;
      }
      case TypeKind::kJson:
        return json_text(3);
      case TypeKind::kVarbinary: {
        std::string bytes(below(20), '\0');
        for (char& c : bytes) c = static_cast<char>(bits());
        return bytes;
      }
      default:
        return utf8_text();
    }
  }

  std::string utf8_text() {
    static const char* const kPieces[] = {
        "a",    "Z", "0", " ",    "\"",   "\\",       "\n",           "\r",
        "\t",   ",", "/", "\x01", "\x7F", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x99\x82",
        "null", "{", "]"};
    std::string text;
    for (std::uint64_t n = below(one_in(10) ? 100 : 8); n > 0; --n) {
      text += kPieces[below(std::size(kPieces))];
    }
    if (one_in(20)) text += '\0';
    return text;
  }

 private:
  Value integer(std::int64_t low, std::int64_t high) {
    if (one_in(8)) return low;
    if (one_in(8)) return high;
    const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    std::uint64_t step = bits() >> below(64);
    if (width != std::numeric_limits<std::uint64_t>::max()) step %= width + 1;
    if (one_in(2)) return static_cast<std::int64_t>(static_cast<std::uint64_t>(high) - step);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + step);
  }

  Value unsigned_integer(std::uint64_t high) {
    if (one_in(8)) return high;
    const std::uint64_t step = bits() >> below(64);
    return high == std::numeric_limits<std::uint64_t>::max() ? step : step % (high + 1);
  }

  template <typename Float, typename Bits>
  Value floating() {
    using Limits = std::numeric_limits<Float>;
    static constexpr Float kEdges[] = {0,
                                       -Float{0},
                                       1,
                                       Float{0.1F},
                                       Limits::max(),
                                       Limits::lowest(),
                                       Limits::min(),
                                       Limits::denorm_min(),
                                       Limits::infinity(),
                                       -Limits::infinity(),
                                       Limits::quiet_NaN()};
    if (one_in(4)) return kEdges[below(std::size(kEdges))];
    const auto pattern = static_cast<Bits>(bits());
    Float number;
    std::memcpy(&number, &pattern, sizeof number);
    return std::isnan(number) ? Limits::quiet_NaN() : number;
  }

  Value decimal(int precision) {
    Decimal::Int bound = 1;
    for (int i = 0; i < precision; ++i) bound *= 10;
    Decimal::Int number = bound - 1;
    if (!one_in(6)) {
      number = static_cast<Decimal::Int>(bits()) << 62 | static_cast<Decimal::Int>(bits() >> 2);
      number >>= below(126);
      number %= bound;
    }
    return Decimal{one_in(2) ? -number : number};
  }

  std::string json_text(int depth) {
    switch (below(depth == 0 ? 4 : 6)) {
      case 0:
        return std::to_string(static_cast<std::int64_t>(bits()));
      case 1:
        return "123456789012345678901234567890.50e+100";
      case 2:
        return one_in(2) ? "true" : "false";
      case 3:
        return "\"\\u00e9 \\\"quoted\\\" \xC3\xA9\"";
      case 4:
        return "[" + json_text(depth - 1) + ", null ,[]]";
      default:
        return "{\"a\":" + json_text(depth - 1) + ",\"a\" : {} }";
    }
  }

  std::mt19937_64 engine_;
};

}  // namespace wisp::test
