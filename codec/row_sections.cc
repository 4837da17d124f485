#include "wisp/codec/row_sections.h"

#include <bit>
#include <string>

#include "wisp/codec/bytes.h"

namespace wisp {

namespace {

std::uint32_t entry_at(const RowBytes& row, const RowSections& s, std::uint32_t i) {
  const std::byte* p = row.data + s.directory;
  return s.format.wide() ? load_le<std::uint16_t>(p + 2 * i) : std::to_integer<std::uint32_t>(p[i]);
}

std::uint32_t previous_entry(const RowBytes& row, const RowSections& s, std::uint32_t i) {
  return i == 0 ? 0 : entry_at(row, s, i - 1);
}

std::uint64_t inside(const RowBytes& row, std::uint64_t offset) {
  return offset <= row.size ? row.size - offset : 0;
}

// Size of the section of one class, or an error where the row ends before it can be known.
Result<std::uint64_t> section_size(const RowBytes& row, FormatByte format, const ActiveClass& a,
                                   std::uint64_t offset, std::uint64_t count) {
  const IntForm form = a.cls == SlotClass::kInt4   ? format.int4()
                       : a.cls == SlotClass::kInt8 ? format.int8()
                                                   : IntForm::kPlain;
  if (form == IntForm::kPlain) {
    return a.cls == SlotClass::kBool ? (count + 7) / 8 : count * a.width;
  }
  if (count == 0) return 0;
  if (form == IntForm::kSparse && a.cls == SlotClass::kInt4) {
    const std::uint64_t pages = 2 * ((count + kSparsePage - 1) / kSparsePage);
    if (inside(row, offset) < pages) return fail(damaged_at(offset, "integer pages are cut off"));
    const std::uint64_t listed = load_le<std::uint16_t>(row.data + offset + pages - 2);
    if (inside(row, offset + pages) < listed) {
      return fail(damaged_at(offset, "the list of integers is cut off"));
    }
    auto coded = section_size(row,
                              FormatByte::make(format.presence(), format.wide(), format.text(),
                                               IntForm::kPalette1, format.int8()),
                              a, offset + pages + listed, listed);
    if (!coded) return coded;
    return pages + listed + *coded;
  }
  const bool nibbles = a.cls == SlotClass::kInt4;
  const IntPalette& palette =
      nibbles ? kInt4Palettes[static_cast<std::size_t>(form)] : kInt8Palettes[1];
  const std::uint64_t samples = 2 * ((count + kIntBlock - 1) / kIntBlock);
  if (inside(row, offset) < samples) return fail(damaged_at(offset, "integer samples are cut off"));
  const std::uint64_t units = load_le<std::uint16_t>(row.data + offset + samples - 2);
  return samples + palette.planes * ((count + 7) / 8) + (nibbles ? (units + 1) / 2 : units);
}

Status read_text_table(const RowBytes& row, RowSections& s, std::uint64_t offset) {
  const Layout& layout = *row.layout;
  SectionPlace& var = s.classes[static_cast<std::size_t>(SlotClass::kVar)];
  var.offset = offset;
  s.text_count = layout.not_null_var().size() + var.count;
  s.start_width = s.format.text() == TextForm::kLengths && row.size > kWideTextRow ? 4 : 2;
  s.text_starts = offset + s.text_count;
  const std::uint64_t blocks = (s.text_count + kTextBlock - 1) / kTextBlock;
  s.heap = s.text_starts + (blocks == 0 ? 0 : s.start_width * (blocks - 1));
  if (s.heap > row.size) return fail(damaged_at(offset, "the offset table is cut off"));
  var.size = row.size - offset;
  return {};
}

}  // namespace

Error damaged_at(std::uint64_t offset, std::string what) {
  return Error{ErrorCode::kCorruption, std::move(what), "row byte " + std::to_string(offset)};
}

Result<RowSections> RowSections::read(const RowBytes& row) {
  const Layout& layout = *row.layout;
  RowSections s;
  s.format.value = std::to_integer<std::uint8_t>(row.data[0]);
  const PresenceForm form = s.format.presence();
  s.directory = layout.directory_offset();
  std::uint64_t offset = layout.prefix_bytes(s.format);
  s.presence = offset;
  const std::uint32_t entries = layout.directory_entries(form);
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint32_t end = entry_at(row, s, i);
    if (end < last) return fail(damaged_at(s.directory, "directory counts do not rise"));
    last = end;
  }
  if (form == PresenceForm::kBitmap) {
    s.presence_size = layout.bitmap_bytes();
    s.presence -= s.presence_size;
  } else {
    s.presence_size = form == PresenceForm::kShort ? 2 * std::uint64_t{last} : last;
    offset += s.presence_size;
  }
  if (offset > row.size) return fail(damaged_at(s.presence, "the presence section is cut off"));

