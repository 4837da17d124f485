// Finding a column in a row: presence, rank, and where the section of its class stands, for each
// presence form and directory width.
//
// The including file defines `Ops`; see field_read_inl.h. Arithmetic on counts from the row is
// unsigned 64-bit and may be nonsense: read_value_inl.h checks before it loads.
#pragma once

#include "wisp/codec/read_value_inl.h"

namespace wisp {
namespace {

// The directory entry at `at`, a row offset as in a directory of u8 entries (Layout has them so); a
// wide directory starts at the same place.
template <bool kWide>
WISP_INLINE std::uint64_t directory_at(const RowBytes& row, std::uint64_t at) noexcept {
  if constexpr (kWide) {
    return load_le<std::uint16_t>(row.data + (2 * at - row.layout->directory_offset()));
  }
  return std::to_integer<std::uint64_t>(row.data[at]);
}

// Bytes of a coded integer section of `count` values at `offset`; kNowhere where the row ends
// before that can be known, or the count is one that contradictions make.
WISP_RARE std::uint64_t coded_bytes(const RowBytes& row, std::uint64_t offset, std::uint64_t count,
                                    const IntPalette& palette, bool nibbles) noexcept {
  if (count == 0) return 0;
  if (count > 0xFFFF) return kNowhere;
  const std::uint64_t samples = 2 * ((count + kIntBlock - 1) / kIntBlock);
  if (outside(row, offset, samples)) return kNowhere;
  const std::uint64_t units = load_le<std::uint16_t>(row.data + offset + samples - 2);
  return samples + palette.planes * ((count + 7) / 8) + (nibbles ? (units + 1) / 2 : units);
}

WISP_INLINE std::uint64_t section_bytes(const RowBytes& row, FormatByte format,
                                        const ActiveClass& a, std::uint64_t offset,
                                        std::uint64_t count) noexcept {
  if (a.cls == SlotClass::kInt4 && format.int4() == IntForm::kSparse) {
    const SparseList list = sparse_list(row, offset, count);
    if (list.size == kNowhere) return kNowhere;
    const std::uint64_t end = list.begin + list.size;
    return end - offset + coded_bytes(row, end, list.size, kInt4Palettes[1], true);
  }
  if (a.cls == SlotClass::kInt4 && format.int4() != IntForm::kPlain) {
    return coded_bytes(row, offset, count, kInt4Palettes[static_cast<std::size_t>(format.int4())],
                       true);
  }
  if (a.cls == SlotClass::kInt8 && format.int8() != IntForm::kPlain) {
    return coded_bytes(row, offset, count, kInt8Palettes[1], false);
  }
  return a.cls == SlotClass::kBool ? (count + 7) / 8 : count * a.width;
}

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

  WISP_INLINE static std::uint64_t prefix(const RowBytes& row) noexcept {
    return row.layout->prefix_bytes(
        FormatByte{static_cast<std::uint8_t>(static_cast<unsigned>(kForm) | (kWide ? 8u : 0u))});
  }

  // Offset of the first section: behind the presence bytes.
  WISP_INLINE static std::uint64_t first_section(const RowBytes& row) noexcept {
    const std::uint64_t end = prefix(row);
    if constexpr (kForm == PresenceForm::kFull || kForm == PresenceForm::kBitmap) return end;
    if (row.layout->directory_entries(kForm) == 0) return end;
    const std::uint64_t listed = directory_at<kWide>(row, row.layout->last_entry(kForm));
    return end + (kForm == PresenceForm::kShort ? 2 * listed : listed);
  }

  // The same in a row that has nullable columns, with the bytes of the fixed-width sections before
  // class `c` in a row whose integers are plain. Requires: neither kFull nor kAbsent.
  WISP_INLINE static std::uint64_t plain_start(const RowBytes& row, const ClassLayout& c) noexcept {
    const std::uint64_t listed = directory_at<kWide>(row, row.layout->last_entry(kForm));
    std::uint64_t start = prefix(row);
    if constexpr (kForm == PresenceForm::kList) start += listed;
    if constexpr (kForm == PresenceForm::kShort) start += 2 * listed;
    const SectionStep* step = row.layout->section_steps(kForm);
    for (std::uint32_t left = c.steps_before; left != 0; --left, ++step) {
      start += std::uint64_t{directory_at<kWide>(row, step->entry)} * step->bytes;
    }
    return start;
  }
  // Directory count of the active classes before number `k`.
  WISP_INLINE static std::uint64_t end_before(const RowBytes& row, std::uint32_t k) noexcept {
    if (k == 0) return 0;
    return directory_at<kWide>(row, row.layout->active()[k - 1].end_entry[kEntry]);
  }

