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

inline std::uint32_t directory_at(const std::byte* directory, bool wide, std::uint32_t i) noexcept {
  return wide ? load_le<std::uint16_t>(directory + 2 * i)
              : std::to_integer<std::uint32_t>(directory[i]);
}

inline bool outside(const RowBytes& row, std::uint64_t offset, std::uint64_t size) noexcept {
  return offset > row.size || size > row.size - offset;
}

inline bool zero_extends(TypeKind kind) noexcept {
  return kind >= TypeKind::kUTinyInt && kind <= TypeKind::kUBigInt;
}

// Bytes of a coded integer section of `count` values at `offset`.
inline std::uint64_t coded_bytes(const RowBytes& row, std::uint64_t offset, std::uint64_t count,
                                 const IntPalette& palette, bool nibbles) noexcept {
  if (count == 0) return 0;
  const std::uint64_t samples = 2 * ((count + kIntBlock - 1) / kIntBlock);
  if (outside(row, offset, samples)) return kNowhere;
  const std::uint64_t units = load_le<std::uint16_t>(row.data + offset + samples - 2);
  return samples + palette.planes * ((count + 7) / 8) + (nibbles ? (units + 1) / 2 : units);
}

inline std::uint64_t section_bytes(const RowBytes& row, FormatByte format, const ActiveClass& a,
                                   std::uint64_t offset, std::uint64_t count) noexcept {
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

inline Section find_section(const RowBytes& row, FormatByte format, SlotClass cls) noexcept {
  const Layout& layout = *row.layout;
  const ClassLayout& c = layout.cls(cls);
  const PresenceForm form = format.presence();
  const std::byte* directory = row.data + layout.directory_offset();
  const bool wide = format.wide();
  const auto active = layout.active();
  Section out;
  out.offset = layout.prefix_bytes(format);
  if (form == PresenceForm::kFull) {
    out.count = c.nullable;
    if (format.int4() == IntForm::kPlain && format.int8() == IntForm::kPlain && c.nullable != 0) {
      out.offset = c.full_start;
      return out;
    }
    for (std::uint32_t k = 0; k < c.active_before; ++k) {
      out.offset += section_bytes(row, format, active[k], out.offset, active[k].nullable);
    }
    return out;
  }
  if (form != PresenceForm::kBitmap && !active.empty()) {
    const std::uint64_t total = directory_at(directory, wide, layout.directory_entries(form) - 1);
    out.offset += form == PresenceForm::kShort ? 2 * total : total;
  }
  const auto entry = static_cast<std::size_t>(form);
  for (std::uint32_t k = 0; k < c.active_before; ++k) {
    const std::uint64_t end = directory_at(directory, wide, active[k].end_entry[entry]);
    std::uint64_t count = end - out.before;
    if (form == PresenceForm::kAbsent) count = active[k].nullable - count;
    out.offset += section_bytes(row, format, active[k], out.offset, count);
    out.before = end;
  }
  if (c.nullable != 0) {
    const std::uint64_t end =
        directory_at(directory, wide, active[c.active_before].end_entry[entry]);
    out.count = end - out.before;
    if (form == PresenceForm::kAbsent) out.count = c.nullable - out.count;
  }
  return out;
}

// Where one nullable slot stands among the present ones.
struct Place {
  std::uint64_t access = kReadPresent;
  std::uint64_t rank = 0;  // before the class's own start is subtracted, see locate()
};

inline Place locate_in_list(const RowBytes& row, FormatByte format, const ColumnSlot& s,
                            bool absent) noexcept {
  const Layout& layout = *row.layout;
  const std::byte* directory = row.data + layout.directory_offset();
  const bool wide = format.wide();
  const std::uint32_t begin =
      s.list_page == 0 ? 0 : directory_at(directory, wide, s.list_page - 1u);
  const std::uint32_t end = directory_at(directory, wide, s.list_page);
  const std::uint64_t base = layout.prefix_bytes(format);
  if (end < begin || outside(row, base + begin, end - begin)) return {kReadDamaged, 0};
  const std::uint32_t n = end - begin;
  const auto low = static_cast<std::uint8_t>(s.slot);
  const std::byte* list = row.data + base + begin;
  const std::uint32_t at = Ops::lower_bound(list, n, row.size - base - begin, low);
  const bool found = at < n && std::to_integer<std::uint8_t>(list[at]) == low;
  return {found == absent ? kReadNull : kReadPresent, std::uint64_t{begin} + at};
}

inline Place locate_in_short(const RowBytes& row, FormatByte format, const ColumnSlot& s) noexcept {
  const Layout& layout = *row.layout;
  const std::byte* directory = row.data + layout.directory_offset();
  const bool wide = format.wide();
  const std::uint32_t k = layout.cls(s.cls).active_before;
  const std::uint32_t begin = k == 0 ? 0 : directory_at(directory, wide, k - 1);
  const std::uint32_t end = directory_at(directory, wide, k);
  const std::uint64_t base = layout.prefix_bytes(format) + 2 * std::uint64_t{begin};
  if (end < begin || outside(row, base, 2 * std::uint64_t{end - begin})) return {kReadDamaged, 0};
  const std::uint32_t n = end - begin;
  const std::byte* list = row.data + base;
  const auto slot = static_cast<std::uint16_t>(s.slot);
  const std::uint32_t at = Ops::lower_bound16(list, n, row.size - base, slot);
  const bool found = at < n && load_le<std::uint16_t>(list + 2 * at) == slot;
  return {found ? kReadPresent : kReadNull, std::uint64_t{begin} + at};
}

inline Place locate_in_bitmap(const RowBytes& row, FormatByte format,
                              const ColumnSlot& s) noexcept {
  const Layout& layout = *row.layout;
  const ClassLayout& c = layout.cls(s.cls);
  const std::byte* directory = row.data + layout.directory_offset();
  const std::uint64_t offset = layout.prefix_bytes(format) - layout.bitmap_bytes() +
                               c.bitmap_offset + 8 * std::uint64_t{s.bitmap_word - c.first_word};
  const std::uint64_t word = load_word(row.data, row.size, offset);
  const std::uint64_t bit = std::uint64_t{1} << (s.slot & 63);
  if ((word & bit) == 0) return {kReadNull, 0};
  const std::uint32_t before =
      s.bitmap_word == 0 ? 0 : directory_at(directory, format.wide(), s.bitmap_word - 1u);
  return {kReadPresent, std::uint64_t{before} + Ops::popcount(word & (bit - 1))};
}

// Presence of a nullable slot; `rank` counts from the first class, absent ones in kAbsent.
inline Place locate(const RowBytes& row, FormatByte format, const ColumnSlot& s) noexcept {
  switch (format.presence()) {
    case PresenceForm::kFull:
      return {kReadPresent, s.slot};
    case PresenceForm::kList:
      return locate_in_list(row, format, s, false);
    case PresenceForm::kBitmap:
      return locate_in_bitmap(row, format, s);
    case PresenceForm::kAbsent:
      return locate_in_list(row, format, s, true);
    case PresenceForm::kShort:
      return locate_in_short(row, format, s);
  }
  return {kReadDamaged, 0};
}

// Rank of a present slot within its class.
inline std::uint64_t class_rank(FormatByte format, const ColumnSlot& s, const Place& place,
                                const Section& section) noexcept {
  const std::uint64_t counted = place.rank - section.before;
  return format.presence() == PresenceForm::kAbsent ? s.slot - counted : counted;
}

inline std::uint64_t extend(std::uint64_t bits, unsigned width_bits, bool zero) noexcept {
  if (width_bits >= 64) return bits;
  const unsigned shift = 64 - width_bits;
  return zero || width_bits == 4
             ? (bits << shift) >> shift
             : static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
}

// Value number `rank` of a coded section.
inline FixedRead read_coded(const RowBytes& row, const Section& section, std::uint64_t rank,
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

inline FixedRead load_plain(const RowBytes& row, std::uint64_t offset, SlotClass cls,
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

inline FixedRead load_int4(const RowBytes& row, FormatByte format, const Section& section,
                           std::uint64_t rank, bool zero) noexcept {
  if (format.int4() == IntForm::kPlain) {
    const std::uint64_t offset = section.offset + 4 * rank;
    if (rank > 0xFFFF || outside(row, offset, 4)) return {0, kReadDamaged};
    return {extend(load_le<std::uint32_t>(row.data + offset), 32, zero), kReadPresent};
  }
  return read_coded(row, section, rank, kInt4Palettes[static_cast<std::size_t>(format.int4())],
                    true, zero);
}

inline FixedRead load_int8(const RowBytes& row, FormatByte format, const Section& section,
                           std::uint64_t rank, bool zero) noexcept {
  if (rank > 0xFFFF) return {0, kReadDamaged};
  if (format.int8() == IntForm::kPlain) {
    return load_plain(row, section.offset + 8 * rank, SlotClass::kInt8, false);
  }
  return read_coded(row, section, rank, kInt8Palettes[1], false, zero);
}

inline FixedRead load_bit(const RowBytes& row, std::uint64_t bit) noexcept {
  if (bit / 8 >= row.size) return {0, kReadDamaged};
  return {(std::to_integer<std::uint64_t>(row.data[bit / 8]) >> (bit % 8)) & 1, kReadPresent};
}

inline BytesRead load_fixed16(const RowBytes& row, std::uint64_t offset) noexcept {
  if (outside(row, offset, 16)) return {nullptr, kReadDamaged};
  return {row.data + offset, 16};
}

// One value of the offset table in TextForm::kLengths.
inline BytesRead read_lengths(const RowBytes& row, std::uint64_t table, std::uint64_t n,
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
inline BytesRead load_var(const RowBytes& row, FormatByte format, const Section& section,
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

FixedRead read_int4(const RowBytes& row, const ColumnSlot& s) noexcept {
  const bool zero = zero_extends(s.kind);
  if (s.not_null) return load_plain(row, s.fixed_offset, SlotClass::kInt4, zero);
  const FormatByte format = format_of(row);
  const Place place = locate(row, format, s);
  if (place.access != kReadPresent) return {0, place.access};
  const Section section = find_section(row, format, SlotClass::kInt4);
  return load_int4(row, format, section, class_rank(format, s, place, section), zero);
}

FixedRead read_int8(const RowBytes& row, const ColumnSlot& s) noexcept {
  if (s.not_null) return load_plain(row, s.fixed_offset, SlotClass::kInt8, false);
  const FormatByte format = format_of(row);
  const Place place = locate(row, format, s);
  if (place.access != kReadPresent) return {0, place.access};
  const Section section = find_section(row, format, SlotClass::kInt8);
  return load_int8(row, format, section, class_rank(format, s, place, section),
                   zero_extends(s.kind));
}

inline std::uint64_t width_of(const RowBytes& row, SlotClass cls) noexcept {
  return row.layout->active()[row.layout->cls(cls).active_before].width;
}

FixedRead read_plain(const RowBytes& row, const ColumnSlot& s) noexcept {
  const bool zero = zero_extends(s.kind);
  if (s.not_null) return load_plain(row, s.fixed_offset, s.cls, zero);
  const FormatByte format = format_of(row);
  const Place place = locate(row, format, s);
  if (place.access != kReadPresent) return {0, place.access};
  const Section section = find_section(row, format, s.cls);
  const std::uint64_t rank = class_rank(format, s, place, section);
  if (rank > 0xFFFF) return {0, kReadDamaged};
  return load_plain(row, section.offset + width_of(row, s.cls) * rank, s.cls, zero);
}

FixedRead read_boolean(const RowBytes& row, const ColumnSlot& s) noexcept {
  if (s.not_null) return load_bit(row, s.fixed_offset);
  const FormatByte format = format_of(row);
  const Place place = locate(row, format, s);
  if (place.access != kReadPresent) return {0, place.access};
  const Section section = find_section(row, format, SlotClass::kBool);
  const std::uint64_t rank = class_rank(format, s, place, section);
  if (rank > 0xFFFF) return {0, kReadDamaged};
  return load_bit(row, section.offset * 8 + rank);
}

BytesRead read_fixed16(const RowBytes& row, const ColumnSlot& s) noexcept {
  if (s.not_null) return load_fixed16(row, s.fixed_offset);
  const FormatByte format = format_of(row);
  const Place place = locate(row, format, s);
  if (place.access != kReadPresent) return {nullptr, place.access};
  const Section section = find_section(row, format, SlotClass::kFixed16);
  const std::uint64_t rank = class_rank(format, s, place, section);
  if (rank > 0xFFFF) return {nullptr, kReadDamaged};
  return load_fixed16(row, section.offset + 16 * rank);
}

BytesRead read_var(const RowBytes& row, const ColumnSlot& s) noexcept {
  const FormatByte format = format_of(row);
  if (s.not_null) {
    return load_var(row, format, find_section(row, format, SlotClass::kVar), s.fixed_offset);
  }
  const Place place = locate(row, format, s);
  if (place.access != kReadPresent) return {nullptr, place.access};
  const Section section = find_section(row, format, SlotClass::kVar);
  return load_var(row, format, section,
                  row.layout->not_null_var().size() + class_rank(format, s, place, section));
}

std::uint64_t read_presence(const RowBytes& row, const ColumnSlot& s) noexcept {
  if (s.not_null) return kReadPresent;
  return locate(row, format_of(row), s).access;
}

// The sections of all classes, in one pass over the directory ends.
inline void find_sections(const RowBytes& row, FormatByte format,
                          std::array<Section, kSlotClassCount>& out) noexcept {
  const Layout& layout = *row.layout;
  const PresenceForm form = format.presence();
  const std::byte* directory = row.data + layout.directory_offset();
  const bool wide = format.wide();
  std::uint64_t offset = layout.prefix_bytes(format);
  if (form != PresenceForm::kFull && form != PresenceForm::kBitmap && !layout.active().empty()) {
    const std::uint64_t total = directory_at(directory, wide, layout.directory_entries(form) - 1);
    offset += form == PresenceForm::kShort ? 2 * total : total;
  }
  std::uint64_t before = 0;
  for (const ActiveClass& a : layout.active()) {
    std::uint64_t count = a.nullable;
    std::uint64_t end = 0;
    if (form != PresenceForm::kFull) {
      end = directory_at(directory, wide, a.end_entry[static_cast<std::size_t>(form)]);
      count = form == PresenceForm::kAbsent ? a.nullable - (end - before) : end - before;
    }
    out[static_cast<std::size_t>(a.cls)] = {offset, count, before};
    if (a.cls != SlotClass::kVar) offset += section_bytes(row, format, a, offset, count);
    before = end;
  }
  if (layout.cls(SlotClass::kVar).nullable == 0) {
    out[static_cast<std::size_t>(SlotClass::kVar)] = {offset, 0, before};
  }
}

inline FieldCell cell_of(const FixedRead& r) noexcept {
  return {nullptr, r.bits, r.access};
}
inline FieldCell cell_of(const BytesRead& r) noexcept {
  return r.data == nullptr ? FieldCell{nullptr, 0, r.size}
                           : FieldCell{r.data, r.size, kReadPresent};
}

inline FieldCell read_required(const RowBytes& row, FormatByte format, const ColumnSlot& s,
                               const Section& var) noexcept {
  switch (s.cls) {
    case SlotClass::kVar:
      return cell_of(load_var(row, format, var, s.fixed_offset));
    case SlotClass::kFixed16:
      return cell_of(load_fixed16(row, s.fixed_offset));
    case SlotClass::kBool:
      return cell_of(load_bit(row, s.fixed_offset));
    default:
      return cell_of(load_plain(row, s.fixed_offset, s.cls, zero_extends(s.kind)));
  }
}

void read_many(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
               FieldCell* out) noexcept {
  const FormatByte format = format_of(row);
  std::array<Section, kSlotClassCount> sections;
  find_sections(row, format, sections);
  const Section& var = sections[static_cast<std::size_t>(SlotClass::kVar)];
  for (std::size_t i = 0; i < n; ++i) {
    const ColumnSlot& s = slots[i];
    if (s.not_null) {
      out[i] = read_required(row, format, s, var);
      continue;
    }
    const Place place = locate(row, format, s);
    if (place.access != kReadPresent) {
      out[i] = {nullptr, 0, place.access};
      continue;
    }
    const Section& section = sections[static_cast<std::size_t>(s.cls)];
    const std::uint64_t rank = class_rank(format, s, place, section);
    if (rank > 0xFFFF) {
      out[i] = {nullptr, 0, kReadDamaged};
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
        out[i] = cell_of(load_var(row, format, var, row.layout->not_null_var().size() + rank));
        break;
      default:
        out[i] =
            cell_of(load_plain(row, section.offset + width_of(row, s.cls) * rank, s.cls, zero));
    }
  }
}

}  // namespace
}  // namespace wisp
