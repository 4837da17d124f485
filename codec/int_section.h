// Sections of integers: measuring, choosing and writing their narrowest form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_format.h"

namespace wisp {

// How many values of a section need which width, as signed integers.
struct IntWidths {
  // INT4: 0, 4, 8, 16, 32 bits. INT8: 0, -, 16 (8 too), 32, 64 bits at the same places.
  std::array<std::uint32_t, 5> count{};

  // Index into `count`. `bits` is the value sign-extended (unsigned types: zero-extended).
  static unsigned width4(std::uint64_t bits) noexcept {
    const auto v = static_cast<std::int64_t>(bits);
    return (v != 0) + static_cast<unsigned>(bits > 15) +
           static_cast<unsigned>(v != static_cast<std::int8_t>(v)) +
           static_cast<unsigned>(v != static_cast<std::int16_t>(v));
  }
  static unsigned width8(std::uint64_t bits, bool is_unsigned) noexcept {
    const auto v = static_cast<std::int64_t>(bits);
    if (is_unsigned && v < 0) return 4;
    return (v != 0 ? 2u : 0u) + static_cast<unsigned>(v != static_cast<std::int16_t>(v)) +
           static_cast<unsigned>(v != static_cast<std::int32_t>(v));
  }
};

// A value of a coded section from its low `bits` bits: 4-bit values are unsigned, wider ones follow
// their column.
inline std::uint64_t extend_coded(std::uint64_t v, unsigned bits, bool zero) noexcept {
  if (bits == 0) return 0;
  const unsigned up = 64 - bits;
  if (zero || bits == 4) return (v << up) >> up;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(v << up) >> up);
}

// Counts widths without a table: each value adds to independent sums, which stay in registers and
// vectorize where the values are contiguous.
struct IntWidthCounter {
  std::uint32_t nonzero = 0;
  std::uint32_t beyond1 = 0;  // INT4: needs more than 4 bits. INT8: as nonzero
  std::uint32_t beyond2 = 0;  // more than 8 bits; 16 bits
  std::uint32_t beyond3 = 0;  // more than 16 bits; 32 bits

  void add4(std::int64_t v) noexcept {
    nonzero += v != 0;
    beyond1 += static_cast<std::uint64_t>(v) > 15;
    beyond2 += v != static_cast<std::int8_t>(v);
    beyond3 += v != static_cast<std::int16_t>(v);
  }
  void add4(std::int32_t v) noexcept {
    nonzero += v != 0;
    beyond1 += static_cast<std::uint32_t>(v) > 15;
    beyond2 += v != static_cast<std::int8_t>(v);
    beyond3 += v != static_cast<std::int16_t>(v);
  }
  void add8(std::int64_t v, bool is_unsigned) noexcept {
    const bool full = is_unsigned && v < 0;
    nonzero += v != 0;
    beyond1 += v != 0;
    beyond2 += full || v != static_cast<std::int16_t>(v);
    beyond3 += full || v != static_cast<std::int32_t>(v);
  }
  IntWidths widths(std::uint32_t n) const noexcept {
    return {{n - nonzero, nonzero - beyond1, beyond1 - beyond2, beyond2 - beyond3, beyond3}};
  }
};

// Code of a width (index into IntWidths::count) in a palette: the smallest width that holds it.
unsigned palette_code(SlotClass cls, IntForm form, unsigned width) noexcept;

// Bytes of the section in a form; kImpossible when the form cannot hold it. Requires: kInt4 or
// kInt8.
std::uint64_t int_section_bytes(SlotClass cls, IntForm form, const IntWidths& widths) noexcept;

// The form the encoder writes: the smallest, plain among equals, else the lowest number.
IntForm cheapest_int_form(SlotClass cls, const IntWidths& widths) noexcept;

// Whether the form is kPlain whatever the values are, when `wide` of `count` need their type's full
// width. False does not say that it is not.
bool is_surely_plain(SlotClass cls, std::uint32_t count, std::uint32_t wide) noexcept;

// Writes the list of a kSparse section: `ranks` are those of the values that are not zero, of
// `count`. Returns the place behind it, where palette 1 goes on unless there are none.
char* write_sparse_list(char* out, std::span<const std::uint16_t> ranks,
                        std::uint32_t count) noexcept;

// Writes a coded section piece by piece. `out` has int_section_bytes() bytes, all zero.
class CodedIntWriter {
 public:
  CodedIntWriter(char* out, SlotClass cls, IntForm form, std::uint32_t count) noexcept;
  void add(std::uint64_t bits, unsigned width) noexcept;
  // Returns the place behind the section.
  char* finish() noexcept;

 private:
  const IntPalette& palette_;
  SlotClass cls_;
  IntForm form_;
  std::uint32_t count_;
  std::uint32_t next_ = 0;
  std::uint64_t units_ = 0;
  unsigned char* samples_;
  unsigned char* low_;
  unsigned char* high_;
  unsigned char* values_;
};

}  // namespace wisp
