// Reading one field of a row, written once and compiled per instruction set: the including file
// defines `Ops` (popcount, finding bytes in a list) and the name of the kernel table.
#pragma once

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "wisp/codec/read_form_inl.h"

namespace wisp {
namespace {

inline FormatByte format_of(const RowBytes& row) noexcept {
  return {std::to_integer<std::uint8_t>(row.data[0])};
}

// One function per class in each form; the tables below hold them by format bits.
template <PresenceForm kForm, bool kWide>
struct Reads {
  using F = Form<kForm, kWide>;

  // A nullable slot of a fixed-width class. Damage may make the rank nonsense; the load's own check
  // keeps it inside the row. Each step that does not serve the row hands it to a slower function,
  // as a tail call: what comes first saves no registers.
  template <SlotClass kClass>
  static FixedRead fixed(const std::byte* data, std::size_t size, const Layout& layout,
                         const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    if (!F::is_plain(row)) return any<FixedRead>(data, size, layout, s);
    const Place place = F::locate_fast(row, s);
    if (place.access == kReadElsewhere) return fixed_near_end<kClass>(data, size, layout, s);
    if (place.access != kReadPresent) return {0, place.access};
    return load_fixed<kClass>(row, s, place);
  }
  template <SlotClass kClass>
  WISP_RARE static FixedRead fixed_near_end(const std::byte* data, std::size_t size,
                                            const Layout& layout, const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    const Place place = F::template locate_fast<16>(row, s);
    if (place.access == kReadElsewhere) return any<FixedRead>(data, size, layout, s);
    if (place.access != kReadPresent) return {0, place.access};
    return load_fixed<kClass>(row, s, place);
  }
  template <SlotClass kClass>
  WISP_INLINE static FixedRead load_fixed(const RowBytes& row, const ColumnSlot& s,
                                          const Place& place) noexcept {
    if constexpr (kClass == SlotClass::kBool) {
      return load_bit(row, F::plain_bit(row, place));
    } else {
      const std::uint64_t offset = F::plain_offset(row, kClass, class_width(kClass), place);
      return load_plain<kClass>(row, offset, s.kind);
    }
  }
  static BytesRead fixed16(const std::byte* data, std::size_t size, const Layout& layout,
                           const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    const Place place = F::locate_fast(row, s);  // the first class: no integers stand before it
    if (place.access == kReadElsewhere) return any<BytesRead>(data, size, layout, s);
    if (place.access != kReadPresent) return {nullptr, place.access};
    return load_fixed16(row, F::plain_offset(row, SlotClass::kFixed16, 16, place));
  }
  static BytesRead var(const std::byte* data, std::size_t size, const Layout& layout,
                       const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    if (!F::is_plain_with_ends(row)) return var_with_lengths(data, size, layout, s);
    const Place place = F::locate_fast(row, s);
    if (place.access == kReadElsewhere) return var_near_end(data, size, layout, s);
    if (place.access != kReadPresent) return {nullptr, place.access};
    const Section section = F::plain_text(row);
    return load_ends(row, section, layout.not_null_var_count() + place.rank - section.before);
  }
  WISP_RARE static BytesRead var_near_end(const std::byte* data, std::size_t size,
                                          const Layout& layout, const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    const Place place = F::template locate_fast<16>(row, s);
    if (place.access == kReadElsewhere) return any<BytesRead>(data, size, layout, s);
    if (place.access != kReadPresent) return {nullptr, place.access};
    const Section section = F::plain_text(row);
    return load_ends(row, section, layout.not_null_var_count() + place.rank - section.before);
  }
  WISP_RARE static BytesRead var_with_lengths(const std::byte* data, std::size_t size,
                                              const Layout& layout, const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    if (!F::is_plain(row)) return any<BytesRead>(data, size, layout, s);
    const Place place = F::locate_fast(row, s);
    if (place.access == kReadElsewhere) return any<BytesRead>(data, size, layout, s);
    if (place.access != kReadPresent) return {nullptr, place.access};
    const Section section = F::plain_text(row);
    const std::uint64_t n = layout.not_null_var_count() + section.count;
    const std::uint64_t index = layout.not_null_var_count() + place.rank - section.before;
    if (index >= n || n > 0xFFFF) return {nullptr, kReadDamaged};
    return read_lengths(row, section.offset, n, index);
  }
  // A nullable slot of any class in any row.
  template <typename Read>
  WISP_RARE static Read any(const std::byte* data, std::size_t size, const Layout& layout,
                            const ColumnSlot& s) noexcept {
    FieldCell cell;
    in_sections({&layout, data, size}, &s, 1, &cell);
    if constexpr (std::is_same_v<Read, FixedRead>) {
      return {cell.bits, cell.access};
    } else {
      return {cell.data, cell.access == kReadPresent ? cell.bits : cell.access};
    }
  }
  static BytesRead required_var(const std::byte* data, std::size_t size, const Layout& layout,
                                const ColumnSlot& s) noexcept {
    const RowBytes row{&layout, data, size};
    const FormatByte format = format_of(row);
    return load_var(row, format, F::section(row, format, SlotClass::kVar), s.fixed_offset);
  }
  static std::uint64_t presence(const RowBytes& row, const ColumnSlot& s) noexcept {
    return F::locate(row, s).access;
  }
  static void many(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                   FieldCell* out) noexcept;
  static void one_by_one(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                         FieldCell* out) noexcept;
  static void in_sections(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                          FieldCell* out) noexcept;
};

// NOT NULL columns of fixed width stand at constant offsets in every form.
FixedRead required_fixed(const std::byte* data, std::size_t size, const Layout& layout,
                         const ColumnSlot& s) noexcept {
  const RowBytes row{&layout, data, size};
  if (s.cls == SlotClass::kBool) return load_bit(row, s.fixed_offset);
  return load_any(row, s.fixed_offset, s.cls, s.kind);
}
BytesRead required_fixed16(const std::byte* data, std::size_t size, const Layout& layout,
                           const ColumnSlot& s) noexcept {
  return load_fixed16({&layout, data, size}, s.fixed_offset);
}

WISP_INLINE FieldCell cell_of(const FixedRead& r) noexcept {
  return {nullptr, r.bits, r.access};
}
WISP_INLINE FieldCell cell_of(const BytesRead& r) noexcept {
  return r.data == nullptr ? FieldCell{nullptr, 0, r.size}
                           : FieldCell{r.data, r.size, kReadPresent};
}

// By ColumnSlot::reader.
template <PresenceForm kForm, bool kWide>
constexpr std::array<
    FixedRead (*)(const std::byte*, std::size_t, const Layout&, const ColumnSlot&) noexcept, 8>
    kFixedReaders = {Reads<kForm, kWide>::template fixed<SlotClass::kDouble>,
                     Reads<kForm, kWide>::template fixed<SlotClass::kInt8>,
                     Reads<kForm, kWide>::template fixed<SlotClass::kInt4>,
                     Reads<kForm, kWide>::template fixed<SlotClass::kReal>,
                     Reads<kForm, kWide>::template fixed<SlotClass::kInt2>,
                     Reads<kForm, kWide>::template fixed<SlotClass::kInt1>,
                     Reads<kForm, kWide>::template fixed<SlotClass::kBool>,
                     required_fixed};
template <PresenceForm kForm, bool kWide>
constexpr std::array<
    BytesRead (*)(const std::byte*, std::size_t, const Layout&, const ColumnSlot&) noexcept, 4>
    kBytesReaders = {Reads<kForm, kWide>::fixed16, Reads<kForm, kWide>::var, required_fixed16,
                     Reads<kForm, kWide>::required_var};

// The sections of all classes, found in one pass over the directory ends.
template <PresenceForm kForm, bool kWide>
WISP_INLINE void find_sections(const RowBytes& row, FormatByte format,
                               std::array<Section, kSlotClassCount>& out) noexcept {
  using F = Form<kForm, kWide>;
  std::uint64_t offset = F::first_section(row);
  std::uint64_t before = 0;
  for (const ActiveClass& a : row.layout->active()) {
    std::uint64_t count = a.nullable;
    std::uint64_t end = 0;
    if constexpr (kForm != PresenceForm::kFull) {
      end = directory_at<kWide>(row, a.end_entry[F::kEntry]);
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

// Finding all sections takes as long as reading this many fields, where integers are plain.
constexpr std::size_t kFewFields = 8;

template <PresenceForm kForm, bool kWide>
void Reads<kForm, kWide>::many(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                               FieldCell* out) noexcept {
  if (n <= kFewFields && F::is_plain(row)) return one_by_one(row, slots, n, out);
  in_sections(row, slots, n, out);
}

template <PresenceForm kForm, bool kWide>
void Reads<kForm, kWide>::one_by_one(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                                     FieldCell* out) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    const ColumnSlot& s = slots[i];
    if (s.cls == SlotClass::kVar || s.cls == SlotClass::kFixed16) {
      out[i] = cell_of(kBytesReaders<kForm, kWide>[s.reader](row.data, row.size, *row.layout, s));
      continue;
    }
    FixedRead r = kFixedReaders<kForm, kWide>[s.reader](row.data, row.size, *row.layout, s);
    if (s.cls == SlotClass::kInt4) r.bits = extend(r.bits, 32, zero_extends(s.kind));
    out[i] = cell_of(r);
  }
}

template <PresenceForm kForm, bool kWide>
void Reads<kForm, kWide>::in_sections(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
                                      FieldCell* out) noexcept {
  const FormatByte format = format_of(row);
  const std::uint64_t required = row.layout->not_null_var_count();
  std::array<Section, kSlotClassCount> sections;
  find_sections<kForm, kWide>(row, format, sections);
  for (std::size_t i = 0; i < n; ++i) {
    const ColumnSlot& s = slots[i];
    const Section& section = sections[static_cast<std::size_t>(s.cls)];
    if (s.not_null) {
      out[i] = s.cls == SlotClass::kVar ? cell_of(load_var(row, format, section, s.fixed_offset))
               : s.cls == SlotClass::kFixed16
                   ? cell_of(load_fixed16(row, s.fixed_offset))
                   : cell_of(required_fixed(row.data, row.size, *row.layout, s));
      continue;
    }
    Place place = F::locate_fast(row, s);
    if (place.access == kReadElsewhere) place = F::locate(row, s);
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
        out[i] = cell_of(load_any(row, section.offset + class_width(s.cls) * rank, s.cls, s.kind));
    }
  }
}

// What a row of an unknown form gives; opening such a row fails, so this is never met.
FixedRead no_fixed(const std::byte*, std::size_t, const Layout&, const ColumnSlot&) noexcept {
  return {0, kReadDamaged};
}
BytesRead no_bytes(const std::byte*, std::size_t, const Layout&, const ColumnSlot&) noexcept {
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
  FormKernels out{{}, {}, R::presence, R::many};
  std::copy_n(kFixedReaders<kForm, kWide>.begin(), 8, out.fixed);
  std::copy_n(kBytesReaders<kForm, kWide>.begin(), 4, out.bytes);
  return out;
}

constexpr FormKernels kNoForm = {
    {no_fixed, no_fixed, no_fixed, no_fixed, no_fixed, no_fixed, no_fixed, no_fixed},
    {no_bytes, no_bytes, no_bytes, no_bytes},
    no_presence,
    no_many};

// Writes kAtOnce numbers for each word before it looks at how many there are: a loop that ends
// where the bits do is mispredicted at nearly every word.
template <std::uint32_t kAtOnce>
WISP_INLINE std::uint32_t flatten_words(const std::uint64_t* words, std::uint32_t word_count,
                                        std::uint16_t* slots) noexcept {
  static_assert(kAtOnce <= kFlattenSlack);
  std::uint32_t count = 0;
  for (std::uint32_t w = 0; w < word_count; ++w) {
    std::uint64_t word = words[w];
    const auto n = static_cast<std::uint32_t>(Ops::popcount(word));
    std::uint16_t* out = slots + count;
    const auto next = [&](std::uint32_t i) {
      out[i] =
          static_cast<std::uint16_t>(w * 64 + static_cast<std::uint32_t>(std::countr_zero(word)));
      word &= word - 1;
    };
    for (std::uint32_t i = 0; i < kAtOnce; ++i) next(i);
    for (std::uint32_t i = kAtOnce; i < n; ++i) next(i);
    count += n;
  }
  return count;
}

std::uint32_t flatten(const std::uint64_t* words, std::uint32_t word_count,
                      std::uint16_t* slots) noexcept {
  std::uint64_t total = 0;
  for (std::uint32_t w = 0; w < word_count; ++w) total += Ops::popcount(words[w]);
  return total < word_count ? flatten_words<2>(words, word_count, slots)
                            : flatten_words<6>(words, word_count, slots);
}

std::uint64_t xxh3(const char* bytes, std::size_t n) noexcept {
  return XXH3_64bits(bytes, n);
}

constexpr FieldKernels make_kernels(const char* name) noexcept {
  using enum PresenceForm;
  return {
      name,
      {form_kernels<kFull, false>(), form_kernels<kList, false>(), form_kernels<kBitmap, false>(),
       form_kernels<kAbsent, false>(), form_kernels<kShort, false>(), kNoForm, kNoForm, kNoForm,
       form_kernels<kFull, true>(), form_kernels<kList, true>(), form_kernels<kBitmap, true>(),
       form_kernels<kAbsent, true>(), form_kernels<kShort, true>(), kNoForm, kNoForm, kNoForm},
      flatten,
      xxh3};
}

}  // namespace
}  // namespace wisp

#undef WISP_INLINE
#undef WISP_RARE
