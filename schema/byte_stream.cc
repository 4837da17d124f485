#include "wisp/schema/byte_stream.h"

#include <limits>
#include <utility>

namespace wisp {

void ByteWriter::put_varint(std::uint64_t value) {
  while (value >= 0x80) {
    put_byte(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  put_byte(static_cast<std::uint8_t>(value));
}

void ByteWriter::put_string(std::string_view s) {
  put_varint(s.size());
  out_ += s;
}

void ByteWriter::put_little_endian(std::uint64_t value, std::size_t size_bytes) {
  for (std::size_t i = 0; i < size_bytes; ++i)
    put_byte(static_cast<std::uint8_t>(value >> (8 * i)));
}

tl::unexpected<Error> ByteReader::refuse(std::string message) const {
  return fail(ErrorCode::kCorruption, std::move(message),
              std::string(what_) + " byte " + std::to_string(last_read_));
}

Result<std::uint8_t> ByteReader::take_byte() {
  last_read_ = position_;
  if (left_bytes() == 0) return refuse("the bytes end too early");
  return static_cast<std::uint8_t>(bytes_[position_++]);
}

Result<std::uint64_t> ByteReader::take_varint(std::uint64_t limit, std::string_view name) {
  last_read_ = position_;
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (left_bytes() == 0) return refuse("the bytes end inside a number");
    const auto byte = static_cast<std::uint8_t>(bytes_[position_++]);
    const std::uint64_t group = byte & 0x7F;
    if (shift == 63 && group > 1) break;
    value |= group << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift != 0) return refuse("a number is not in its shortest form");
    if (value > limit)
      return refuse("the " + std::string(name) + " " + std::to_string(value) + " is above " +
                    std::to_string(limit));
    return value;
  }
  return refuse("a number has more than 64 bits");
}

Result<std::size_t> ByteReader::take_count(std::size_t least_size_bytes, std::string_view name) {
  WISP_ASSIGN(const std::uint64_t count,
              take_varint(std::numeric_limits<std::uint32_t>::max(), name));
  if (count > left_bytes() / least_size_bytes)
    return refuse("the " + std::string(name) + " " + std::to_string(count) +
                  " is more than the bytes left can hold");
  return static_cast<std::size_t>(count);
}

Result<std::string_view> ByteReader::take_bytes(std::size_t size_bytes) {
  last_read_ = position_;
  if (left_bytes() < size_bytes) return refuse("the bytes end too early");
  const std::string_view taken = bytes_.substr(position_, size_bytes);
  position_ += size_bytes;
  return taken;
}

Result<std::string> ByteReader::take_string() {
  WISP_ASSIGN(const std::size_t size_bytes, take_count(1, "string size"));
  WISP_ASSIGN(const std::string_view taken, take_bytes(size_bytes));
  return std::string(taken);
}

Result<std::uint64_t> ByteReader::take_little_endian(std::size_t size_bytes) {
  WISP_ASSIGN(const std::string_view taken, take_bytes(size_bytes));
  std::uint64_t value = 0;
  for (std::size_t i = size_bytes; i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(taken[i]);
  return value;
}

}  // namespace wisp
