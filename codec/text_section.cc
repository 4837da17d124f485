#include "wisp/codec/text_section.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "wisp/codec/bytes.h"

namespace wisp {

namespace {

std::uint64_t varint_bytes(std::uint64_t v) noexcept {
  return static_cast<std::uint64_t>(std::bit_width(v | 1) + 6) / 7;
}

char* write_varint(char* p, std::uint64_t v) noexcept {
  for (; v >= 0x80; v >>= 7) *p++ = static_cast<char>(v | 0x80);
  *p++ = static_cast<char>(v);
  return p;
}

// Copies pieces of `kPiece` bytes from and to four places.
template <std::size_t kPiece>
inline void put_pieces(char* to, const char* from, const std::array<std::size_t, 4>& at) noexcept {
  std::array<std::array<char, kPiece>, 4> pieces;
  for (std::size_t i = 0; i < 4; ++i) std::memcpy(pieces[i].data(), from + at[i], kPiece);
  for (std::size_t i = 0; i < 4; ++i) std::memcpy(to + at[i], pieces[i].data(), kPiece);
}

// Copies. Pieces overlap, so that texts of 4 to 16 and of 17 to 64 bytes take no call and no branch
// on their length: the lengths of a row's texts differ, and each guess that fails costs as much as
// the copy.
inline char* put_bytes(char* to, const char* from, std::size_t n) noexcept {
  if (n - 4 <= 12) {
    const std::size_t second = n / 8 * 4;
    put_pieces<4>(to, from, {0, second, n - 4 - second, n - 4});
  } else if (n - 17 <= 47) {
    const std::size_t second = n / 32 * 16;
    put_pieces<16>(to, from, {0, second, n - 16 - second, n - 16});
  } else if (n > 64) {
    std::memcpy(to, from, n);
  } else if (n != 0) {
    to[0] = from[0];
    to[n / 2] = from[n / 2];
    to[n - 1] = from[n - 1];
  }
  return to + n;
}

char* write_ends(std::span<const std::string_view> values, char* entries, char* next) noexcept {
  char* const block = next;
  for (const std::string_view value : values) {
    next = put_bytes(next, value.data(), value.size());
    *entries++ = static_cast<char>(next - block);
  }
  return next;
}

char* write_lengths(std::span<const std::string_view> values, char* entries, char* next) noexcept {
  for (const std::string_view value : values) {
    const bool is_long = value.size() >= kLongText;
    *entries++ = static_cast<char>(is_long ? kLongText : value.size());
    if (is_long) next = write_varint(next, value.size() - kLongText);
    next = put_bytes(next, value.data(), value.size());
  }
  return next;
}

}  // namespace

TextSection::TextSection(std::span<const std::string_view> values) noexcept : values_(values) {
  bool ends_fit = true;
  std::size_t all = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += kTextBlock) {
    ends_fit &= bytes_ <= 0xFFFF;
    std::uint64_t bytes = 0;
    for (const std::string_view value : block(begin)) {
      bytes += value.size();
      all |= value.size();
    }
    bytes_ += bytes;
    ends_fit &= bytes <= 0xFF;
  }
  if (ends_fit) return;
  form_ = TextForm::kLengths;
  if (all < kLongText) return;  // no value has more bits than all together
  for (const std::string_view value : values) {
    if (value.size() >= kLongText) long_bytes_ += varint_bytes(value.size() - kLongText);
  }
}

std::uint64_t TextSection::size(std::uint64_t start_width) const noexcept {
  if (values_.empty()) return 0;
  return values_.size() + start_width * (blocks() - 1) + bytes_ + long_bytes_;
}

void TextSection::write(char* out, std::uint64_t start_width) const noexcept {
  if (values_.empty()) return;
  char* const entries = out;
  char* starts = entries + values_.size();
  char* const heap = starts + start_width * (blocks() - 1);
  char* next = heap;
  for (std::size_t begin = 0; begin < values_.size(); begin += kTextBlock) {
    if (begin != 0) {
      const auto start = static_cast<std::uint32_t>(next - heap);
      std::memcpy(starts, &start, start_width);
      starts += start_width;
    }
    next = form_ == TextForm::kEnds ? write_ends(block(begin), entries + begin, next)
                                    : write_lengths(block(begin), entries + begin, next);
  }
}

}  // namespace wisp
