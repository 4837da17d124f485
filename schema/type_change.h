// ALTER TYPE: from one form of a named ROW type to the next, and what uses it.
#pragma once

#include <span>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// `type` with one field more behind the others. Its id is one above the highest, whatever
// `attribute.id` says; nothing takes fields away, so no id comes again. Values written before have
// NULL there. Refused (kInvalidArgument unless said otherwise):
//   a NOT NULL attribute: older values would have no value (kConstraint)
//   a name that is taken, a type that check_type() refuses, or one that holds `type` itself
//   types that nest too deep or grow too large (kLimit)
// Requires: a named ROW.
Result<Type> add_attribute(const Type& type, RowField attribute);

// Whether `to` is `from` as ALTER TYPE leaves it: equal, or named ROWs in it, at any depth, have
// more nullable fields at their end.
bool extends_type(const Type& from, const Type& to) noexcept;
// A value of `from` as a value of `to`: NULL in the fields that `from` lacks.
// Requires: extends_type(from, to), and that `value` fits `from`.
Value extend_value(const Type& from, const Type& to, const Value& value);

// What changes with a named type.
struct ChangedType {
  std::vector<Type> types;         // the named types that are it or use it, in their order
  std::vector<SchemaPtr> schemas;  // the next version of each that uses it, in their order
};
// Puts `changed` in the place of the type of its name wherever `types` and `schemas` use it; values
// that columns have as defaults are extended. Fails as SchemaEditor::finish(), naming the table.
// Requires: the type of that name in `types` and `schemas` is one that `changed` extends.
Result<ChangedType> change_type(const Type& changed, std::span<const Type> types,
                                std::span<const SchemaPtr> schemas);

}  // namespace wisp
