// Finds the bytes that mean something to CSV, 64 at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wisp::tools {

inline constexpr std::size_t kCsvBlockBytes = 64;

// Bit i stands for byte i of the block.
struct CsvBlock {
  std::uint64_t commas = 0;
  std::uint64_t quotes = 0;
  std::uint64_t newlines = 0;

  friend bool operator==(const CsvBlock&, const CsvBlock&) noexcept = default;
};

// Requires: 64 readable bytes at `p`, of any alignment; a little-endian machine.
inline CsvBlock classify_csv_block_portable(const char* p) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kLowBits = 0x7F7F7F7F7F7F7F7F;
  // A bit for every byte of `word` that is `c`: bytes equal to it become zero, and adding 7F sets
  // the top bit of every other byte without a carry; the product gathers the eight top bits.
  const auto equal = [](std::uint64_t word, char c) noexcept {
    const std::uint64_t x = word ^ (kOnes * static_cast<unsigned char>(c));
    const std::uint64_t zero_bytes = ~(((x & kLowBits) + kLowBits) | x | kLowBits);
    return ((zero_bytes >> 7) * 0x0102040810204080) >> 56;
  };
  CsvBlock block;
  for (std::size_t i = 0; i < kCsvBlockBytes; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, p + i, 8);
    block.commas |= equal(word, ',') << i;
    block.quotes |= equal(word, '"') << i;
    block.newlines |= equal(word, '\n') << i;
  }
  return block;
}

#if defined(__SSE2__)
inline CsvBlock classify_csv_block(const char* p) noexcept {
  const __m128i comma = _mm_set1_epi8(',');
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i newline = _mm_set1_epi8('\n');
  const auto equal = [](__m128i bytes, __m128i c) noexcept {
    return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, c)))};
  };
  CsvBlock block;
  for (std::size_t i = 0; i < kCsvBlockBytes; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + i));
    block.commas |= equal(bytes, comma) << i;
    block.quotes |= equal(bytes, quote) << i;
    block.newlines |= equal(bytes, newline) << i;
  }
  return block;
}
#else
inline CsvBlock classify_csv_block(const char* p) noexcept {
  return classify_csv_block_portable(p);
}
#endif

}  // namespace wisp::tools