  // Row offset of a value of a fixed-width class. Requires: plain integers, not kAbsent; for all of
  // these, `place` comes from locate_fast().
  WISP_INLINE static std::uint64_t plain_offset(const RowBytes& row, SlotClass cls,
                                                std::uint64_t width, const Place& place) noexcept {
    const ClassLayout& c = row.layout->cls(cls);
    if constexpr (kForm == PresenceForm::kFull) return c.full_start + width * place.rank;
    return plain_start(row, c) + width * place.rank;
  }
  // Row offset in bits of a BOOLEAN.
  WISP_INLINE static std::uint64_t plain_bit(const RowBytes& row, const Place& place) noexcept {
    const ClassLayout& c = row.layout->cls(SlotClass::kBool);
    if constexpr (kForm == PresenceForm::kFull) return c.full_start * 8 + place.rank;
    return plain_start(row, c) * 8 + place.rank - end_before(row, c.active_before);
  }
  // The offset table. Nothing here branches.
  WISP_INLINE static Section plain_text(const RowBytes& row) noexcept {
    const ClassLayout& c = row.layout->cls(SlotClass::kVar);
    Section out;
    if constexpr (kForm == PresenceForm::kFull) {
      out.offset = c.full_start;
      out.count = c.nullable;
      return out;
    }
    const TextPlace& text = row.layout->text_place(kForm);
    out.before = directory_at<kWide>(row, text.before) & text.before_mask;
    const std::uint64_t bools =
        out.before - (directory_at<kWide>(row, text.before_bools) & text.before_bools_mask);
    out.count = directory_at<kWide>(row, row.layout->last_entry(kForm)) - out.before;
    out.offset = plain_start(row, c) + (bools + 7) / 8;
    return out;
  }
  // Whether the integer sections of a row are plain.
  WISP_INLINE static bool is_plain(const RowBytes& row) noexcept {
    return (std::to_integer<unsigned>(row.data[0]) & 0xE0) == 0;
  }
  // The same, with its texts in TextForm::kEnds.
  WISP_INLINE static bool is_plain_with_ends(const RowBytes& row) noexcept {
    return (std::to_integer<unsigned>(row.data[0]) & 0xF0) == 0;
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
    out.offset = first_section(row);
    for (std::uint32_t k = 0; k < c.active_before; ++k) {
      const std::uint64_t end = directory_at<kWide>(row, active[k].end_entry[kEntry]);
      std::uint64_t count = end - out.before;
      if constexpr (kForm == PresenceForm::kAbsent) count = active[k].nullable - count;
      out.offset += section_bytes(row, format, active[k], out.offset, count);
      out.before = end;
    }
    if (c.nullable != 0) {
      const std::uint64_t end = directory_at<kWide>(row, active[c.active_before].end_entry[kEntry]);
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
  // saves no registers. Nothing here branches on which column is asked for.
  // Looks at kBytes (32 or 16) bytes of a list; the smaller number serves rows that end soon after.
  template <unsigned kBytes = 32>
  WISP_INLINE static Place locate_fast(const RowBytes& row, const ColumnSlot& s) noexcept {
    if constexpr (kForm == PresenceForm::kFull) {
      return {kReadPresent, s.slot};
    } else if constexpr (kForm == PresenceForm::kBitmap) {
      const std::uint64_t offset = bitmap_offset(row, s);
      if (offset + 8 > row.size) [[unlikely]] {
        return {kReadElsewhere, 0};
      }
      return place_in_word(row, s, load_le<std::uint64_t>(row.data + offset));
    } else if constexpr (kForm == PresenceForm::kList) {
      const std::uint64_t begin = entry_before(row, s.list_at, s.list_mask);
      const std::uint64_t n = directory_at<kWide>(row, s.list_at) - begin;
      const std::uint64_t base = prefix(row) + begin;
      const auto low = static_cast<std::uint8_t>(s.slot);
      if (n > kBytes || base + kBytes > row.size) [[unlikely]] {
        return {kReadElsewhere, 0};
      }
      const std::uint64_t equal =
          kBytes == 32 ? Ops::equal32(row.data + base, low) : Ops::equal16(row.data + base, low);
      // Bytes behind the list may be equal too: they are not before its end.
      const auto at =
          static_cast<std::uint64_t>(std::countr_zero(equal | std::uint64_t{1} << kBytes));
      if (at >= n) return {kReadNull, 0};
      return {kReadPresent, begin + at};
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
  // The directory entry before `at`; `mask` is 0 for the first one, which has 0 before it. Masked
  // instead of branched on: a byte of the row stands before the directory, and two where it is wide
  // and a table's, not a nested value's or a patch's.
  WISP_INLINE static std::uint64_t entry_before(const RowBytes& row, std::uint64_t at,
                                                std::uint64_t mask) noexcept {
    if constexpr (kWide) return mask == 0 ? 0 : directory_at<kWide>(row, at - 1);
    return directory_at<kWide>(row, at - 1) & mask;
  }

  WISP_INLINE static Place locate_in_list(const RowBytes& row, const ColumnSlot& s) noexcept {
    const std::uint64_t begin = entry_before(row, s.list_at, s.list_mask);
    const std::uint64_t end = directory_at<kWide>(row, s.list_at);
    const std::uint64_t base = prefix(row) + begin;
    if (end < begin || outside(row, base, end - begin)) [[unlikely]] {
      return {kReadDamaged, 0};
    }
    const auto n = static_cast<std::uint32_t>(end - begin);
    const auto low = static_cast<std::uint8_t>(s.slot);
    const std::byte* list = row.data + base;
    const std::uint32_t at = Ops::lower_bound(list, n, row.size - base, low);
    const bool found = at < n && std::to_integer<std::uint8_t>(list[at]) == low;
    return {found == (kForm == PresenceForm::kAbsent) ? kReadNull : kReadPresent, begin + at};
  }

  WISP_INLINE static Place locate_in_short(const RowBytes& row, const ColumnSlot& s) noexcept {
    const std::uint32_t k = row.layout->cls(s.cls).active_before;
    const std::uint64_t begin = end_before(row, k);
    const std::uint64_t end = end_before(row, k + 1);
    const std::uint64_t base = prefix(row) + 2 * begin;
    if (end < begin || outside(row, base, 2 * (end - begin))) return {kReadDamaged, 0};
    const auto n = static_cast<std::uint32_t>(end - begin);
    const std::byte* list = row.data + base;
    const auto slot = static_cast<std::uint16_t>(s.slot);
    const std::uint32_t at = Ops::lower_bound16(list, n, row.size - base, slot);
    const bool found = at < n && load_le<std::uint16_t>(list + 2 * std::size_t{at}) == slot;
    return {found ? kReadPresent : kReadNull, begin + at};
  }

  WISP_INLINE static Place locate_in_bitmap(const RowBytes& row, const ColumnSlot& s) noexcept {
    const std::uint64_t offset = bitmap_offset(row, s);
    return place_in_word(row, s, load_word(row.data, row.size, offset));
  }
  // Row offset of the eight bytes with the slot's bit.
  WISP_INLINE static std::uint64_t bitmap_offset(const RowBytes& row,
                                                 const ColumnSlot& s) noexcept {
    const std::uint64_t wider = kWide ? row.layout->directory_entries(kForm) : 0;
    return wider + s.fixed_offset;
  }
  WISP_INLINE static Place place_in_word(const RowBytes& row, const ColumnSlot& s,
                                         std::uint64_t word) noexcept {
    const std::uint64_t up_to = word << (~s.slot & 63);  // its own bit is the highest
    if (static_cast<std::int64_t>(up_to) >= 0) return {kReadNull, 0};
    const std::uint64_t before = entry_before(
        row, std::uint64_t{row.layout->directory_offset()} + s.bitmap_word, s.word_mask);
    return {kReadPresent, before + Ops::popcount(up_to) - 1};
  }
};

}  // namespace
}  // namespace wisp
