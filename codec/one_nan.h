// The one NaN of rows and keys: quiet, positive, without a payload. All others are stored as this.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "wisp/codec/bytes.h"

namespace wisp {

// FROZEN: by the width of the stored bits.
template <std::unsigned_integral UInt>
inline constexpr UInt kNanBits = sizeof(UInt) == 4 ? static_cast<UInt>(0x7FC00000)
                                                   : static_cast<UInt>(0x7FF8000000000000);

// Has its highest bit set for the bits of a NaN only: what is above infinity, the sign left out.
template <std::unsigned_integral UInt>
constexpr UInt nan_sign(UInt bits) noexcept {
  constexpr auto kMagnitude = static_cast<UInt>(static_cast<UInt>(-1) >> 1);
  constexpr auto kInfinity = static_cast<UInt>(sizeof(UInt) == 4 ? 0x7F800000 : 0x7FF0000000000000);
  return static_cast<UInt>((bits & kMagnitude) + (kMagnitude - kInfinity));
}

template <std::unsigned_integral UInt>
constexpr UInt with_one_nan(UInt bits) noexcept {
  return (nan_sign(bits) >> (sizeof(UInt) * 8 - 1)) != 0 ? kNanBits<UInt> : bits;
}

// The bits that a value is stored as.
inline std::uint64_t stored_bits(double v) noexcept {
  return v != v ? kNanBits<std::uint64_t> : std::bit_cast<std::uint64_t>(v);
}
inline std::uint32_t stored_bits(float v) noexcept {
  return v != v ? kNanBits<std::uint32_t> : std::bit_cast<std::uint32_t>(v);
}

// Whether any of `n` values is a NaN: sums and no comparisons, which vectorize.
template <std::unsigned_integral UInt>
bool any_nan(const std::byte* values, std::size_t n) noexcept {
  UInt any = 0;
  for (std::size_t i = 0; i < n; ++i) any |= nan_sign(load_le<UInt>(values + sizeof(UInt) * i));
  return (any >> (sizeof(UInt) * 8 - 1)) != 0;
}

// Whether all NaNs among `n` values are the one.
template <std::unsigned_integral UInt>
bool only_one_nan(const std::byte* values, std::size_t n) noexcept {
  if (!any_nan<UInt>(values, n)) [[likely]] {
    return true;
  }
  bool good = true;
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = load_le<UInt>(values + sizeof(UInt) * i);
    good &= with_one_nan(bits) == bits;
  }
  return good;
}

static_assert(with_one_nan(0xFF800001u) == 0x7FC00000u);
static_assert(with_one_nan(0xFF800000u) == 0xFF800000u);                               // -infinity
static_assert(with_one_nan(std::uint64_t{0x8000000000000000}) == 0x8000000000000000);  // -0

}  // namespace wisp
