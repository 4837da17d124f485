// The numbers of ARRAY values. FROZEN; codec/FORMAT.md ("Nested values") is normative.
//
//   OFFSET  SIZE     MEANING
//   0       1        head: bits 0-1 width of the count (0: u8, 1: u16, 2: u32)
//                          bit  2   a null bitmap follows (1: the element is NULL)
//                          bits 3-4 width of end offsets (0: u8, 1: u16, 2: u32), 0 for fixed width
//   1       1, 2, 4  number of elements
//   ..      n/8      null bitmap, when any element is NULL
//   ..      n x w    fixed width: the values, NULLs as zeros; BOOLEAN as bits
//                    variable length: end offsets into the heap, then the heap
#pragma once

#include <cstddef>
#include <cstdint>

#include "wisp/codec/layout.h"

namespace wisp {

struct ArrayHead {
  std::uint8_t value = 0;

  constexpr std::uint8_t count_width() const noexcept {
    return static_cast<std::uint8_t>(1u << (value & 3));
  }
  constexpr bool has_nulls() const noexcept { return (value & 4) != 0; }
  constexpr std::uint8_t offset_width() const noexcept {
    return static_cast<std::uint8_t>(1u << ((value >> 3) & 3));
  }
  constexpr bool known() const noexcept {
    return value < 32 && (value & 3) != 3 && (value >> 3) != 3;
  }
  // Code of the narrowest width that holds `n`.
  static constexpr unsigned width_code(std::uint64_t n) noexcept {
    return n <= 0xFF ? 0 : n <= 0xFFFF ? 1 : 2;
  }
  static constexpr ArrayHead make(std::uint64_t count, bool nulls, unsigned offset_code) noexcept {
    return {static_cast<std::uint8_t>(width_code(count) | (nulls ? 4u : 0u) | (offset_code << 3))};
  }
};

// Bytes of one element in an ARRAY; 0 for BOOLEAN and variable length.
inline std::uint8_t element_width(SlotClass cls) noexcept {
  switch (cls) {
    case SlotClass::kFixed16:
      return 16;
    case SlotClass::kDouble:
    case SlotClass::kInt8:
      return 8;
    case SlotClass::kInt4:
    case SlotClass::kReal:
      return 4;
    case SlotClass::kInt2:
      return 2;
    case SlotClass::kInt1:
      return 1;
    default:
      return 0;
  }
}

}  // namespace wisp
