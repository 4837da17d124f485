// How a row's key stands in the store: all tables share one key space.
//
//   OFFSET  SIZE  MEANING
//   0       4     table id, big-endian; 0 is the catalog (catalog.h)
//   4       ..    memcomparable key (codec/key.h), or the hidden row id (8 bytes, big-endian)
//
// FROZEN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wisp {

inline constexpr std::size_t kTableIdBytes = 4;
inline constexpr std::uint32_t kCatalogTableId = 0;
// Never given out, so that every table has a first key behind its last one.
inline constexpr std::uint32_t kNoTableId = 0xFFFFFFFF;

inline void append_big_endian32(std::uint32_t v, std::string& out) {
  const char bytes[4] = {static_cast<char>(v >> 24), static_cast<char>(v >> 16),
                         static_cast<char>(v >> 8), static_cast<char>(v)};
  out.append(bytes, sizeof bytes);
}

// Requires: bytes.size() >= 4.
inline std::uint32_t load_big_endian32(std::string_view bytes) noexcept {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(bytes[i]);
  return v;
}

// The first key behind the table's last one.
inline std::string table_end(std::uint32_t table_id) {
  std::string end;
  append_big_endian32(table_id + 1, end);
  return end;
}

}  // namespace wisp
