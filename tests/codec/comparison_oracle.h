// What a comparison says of an order, for oracles.
#pragma once

#include "wisp/codec/predicate.h"

namespace wisp::testing {

template <typename T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// `order`: negative, 0 or positive, as the left side is less, equal or greater.
inline bool holds(Comparison c, int order) {
  switch (c) {
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessOrEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

}  // namespace wisp::testing
