// Little-endian loads and stores of any alignment: the only way this codec touches numbers in rows.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wisp {

static_assert(std::endian::native == std::endian::little,
              "rows are little-endian; a big-endian host needs swaps in load_le and store_le");

template <typename T>
inline T load_le(const std::byte* p) noexcept {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <typename T>
inline void store_le(char* p, T v) noexcept {
  std::memcpy(p, &v, sizeof v);
}

// The first `size` (0..8) bytes at `p`, zero-extended.
inline std::uint64_t load_partial(const std::byte* p, std::size_t size) noexcept {
  std::uint64_t v = 0;
  std::memcpy(&v, p, size);
  return v;
}

// Eight bytes at `offset` of a row of `row_size` bytes; those behind its end read as zero.
inline std::uint64_t load_word(const std::byte* row, std::size_t row_size,
                               std::uint64_t offset) noexcept {
  if (offset >= row_size) return 0;
  const std::size_t left = row_size - offset;
  return left >= 8 ? load_le<std::uint64_t>(row + offset) : load_partial(row + offset, left);
}

}  // namespace wisp
