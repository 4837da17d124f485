#include "wisp/schema/named_types.h"

namespace wisp {

std::optional<std::size_t> NamedTypes::position(const Type& type) const {
  if (type.type_name().empty()) return std::nullopt;
  const auto found = by_name_.find(type.type_name());
  if (found == by_name_.end() || !(types_[found->second] == type)) return std::nullopt;
  return found->second;
}

Status NamedTypes::add(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kArray:
      return add(type.element());
    case TypeKind::kMap:
      return add(type.map_value());
    case TypeKind::kRow:
      break;
    default:
      return {};
  }
  const std::string& name = type.type_name();
  if (!name.empty()) {
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
      if (types_[found->second] == type) return {};
      return fail(ErrorCode::kInvalidArgument,
                  "two different types have the name " + quote_identifier(name));
    }
  }
  for (const RowField& field : type.fields()) WISP_TRY(add(field.type));
  if (name.empty()) return {};
  // A type inside this one may have taken the name.
  if (!by_name_.emplace(name, types_.size()).second)
    return fail(ErrorCode::kInvalidArgument,
                "two different types have the name " + quote_identifier(name));
  types_.push_back(type);
  return {};
}

}  // namespace wisp
