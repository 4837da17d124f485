// The numbers of the row format. FROZEN: all of them reach a disk; codec/FORMAT.md is normative.
//
//   OFFSET  SIZE  MEANING
//   0       1     format byte
//                   bits 0-2  presence form (PresenceForm)
//                   bit  3    wide: directory entries are u16 instead of u8
//                   bit  4    text form (TextForm)
//                   bits 5-6  form of the INT4 section (IntForm)
//                   bit  7    form of the INT8 section (0 plain, 1 coded)
//   1       1, 5  schema version: u8, or 0xFF and u32 (a nested ROW has none)
//   ..            NOT NULL fixed-width values, at constant offsets
//   ..            directory, presence, one section per width class, offset table, heap
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wisp {

// The version of the row format. Stored by every database and batch; what a later one wrote is
// refused.
inline constexpr std::uint32_t kRowFormat = 1;

enum class PresenceForm : std::uint8_t {
  kFull = 0,    // every nullable column is present: no directory, no presence bytes
  kList = 1,    // low bytes of the present slots, by pages of 256 slots
  kBitmap = 2,  // one bit per slot
  kAbsent = 3,  // low bytes of the absent slots, by pages of 256 slots
  kShort = 4,   // u16 slots of the present columns, by class
};
inline constexpr std::uint8_t kPresenceFormCount = 5;

enum class TextForm : std::uint8_t {
  kEnds = 0,     // u8 ends relative to blocks of 16 values, u16 block starts
  kLengths = 1,  // u8 lengths (255: a varint in the heap), u16 or u32 block starts
};

// How a section of integers is stored. Coded: each value has the smallest width of a palette that
// holds it; the width codes stand in bit planes.
// kSparse (INT4 only): zeros are left out; a list says which values are there, coded by palette 1.
enum class IntForm : std::uint8_t { kPlain = 0, kPalette1 = 1, kSparse = 2, kPalette3 = 3 };

// Widths of a palette in units: 4 bits in the INT4 section, bytes in the INT8 section. A width of 0
// is the value 0. 4-bit values are unsigned; wider ones sign-extend, in unsigned columns
// zero-extend.
struct IntPalette {
  std::uint8_t planes;
  std::array<std::uint8_t, 4> units;
};
inline constexpr std::array<IntPalette, 4> kInt4Palettes = {{
    {0, {8, 8, 8, 8}},
    {2, {1, 2, 4, 8}},
    {2, {1, 2, 4, 8}},
    {2, {0, 2, 4, 8}},
}};
inline constexpr std::array<IntPalette, 2> kInt8Palettes = {{
    {0, {8, 8, 8, 8}},
    {2, {0, 2, 4, 8}},
}};

inline constexpr std::uint32_t kPageSlots = 256;
inline constexpr std::uint32_t kTextBlock = 16;    // values per block of the offset table
inline constexpr std::uint32_t kIntBlock = 64;     // values per sample of a coded section
inline constexpr std::uint64_t kBitmapShare = 16;  // a bitmap may cost this part of a row more
inline constexpr std::uint32_t kSparsePage = 256;  // values per page of a kSparse list
inline constexpr std::uint32_t kMaxCodedUnits = 0xFFFF;  // samples are u16
inline constexpr std::uint8_t kLongText = 255;        // length byte of a value with a varint length
inline constexpr std::uint8_t kVersionEscape = 0xFF;  // version byte: a u32 follows
inline constexpr std::uint64_t kWideTextRow = 0xFFFF;  // rows above this size have u32 block starts

struct FormatByte {
  std::uint8_t value = 0;

  constexpr PresenceForm presence() const noexcept { return static_cast<PresenceForm>(value & 7); }
  constexpr bool wide() const noexcept { return (value & 8) != 0; }
  constexpr TextForm text() const noexcept { return static_cast<TextForm>((value >> 4) & 1); }
  constexpr IntForm int4() const noexcept { return static_cast<IntForm>((value >> 5) & 3); }
  constexpr IntForm int8() const noexcept { return static_cast<IntForm>(value >> 7); }
  constexpr bool known() const noexcept { return (value & 7) < kPresenceFormCount; }

  static constexpr FormatByte make(PresenceForm presence, bool wide, TextForm text, IntForm int4,
                                   IntForm int8) noexcept {
    return {static_cast<std::uint8_t>(
        static_cast<unsigned>(presence) | (wide ? 8u : 0u) | (static_cast<unsigned>(text) << 4) |
        (static_cast<unsigned>(int4) << 5) | (static_cast<unsigned>(int8) << 7))};
  }
};
static_assert(FormatByte::make(PresenceForm::kShort, true, TextForm::kLengths, IntForm::kPalette3,
                               IntForm::kPalette1)
                  .value == 0xFC);

}  // namespace wisp
