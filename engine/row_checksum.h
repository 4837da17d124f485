// The checksum behind every stored row: a property of the table, fixed at CREATE, on by default.
//
//   OFFSET  SIZE  MEANING
//   0       n     the row (codec/FORMAT.md)
//   n       8     XXH3-64(row) xor XXH3-64(stored key), little-endian; stored_key.h has the key
//
// It is bound to the key, so that a row that strayed to another key does not pass; and it is the
// xor of two halves, so that a producer computes the first one before the key is known. FROZEN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wisp {

inline constexpr std::size_t kRowChecksumBytes = 8;

// What is known about a row's checksum.
enum class RowChecksum : std::uint8_t {
  kNone,  // the table stores none
  kMatches,
  kDiffers,  // row or key are damaged, or the row belongs to another key
};

std::uint64_t row_checksum(std::string_view row, std::string_view stored_key) noexcept;

// Appends the trailer of `row` to `out`; `row` may be the bytes that stand in `out`.
void append_row_checksum(std::string_view row, std::string_view stored_key, std::string& out);

// Requires: trailer.size() == kRowChecksumBytes.
bool row_checksum_matches(std::string_view row, std::string_view trailer,
                          std::string_view stored_key) noexcept;

}  // namespace wisp
