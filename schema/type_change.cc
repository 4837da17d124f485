#include "wisp/schema/type_change.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "wisp/schema/named_types.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

bool uses_name(const Type& type, const std::string& name) {
  switch (type.kind()) {
    case TypeKind::kArray:
      return uses_name(type.element(), name);
    case TypeKind::kMap:
      return uses_name(type.map_value(), name);
    case TypeKind::kRow:
      return type.type_name() == name ||
             std::any_of(type.fields().begin(), type.fields().end(),
                         [&](const RowField& field) { return uses_name(field.type, name); });
    default:
      return false;
  }
}

const RowField* field_of(const Type& row, std::uint32_t id) {
  const auto& fields = row.fields();
  // Ids count from 1, and stand in their order.
  if (id - 1 < fields.size() && fields[id - 1].id == id) return &fields[id - 1];
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const RowField& field) { return field.id == id; });
  return found == fields.end() ? nullptr : &*found;
}

bool extends_row(const Type& from, const Type& to) noexcept {
  if (from.type_name() != to.type_name() || from.fields().size() > to.fields().size()) return false;
  for (std::size_t i = 0; i < to.fields().size(); ++i) {
    const RowField& field = to.fields()[i];
    if (i >= from.fields().size()) {
      if (!field.nullable) return false;
      continue;
    }
    const RowField& old = from.fields()[i];
    if (old.id != field.id || old.name != field.name || old.nullable != field.nullable ||
        !extends_type(old.type, field.type)) {
      return false;
    }
  }
  return true;
}

// Nothing where `type` does not use it.
std::optional<Type> replaced(const Type& type, const Type& changed) {
  switch (type.kind()) {
    case TypeKind::kArray:
      if (auto element = replaced(type.element(), changed)) {
        return Type::array(std::move(*element), type.element_nullable());
      }
      return std::nullopt;
    case TypeKind::kMap:
      if (auto value = replaced(type.map_value(), changed)) {
        return Type::map(type.map_key(), std::move(*value), type.element_nullable());
      }
      return std::nullopt;
    case TypeKind::kRow:
      break;
    default:
      return std::nullopt;
  }
  if (type.type_name() == changed.type_name()) return changed;
  std::vector<RowField> fields = type.fields();
  bool any = false;
  for (RowField& field : fields) {
    auto next = replaced(field.type, changed);
    if (!next) continue;
    field.type = std::move(*next);
    any = true;
  }
  if (!any) return std::nullopt;
  return Type::row(std::move(fields), type.type_name());
}

}  // namespace

Result<Type> add_attribute(const Type& type, RowField attribute) {
  const std::string where = "attribute " + quote_identifier(attribute.name);
  WISP_TRY(check_name("an attribute", attribute.name));
  if (!attribute.nullable) {
    return fail(ErrorCode::kConstraint,
                "an attribute that is added cannot be NOT NULL: values written before have NULL "
                "there",
                where);
  }
  // So that the walk below is bounded.
  if (auto status = check_type(attribute.type); !status) {
    return fail(std::move(status).error().within(where));
  }
  if (uses_name(attribute.type, type.type_name())) {
    return fail(ErrorCode::kInvalidArgument,
                "the type " + quote_identifier(type.type_name()) + " cannot hold itself", where);
  }
  std::vector<RowField> fields = type.fields();
  std::uint32_t highest = 0;
  for (const RowField& field : fields) {
    highest = std::max(highest, field.id);
    if (field.name != attribute.name) continue;
    return fail(ErrorCode::kInvalidArgument,
                "there is already an attribute " + quote_identifier(attribute.name));
  }
  if (highest == std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::kLimit, "the attribute ids of the type are used up", where);
  }
  attribute.id = highest + 1;
  fields.push_back(std::move(attribute));
  Type next = Type::row(std::move(fields), type.type_name());
  WISP_TRY(check_type(next));
  return next;
}

bool extends_type(const Type& from, const Type& to) noexcept {
  if (from.kind() != to.kind()) return false;
  switch (from.kind()) {
    case TypeKind::kArray:
      return from.element_nullable() == to.element_nullable() &&
             extends_type(from.element(), to.element());
    case TypeKind::kMap:
      return from.element_nullable() == to.element_nullable() && from.map_key() == to.map_key() &&
             extends_type(from.map_value(), to.map_value());
    case TypeKind::kRow:
      return from == to || extends_row(from, to);
    default:
      return from == to;
  }
}

Value extend_value(const Type& from, const Type& to, const Value& value) {
  if (from == to) return value;
  if (const auto* array = value.get_if<ValueArray>()) {
    ValueArray out;
    out.items.reserve(array->items.size());
    for (const Value& item : array->items) {
      out.items.push_back(extend_value(from.element(), to.element(), item));
    }
    return Value(std::move(out));
  }
  if (const auto* map = value.get_if<ValueMap>()) {
    ValueMap out;
    out.entries.reserve(map->entries.size());
    for (const auto& [key, mapped] : map->entries) {
      out.entries.emplace_back(key, extend_value(from.map_value(), to.map_value(), mapped));
    }
    return Value(std::move(out));
  }
  const auto* row = value.get_if<ValueRow>();
  if (row == nullptr) return value;  // NULL
  ValueRow out;
  out.fields.reserve(to.fields().size());
  for (const RowField& field : to.fields()) {
    const RowField* const old = field_of(from, field.id);
    if (old == nullptr) {
      out.fields.emplace_back();
      continue;
    }
    const auto i = static_cast<std::size_t>(old - from.fields().data());
    out.fields.push_back(extend_value(old->type, field.type, row->fields[i]));
  }
  return Value(std::move(out));
}

Result<ChangedType> change_type(const Type& changed, std::span<const Type> types,
                                std::span<const SchemaPtr> schemas) {
  ChangedType out;
  for (const Type& type : types) {
    auto next = replaced(type, changed);
    if (!next) continue;
    // Types that use the type may grow too large with it.
    if (auto status = check_type(*next); !status) {
      return fail(std::move(status).error().within("type " + quote_identifier(type.type_name())));
    }
    out.types.push_back(std::move(*next));
  }
  for (const SchemaPtr& schema : schemas) {
    SchemaEditor editor(schema);
    bool uses = false;
    for (const Column& column : schema->columns()) {
      auto next = replaced(column.type, changed);
      if (!next) continue;
      uses = true;
      editor.extend(column.name, *next);
    }
    if (!uses) continue;
    auto next = editor.finish();
    if (!next) {
      return fail(
          std::move(next).error().within("table " + quote_identifier(schema->table_name())));
    }
    out.schemas.push_back(std::move(*next));
  }
  return out;
}

}  // namespace wisp
