// Reading numbers and strings out of bytes nobody vouched for, and writing them. Not installed.
//
//   varint   little-endian groups of 7 bits, the high bit set on all but the last byte, at most 10
//   string   varint size in bytes, then the bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wisp/schema/result.h"

namespace wisp {

// Appends to a string that outlives it.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void put_byte(std::uint8_t byte) { out_ += static_cast<char>(byte); }
  void put_varint(std::uint64_t value);
  void put_bytes(std::string_view bytes) { out_ += bytes; }
  void put_string(std::string_view s);
  // The low `size_bytes` bytes of `value`, lowest first.
  void put_little_endian(std::uint64_t value, std::size_t size_bytes);

 private:
  std::string& out_;
};

// Every read checks what is left. Errors are kCorruption and name the byte offset.
class ByteReader {
 public:
  // `bytes` must outlive the reader and what take_bytes() returned. `what` is named in errors
  // ("schema byte 17"); it must be a literal.
  ByteReader(std::string_view bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  std::size_t left_bytes() const noexcept { return bytes_.size() - position_; }

  Result<std::uint8_t> take_byte();
  // At most `limit`, else an error that calls the number `name`.
  Result<std::uint64_t> take_varint(std::uint64_t limit, std::string_view name);
  // A number of things of at least `least_size_bytes` each: more than can be left is an error.
  Result<std::size_t> take_count(std::size_t least_size_bytes, std::string_view name);
  Result<std::string_view> take_bytes(std::size_t size_bytes);
  Result<std::string> take_string();
  // Requires: size_bytes <= 8.
  Result<std::uint64_t> take_little_endian(std::size_t size_bytes);

  // kCorruption at the place of the last read.
  tl::unexpected<Error> refuse(std::string message) const;

 private:
  std::string_view bytes_;
  std::string_view what_;
  std::size_t position_ = 0;
  std::size_t last_read_ = 0;
};

}  // namespace wisp
