// The fields of a C++ struct: their names, and which column each one is.
//
// Through Boost.PFR: the struct must be an aggregate without base classes, C arrays and bit-fields,
// with at most 100 members; more columns than that are groups of members (struct_schema.h). Names
// come from the compiler (g++ 12 and clang 14 or newer), or from a list next to the struct:
//
//   template <>
//   struct wisp::FieldNames<Quote> {
//     static constexpr std::array names{"symbol", "bid", "ask"};
//   };
//
// An empty name is for a group whose columns stand in the table without a prefix.
#pragma once

#if !__has_include(<boost/pfr.hpp>)
#error "structs as rows need Boost.PFR: Boost 1.81 or newer (Debian: libboost1.81-dev)"
#endif

#include <array>
#include <boost/pfr.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// The names of T's members, in order. Specialize it where they differ from the columns'.
template <typename T>
struct FieldNames {};

// A member of a struct that is a DECIMAL(kPrecision, kScale) column.
template <int kPrecision, int kScale>
struct FixedDecimal {
  static_assert(1 <= kPrecision && kPrecision <= kMaxDecimalPrecision && 0 <= kScale &&
                    kScale <= kPrecision,
                "DECIMAL(p, s): 1 <= p <= 38 and 0 <= s <= p");
  Decimal value;  // unscaled: 12.34 with a scale of 2 is 1234
  friend auto operator<=>(const FixedDecimal&, const FixedDecimal&) noexcept = default;
};

