// Sections of integers: measuring, choosing and writing their narrowest form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_format.h"

namespace wisp {

// How many values of a section need which width, as signed integers.
struct IntWidths {
  // INT4: 0, 4, 8, 16, 32 bits. INT8: 0, -, 16 (8 too), 32, 64 bits at the same places.
  std::array<std::uint32_t, 5> count{};

  void add4(std::uint64_t bits) noexcept { ++count[width4(bits)]; }
  void add8(std::uint64_t bits, bool is_unsigned) noexcept { ++count[width8(bits, is_unsigned)]; }

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

  std::uint64_t total() const noexcept {
    return std::uint64_t{count[0]} + count[1] + count[2] + count[3] + count[4];
  }
};

// Code of a width (index into IntWidths::count) in a palette: the smallest width that holds it.
unsigned palette_code(SlotClass cls, IntForm form, unsigned width) noexcept;

// Bytes of the section in a form; kImpossible when the form cannot hold it. Requires: kInt4 or
// kInt8.
std::uint64_t int_section_bytes(SlotClass cls, IntForm form, const IntWidths& widths) noexcept;

// The form the encoder writes: the smallest, plain among equals, else the lowest number.
IntForm cheapest_int_form(SlotClass cls, const IntWidths& widths) noexcept;

// Writes a coded section piece by piece. `out` has int_section_bytes() bytes, all zero.
class CodedIntWriter {
 public:
  CodedIntWriter(char* out, SlotClass cls, IntForm form, std::uint32_t count) noexcept;
  void add(std::uint64_t bits, unsigned width) noexcept;
  void finish() noexcept;

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
