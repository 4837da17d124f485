// The parts of a row, for oracle_decoder.cc: what codec/FORMAT.md says of presence, sections of
// integers, offset table and heap. Every function takes its part from the front of the input.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wisp/schema/type.h"

namespace wisp::oracle {

// Thrown inside the oracle only: a decoder that checks every step reads worse with error returns.
struct Damage {
  std::string reason;
};
inline void need(bool condition, const char* reason) {
  if (!condition) throw Damage{reason};
}

// Takes bytes from the front of a string.
class Input {
 public:
  explicit Input(std::string_view bytes) : left_(bytes) {}
  std::string_view take(std::size_t n) {
    need(n <= left_.size(), "bytes are missing");
    const std::string_view out = left_.substr(0, n);
    left_.remove_prefix(n);
    return out;
  }
  std::uint64_t number(std::size_t bytes);
  std::uint64_t varint();
  std::string_view rest() { return take(left_.size()); }
  std::size_t left() const { return left_.size(); }
  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
};

std::uint64_t little_endian(std::string_view bytes);
// `bits` of a two's complement number of `width_bits` bits.
std::int64_t sign_extend(std::uint64_t bits, std::size_t width_bits);
inline std::size_t div_up(std::size_t n, std::size_t d) {
  return (n + d - 1) / d;
}
// `n` bits in whole bytes; the ones behind the last are zero.
std::vector<bool> take_bits(Input& in, std::size_t n);

enum Class { kFixed16, kDouble, kInt8, kInt4, kReal, kInt2, kInt1, kBool, kVar, kClasses };
constexpr std::array<std::size_t, kClasses> kWidth = {16, 8, 8, 4, 4, 2, 1, 0, 0};

Class class_of(const Type& type);

struct Field {
  const Type* type;
  bool nullable;
  std::size_t index;  // of the value it becomes
};

struct Fields {
  std::array<std::vector<Field>, kClasses> nullable;
  std::array<std::vector<Field>, kClasses> required;
  std::size_t count = 0;  // of the values

  void add(const Field& f) { (f.nullable ? nullable : required)[class_of(*f.type)].push_back(f); }
  std::size_t nullable_count() const {
    std::size_t n = 0;
    for (const auto& c : nullable) n += c.size();
    return n;
  }
};

// By class and slot.
using Presence = std::array<std::vector<bool>, kClasses>;

Presence take_presence(Input& in, const Fields& fields, unsigned format);
// Whether a writer takes this form in a row of so many bytes and offset table entries.
void check_presence(const Presence& presence, unsigned format, std::size_t row_bytes,
                    std::size_t texts);

// Section int4 or int8 in the form of that number: a value per field, sign-extended to its class.
std::vector<std::uint64_t> take_integers(Input& in, Class c, std::size_t form,
                                         const std::vector<Field>& fields);

// Offset table and heap, which is the rest; `row_bytes`: of the whole row.
std::vector<std::string_view> take_texts(Input& in, std::size_t n, bool lengths,
                                         std::size_t row_bytes);

}  // namespace wisp::oracle
