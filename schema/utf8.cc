// Validation of UTF-8 as RFC 3629 defines it: the byte ranges of its section 4 grammar.
#include <cstdint>
#include <cstring>

#include "wisp/schema/value.h"

namespace wisp {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

bool is_continuation(std::uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

// The length of the sequence at the front of `s`, 0 when it is ill-formed or cut off.
std::size_t sequence_size_bytes(const char* data, std::size_t left) {
  const auto byte = [data](std::size_t i) { return static_cast<std::uint8_t>(data[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return left >= 2 && is_continuation(byte(1)) ? 2 : 0;
  // The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF.
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  const std::size_t size = lead < 0xF0 ? 3 : 4;
  if (left < size || byte(1) < low || byte(1) > high || !is_continuation(byte(2))) return 0;
  if (size == 4 && !is_continuation(byte(3))) return 0;
  return size;
}

}  // namespace

bool is_valid_utf8(std::string_view s) noexcept {
  const char* data = s.data();
  std::size_t left = s.size();
  while (left != 0) {
    if (left >= 8) {
      std::uint64_t word;
      std::memcpy(&word, data, 8);
      if ((word & kHighBits) == 0) {
        data += 8;
        left -= 8;
        continue;
      }
    }
    const std::size_t size = sequence_size_bytes(data, left);
    if (size == 0) return false;
    data += size;
    left -= size;
  }
  return true;
}

std::size_t count_code_points(std::string_view s) noexcept {
  std::size_t count = 0;
  for (char c : s) count += is_continuation(static_cast<std::uint8_t>(c)) ? 0 : 1;
  return count;
}

}  // namespace wisp
