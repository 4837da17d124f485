// What the field kernels need of the processor, with SSE2 and popcnt; see field_read_inl.h.
#pragma once

#include <emmintrin.h>

#include <bit>

#include "wisp/codec/bytes.h"

namespace wisp {
namespace {

struct SseOps {
  static std::uint64_t popcount(std::uint64_t v) noexcept {
    return static_cast<std::uint64_t>(__builtin_popcountll(v));
  }
  // Bit i is set where byte i of the 32 (16) at `list` is `key`.
  static std::uint32_t equal32(const std::byte* list, std::uint8_t key) noexcept {
    return equal16(list, key) | equal16(list + 16, key) << 16;
  }
  static std::uint32_t equal16(const std::byte* list, std::uint8_t key) noexcept {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(list));
    return static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(static_cast<char>(key)))));
  }
  // Index of the first of `n` sorted bytes that is not below `key`. `readable` bytes may be loaded.
  [[gnu::noinline]] static std::uint32_t lower_bound(const std::byte* list, std::uint32_t n,
                                                     std::size_t readable,
                                                     std::uint8_t key) noexcept {
    const __m128i keys = _mm_set1_epi8(static_cast<char>(key));
    std::uint32_t i = 0;
    for (; i < n && readable - i >= 16; i += 16) {
      const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(list + i));
      const auto not_below =
          static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(x, keys), x)));
      if (not_below != 0) {
        const std::uint32_t at = i + static_cast<std::uint32_t>(std::countr_zero(not_below));
        return at < n ? at : n;
      }
    }
    while (i < n && std::to_integer<std::uint8_t>(list[i]) < key) ++i;
    return i < n ? i : n;
  }
  [[gnu::noinline]] static std::uint32_t lower_bound16(const std::byte* list, std::uint32_t n,
                                                       std::size_t readable,
                                                       std::uint16_t key) noexcept {
    const __m128i keys = _mm_set1_epi16(static_cast<short>(key));
    std::uint32_t i = 0;
    for (; i < n && readable - 2 * std::size_t{i} >= 16; i += 8) {
      const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(list + 2 * i));
      const auto not_below = static_cast<std::uint32_t>(
          _mm_movemask_epi8(_mm_cmpeq_epi16(_mm_subs_epu16(keys, x), _mm_setzero_si128())));
      if (not_below != 0) {
        const std::uint32_t at = i + static_cast<std::uint32_t>(std::countr_zero(not_below)) / 2;
        return at < n ? at : n;
      }
    }
    while (i < n && load_le<std::uint16_t>(list + 2 * i) < key) ++i;
    return i < n ? i : n;
  }
  // Sum of the first `n` (below 16) bytes; sets any_long where one of them is 255.
  static std::uint64_t sum_bytes(const std::byte* p, std::uint32_t n, std::size_t readable,
                                 bool& any_long) noexcept {
    if (readable >= 16) [[likely]] {
      alignas(16) static constexpr std::uint8_t kMask[32] = {
          255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
      const __m128i mask = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kMask + 16 - n));
      const __m128i x = _mm_and_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), mask);
      any_long |= _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(-1))) != 0;
      const __m128i sums = _mm_sad_epu8(x, _mm_setzero_si128());
      return static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
             static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
    }
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
