// How a RowFilter orders a value and a constant.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace wisp {

// Of the orders that a comparison accepts.
inline constexpr std::uint8_t kLessBit = 1;
inline constexpr std::uint8_t kEqualBit = 2;
inline constexpr std::uint8_t kGreaterBit = 4;

// Total orders: negative, zero, positive.
template <typename A, typename B>
int compare_values(const A& a, const B& b) noexcept {
  if constexpr (std::is_same_v<A, double>) {
    if (a < b) return -1;
    if (a > b) return 1;
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  } else if constexpr (std::is_convertible_v<const A&, std::string_view>) {
    return std::string_view(a).compare(b);
  } else {
    return static_cast<int>(b < a) - static_cast<int>(a < b);
  }
}

}  // namespace wisp
