#include "wisp/schema/named_types.h"

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "wisp/schema/value.h"

namespace wisp {
namespace {

tl::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Status check_limits(const Type& type) {
  if (type.depth() > kMaxTypeDepth)
    return fail(ErrorCode::kLimit, "the type nests " + std::to_string(type.depth()) +
                                       " deep, the limit is " + std::to_string(kMaxTypeDepth));
  if (type.node_count() > kMaxTypeNodes)
    return fail(ErrorCode::kLimit, "the type consists of more than " +
                                       std::to_string(kMaxTypeNodes) + " nested types");
  return {};
}

Status check_scalar(const Type& type) {
  const int precision = type.precision();
  switch (type.kind()) {
    case TypeKind::kDecimal:
      if (precision < 1 || precision > kMaxDecimalPrecision)
        return refuse("DECIMAL precision " + std::to_string(precision) + " is not between 1 and " +
                      std::to_string(kMaxDecimalPrecision));
      if (type.scale() > precision)
        return refuse("DECIMAL scale " + std::to_string(type.scale()) + " is above its precision " +
                      std::to_string(precision));
      return {};
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      if (precision > kMaxTemporalPrecision)
        return refuse("the precision of " + type.to_sql() + " is not between 0 and " +
                      std::to_string(kMaxTemporalPrecision));
      return {};
    default:
      if (type.kind() < TypeKind::kBoolean || type.kind() > TypeKind::kJson)
        return refuse("unknown type");
      if (type.length() > kMaxTypeLength)
        return refuse("the length of " + type.to_sql() + " is above " +
                      std::to_string(kMaxTypeLength));
      return {};
  }
}

Status check_fields(const Type& type) {
  if (type.fields().empty()) return refuse("a ROW type has no fields");
  std::unordered_set<std::string_view> names;
  std::unordered_set<std::uint32_t> ids;
  for (const RowField& field : type.fields()) {
    WISP_TRY(check_name("a ROW field", field.name));
    if (!names.insert(field.name).second)
      return refuse("duplicate field " + quote_identifier(field.name));
    if (field.id == 0 || !ids.insert(field.id).second)
      return refuse("field " + quote_identifier(field.name) + " has the id of another field");
  }
  return {};
}

}  // namespace

Status check_name(std::string_view what, std::string_view name) {
  if (name.empty()) return refuse(std::string(what) + " has no name");
  const auto refuse_name = [&](std::string_view why) {
    return refuse("the name of " + std::string(what) + std::string(why));
  };
  if (!is_valid_utf8(name)) return refuse_name(" is not UTF-8");
  if (name.find('\0') != std::string_view::npos) return refuse_name(" holds a NUL byte");
  return {};
}

std::optional<std::size_t> NamedTypes::position(const Type& type) const {
  if (type.type_name().empty()) return std::nullopt;
  const auto found = by_name_.find(type.type_name());
  if (found == by_name_.end() || !(types_[found->second] == type)) return std::nullopt;
  return found->second;
}

Status NamedTypes::add(const Type& type) {
  WISP_TRY(check_limits(type));
  return add_nodes(type);
}

Status NamedTypes::add_nodes(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kArray:
      return add_nodes(type.element());
    case TypeKind::kMap:
      if (!is_key_type(type.map_key().kind()))
        return refuse(type.map_key().to_sql() + " cannot be the key of a MAP");
      WISP_TRY(check_scalar(type.map_key()));
      return add_nodes(type.map_value());
    case TypeKind::kRow:
      return add_row(type);
    default:
      return check_scalar(type);
  }
}

Status NamedTypes::add_row(const Type& type) {
  const std::string& name = type.type_name();
  const auto name_is_taken = [&] {
    return refuse("two different types have the name " + quote_identifier(name));
  };
  if (!name.empty()) {
    if (position(type)) return {};
    if (by_name_.contains(name)) return name_is_taken();
    WISP_TRY(check_name("a type", name));
  }
  WISP_TRY(check_fields(type));
  for (const RowField& field : type.fields()) {
    Status status = add_nodes(field.type);
    if (!status)
      return fail(std::move(status).error().within("field " + quote_identifier(field.name)));
  }
  if (name.empty()) return {};
  // A type inside this one may have taken the name.
  if (!by_name_.emplace(name, types_.size()).second) return name_is_taken();
  types_.push_back(type);
  return {};
}

Status check_type(const Type& type) {
  NamedTypes named;
  return named.add(type);
}

}  // namespace wisp
