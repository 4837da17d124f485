#include "wisp/schema/value.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "wisp/schema/text.h"

namespace wisp {
namespace {

template <typename Float>
bool same_float(Float a, Float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

template <typename Float>
std::strong_ordering compare_floats(Float a, Float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  if (a < b) return std::strong_ordering::less;
  return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

template <typename T>
const T& get(const Value& value) {
  const T* held = value.get_if<T>();
  assert(held != nullptr && "the value has the alternative of its type");
  return *held;
}

}  // namespace

bool operator==(const ValueArray& a, const ValueArray& b) {
  return a.items == b.items;
}
bool operator==(const ValueMap& a, const ValueMap& b) {
  return a.entries == b.entries;
}
bool operator==(const ValueRow& a, const ValueRow& b) {
  return a.fields == b.fields;
}

bool operator==(const Value& a, const Value& b) {
  if (a.v_.index() != b.v_.index()) return false;
  if (const float* x = a.get_if<float>()) return same_float(*x, *b.get_if<float>());
  if (const double* x = a.get_if<double>()) return same_float(*x, *b.get_if<double>());
  return a.v_ == b.v_;
}

Status sort_map(const Type& key_type, ValueMap& map) {
  for (const auto& [key, value] : map.entries) {
    if (key.is_null())
      return fail(ErrorCode::kConstraint, "NULL is not allowed as the key of a MAP");
    WISP_TRY(check_value(key_type, key, "MAP key"));
  }
  const auto less = [&](const auto& a, const auto& b) {
    return compare_key_values(key_type, a.first, b.first) < 0;
  };
  if (!std::is_sorted(map.entries.begin(), map.entries.end(), less))
    std::sort(map.entries.begin(), map.entries.end(), less);
  const auto repeated =
      std::adjacent_find(map.entries.begin(), map.entries.end(), [&](const auto& a, const auto& b) {
        return compare_key_values(key_type, a.first, b.first) == 0;
      });
  if (repeated == map.entries.end()) return {};
  std::string key;
  print_value(key_type, repeated->first, key);
  return fail(ErrorCode::kConstraint, "the MAP has the key " + quote_text(key) + " twice");
}

std::strong_ordering compare_key_values(const Type& type, const Value& a, const Value& b) {
  assert(is_key_type(type.kind()));
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return get<bool>(a) <=> get<bool>(b);
    case TypeKind::kReal:
      return compare_floats(get<float>(a), get<float>(b));
    case TypeKind::kDouble:
      return compare_floats(get<double>(a), get<double>(b));
    case TypeKind::kDecimal:
      return get<Decimal>(a) <=> get<Decimal>(b);
    case TypeKind::kUuid:
      return get<Uuid>(a) <=> get<Uuid>(b);
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
      return get<std::string>(a) <=> get<std::string>(b);
    default:
      if (is_unsigned(type.kind())) return get<std::uint64_t>(a) <=> get<std::uint64_t>(b);
      return get<std::int64_t>(a) <=> get<std::int64_t>(b);
  }
}

}  // namespace wisp
