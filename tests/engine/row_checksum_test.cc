// The row trailer: bound to row and key, in the layout that codec/FORMAT.md gives.
#include "wisp/engine/row_checksum.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace wisp {
namespace {

TEST_CASE("a trailer matches its row and key and nothing else") {
  const std::string row = "some row bytes";
  const std::string key("\0\0\0\x05key", 7);
  std::string stored = row;
  append_row_checksum(stored, key, stored);
  REQUIRE(stored.size() == row.size() + kRowChecksumBytes);
  CHECK(stored.substr(0, row.size()) == row);
  const std::string trailer = stored.substr(row.size());
  CHECK(row_checksum_matches(row, trailer, key));
  for (std::size_t bit = 0; bit < 8 * (stored.size() + key.size()); ++bit) {
    std::string r = row, t = trailer, k = key;
    std::size_t byte = bit / 8;
    std::string* part = &r;
    if (byte >= r.size()) byte -= r.size(), part = &t;
    if (part == &t && byte >= t.size()) byte -= t.size(), part = &k;
    (*part)[byte] = static_cast<char>((*part)[byte] ^ (1 << (bit % 8)));
    CHECK_FALSE(row_checksum_matches(r, t, k));
  }
}

TEST_CASE("the trailer is the xor of two XXH3-64 halves, little-endian") {
  // XXH3-64 of nothing is 2d06800538d394c2 by the hash's own specification: twice it is 0.
  CHECK(row_checksum("", "") == 0);
  CHECK(row_checksum("a", "") == (row_checksum("", "a")));
  CHECK(row_checksum("a", "b") == (row_checksum("a", "") ^ row_checksum("", "b")));
  std::string stored;
  append_row_checksum("a", "b", stored);
  std::uint64_t read = 0;
  for (int i = 7; i >= 0; --i) read = read << 8 | static_cast<unsigned char>(stored[i]);
  CHECK(read == row_checksum("a", "b"));
}

}  // namespace
}  // namespace wisp
