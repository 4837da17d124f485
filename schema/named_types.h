// The named ROW types that other types use. Not installed: Schema::named_types() is the public
// face.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/type.h"

namespace wisp {

// A name is there, UTF-8, and holds no NUL byte (DDL could not spell it). `what` is named in
// errors: "a column has no name".
Status check_name(std::string_view what, std::string_view name);

// Checks types and collects the named ones, each once and those it uses before it. A named type
// that is already in is not looked into again, so the whole costs what was written down, not what
// it would expand to.
class NamedTypes {
 public:
  // Adds `type` if it is named, and every named type inside. Fails as check_type(type) does, and
  // with kInvalidArgument when a name stands for two different types; what was added before the
  // failure stays.
  Status add(const Type& type);

  // The place of a named type that was added, in types().
  std::optional<std::size_t> position(const Type& type) const;

  const std::vector<Type>& types() const noexcept { return types_; }

 private:
  Status add_nodes(const Type& type);
  Status add_row(const Type& type);

  std::vector<Type> types_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace wisp