  std::uint32_t before = 0;
  for (const ActiveClass& a : layout.active()) {
    std::uint32_t count = a.nullable;
    if (form != PresenceForm::kFull) {
      const std::uint32_t end =
          entry_at(row, s, a.end_entry[static_cast<std::size_t>(form)] - layout.directory_offset());
      if (end - before > a.nullable) {
        return fail(damaged_at(s.directory, "more present columns than the class has"));
      }
      count = form == PresenceForm::kAbsent ? a.nullable - (end - before) : end - before;
      before = end;
    }
    SectionPlace& place = s.classes[static_cast<std::size_t>(a.cls)];
    place.offset = offset;
    place.count = count;
    if (a.cls == SlotClass::kVar) continue;
    auto size = section_size(row, s.format, a, offset, count);
    if (!size) return fail(std::move(size).error());
    if (*size > inside(row, offset)) return fail(damaged_at(offset, "a value section is cut off"));
    place.size = *size;
    offset += *size;
  }
  WISP_TRY(read_text_table(row, s, offset));
  return s;
}

namespace {

std::uint32_t bitmap_slots(const RowBytes& row, const RowSections& s, const ClassLayout& c,
                           std::uint16_t* slots) {
  std::uint32_t n = 0;
  for (std::uint32_t w = 0; w < c.word_count; ++w) {
    const std::uint64_t offset = s.presence + c.bitmap_offset + 8 * std::uint64_t{w};
    std::uint64_t word = load_word(row.data, row.size, offset);
    const std::uint32_t left = c.nullable - w * 64;
    if (left < 64) word &= (std::uint64_t{1} << left) - 1;
    for (; word != 0; word &= word - 1) {
      slots[n++] = static_cast<std::uint16_t>(w * 64 + std::countr_zero(word));
    }
  }
  return n;
}

// Reads the listed slots of a class, calling use(slot); they must rise.
template <typename Use>
Status listed_slots(const RowBytes& row, const RowSections& s, const ClassLayout& c, Use&& use) {
  for (std::uint32_t p = 0; p < c.page_count; ++p) {
    const std::uint32_t begin = previous_entry(row, s, c.first_page + p);
    const std::uint32_t end = entry_at(row, s, c.first_page + p);
    std::uint32_t next = 0;
    for (std::uint32_t i = begin; i < end; ++i) {
      const std::uint64_t offset = s.presence + i;
      const auto low = std::to_integer<std::uint32_t>(row.data[offset]);
      const std::uint32_t slot = p * kPageSlots + low;
      if (low < next || slot >= c.nullable) {
        return fail(damaged_at(offset, "listed columns do not rise or do not exist"));
      }
      next = low + 1;
      use(static_cast<std::uint16_t>(slot));
    }
  }
  return {};
}

}  // namespace

Result<std::uint32_t> read_present_slots(const RowBytes& row, const RowSections& s, SlotClass cls,
                                         std::uint16_t* slots) {
  const ClassLayout& c = row.layout->cls(cls);
  const std::uint32_t count = s.cls(cls).count;
  std::uint32_t n = 0;
  switch (s.format.presence()) {
    case PresenceForm::kFull:
      for (; n < c.nullable; ++n) slots[n] = static_cast<std::uint16_t>(n);
      break;
    case PresenceForm::kBitmap:
      n = bitmap_slots(row, s, c, slots);
      break;
    case PresenceForm::kList:
      WISP_TRY(listed_slots(row, s, c, [&](std::uint16_t slot) { slots[n++] = slot; }));
      break;
    case PresenceForm::kAbsent: {
      std::uint32_t next = 0;
      WISP_TRY(listed_slots(row, s, c, [&](std::uint16_t absent) {
        for (; next < absent; ++next) slots[n++] = static_cast<std::uint16_t>(next);
        next = absent + 1u;
      }));
      for (; next < c.nullable; ++next) slots[n++] = static_cast<std::uint16_t>(next);
      break;
    }
    case PresenceForm::kShort: {
      const std::uint32_t begin = previous_entry(row, s, c.active_before);
      std::uint32_t next = 0;
      for (; n < count; ++n) {
        const std::uint64_t offset = s.presence + 2 * std::uint64_t{begin + n};
        const std::uint32_t slot = load_le<std::uint16_t>(row.data + offset);
        if (slot < next || slot >= c.nullable) {
          return fail(damaged_at(offset, "listed columns do not rise or do not exist"));
        }
        next = slot + 1;
        slots[n] = static_cast<std::uint16_t>(slot);
      }
      break;
    }
  }
  if (n != count) return fail(damaged_at(s.presence, "presence and directory disagree"));
  return n;
}

}  // namespace wisp
