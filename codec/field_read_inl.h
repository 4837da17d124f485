// Reading one field of a row, written once and compiled per instruction set: the including file
// defines `Ops` (popcount, and finding a place in a sorted list) and the name of the kernel table.
//
// Nothing in the row is believed: arithmetic on counts from the row is unsigned 64-bit and may be
// nonsense, and every load is preceded by a check against the row's own size.
#pragma once

#include <algorithm>

#include "wisp/codec/bytes.h"
#include "wisp/codec/field_kernels.h"

namespace wisp {
namespace {

constexpr std::uint64_t kNowhere = std::uint64_t{1}
                                   << 40;  // beyond any row: later checks refuse it

#define WISP_INLINE [[gnu::always_inline]] inline
// Rare paths stay out of line: inlined they cost the common path its registers.
#define WISP_RARE [[gnu::noinline]] inline

template <bool kWide>
WISP_INLINE std::uint32_t directory_at(const std::byte* directory, std::uint32_t i) noexcept {
  if constexpr (kWide) return load_le<std::uint16_t>(directory + 2 * std::size_t{i});
  return std::to_integer<std::uint32_t>(directory[i]);
}

WISP_INLINE bool outside(const RowBytes& row, std::uint64_t offset, std::uint64_t size) noexcept {
  return offset > row.size || size > row.size - offset;
}

WISP_INLINE bool zero_extends(TypeKind kind) noexcept {
  return kind >= TypeKind::kUTinyInt && kind <= TypeKind::kUBigInt;
}

// Bytes of a coded integer section of `count` values at `offset`.
WISP_RARE std::uint64_t coded_bytes(const RowBytes& row, std::uint64_t offset, std::uint64_t count,
                                    const IntPalette& palette, bool nibbles) noexcept {
  if (count == 0) return 0;
  const std::uint64_t samples = 2 * ((count + kIntBlock - 1) / kIntBlock);
  if (outside(row, offset, samples)) return kNowhere;
  const std::uint64_t units = load_le<std::uint16_t>(row.data + offset + samples - 2);
  return samples + palette.planes * ((count + 7) / 8) + (nibbles ? (units + 1) / 2 : units);
}

WISP_INLINE std::uint64_t section_bytes(const RowBytes& row, FormatByte format,
                                        const ActiveClass& a, std::uint64_t offset,
                                        std::uint64_t count) noexcept {
  if (a.cls == SlotClass::kInt4 && format.int4() != IntForm::kPlain) {
    return coded_bytes(row, offset, count, kInt4Palettes[static_cast<std::size_t>(format.int4())],
                       true);
  }
  if (a.cls == SlotClass::kInt8 && format.int8() != IntForm::kPlain) {
    return coded_bytes(row, offset, count, kInt8Palettes[1], false);
  }
  return a.cls == SlotClass::kBool ? (count + 7) / 8 : count * a.width;
}

// Where the values of one class stand.
struct Section {
  std::uint64_t offset = 0;  // row offset of its first byte
  std::uint64_t count = 0;   // present values of nullable columns
  std::uint64_t before = 0;  // directory count of the classes before: present ones, or absent ones
};

// Where one nullable slot stands among the present ones.
constexpr std::uint64_t kReadElsewhere = 3;  // an access that never leaves this file
struct Place {
  std::uint64_t access = kReadPresent;
  std::uint64_t rank = 0;
};

// Reading in one presence form and directory width. Each pair has functions of its own, chosen by
// the low bits of the format byte, so that a read tests neither again.
template <PresenceForm kForm, bool kWide>
struct Form {
  static constexpr auto kEntry = static_cast<std::size_t>(kForm);

  WISP_INLINE static const std::byte* directory(const RowBytes& row) noexcept {
    return row.data + row.layout->directory_offset();
  }
  WISP_INLINE static std::uint64_t prefix(const RowBytes& row) noexcept {
    return row.layout->prefix_bytes(
        FormatByte{static_cast<std::uint8_t>(static_cast<unsigned>(kForm) | (kWide ? 8u : 0u))});
  }

