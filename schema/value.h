// Value: one cell as a runtime value, for callers that learn columns at run time.
//
// A Value does not know its Type; the column does. Which alternative holds which type:
//
//   NULL                                     Null
//   BOOLEAN                                  bool
//   TINYINT .. BIGINT, DATE, TIME,           std::int64_t   (units: see TypeKind)
//     TIMESTAMP, TIMESTAMPTZ
//   UTINYINT .. UBIGINT                      std::uint64_t
//   REAL                                     float
//   DOUBLE                                   double
//   DECIMAL(p, s)                            Decimal (unscaled: 12.34 in DECIMAL(5, 2) is 1234)
//   UUID                                     Uuid
//   VARCHAR, CHAR, VARBINARY, JSON           std::string
//   ARRAY                                    ValueArray
//   MAP                                      ValueMap   (sorted by key in the codec's key order)
//   ROW                                      ValueRow   (one value per field, in field order)
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "wisp/schema/type.h"

namespace wisp {

struct Null {
  friend bool operator==(Null, Null) noexcept = default;
};

// The unscaled digits of a DECIMAL; the scale stands in the type.
struct Decimal {
  __extension__ using Int = __int128;
  Int unscaled = 0;
  friend auto operator<=>(const Decimal&, const Decimal&) noexcept = default;
};

// In text order: bytes[0] is the first two hex digits.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) noexcept = default;
};

class Value;
struct ValueArray {
  std::vector<Value> items;
  friend bool operator==(const ValueArray&, const ValueArray&);
};
struct ValueMap {
  std::vector<std::pair<Value, Value>> entries;
  friend bool operator==(const ValueMap&, const ValueMap&);
};
struct ValueRow {
  std::vector<Value> fields;
  friend bool operator==(const ValueRow&, const ValueRow&);
};

// Whether T is an alternative of a variant. By name alone: asking the variant what it can be made
// from would ask about Value while Value is being declared (clang refuses).
template <typename T, typename Variant>
inline constexpr bool kIsAlternative = false;
template <typename T, typename... Alternatives>
inline constexpr bool kIsAlternative<T, std::variant<Alternatives...>> =
    (std::is_same_v<T, Alternatives> || ...);

// Owns everything it holds. Threads: as a std::string.
class Value {
 public:
  using Variant = std::variant<Null, bool, std::int64_t, std::uint64_t, float, double, Decimal,
                               Uuid, std::string, ValueArray, ValueMap, ValueRow>;

  Value() = default;  // NULL
  // From exactly one of the alternatives; nothing converts.
  template <typename T>
  requires(kIsAlternative<std::decay_t<T>, Variant>) Value(T&& v)  // NOLINT
      : v_(std::in_place_type<std::decay_t<T>>, std::forward<T>(v)) {}
  static Value text(std::string_view s) { return Value(std::string(s)); }

  bool is_null() const noexcept { return std::holds_alternative<Null>(v_); }
  // Requires: the alternative is T.
  template <typename T>
  const T& as() const {
    return std::get<T>(v_);
  }
  template <typename T>
  const T* get_if() const noexcept {
    return std::get_if<T>(&v_);
  }
  const Variant& variant() const noexcept { return v_; }

  // Equality of representation; NaN equals NaN, -0.0 and 0.0 differ (rows keep both).
  friend bool operator==(const Value& a, const Value& b);

 private:
  Variant v_;
};

// Whether `value` may be stored in `type`: right alternative, and
//   integers         in the range of their width
//   DATE             days in the range of an int32; TIMESTAMP, TIMESTAMPTZ: any int64
//   TIME(p)          0 <= ticks < 86,400 * 10^p (no leap second, no 24:00)
//   DECIMAL(p, s)    |unscaled| < 10^p
//   VARCHAR, CHAR    valid UTF-8, at most n code points;  VARBINARY(n): at most n bytes
//   JSON             valid UTF-8 that is one JSON value
//   ARRAY, MAP, ROW  the same inward; NULL only where the type lets it be; a ROW has one value per
//                    field; MAP entries are sorted and unique (see sort_map)
// NULL fits every type here: nullability belongs to the column. Errors are kConstraint; `where`
// names the place, and is extended inward: "items[2].price", "tags[key 0]" (positions from 0).
Status check_value(const Type& type, const Value& value, std::string_view where);

// Kinds whose values have limits within the width of their bytes: DECIMAL and TIME.
bool has_limits(TypeKind kind) noexcept;
// Whether unscaled digits, or ticks of a TIME, are within the limits of `type`; see check_value.
// Requires: has_limits(type.kind()).
bool is_within_limits(const Type& type, Decimal::Int value) noexcept;

// Sorts entries by key and refuses duplicates, NULL keys and keys that do not fit `key_type`
// (kConstraint). Requires: is_key_type(key_type).
Status sort_map(const Type& key_type, ValueMap& map);

// Total order of two non-NULL values of one key type (is_key_type): numbers by value, NaN above
// all, -0 equal to 0, text and bytes by bytes, FALSE before TRUE. The codec's keys sort the same.
std::strong_ordering compare_key_values(const Type& type, const Value& a, const Value& b);

// True when `s` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_valid_utf8(std::string_view s) noexcept;
// The length of text as VARCHAR(n) counts it. Requires: is_valid_utf8(s).
std::size_t count_code_points(std::string_view s) noexcept;

}  // namespace wisp
