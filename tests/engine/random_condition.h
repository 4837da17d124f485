// Random conditions on rows, as a Predicate and as what SQL says they are of a row's values.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "wisp/codec/predicate.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/value.h"

namespace wisp::testing {

using Truth = std::optional<bool>;  // nullopt: unknown

struct Condition {
  Predicate predicate;
  std::function<Truth(const std::vector<Value>&)> truth;  // of the values by column
};

// Terms of comparisons, IN, BETWEEN, IS [NOT] NULL and LIKE prefixes, joined by AND, OR and NOT up
// to `depth` times in one another. Columns of other types than integers, BOOLEAN and VARCHAR are
// only asked whether they are NULL.
Condition random_condition(const Schema& schema, std::mt19937& random, int depth = 2);

}  // namespace wisp::testing
