#include "wisp/codec/row_sections.h"

#include <algorithm>
#include <bit>
#include <string>

#include "wisp/codec/bytes.h"

namespace wisp {

namespace {

std::uint64_t inside(const RowBytes& row, std::uint64_t offset) {
  return offset <= row.size ? row.size - offset : 0;
}

bool has_coded(FormatByte format, SlotClass cls) {
  return (cls == SlotClass::kInt4 && format.int4() != IntForm::kPlain) ||
         (cls == SlotClass::kInt8 && format.int8() != IntForm::kPlain);
}

// Size of a section of coded integers, or an error where the row ends before it can be known.
Result<std::uint64_t> coded_size(const RowBytes& row, FormatByte format, SlotClass cls,
                                 std::uint64_t offset, std::uint64_t count) {
  if (count == 0) return 0;
  const bool nibbles = cls == SlotClass::kInt4;
  const IntForm form = nibbles ? format.int4() : format.int8();
  if (form == IntForm::kSparse && nibbles) {
    const std::uint64_t pages = 2 * ((count + kSparsePage - 1) / kSparsePage);
    if (inside(row, offset) < pages) return fail(damaged_at(offset, "integer pages are cut off"));
    const std::uint64_t listed = load_le<std::uint16_t>(row.data + offset + pages - 2);
    if (inside(row, offset + pages) < listed) {
      return fail(damaged_at(offset, "the list of integers is cut off"));
    }
    WISP_ASSIGN(const std::uint64_t coded,
                coded_size(row,
                           FormatByte::make(format.presence(), format.wide(), format.text(),
                                            IntForm::kPalette1, format.int8()),
                           cls, offset + pages + listed, listed));
    return pages + listed + coded;
  }
  const IntPalette& palette =
      nibbles ? kInt4Palettes[static_cast<std::size_t>(form)] : kInt8Palettes[1];
  const std::uint64_t samples = 2 * ((count + kIntBlock - 1) / kIntBlock);
  if (inside(row, offset) < samples) return fail(damaged_at(offset, "integer samples are cut off"));
  const std::uint64_t units = load_le<std::uint16_t>(row.data + offset + samples - 2);
  return samples + palette.planes * ((count + 7) / 8) + (nibbles ? (units + 1) / 2 : units);
}

Status find_text_table(const RowBytes& row, RowSections& s, std::uint64_t offset) {
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

Error damaged_at(std::uint64_t offset, const Layout& layout, ColumnIndex column, std::string what) {
  Error error = damaged_at(offset, std::move(what));
  error.where += ", column " + quote_identifier(layout.name(column));
  return error;
}

Status RowSections::find(const RowBytes& row) {
  const Layout& layout = *row.layout;
  format.value = std::to_integer<std::uint8_t>(row.data[0]);
  // Opening a row refuses it; a view of trusted bytes may stand for a row that cannot be read.
  if (!format.known()) return fail(damaged_at(0, "unknown row format byte"));
  const PresenceForm form = format.presence();
  directory = layout.directory_offset();
  std::uint64_t offset = layout.prefix_bytes(format);
  presence = offset;
  const std::uint32_t entries = layout.directory_entries(form);
  std::uint32_t last = 0;
  bool rise = true;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint32_t end = entry(row, i);
    rise &= end >= last;
    last = end;
  }
  if (!rise) return fail(damaged_at(directory, "directory counts do not rise"));
  if (form == PresenceForm::kBitmap) {
    presence_size = layout.bitmap_bytes();
    presence -= presence_size;
  } else {
    presence_size = form == PresenceForm::kShort ? 2 * std::uint64_t{last} : last;
    offset += presence_size;
  }
  if (offset > row.size) return fail(damaged_at(presence, "the presence section is cut off"));

  std::uint32_t before = 0;
  for (const ActiveClass& a : layout.active()) {
    std::uint32_t count = a.nullable;
    if (form != PresenceForm::kFull) {
      const std::uint32_t end =
          entry(row, a.end_entry[static_cast<std::size_t>(form)] - layout.directory_offset());
      if (end - before > a.nullable) {
        return fail(damaged_at(directory, "more present columns than the class has"));
      }
      count = form == PresenceForm::kAbsent ? a.nullable - (end - before) : end - before;
      before = end;
    }
    SectionPlace& place = classes[static_cast<std::size_t>(a.cls)];
    place.offset = offset;
    place.count = count;
    if (a.cls == SlotClass::kVar) continue;
    if (has_coded(format, a.cls)) {
      auto size = coded_size(row, format, a.cls, offset, count);
      if (!size) return fail(std::move(size).error());
      place.size = *size;
    } else {
      place.size = (std::uint64_t{count} * a.bits + 7) / 8;
    }
    if (place.size > row.size - offset) {
      return fail(damaged_at(offset, "a value section is cut off"));
    }
    offset += place.size;
  }
  return find_text_table(row, *this, offset);
}

namespace {

Status damaged_list(const RowSections& s) {
  return fail(damaged_at(s.presence, "listed columns do not rise or do not exist"));
}

// Writes the columns of one class, in slot order. Slots are checked after they were looked up:
// Layout::slot_columns() has room for any low byte.
class PresentColumns {
 public:
  PresentColumns(const RowBytes& row, const RowSections& s, const ClassLayout& c,
                 std::uint32_t* out)
      : row_(row), s_(s), c_(c), out_(out) {
    column_of_ = row.layout->slot_columns().data() + c.first_slot;
  }
  std::uint32_t* end() const { return out_; }

