// check_value: whether a value may be stored in a type.
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

#include "wisp/schema/json.h"
#include "wisp/schema/value.h"

namespace wisp {
namespace {

// Where a check stands: a chain on the stack, so that only an error builds the text.
struct Place {
  const Place* outer = nullptr;
  std::string_view name;  // the column, or a field of `outer`
  std::size_t position = 0;
  enum class Kind { kRoot, kField, kItem, kMapKey, kMapValue } kind = Kind::kRoot;

  std::string to_string() const {
    if (kind == Kind::kRoot) return std::string(name);
    std::string out = outer->to_string();
    switch (kind) {
      case Kind::kField:
        if (!out.empty()) out += '.';
        return out.append(name);
      case Kind::kMapKey:
        return out + "[key " + std::to_string(position) + ']';
      default:
        return out + '[' + std::to_string(position) + ']';
    }
  }
};

tl::unexpected<Error> refuse(const Place& place, std::string message) {
  return fail(ErrorCode::kConstraint, std::move(message), place.to_string());
}

std::string_view alternative_name(const Value& value) {
  static constexpr std::string_view kNames[] = {"NULL",
                                                "a boolean",
                                                "a signed integer",
                                                "an unsigned integer",
                                                "a float",
                                                "a double",
                                                "a decimal",
                                                "a UUID",
                                                "a string",
                                                "an array",
                                                "a map",
                                                "a row"};
  static_assert(std::size(kNames) == std::variant_size_v<Value::Variant>);
  const std::size_t index = value.variant().index();
  return index < std::size(kNames) ? kNames[index] : "nothing";
}

tl::unexpected<Error> refuse_alternative(const Place& place, const Type& type, const Value& value) {
  return refuse(place,
                "expected " + type.to_sql() + ", found " + std::string(alternative_name(value)));
}

template <typename Int>
Status check_integer(const Place& place, const Type& type, const Value& value, Int low, Int high) {
  const Int* number = value.get_if<Int>();
  if (number == nullptr) return refuse_alternative(place, type, value);
  if (*number < low || *number > high)
    return refuse(place, std::to_string(*number) + " is out of range for " + type.to_sql());
  return {};
}

template <typename Narrow, typename Wide>
Status check_integer_of(const Place& place, const Type& type, const Value& value) {
  return check_integer<Wide>(place, type, value, std::numeric_limits<Narrow>::min(),
                             std::numeric_limits<Narrow>::max());
}

constexpr auto kPowersOfTen = [] {
  std::array<Decimal::Int, kMaxDecimalPrecision + 1> out{1};
  for (std::size_t i = 1; i < out.size(); ++i) out[i] = out[i - 1] * 10;
  return out;
}();

Status check_decimal(const Place& place, const Type& type, const Value& value) {
  const Decimal* decimal = value.get_if<Decimal>();
  if (decimal == nullptr) return refuse_alternative(place, type, value);
  if (!is_within_limits(type, decimal->unscaled))
    return refuse(place, "the number has more digits than " + type.to_sql() + " holds");
  return {};
}

Status check_time(const Place& place, const Type& type, const Value& value) {
  const auto* ticks = value.get_if<std::int64_t>();
  if (ticks == nullptr) return refuse_alternative(place, type, value);
  if (!is_within_limits(type, *ticks))
    return refuse(place, std::to_string(*ticks) + " is out of range for " + type.to_sql());
  return {};
}

Status check_string(const Place& place, const Type& type, const Value& value) {
  const std::string* s = value.get_if<std::string>();
  if (s == nullptr) return refuse_alternative(place, type, value);
  const bool is_bytes = type.kind() == TypeKind::kVarbinary;
  if (!is_bytes && !is_valid_utf8(*s)) return refuse(place, "the text is not valid UTF-8");
  if (type.kind() == TypeKind::kJson) {
    if (const Status json = check_json(*s); !json) {
      return refuse(place, json.error().code == ErrorCode::kLimit ? json.error().message
                                                                  : "the text is not JSON");
    }
  }
  // A text of n bytes has at most n code points: most values need no count.
  if (type.length() != 0 && s->size() > type.length()) {
    const std::size_t length = is_bytes ? s->size() : count_code_points(*s);
    if (length > type.length())
      return refuse(place, std::to_string(length) + (is_bytes ? " bytes" : " characters") +
                               " do not fit " + type.to_sql());
  }
  return {};
}

Status check_at(const Place& place, const Type& type, const Value& value);

Status check_inner(const Place& place, const Type& type, bool nullable, const Value& value) {
  if (value.is_null() && !nullable) return refuse(place, "NULL is not allowed here");
  return check_at(place, type, value);
}

Status check_array(const Place& place, const Type& type, const Value& value) {
  const ValueArray* array = value.get_if<ValueArray>();
  if (array == nullptr) return refuse_alternative(place, type, value);
  Place inner{&place, {}, 0, Place::Kind::kItem};
  for (const Value& item : array->items) {
    WISP_TRY(check_inner(inner, type.element(), type.element_nullable(), item));
    ++inner.position;
  }
  return {};
}

Status check_map(const Place& place, const Type& type, const Value& value) {
  const ValueMap* map = value.get_if<ValueMap>();
  if (map == nullptr) return refuse_alternative(place, type, value);
  Place key_place{&place, {}, 0, Place::Kind::kMapKey};
  Place value_place{&place, {}, 0, Place::Kind::kMapValue};
  const Value* previous = nullptr;
  for (const auto& [key, mapped] : map->entries) {
    WISP_TRY(check_inner(key_place, type.map_key(), false, key));
    if (previous != nullptr) {
      const std::strong_ordering order = compare_key_values(type.map_key(), *previous, key);
      if (order == 0) return refuse(key_place, "the MAP has this key twice");
      if (order > 0) return refuse(key_place, "the keys of the MAP are not sorted");
    }
    previous = &key;
    WISP_TRY(check_inner(value_place, type.map_value(), type.element_nullable(), mapped));
    ++key_place.position;
    ++value_place.position;
  }
  return {};
}

Status check_row(const Place& place, const Type& type, const Value& value) {
  const ValueRow* row = value.get_if<ValueRow>();
  if (row == nullptr) return refuse_alternative(place, type, value);
  if (row->fields.size() != type.fields().size())
    return refuse(place, "the row has " + std::to_string(row->fields.size()) +
                             " fields, its type " + std::to_string(type.fields().size()));
  for (std::size_t i = 0; i < row->fields.size(); ++i) {
    const RowField& field = type.fields()[i];
    const Place inner{&place, field.name, i, Place::Kind::kField};
    WISP_TRY(check_inner(inner, field.type, field.nullable, row->fields[i]));
  }
  return {};
}

template <typename T>
Status check_alternative(const Place& place, const Type& type, const Value& value) {
  if (value.get_if<T>() == nullptr) return refuse_alternative(place, type, value);
  return {};
}

Status check_at(const Place& place, const Type& type, const Value& value) {
  if (value.is_null()) return {};
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return check_alternative<bool>(place, type, value);
    case TypeKind::kTinyInt:
      return check_integer_of<std::int8_t, std::int64_t>(place, type, value);
    case TypeKind::kSmallInt:
      return check_integer_of<std::int16_t, std::int64_t>(place, type, value);
    case TypeKind::kInteger:
    case TypeKind::kDate:
      return check_integer_of<std::int32_t, std::int64_t>(place, type, value);
    case TypeKind::kBigInt:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return check_alternative<std::int64_t>(place, type, value);
    case TypeKind::kUTinyInt:
      return check_integer_of<std::uint8_t, std::uint64_t>(place, type, value);
    case TypeKind::kUSmallInt:
      return check_integer_of<std::uint16_t, std::uint64_t>(place, type, value);
    case TypeKind::kUInteger:
      return check_integer_of<std::uint32_t, std::uint64_t>(place, type, value);
    case TypeKind::kUBigInt:
      return check_alternative<std::uint64_t>(place, type, value);
    case TypeKind::kReal:
      return check_alternative<float>(place, type, value);
    case TypeKind::kDouble:
      return check_alternative<double>(place, type, value);
    case TypeKind::kDecimal:
      return check_decimal(place, type, value);
    case TypeKind::kTime:
      return check_time(place, type, value);
    case TypeKind::kUuid:
      return check_alternative<Uuid>(place, type, value);
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson:
      return check_string(place, type, value);
    case TypeKind::kArray:
      return check_array(place, type, value);
    case TypeKind::kMap:
      return check_map(place, type, value);
    case TypeKind::kRow:
      return check_row(place, type, value);
  }
  return refuse(place, "unknown type");
}

}  // namespace

bool has_limits(TypeKind kind) noexcept {
  return kind == TypeKind::kDecimal || kind == TypeKind::kTime;
}

bool is_within_limits(const Type& type, Decimal::Int value) noexcept {
  const Decimal::Int power = kPowersOfTen[static_cast<std::size_t>(type.precision())];
  if (type.kind() == TypeKind::kTime) return value >= 0 && value < 86400 * power;
  return value < power && value > -power;  // 10^38 is below 2^127
}

Status check_value(const Type& type, const Value& value, std::string_view where) {
  return check_at(Place{nullptr, where, 0, Place::Kind::kRoot}, type, value);
}

}  // namespace wisp