  // Offset of the first section: behind the presence bytes.
  WISP_INLINE static std::uint64_t first_section(const RowBytes& row) noexcept {
    const std::uint64_t end = prefix(row);
    if constexpr (kForm == PresenceForm::kFull || kForm == PresenceForm::kBitmap) return end;
    const std::uint32_t entries = row.layout->directory_entries(kForm);
    if (entries == 0) return end;
    const std::uint64_t listed = directory_at<kWide>(directory(row), entries - 1);
    return end + (kForm == PresenceForm::kShort ? 2 * listed : listed);
  }

  // The section of a class in a row whose integers are plain.
  WISP_INLINE static Section plain_section(const RowBytes& row, SlotClass cls) noexcept {
    const ClassLayout& c = row.layout->cls(cls);
    const ActiveClass* active = row.layout->active().data();
    Section out;
    if constexpr (kForm == PresenceForm::kFull) {
      out.offset = c.full_start;
      out.count = c.nullable;
      return out;
    }
    const std::byte* entries = directory(row);
    out.offset = first_section(row);
    for (std::uint32_t k = 0; k < c.active_before; ++k) {
      const std::uint64_t end = directory_at<kWide>(entries, active[k].end_entry[kEntry]);
      std::uint64_t count = end - out.before;
      if constexpr (kForm == PresenceForm::kAbsent) count = active[k].nullable - count;
      out.offset += (count * active[k].bits + 7) / 8;
      out.before = end;
    }
    return out;
  }
  // The same with its count. Requires: the class has nullable columns.
  WISP_INLINE static Section counted_plain_section(const RowBytes& row, SlotClass cls) noexcept {
    Section out = plain_section(row, cls);
    if constexpr (kForm != PresenceForm::kFull) {
      const ClassLayout& c = row.layout->cls(cls);
      const ActiveClass& a = row.layout->active()[c.active_before];
      const std::uint64_t end = directory_at<kWide>(directory(row), a.end_entry[kEntry]);
      out.count = end - out.before;
      if constexpr (kForm == PresenceForm::kAbsent) out.count = c.nullable - out.count;
    }
    return out;
  }
  // Whether the integer sections of a row are plain.
  WISP_INLINE static bool is_plain(const RowBytes& row) noexcept {
    return (std::to_integer<unsigned>(row.data[0]) & 0xE0) == 0;
  }

  // The section of a class in any row.
  WISP_INLINE static Section section(const RowBytes& row, FormatByte format,
                                     SlotClass cls) noexcept {
    const ClassLayout& c = row.layout->cls(cls);
    const ActiveClass* active = row.layout->active().data();
    Section out;
    if constexpr (kForm == PresenceForm::kFull) {
      out.count = c.nullable;
      out.offset = prefix(row);
      for (std::uint32_t k = 0; k < c.active_before; ++k) {
        out.offset += section_bytes(row, format, active[k], out.offset, active[k].nullable);
      }
      return out;
    }
    const std::byte* entries = directory(row);
    out.offset = first_section(row);
    for (std::uint32_t k = 0; k < c.active_before; ++k) {
      const std::uint64_t end = directory_at<kWide>(entries, active[k].end_entry[kEntry]);
      std::uint64_t count = end - out.before;
      if constexpr (kForm == PresenceForm::kAbsent) count = active[k].nullable - count;
      out.offset += section_bytes(row, format, active[k], out.offset, count);
      out.before = end;
    }
    if (c.nullable != 0) {
      const std::uint64_t end =
          directory_at<kWide>(entries, active[c.active_before].end_entry[kEntry]);
      out.count = end - out.before;
      if constexpr (kForm == PresenceForm::kAbsent) out.count = c.nullable - out.count;
    }
    return out;
  }

  // Presence of a nullable slot; `rank` counts from the first class (in kAbsent the absent ones).
  WISP_INLINE static Place locate(const RowBytes& row, const ColumnSlot& s) noexcept {
    if constexpr (kForm == PresenceForm::kFull) {
      return {kReadPresent, s.slot};
    } else if constexpr (kForm == PresenceForm::kBitmap) {
      return locate_in_bitmap(row, s);
    } else if constexpr (kForm == PresenceForm::kShort) {
      return locate_in_short(row, s);
    } else {
      return locate_in_list(row, s);
    }
  }