  void full() { out_ = std::copy_n(column_of_, c_.nullable, out_); }

  void bitmap() {
    for (std::uint32_t w = 0; w < c_.word_count; ++w) {
      const std::uint64_t offset = s_.presence + c_.bitmap_offset + 8 * std::uint64_t{w};
      std::uint64_t word = load_word(row_.data, row_.size, offset);
      const std::uint32_t left = c_.nullable - w * 64;
      if (left < 64) word &= (std::uint64_t{1} << left) - 1;
      for (; word != 0; word &= word - 1) {
        *out_++ = column_of_[w * 64 + static_cast<std::uint32_t>(std::countr_zero(word))];
      }
    }
  }

  Status list(std::uint32_t begin) {
    const std::byte* low = row_.data + s_.presence + begin;
    const std::uint32_t* page = column_of_;
    std::uint32_t* out = out_;
    std::int64_t left = c_.nullable;
    std::int64_t fault = 0;  // negative after a slot that does not rise or does not exist
    for (std::uint32_t p = 0; p < c_.page_count; ++p, page += kPageSlots, left -= kPageSlots) {
      const std::byte* end = row_.data + s_.presence + s_.entry(row_, c_.first_page + p);
      std::int64_t last = -1;
      for (; low < end; ++low) {
        const auto slot = std::to_integer<std::int64_t>(*low);
        fault |= slot - 1 - last;
        last = slot;
        *out++ = page[slot];
      }
      fault |= left - 1 - last;
    }
    out_ = out;
    return fault < 0 ? damaged_list(s_) : Status();
  }

  Status absent(std::uint32_t begin) {
    std::uint32_t next = 0;
    for (std::uint32_t p = 0; p < c_.page_count; ++p) {
      const std::uint32_t end = s_.entry(row_, c_.first_page + p);
      for (; begin < end; ++begin) {
        const std::uint32_t slot =
            p * kPageSlots + std::to_integer<std::uint32_t>(row_.data[s_.presence + begin]);
        if (slot < next || slot >= c_.nullable) return damaged_list(s_);
        out_ = std::copy(column_of_ + next, column_of_ + slot, out_);
        next = slot + 1;
      }
    }
    out_ = std::copy(column_of_ + next, column_of_ + c_.nullable, out_);
    return {};
  }

  Status short_list(std::uint32_t begin, std::uint32_t count) {
    std::uint32_t next = 0;
    for (std::uint32_t i = begin; i < begin + count; ++i) {
      const std::uint32_t slot =
          load_le<std::uint16_t>(row_.data + s_.presence + 2 * std::uint64_t{i});
      if (slot < next || slot >= c_.nullable) return damaged_list(s_);
      next = slot + 1;
      *out_++ = column_of_[slot];
    }
    return {};
  }

 private:
  const RowBytes& row_;
  const RowSections& s_;
  const ClassLayout& c_;
  const std::uint32_t* column_of_;
  std::uint32_t* out_;
};

}  // namespace

Status read_present_columns(const RowBytes& row, const RowSections& s, std::uint32_t* columns) {
  const PresenceForm form = s.format.presence();
  std::uint32_t before = 0;
  for (const ActiveClass& a : row.layout->active()) {
    const ClassLayout& c = row.layout->cls(a.cls);
    const std::uint32_t count = s.cls(a.cls).count;
    PresentColumns present(row, s, c, columns);
    switch (form) {
      case PresenceForm::kFull:
        present.full();
        break;
      case PresenceForm::kBitmap:
        present.bitmap();
        break;
      case PresenceForm::kList:
        WISP_TRY(present.list(before));
        before += count;
        break;
      case PresenceForm::kAbsent:
        WISP_TRY(present.absent(before));
        before += a.nullable - count;
        break;
      case PresenceForm::kShort:
        WISP_TRY(present.short_list(before, count));
        before += count;
        break;
    }
    columns += count;
    if (present.end() != columns) {
      return fail(damaged_at(s.presence, "presence and directory disagree"));
    }
  }
  return {};
}

}  // namespace wisp
