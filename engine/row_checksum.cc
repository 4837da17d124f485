#include "wisp/engine/row_checksum.h"

#include "wisp/codec/bytes.h"
#include "wisp/codec/xxh3.h"

namespace wisp {

std::uint64_t row_checksum(std::string_view row, std::string_view stored_key) noexcept {
  return xxh3_64(row) ^ xxh3_64(stored_key);
}

void append_row_checksum(std::string_view row, std::string_view stored_key, std::string& out) {
  char trailer[kRowChecksumBytes];
  store_le<std::uint64_t>(trailer, row_checksum(row, stored_key));
  out.append(trailer, sizeof trailer);
}

bool row_checksum_matches(std::string_view row, std::string_view trailer,
                          std::string_view stored_key) noexcept {
  const auto* bytes = reinterpret_cast<const std::byte*>(trailer.data());
  return load_le<std::uint64_t>(bytes) == row_checksum(row, stored_key);
}

}  // namespace wisp