  // The same where it takes few instructions and no call, else kReadElsewhere: what calls nothing
  // saves no registers.
  WISP_INLINE static Place locate_fast(const RowBytes& row, const ColumnSlot& s) noexcept {
    if constexpr (kForm == PresenceForm::kFull || kForm == PresenceForm::kBitmap) {
      return locate(row, s);
    } else if constexpr (kForm == PresenceForm::kList) {
      const std::byte* entries = directory(row);
      const std::uint32_t begin =
          s.list_page == 0 ? 0 : directory_at<kWide>(entries, s.list_page - 1u);
      const std::uint32_t n = directory_at<kWide>(entries, s.list_page) - begin;
      const std::uint64_t base = prefix(row) + begin;
      if (n > 16 || row.size < base + 16) [[unlikely]] {
        return {kReadElsewhere, 0};
      }
      const std::uint32_t equal =
          Ops::equal16(row.data + base, static_cast<std::uint8_t>(s.slot)) & ((1u << n) - 1);
      if (equal == 0) return {kReadNull, 0};
      return {kReadPresent, begin + static_cast<std::uint64_t>(std::countr_zero(equal))};
    } else {
      return {kReadElsewhere, 0};
    }
  }

  // Rank of a present slot within its class.
  WISP_INLINE static std::uint64_t rank(const ColumnSlot& s, const Place& place,
                                        const Section& section) noexcept {
    const std::uint64_t counted = place.rank - section.before;
    return kForm == PresenceForm::kAbsent ? s.slot - counted : counted;
  }

 private:
  WISP_INLINE static Place locate_in_list(const RowBytes& row, const ColumnSlot& s) noexcept {
    const std::byte* entries = directory(row);
    const std::uint32_t begin =
        s.list_page == 0 ? 0 : directory_at<kWide>(entries, s.list_page - 1u);
    const std::uint32_t end = directory_at<kWide>(entries, s.list_page);
    const std::uint64_t base = prefix(row) + begin;
    if (end < begin || outside(row, base, end - begin)) [[unlikely]] {
      return {kReadDamaged, 0};
    }
    const std::uint32_t n = end - begin;
    const auto low = static_cast<std::uint8_t>(s.slot);
    const std::byte* list = row.data + base;
    const std::uint32_t at = Ops::lower_bound(list, n, row.size - base, low);
    const bool found = at < n && std::to_integer<std::uint8_t>(list[at]) == low;
    return {found == (kForm == PresenceForm::kAbsent) ? kReadNull : kReadPresent,
            std::uint64_t{begin} + at};
  }

  WISP_INLINE static Place locate_in_short(const RowBytes& row, const ColumnSlot& s) noexcept {
    const std::byte* entries = directory(row);
    const std::uint32_t k = row.layout->cls(s.cls).active_before;
    const std::uint32_t begin = k == 0 ? 0 : directory_at<kWide>(entries, k - 1);
    const std::uint32_t end = directory_at<kWide>(entries, k);
    const std::uint64_t base = prefix(row) + 2 * std::uint64_t{begin};
    if (end < begin || outside(row, base, 2 * std::uint64_t{end - begin})) return {kReadDamaged, 0};
    const std::uint32_t n = end - begin;
    const std::byte* list = row.data + base;
    const auto slot = static_cast<std::uint16_t>(s.slot);
    const std::uint32_t at = Ops::lower_bound16(list, n, row.size - base, slot);
    const bool found = at < n && load_le<std::uint16_t>(list + 2 * std::size_t{at}) == slot;
    return {found ? kReadPresent : kReadNull, std::uint64_t{begin} + at};
  }

