// The named ROW types that other types use. Not installed: Schema::named_types() is the public
// face.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/type.h"

namespace wisp {

// Each named type once, those it uses before it.
class NamedTypes {
 public:
  // Adds `type` if it is named, and every named type inside. Fails with kInvalidArgument when a
  // name stands for two different types. Requires: check_type(type).
  Status add(const Type& type);

  // Whether `type` is a named type that was added.
  bool contains(const Type& type) const { return position(type).has_value(); }
  std::optional<std::size_t> position(const Type& type) const;

  const std::vector<Type>& types() const noexcept { return types_; }

 private:
  std::vector<Type> types_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace wisp
