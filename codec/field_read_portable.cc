// The field kernels in plain C++: any processor, and the reference for the others.
#include <bit>

#include "wisp/codec/bytes.h"

namespace wisp {
namespace {

struct Ops {
  // The compiler's own table-driven popcount is 4 times slower than this (SWAR).
  static std::uint64_t popcount(std::uint64_t v) noexcept {
    v -= (v >> 1) & 0x5555555555555555u;
    v = (v & 0x3333333333333333u) + ((v >> 2) & 0x3333333333333333u);
    v = (v + (v >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (v * 0x0101010101010101u) >> 56;
  }
  // Bit i is set where byte i of the 32 (16) at `list` is `key`.
  static std::uint32_t equal32(const std::byte* list, std::uint8_t key) noexcept {
    return equal16(list, key) | equal16(list + 16, key) << 16;
  }
  static std::uint32_t equal16(const std::byte* list, std::uint8_t key) noexcept {
    constexpr std::uint64_t kLow7 = 0x7F7F7F7F7F7F7F7Fu;
    const std::uint64_t keys = 0x0101010101010101u * key;
    std::uint32_t out = 0;
    for (unsigned i = 0; i < 2; ++i) {
      const std::uint64_t x = load_le<std::uint64_t>(list + 8 * i) ^ keys;
      const std::uint64_t zeros = ~(((x & kLow7) + kLow7) | x | kLow7);  // high bit: byte is zero
      out |= static_cast<std::uint32_t>(((zeros >> 7) * 0x0102040810204080u) >> 56) << (8 * i);
    }
    return out;
  }
  // Index of the first of `n` sorted bytes that is not below `key`.
  [[gnu::noinline]] static std::uint32_t lower_bound(const std::byte* list, std::uint32_t n,
                                                     std::size_t /*readable*/,
                                                     std::uint8_t key) noexcept {
    std::uint32_t i = 0;
    while (i < n && std::to_integer<std::uint8_t>(list[i]) < key) ++i;
    return i;
  }
  [[gnu::noinline]] static std::uint32_t lower_bound16(const std::byte* list, std::uint32_t n,
                                                       std::size_t /*readable*/,
                                                       std::uint16_t key) noexcept {
    std::uint32_t i = 0;
    while (i < n && load_le<std::uint16_t>(list + 2 * i) < key) ++i;
    return i;
  }
  // Sum of the first `n` (below 16) bytes; sets any_long where one of them is 255.
  static std::uint64_t sum_bytes(const std::byte* p, std::uint32_t n, std::size_t /*readable*/,
                                 bool& any_long) noexcept {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto v = std::to_integer<std::uint64_t>(p[i]);
      any_long |= v == 255;
      sum += v;
    }
    return sum;
  }
};

}  // namespace
}  // namespace wisp

#include "wisp/codec/field_read_inl.h"

namespace wisp {

constinit const FieldKernels kPortableKernels = make_kernels("portable");

}  // namespace wisp