  WISP_INLINE static Place locate_in_bitmap(const RowBytes& row, const ColumnSlot& s) noexcept {
    const ClassLayout& c = row.layout->cls(s.cls);
    const std::uint64_t offset = prefix(row) - row.layout->bitmap_bytes() + c.bitmap_offset +
                                 8 * std::uint64_t{s.bitmap_word - c.first_word};
    const std::uint64_t word = load_word(row.data, row.size, offset);
    const std::uint64_t bit = std::uint64_t{1} << (s.slot & 63);
    if ((word & bit) == 0) return {kReadNull, 0};
    const std::uint32_t before =
        s.bitmap_word == 0 ? 0 : directory_at<kWide>(directory(row), s.bitmap_word - 1u);
    return {kReadPresent, std::uint64_t{before} + Ops::popcount(word & (bit - 1))};
  }
};

WISP_INLINE std::uint64_t extend(std::uint64_t bits, unsigned width_bits, bool zero) noexcept {
  if (width_bits >= 64) return bits;
  const unsigned shift = 64 - width_bits;
  return zero || width_bits == 4
             ? (bits << shift) >> shift
             : static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
}

// Value number `rank` of a coded section.
WISP_RARE FixedRead read_coded(const RowBytes& row, const Section& section, std::uint64_t rank,
                               const IntPalette& palette, bool nibbles, bool zero) noexcept {
  const std::uint64_t n = section.count;
  if (rank >= n || n > 0xFFFF) return {0, kReadDamaged};
  const std::uint64_t samples = 2 * ((n + kIntBlock - 1) / kIntBlock);
  const std::uint64_t plane_bytes = (n + 7) / 8;
  const std::uint64_t values = section.offset + samples + palette.planes * plane_bytes;
  if (outside(row, section.offset, values - section.offset)) return {0, kReadDamaged};
  const std::uint64_t block = rank / kIntBlock;
  const std::uint64_t start =
      block == 0 ? 0 : load_le<std::uint16_t>(row.data + section.offset + 2 * (block - 1));
  const std::uint64_t planes = section.offset + samples + 8 * block;
  const std::uint64_t low = load_word(row.data, row.size, planes);
  const std::uint64_t high =
      palette.planes > 1 ? load_word(row.data, row.size, planes + plane_bytes) : 0;
  const unsigned at = rank % kIntBlock;
  const std::uint64_t mask = (std::uint64_t{1} << at) - 1;
  const auto& w = palette.units;
  const std::uint64_t unit =
      start + w[0] * std::uint64_t{at} + (w[1] - w[0]) * Ops::popcount(low & mask) +
      (palette.planes > 1 ? (w[2] - w[0]) * Ops::popcount(high & mask) +
                                (w[3] - w[2] - w[1] + w[0]) * Ops::popcount(low & high & mask)
                          : 0);
  const unsigned width = w[((low >> at) & 1) | (((high >> at) & 1) << 1)];
  if (width == 0) return {0, kReadPresent};
  const unsigned width_bits = nibbles ? width * 4 : width * 8;
  const std::uint64_t first = values + (nibbles ? unit / 2 : unit);
  const unsigned shift = nibbles ? (unit & 1) * 4 : 0;
  if (outside(row, first, (width_bits + shift + 7) / 8)) return {0, kReadDamaged};
  return {extend(load_word(row.data, row.size, first) >> shift, width_bits, zero), kReadPresent};
}

WISP_INLINE FixedRead load_plain(const RowBytes& row, std::uint64_t offset, SlotClass cls,
                                 bool zero) noexcept {
  switch (cls) {
    case SlotClass::kDouble:
    case SlotClass::kInt8:
      if (outside(row, offset, 8)) break;
      return {load_le<std::uint64_t>(row.data + offset), kReadPresent};
    case SlotClass::kInt4:
    case SlotClass::kReal:
      if (outside(row, offset, 4)) break;
      return {extend(load_le<std::uint32_t>(row.data + offset), 32, zero), kReadPresent};
    case SlotClass::kInt2:
      if (outside(row, offset, 2)) break;
      return {extend(load_le<std::uint16_t>(row.data + offset), 16, zero), kReadPresent};
    case SlotClass::kInt1:
      if (outside(row, offset, 1)) break;
      return {extend(std::to_integer<std::uint64_t>(row.data[offset]), 8, zero), kReadPresent};
    default:
      break;
  }
  return {0, kReadDamaged};
}

// ---- A present value, once its section and rank are known ----

WISP_INLINE FixedRead load_int4(const RowBytes& row, FormatByte format, const Section& section,
                                std::uint64_t rank, bool zero) noexcept {
  if (format.int4() == IntForm::kPlain) {
    const std::uint64_t offset = section.offset + 4 * rank;
    if (rank > 0xFFFF || outside(row, offset, 4)) return {0, kReadDamaged};
    return {extend(load_le<std::uint32_t>(row.data + offset), 32, zero), kReadPresent};
  }
  return read_coded(row, section, rank, kInt4Palettes[static_cast<std::size_t>(format.int4())],
                    true, zero);
}

WISP_INLINE FixedRead load_int8(const RowBytes& row, FormatByte format, const Section& section,
                                std::uint64_t rank, bool zero) noexcept {
  if (rank > 0xFFFF) return {0, kReadDamaged};
  if (format.int8() == IntForm::kPlain) {
    return load_plain(row, section.offset + 8 * rank, SlotClass::kInt8, false);
  }
  return read_coded(row, section, rank, kInt8Palettes[1], false, zero);
}

WISP_INLINE FixedRead load_bit(const RowBytes& row, std::uint64_t bit) noexcept {
  if (bit / 8 >= row.size) return {0, kReadDamaged};
  return {(std::to_integer<std::uint64_t>(row.data[bit / 8]) >> (bit % 8)) & 1, kReadPresent};
}

WISP_INLINE BytesRead load_fixed16(const RowBytes& row, std::uint64_t offset) noexcept {
  if (outside(row, offset, 16)) return {nullptr, kReadDamaged};
  return {row.data + offset, 16};
}

// One value of the offset table in TextForm::kLengths.
WISP_RARE BytesRead read_lengths(const RowBytes& row, std::uint64_t table, std::uint64_t n,
                                 std::uint64_t index) noexcept {
  const std::uint64_t blocks = (n + kTextBlock - 1) / kTextBlock;
  const std::uint64_t start_width = row.size > kWideTextRow ? 4 : 2;
  const std::uint64_t heap = table + n + start_width * (blocks - 1);
  if (outside(row, table, heap - table)) return {nullptr, kReadDamaged};
  const std::uint64_t block = index / kTextBlock;
  std::uint64_t offset = heap;
  if (block != 0) {
    const std::byte* start = row.data + table + n + start_width * (block - 1);
    offset += start_width == 2 ? load_le<std::uint16_t>(start) : load_le<std::uint32_t>(start);
  }
  const std::byte* lengths = row.data + table + block * kTextBlock;
  const std::uint32_t at = index % kTextBlock;
  const std::uint32_t own = std::to_integer<std::uint32_t>(lengths[at]);
  bool any_long = own == kLongText;
  const std::uint64_t sum =
      Ops::sum_bytes(lengths, at, row.size - (table + block * kTextBlock), any_long);
  if (!any_long) [[likely]] {
    offset += sum;
    if (outside(row, offset, own)) return {nullptr, kReadDamaged};
    return {row.data + offset, own};
  }
  for (std::uint32_t i = 0;; ++i) {
    std::uint64_t length = std::to_integer<std::uint64_t>(lengths[i]);
    if (length == kLongText) {
      std::uint64_t more = 0;
      for (unsigned shift = 0;; shift += 7) {
        if (offset >= row.size || shift > 28) return {nullptr, kReadDamaged};
        const auto byte = std::to_integer<std::uint64_t>(row.data[offset++]);
        more |= (byte & 0x7F) << shift;
        if (byte < 0x80) break;
      }
      length += more;
    }
    if (i == at) {
      if (outside(row, offset, length)) return {nullptr, kReadDamaged};
      return {row.data + offset, length};
    }
    offset += length;
  }
}

// Value number `index` of the offset table; `count` entries belong to nullable columns.
WISP_INLINE BytesRead load_var(const RowBytes& row, FormatByte format, const Section& section,
                               std::uint64_t index) noexcept {
  const std::uint64_t n = row.layout->not_null_var().size() + section.count;
  if (index >= n || n > 0xFFFF) return {nullptr, kReadDamaged};
  const std::uint64_t table = section.offset;
  if (format.text() == TextForm::kLengths) return read_lengths(row, table, n, index);
  const std::uint64_t blocks = (n + kTextBlock - 1) / kTextBlock;
  const std::uint64_t heap = table + n + 2 * (blocks - 1);
  if (outside(row, table, heap - table)) return {nullptr, kReadDamaged};
  const std::uint64_t block = index / kTextBlock;
  std::uint64_t offset = heap;
  if (block != 0) offset += load_le<std::uint16_t>(row.data + table + n + 2 * (block - 1));
  const std::byte* ends = row.data + table + index;
  const auto end = std::to_integer<std::uint32_t>(ends[0]);
  const std::uint32_t begin =
      index % kTextBlock == 0 ? 0 : std::to_integer<std::uint32_t>(ends[-1]);
  if (end < begin || outside(row, offset, end)) return {nullptr, kReadDamaged};
  return {row.data + offset + begin, end - begin};
}

// ---- The kernels ----

inline FormatByte format_of(const RowBytes& row) noexcept {
  return {std::to_integer<std::uint8_t>(row.data[0])};
}

WISP_INLINE std::uint64_t width_of(const RowBytes& row, SlotClass cls) noexcept {
  return row.layout->active()[row.layout->cls(cls).active_before].width;
}

// One function per class in each form; the tables below hold them by format bits.
template <PresenceForm kForm, bool kWide>
struct Reads {
  using F = Form<kForm, kWide>;