namespace internal {

template <typename T>
struct OptionalOf : std::false_type {
  using Inner = T;
};
template <typename T>
struct OptionalOf<std::optional<T>> : std::true_type {
  using Inner = T;
};
template <typename T>
inline constexpr bool kIsOptional = OptionalOf<T>::value;
// The member's type without std::optional.
template <typename T>
using Inner = typename OptionalOf<T>::Inner;

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T, typename A>
inline constexpr bool kIsVector<std::vector<T, A>> = true;

template <typename T>
inline constexpr bool kIsMap = false;
template <typename K, typename V, typename C, typename A>
inline constexpr bool kIsMap<std::map<K, V, C, A>> = true;

template <typename T>
inline constexpr bool kIsFixedDecimal = false;
template <int kPrecision, int kScale>
inline constexpr bool kIsFixedDecimal<FixedDecimal<kPrecision, kScale>> = true;

template <typename T>
inline constexpr bool kIsStdArray = false;
template <typename T, std::size_t kSize>
inline constexpr bool kIsStdArray<std::array<T, kSize>> = true;

// signed char to long long and their unsigned forms; no characters.
template <typename T>
inline constexpr bool kIsInteger =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t> && sizeof(T) <= 8;

template <typename T>
inline constexpr bool kIsText =
    std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

template <typename T>
inline constexpr bool kIsScalar =
    std::is_same_v<T, bool> || kIsInteger<T> || std::is_same_v<T, float> ||
    std::is_same_v<T, double> || std::is_same_v<T, Decimal> || kIsFixedDecimal<T> ||
    std::is_same_v<T, Uuid> || kIsText<T>;

// A struct of columns: flattened as a group where it is a plain member, a ROW elsewhere.
template <typename T>
inline constexpr bool kIsStruct =
    std::is_class_v<T>&& std::is_aggregate_v<T> && !kIsScalar<T> && !kIsStdArray<T>;

// Refuses, with a message, types that no column holds.
template <typename T>
constexpr void check_field_type() {
  using X = Inner<T>;
  static_assert(!std::is_const_v<T>, "wisp: a const member cannot be read into");
  static_assert(!kIsOptional<X>, "wisp: a column is NULL or not; std::optional does not nest");
  static_assert(!std::is_pointer_v<X>,
                "wisp: a pointer cannot be stored; use std::optional for a value that may be NULL, "
                "std::string or std::string_view for text");
  static_assert(!kIsStdArray<X>, "wisp: std::array is no column type; use std::vector");
  static_assert(std::is_pointer_v<X> || kIsStdArray<X> || kIsOptional<X> || kIsScalar<X> ||
                    kIsVector<X> || kIsMap<X> || kIsStruct<X>,
                "wisp: this member type cannot be a column; use bool, intN_t, uintN_t, float, "
                "double, wisp::FixedDecimal, wisp::Uuid, std::string, std::string_view, "
                "std::optional, std::vector, std::map, or a struct of these");
  if constexpr (kIsMap<X>) {
    using Key = typename X::key_type;
    static_assert(kIsScalar<Key> && !std::is_floating_point_v<Key>,
                  "wisp: the keys of a std::map column are scalars, never NULL and not "
                  "floating-point (NaN has no order in a std::map)");
  }
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
// A place that is never defined: only its members' names are asked for.
template <typename T>
struct NameHost {
  T value;
};
template <typename T>
extern NameHost<T> name_host;

// Wrapped because clang 14 takes a member's address as a template argument only inside a class.
template <typename T>
struct NamedPlace {
  const T* place;
};
template <typename T>
NamedPlace(const T*) -> NamedPlace<T>;

// `const char*`: the alias std::string_view would be spelled out at the end of the signature.
template <NamedPlace kPlace>
consteval const char* place_signature() {
  return __PRETTY_FUNCTION__;
}

consteval bool is_identifier_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// The last identifier: g++ ends in `::bid)}]`, clang in `.bid}]`.
consteval std::string_view last_identifier(std::string_view signature) {
  std::size_t end = signature.size();
  while (end > 0 && !is_identifier_char(signature[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_identifier_char(signature[begin - 1])) --begin;
  return signature.substr(begin, end - begin);
}

template <typename T, std::size_t... kIndex>
consteval std::array<std::string_view, sizeof...(kIndex)> compiler_names(
    std::index_sequence<kIndex...>) {
  return {last_identifier(
      place_signature<NamedPlace{&boost::pfr::get<kIndex>(name_host<T>.value)}>())...};
}

struct NameProbe {
  int first_member;
  int second_member;
};
inline constexpr bool kCompilerNamesFields =
    compiler_names<NameProbe>(std::make_index_sequence<2>()) ==
    std::array<std::string_view, 2>{"first_member", "second_member"};

template <typename T>
consteval auto make_field_names() {
  constexpr std::size_t kCount = boost::pfr::tuple_size_v<T>;
  if constexpr (requires { FieldNames<T>::names; }) {
    static_assert(std::size(FieldNames<T>::names) == kCount,
                  "wisp: FieldNames<T>::names has another number of names than T has members");
    std::array<std::string_view, kCount> names;
    if constexpr (std::size(FieldNames<T>::names) == kCount) {
      for (std::size_t i = 0; i < kCount; ++i) names[i] = FieldNames<T>::names[i];
    }
    return names;
  } else {
    static_assert(kCompilerNamesFields,
                  "wisp: this compiler does not tell the names of members; declare "
                  "wisp::FieldNames<T> next to the struct");
    return compiler_names<T>(std::make_index_sequence<kCount>());
  }
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <typename T>
inline constexpr auto kFieldNames = make_field_names<T>();

// Calls visit(field) for every column of `object`, groups flattened, in order. T may be const.
template <typename T, typename Visit>
void walk_fields(T& object, Visit& visit) {
  boost::pfr::for_each_field(object, [&visit](auto& field) {
    if constexpr (kIsStruct<std::remove_cvref_t<decltype(field)>>) {
      walk_fields(field, visit);
    } else {
      visit(field);
    }
  });
}

// The same with names: visit(name, field).
template <typename T, typename Visit>
void walk_named_fields(T& object, const std::string& prefix, Visit& visit) {
  const std::string_view* name = kFieldNames<std::remove_const_t<T>>.data();
  boost::pfr::for_each_field(object, [&](auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    check_field_type<Field>();
    std::string column = prefix;
    column += *name++;
    if constexpr (kIsStruct<Field>) {
      if (column.size() > prefix.size()) column += '.';
      walk_named_fields(field, column, visit);
    } else {
      visit(column, field);
    }
  });
}

}  // namespace internal
}  // namespace wisp