  // A nullable slot of fixed width in a row with plain integers. Damage may make the rank nonsense;
  // the load's own check keeps it inside the row.
  WISP_INLINE static std::uint64_t plain_offset(const RowBytes& row, const ColumnSlot& s,
                                                SlotClass cls, const Place& place,
                                                std::uint64_t width) noexcept {
    const Section section = F::plain_section(row, cls);
    return section.offset + width * F::rank(s, place, section);
  }

  static FixedRead int4(const RowBytes& row, const ColumnSlot& s) noexcept {
    if (!F::is_plain(row)) return any<FixedRead>(row, s);
    const Place place = F::locate_fast(row, s);
    if (place.access != kReadPresent) {
      return place.access == kReadElsewhere ? any<FixedRead>(row, s) : FixedRead{0, place.access};
    }
    return load_plain(row, plain_offset(row, s, SlotClass::kInt4, place, 4), SlotClass::kInt4,
                      zero_extends(s.kind));
  }
  static FixedRead int8(const RowBytes& row, const ColumnSlot& s) noexcept {
    if (!F::is_plain(row)) return any<FixedRead>(row, s);
    const Place place = F::locate_fast(row, s);
    if (place.access != kReadPresent) {
      return place.access == kReadElsewhere ? any<FixedRead>(row, s) : FixedRead{0, place.access};
    }
    return load_plain(row, plain_offset(row, s, SlotClass::kInt8, place, 8), SlotClass::kInt8,
                      false);
  }
  static FixedRead plain(const RowBytes& row, const ColumnSlot& s) noexcept {
    if (!F::is_plain(row)) return any<FixedRead>(row, s);
    const Place place = F::locate_fast(row, s);
    if (place.access != kReadPresent) {
      return place.access == kReadElsewhere ? any<FixedRead>(row, s) : FixedRead{0, place.access};
    }
    return load_plain(row, plain_offset(row, s, s.cls, place, width_of(row, s.cls)), s.cls,
                      zero_extends(s.kind));
  }
  static FixedRead boolean(const RowBytes& row, const ColumnSlot& s) noexcept {
    if (!F::is_plain(row)) return any<FixedRead>(row, s);
    const Place place = F::locate_fast(row, s);
    if (place.access != kReadPresent) {
      return place.access == kReadElsewhere ? any<FixedRead>(row, s) : FixedRead{0, place.access};
    }
    const Section section = F::plain_section(row, SlotClass::kBool);
    return load_bit(row, section.offset * 8 + F::rank(s, place, section));
  }
  static BytesRead fixed16(const RowBytes& row, const ColumnSlot& s) noexcept {
    const Place place = F::locate_fast(row, s);  // the first class: no integers stand before it
    if (place.access != kReadPresent) {
      return place.access == kReadElsewhere ? any<BytesRead>(row, s)
                                            : BytesRead{nullptr, place.access};
    }
    return load_fixed16(row, plain_offset(row, s, SlotClass::kFixed16, place, 16));
  }
  static BytesRead var(const RowBytes& row, const ColumnSlot& s) noexcept {
    if (!F::is_plain(row)) return any<BytesRead>(row, s);
    const Place place = F::locate_fast(row, s);
    if (place.access != kReadPresent) {
      return place.access == kReadElsewhere ? any<BytesRead>(row, s)
                                            : BytesRead{nullptr, place.access};
    }
    const Section section = F::counted_plain_section(row, SlotClass::kVar);
    return load_var(row, format_of(row), section,
                    row.layout->not_null_var().size() + F::rank(s, place, section));
  }
  // A nullable slot of any class in any row.
  template <typename Read>
  WISP_RARE static Read any(const RowBytes& row, const ColumnSlot& s) noexcept {
    FieldCell cell;
    many(row, &s, 1, &cell);
    if constexpr (std::is_same_v<Read, FixedRead>) {
      return {cell.bits, cell.access};
    } else {
      return {cell.data, cell.access == kReadPresent ? cell.bits : cell.access};
    }
  }
  static BytesRead required_var(const RowBytes& row, const ColumnSlot& s) noexcept {
    const FormatByte format = format_of(row);
    return load_var(row, format, F::section(row, format, SlotClass::kVar), s.fixed_offset);
  }
  static std::uint64_t presence(const RowBytes& row, const ColumnSlot& s) noexcept {
    return F::locate(row, s).access;
  }
  static void many(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                   FieldCell* out) noexcept;
};

// NOT NULL columns of fixed width stand at constant offsets in every form.
FixedRead required_fixed(const RowBytes& row, const ColumnSlot& s) noexcept {
  if (s.cls == SlotClass::kBool) return load_bit(row, s.fixed_offset);
  return load_plain(row, s.fixed_offset, s.cls, zero_extends(s.kind));
}
BytesRead required_fixed16(const RowBytes& row, const ColumnSlot& s) noexcept {
  return load_fixed16(row, s.fixed_offset);
}

WISP_INLINE FieldCell cell_of(const FixedRead& r) noexcept {
  return {nullptr, r.bits, r.access};
}
WISP_INLINE FieldCell cell_of(const BytesRead& r) noexcept {
  return r.data == nullptr ? FieldCell{nullptr, 0, r.size}
                           : FieldCell{r.data, r.size, kReadPresent};
}

// The sections of all classes, found in one pass over the directory ends.
template <PresenceForm kForm, bool kWide>
WISP_INLINE void find_sections(const RowBytes& row, FormatByte format,
                               std::array<Section, kSlotClassCount>& out) noexcept {
  using F = Form<kForm, kWide>;
  const std::byte* directory = F::directory(row);
  std::uint64_t offset = F::first_section(row);
  std::uint64_t before = 0;
  for (const ActiveClass& a : row.layout->active()) {
    std::uint64_t count = a.nullable;
    std::uint64_t end = 0;
    if constexpr (kForm != PresenceForm::kFull) {
      end = directory_at<kWide>(directory, a.end_entry[F::kEntry]);
      count = kForm == PresenceForm::kAbsent ? a.nullable - (end - before) : end - before;
    }
    out[static_cast<std::size_t>(a.cls)] = {offset, count, before};
    if (a.cls != SlotClass::kVar) offset += section_bytes(row, format, a, offset, count);
    before = end;
  }
  if (row.layout->cls(SlotClass::kVar).nullable == 0) {
    out[static_cast<std::size_t>(SlotClass::kVar)] = {offset, 0, before};
  }
}

template <PresenceForm kForm, bool kWide>
void Reads<kForm, kWide>::many(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                               FieldCell* out) noexcept {
  const FormatByte format = format_of(row);
  const std::uint64_t required = row.layout->not_null_var().size();
  std::array<Section, kSlotClassCount> sections;
  find_sections<kForm, kWide>(row, format, sections);
  for (std::size_t i = 0; i < n; ++i) {
    const ColumnSlot& s = slots[i];
    const Section& section = sections[static_cast<std::size_t>(s.cls)];
    if (s.not_null) {
      out[i] = s.cls == SlotClass::kVar ? cell_of(load_var(row, format, section, s.fixed_offset))
               : s.cls == SlotClass::kFixed16 ? cell_of(required_fixed16(row, s))
                                              : cell_of(required_fixed(row, s));
      continue;
    }
    const Place place = F::locate(row, s);
    const std::uint64_t rank = F::rank(s, place, section);
    if (place.access != kReadPresent || rank > 0xFFFF) {
      out[i] = {nullptr, 0, place.access != kReadPresent ? place.access : kReadDamaged};
      continue;
    }
    const bool zero = zero_extends(s.kind);
    switch (s.cls) {
      case SlotClass::kInt4:
        out[i] = cell_of(load_int4(row, format, section, rank, zero));
        break;
      case SlotClass::kInt8:
        out[i] = cell_of(load_int8(row, format, section, rank, zero));
        break;
      case SlotClass::kBool:
        out[i] = cell_of(load_bit(row, section.offset * 8 + rank));
        break;
      case SlotClass::kFixed16:
        out[i] = cell_of(load_fixed16(row, section.offset + 16 * rank));
        break;
      case SlotClass::kVar:
        out[i] = cell_of(load_var(row, format, section, required + rank));
        break;
      default:
        out[i] =
            cell_of(load_plain(row, section.offset + width_of(row, s.cls) * rank, s.cls, zero));
    }
  }
}

// What a row of an unknown form gives; opening such a row fails, so this is never met.
FixedRead no_fixed(const RowBytes&, const ColumnSlot&) noexcept {
  return {0, kReadDamaged};
}
BytesRead no_var(const RowBytes&, const ColumnSlot&) noexcept {
  return {nullptr, kReadDamaged};
}
std::uint64_t no_presence(const RowBytes&, const ColumnSlot&) noexcept {
  return kReadDamaged;
}
void no_many(const RowBytes&, const ColumnSlot*, std::size_t n, FieldCell* out) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = {nullptr, 0, kReadDamaged};
}

template <PresenceForm kForm, bool kWide>
constexpr FormKernels form_kernels() noexcept {
  using R = Reads<kForm, kWide>;
  return {R::int4, R::int8,         R::plain,    R::boolean, R::fixed16,
          R::var,  R::required_var, R::presence, R::many};
}

constexpr FormKernels kNoForm = {no_fixed, no_fixed, no_fixed,    no_fixed, no_var,
                                 no_var,   no_var,   no_presence, no_many};

constexpr FieldKernels make_kernels(const char* name) noexcept {
  using enum PresenceForm;
  return {
      name,
      {form_kernels<kFull, false>(), form_kernels<kList, false>(), form_kernels<kBitmap, false>(),
       form_kernels<kAbsent, false>(), form_kernels<kShort, false>(), kNoForm, kNoForm, kNoForm,
       form_kernels<kFull, true>(), form_kernels<kList, true>(), form_kernels<kBitmap, true>(),
       form_kernels<kAbsent, true>(), form_kernels<kShort, true>(), kNoForm, kNoForm, kNoForm},
      required_fixed,
      required_fixed16};
}

}  // namespace
}  // namespace wisp

#undef WISP_INLINE
#undef WISP_RARE
