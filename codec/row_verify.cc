#include "wisp/codec/row_verify.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "wisp/codec/bytes.h"
#include "wisp/codec/int_section.h"
#include "wisp/codec/nested_verify.h"
#include "wisp/codec/presence_cost.h"
#include "wisp/codec/row_sections.h"

namespace wisp {

namespace {

// Walks the present slots of a class in order, without memory of its own.
class SlotWalk {
 public:
  SlotWalk(const RowBytes& row, SlotClass cls) : row_(row), cls_(row.layout->cls(cls)) {}

  // The column of the next present slot.
  Result<std::uint32_t> next() {
    while (slot_ < cls_.nullable) {
      const std::uint32_t column = row_.layout->slot_columns()[cls_.first_slot + slot_++];
      const ColumnSlot& s = row_.layout->slot(ColumnIndex{column});
      if (internal::field_kernels->presence(row_, s) == kReadPresent) return column;
    }
    return fail(damaged_at(0, "presence and values disagree"));
  }

 private:
  const RowBytes& row_;
  const ClassLayout& cls_;
  std::uint32_t slot_ = 0;
};

// Checks of one row, in the order of its bytes. Allocates nothing.
class RowVerifier {
 public:
  RowVerifier(const RowBytes& row, const RowSections& s, const VerifyOptions& options)
      : row_(row), l_(*row.layout), s_(s), options_(options) {}

  Status run() {
    WISP_TRY(forms());
    WISP_TRY(required());
    WISP_TRY(presence());
    for (const ActiveClass& a : l_.active()) WISP_TRY(section(a));
    return text();
  }

 private:
  std::uint32_t present() const {
    std::uint32_t n = 0;
    for (const SectionPlace& c : s_.classes) n += c.count;
    return n;
  }

  // The presence form and directory width are those an encoder chooses.
  Status forms() {
    const std::uint32_t n = present();
    const PresenceForm form = s_.format.presence();
    if (s_.format.wide() != needs_wide_directory(l_, form, n)) {
      return fail(damaged_at(0, "the directory width is not the canonical one"));
    }
    const std::uint64_t starts = s_.heap - s_.text_starts;
    const std::uint64_t rest =
        row_.size - presence_bytes(l_, form, n) - (s_.start_width == 4 ? starts / 2 : 0);
    if (form != choose_presence(l_, n, rest)) {
      return fail(damaged_at(0, "the presence form is not the canonical one"));
    }
    if (l_.cls(SlotClass::kInt4).nullable == 0 && s_.format.int4() != IntForm::kPlain) {
      return fail(damaged_at(0, "a form for an INT4 section that does not exist"));
    }
    if (l_.cls(SlotClass::kInt8).nullable == 0 && s_.format.int8() != IntForm::kPlain) {
      return fail(damaged_at(0, "a form for an INT8 section that does not exist"));
    }
    return {};
  }

  // Padding behind the NOT NULL booleans, and the range of 16-byte values.
  Status required() {
    std::uint32_t bools = 0;
    std::uint32_t last_bit = 0;
    for (std::uint32_t c : l_.not_null_fixed()) {
      const ColumnSlot& slot = l_.slot(ColumnIndex{c});
      if (slot.cls == SlotClass::kBool) {
        ++bools;
        last_bit = slot.fixed_offset;
      } else {
        WISP_TRY(fixed_range(slot, c, slot.fixed_offset));
      }
    }
    if (bools == 0) return {};
    const auto byte = std::to_integer<unsigned>(row_.data[last_bit / 8]);
    if ((byte >> (last_bit % 8)) > 1) {
      return fail(damaged_at(last_bit / 8, "padding bits are not zero"));
    }
    return {};
  }

  // DECIMAL digits and the time of day have ranges of their own.
  Status fixed_range(const ColumnSlot& slot, std::uint32_t column, std::uint64_t offset) {
    if (slot.kind != TypeKind::kDecimal) return {};
    const Type& type = l_.type(ColumnIndex{column});
    Decimal::Int v = 0;
    if (slot.cls == SlotClass::kFixed16) {
      std::memcpy(&v, row_.data + offset, 16);
    } else {
      v = load_le<std::int64_t>(row_.data + offset);
    }
    Decimal::Int limit = 1;
    for (int i = 0; i < type.precision(); ++i) limit *= 10;
    if (v >= limit || v <= -limit) {
      return fail(damaged_at(offset, "a DECIMAL with more digits than its type"));
    }
    return {};
  }

  std::uint32_t entry(std::uint32_t i) const {
    const std::byte* p = row_.data + s_.directory;
    return s_.format.wide() ? load_le<std::uint16_t>(p + 2 * i)
                            : std::to_integer<std::uint32_t>(p[i]);
  }

  Status presence() {
    switch (s_.format.presence()) {
      case PresenceForm::kFull:
        return {};
      case PresenceForm::kBitmap:
        return bitmap();
      case PresenceForm::kShort:
        return short_list();
      case PresenceForm::kList:
      case PresenceForm::kAbsent:
        return list();
    }
    return {};
  }

  Status bitmap() {
    std::uint32_t total = 0;
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = l_.cls(a.cls);
      for (std::uint32_t w = 0; w < c.word_count; ++w) {
        const std::uint64_t offset = s_.presence + c.bitmap_offset + 8 * std::uint64_t{w};
        const std::uint32_t slots = a.nullable - w * 64;
        const std::size_t bytes = slots >= 64 ? 8 : (slots + 7) / 8;
        const std::uint64_t word = load_partial(row_.data + offset, bytes);
        if (slots < 64 && (word >> slots) != 0) {
          return fail(damaged_at(offset, "padding bits of the bitmap are not zero"));
        }
        total += static_cast<std::uint32_t>(std::popcount(word));
        if (entry(c.first_word + w) != total) {
          return fail(damaged_at(s_.directory, "directory and bitmap disagree"));
        }
      }
    }
    return {};
  }

  Status list() {
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = l_.cls(a.cls);
      for (std::uint32_t p = 0; p < c.page_count; ++p) {
        const std::uint32_t page = c.first_page + p;
        std::uint32_t next = 0;
        for (std::uint32_t i = page == 0 ? 0 : entry(page - 1); i < entry(page); ++i) {
          const std::uint64_t offset = s_.presence + i;
          const auto low = std::to_integer<std::uint32_t>(row_.data[offset]);
          if (low < next || p * kPageSlots + low >= a.nullable) {
            return fail(damaged_at(offset, "listed columns do not rise or do not exist"));
          }
          next = low + 1;
        }
      }
    }
    return {};
  }

  Status short_list() {
    std::uint32_t i = 0;
    for (const ActiveClass& a : l_.active()) {
      std::uint32_t next = 0;
      for (const std::uint32_t end = i + s_.cls(a.cls).count; i < end; ++i) {
        const std::uint64_t offset = s_.presence + 2 * std::uint64_t{i};
        const std::uint32_t slot = load_le<std::uint16_t>(row_.data + offset);
        if (slot < next || slot >= a.nullable) {
          return fail(damaged_at(offset, "listed columns do not rise or do not exist"));
        }
        next = slot + 1;
      }
    }
    return {};
  }

  Status section(const ActiveClass& a) {
    const SectionPlace& place = s_.cls(a.cls);
    if (a.cls == SlotClass::kBool && place.count % 8 != 0) {
      const std::uint64_t last = place.offset + place.size - 1;
      if ((std::to_integer<unsigned>(row_.data[last]) >> (place.count % 8)) != 0) {
        return fail(damaged_at(last, "padding bits are not zero"));
      }
    }
    if (a.cls == SlotClass::kInt4 || a.cls == SlotClass::kInt8) return integers(a, place);
    return {};
  }

  // The list of a kSparse section rises. Afterwards `inner` is where its coded values stand.
  Status sparse_list(const SectionPlace& place, SectionPlace& inner) {
    const std::uint32_t pages = (place.count + kSparsePage - 1) / kSparsePage;
    const std::uint64_t list = place.offset + 2 * std::uint64_t{pages};
    std::uint32_t begin = 0;
    for (std::uint32_t p = 0; p < pages; ++p) {
      const std::uint64_t at = place.offset + 2 * std::uint64_t{p};
      const std::uint32_t end = load_le<std::uint16_t>(row_.data + at);
      if (end < begin || list + end > place.offset + place.size) {
        return fail(damaged_at(at, "integer pages do not rise"));
      }
      std::uint32_t next = 0;
      for (std::uint32_t i = begin; i < end; ++i) {
        const auto low = std::to_integer<std::uint32_t>(row_.data[list + i]);
        if (low < next || p * kSparsePage + low >= place.count) {
          return fail(damaged_at(list + i, "listed integers do not rise or do not exist"));
        }
        next = low + 1;
      }
      begin = end;
    }
    inner.offset = list + begin;
    inner.count = begin;
    inner.size = place.offset + place.size - inner.offset;
    return {};
  }
  // Rank of the value that entry `i` of the list stands for. Requires: sparse_list() found no
  // fault.
  std::uint32_t listed_rank(const SectionPlace& place, const SectionPlace& inner,
                            std::uint32_t i) const {
    std::uint32_t page = 0;
    while (load_le<std::uint16_t>(row_.data + place.offset + 2 * std::uint64_t{page}) <= i) ++page;
    return page * kSparsePage +
           std::to_integer<std::uint32_t>(row_.data[inner.offset - inner.count + i]);
  }

  // The form is the cheapest, samples are right, every value has its smallest width.
  Status integers(const ActiveClass& a, const SectionPlace& whole) {
    const bool nibbles = a.cls == SlotClass::kInt4;
    const IntForm form = nibbles ? s_.format.int4() : s_.format.int8();
    const bool sparse = nibbles && form == IntForm::kSparse;
    SectionPlace place = whole;
    if (sparse) WISP_TRY(sparse_list(whole, place));
    const IntPalette& palette = nibbles ? kInt4Palettes[static_cast<std::size_t>(form)]
                                        : kInt8Palettes[static_cast<std::size_t>(form)];
    const bool coded = form != IntForm::kPlain && place.count != 0;
    const std::uint64_t samples =
        coded ? 2 * ((std::uint64_t{place.count} + kIntBlock - 1) / kIntBlock) : 0;
    const std::uint64_t plane = (place.count + 7) / 8;
    const std::uint64_t values = place.offset + samples + palette.planes * plane;
    if (form == IntForm::kPlain && !l_.has_unsigned()) return plain_integers(a, place);
    IntWidths widths;
    widths.count[0] = whole.count - place.count;
    SlotWalk walk(row_, a.cls);
    std::uint32_t walked = 0;
    std::uint64_t unit = 0;
    for (std::uint32_t i = 0; i < place.count; ++i) {
      const unsigned code = coded ? code_at(place.offset + samples, plane, palette.planes, i) : 0;
      const unsigned units = palette.units[code];
      const unsigned bits = nibbles ? units * 4 : units * 8;
      const std::uint64_t at = values + (nibbles ? unit / 2 : unit);
      const unsigned shift = nibbles ? (unit & 1) * 4 : 0;
      if (at + (bits + shift + 7) / 8 > place.offset + place.size) {
        return fail(damaged_at(at, "integer widths exceed their section"));
      }
      bool is_unsigned_column = false;
      if (l_.has_unsigned()) {
        std::uint32_t column = 0;
        for (const std::uint32_t rank = sparse ? listed_rank(whole, place, i) : i; walked <= rank;
             ++walked) {
          WISP_ASSIGN(column, walk.next());
        }
        is_unsigned_column = is_unsigned(l_.slot(ColumnIndex{column}).kind);
      }
      const std::uint64_t v =
          extended(load_word(row_.data, row_.size, at) >> shift, bits, is_unsigned_column);
      const unsigned width =
          nibbles ? IntWidths::width4(v) : IntWidths::width8(v, is_unsigned_column);
      if (sparse && width == 0) return fail(damaged_at(at, "a zero is listed"));
      if (coded && palette_code(a.cls, form, width) != code) {
        return fail(damaged_at(at, "an integer is not stored in its smallest width"));
      }
      ++widths.count[width];
      unit += units;
      if (coded && ((i + 1) % kIntBlock == 0 || i + 1 == place.count)) {
        const std::uint64_t sample = place.offset + 2 * std::uint64_t{i / kIntBlock};
        if (load_le<std::uint16_t>(row_.data + sample) != unit) {
          return fail(damaged_at(sample, "an integer sample is wrong"));
        }
      }
    }
    if (cheapest_int_form(a.cls, widths) != form) {
      return fail(damaged_at(0, "the form of an integer section is not the canonical one"));
    }
    if (!coded) return {};
    return plane_padding(place, samples, plane, palette.planes, unit, nibbles);
  }

  // A plain section of signed integers: only its form needs a check.
  Status plain_integers(const ActiveClass& a, const SectionPlace& place) {
    const std::byte* p = row_.data + place.offset;
    // Most plain sections hold few values that a narrower form would store in fewer bytes.
    std::uint32_t wide = 0;
    IntWidthCounter counter;
    if (a.cls == SlotClass::kInt4) {
      for (std::uint32_t i = 0; i < place.count; ++i) {
        const auto v = load_le<std::int32_t>(p + 4 * std::size_t{i});
        wide += v != static_cast<std::int16_t>(v);
      }
      if (is_surely_plain(a.cls, place.count, wide)) return {};
      for (std::uint32_t i = 0; i < place.count; ++i) {
        counter.add4(load_le<std::int32_t>(p + 4 * std::size_t{i}));
      }
    } else {
      for (std::uint32_t i = 0; i < place.count; ++i) {
        const auto v = load_le<std::int64_t>(p + 8 * std::size_t{i});
        wide += v != static_cast<std::int32_t>(v);
      }
      if (is_surely_plain(a.cls, place.count, wide)) return {};
      for (std::uint32_t i = 0; i < place.count; ++i) {
        counter.add8(load_le<std::int64_t>(p + 8 * std::size_t{i}), false);
      }
    }
    if (cheapest_int_form(a.cls, counter.widths(place.count)) == IntForm::kPlain) return {};
    return fail(damaged_at(0, "the form of an integer section is not the canonical one"));
  }

  unsigned code_at(std::uint64_t planes_at, std::uint64_t plane, unsigned planes,
                   std::uint32_t i) const {
    const auto bit = [&](std::uint64_t at) {
      return (std::to_integer<unsigned>(row_.data[at + i / 8]) >> (i % 8)) & 1;
    };
    return bit(planes_at) | (planes < 2 ? 0 : bit(planes_at + plane) << 1);
  }

  static std::uint64_t extended(std::uint64_t v, unsigned bits, bool zero) {
    if (bits == 0) return 0;
    if (bits == 64) return v;
    const unsigned up = 64 - bits;
    if (zero || bits == 4) return (v << up) >> up;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(v << up) >> up);
  }

  Status plane_padding(const SectionPlace& place, std::uint64_t samples, std::uint64_t plane,
                       unsigned planes, std::uint64_t units, bool nibbles) {
    for (unsigned p = 0; p < planes && place.count % 8 != 0; ++p) {
      const std::uint64_t last = place.offset + samples + (p + 1) * plane - 1;
      if ((std::to_integer<unsigned>(row_.data[last]) >> (place.count % 8)) != 0) {
        return fail(damaged_at(last, "padding bits are not zero"));
      }
    }
    const std::uint64_t last = place.offset + place.size - 1;
    if (nibbles && units % 2 != 0 && (std::to_integer<unsigned>(row_.data[last]) >> 4) != 0) {
      return fail(damaged_at(last, "padding bits are not zero"));
    }
    return {};
  }

  Status text() {
    // The column of an entry is only looked up where its bytes have rules of their own.
    const bool has_rules = options_.utf8 || l_.has_nested();
    bool ends_fit = true;
    std::uint64_t next = s_.heap;
    std::uint64_t value_bytes = 0;  // without varints
    for (std::uint64_t i = 0; i < s_.text_count; i += kTextBlock) {
      const std::uint64_t stop = std::min<std::uint64_t>(i + kTextBlock, s_.text_count);
      ends_fit &= value_bytes <= 0xFFFF;
      if (i != 0) WISP_TRY(block_start(i / kTextBlock - 1, next - s_.heap));
      std::uint64_t block_bytes = has_rules ? kUnknownSize : plain_block_bytes(i, stop);
      if (block_bytes <= row_.size - next) {
        next += block_bytes;
      } else {
        WISP_TRY(text_block(i, stop, has_rules, next, block_bytes));
      }
      value_bytes += block_bytes;
      ends_fit &= block_bytes <= 0xFF;
    }
    if (next != row_.size) return fail(damaged_at(next, "bytes behind the last value"));
    if (ends_fit != (s_.format.text() == TextForm::kEnds)) {
      return fail(damaged_at(0, "the text form is not the canonical one"));
    }
    // Wide block starts must not be what makes the row wide.
    if (s_.start_width == 4 && row_.size - (s_.heap - s_.text_starts) / 2 <= kWideTextRow) {
      return fail(damaged_at(s_.text_starts, "block starts of two bytes would do"));
    }
    return {};
  }

  static constexpr std::uint64_t kUnknownSize = UINT64_MAX;

  // The bytes of a block of values without varints; kUnknownSize where it needs a closer look.
  std::uint64_t plain_block_bytes(std::uint64_t i, std::uint64_t stop) const {
    const std::byte* entries = row_.data + s_.text_starts - s_.text_count + i;
    const std::uint64_t n = stop - i;
    const auto entry_at = [&](std::uint64_t k) { return std::to_integer<unsigned>(entries[k]); };
    bool special = false;
    if (s_.format.text() == TextForm::kEnds) {
      if (n == kTextBlock) {  // a loop that vectorizes
        for (std::uint64_t k = 1; k < kTextBlock; ++k) special |= entry_at(k) < entry_at(k - 1);
      } else {
        for (std::uint64_t k = 1; k < n; ++k) special |= entry_at(k) < entry_at(k - 1);
      }
      return special ? kUnknownSize : entry_at(n - 1);
    }
    unsigned sum = 0;
    for (std::uint64_t k = 0; k < n; ++k) {
      sum += entry_at(k);
      special |= entry_at(k) == kLongText;
    }
    return special ? kUnknownSize : sum;
  }

  // The values [i, stop) one by one; `next` moves behind them, `block_bytes` is what they take.
  Status text_block(std::uint64_t i, std::uint64_t stop, bool has_rules, std::uint64_t& next,
                    std::uint64_t& block_bytes) {
    const std::uint64_t required = l_.not_null_var().size();
    const std::uint64_t block_begin = next;
    block_bytes = 0;
    for (; i < stop; ++i) {
      const std::uint64_t entry_at = s_.text_starts - s_.text_count + i;
      const auto byte = std::to_integer<std::uint64_t>(row_.data[entry_at]);
      std::uint64_t size = byte;
      if (s_.format.text() == TextForm::kEnds) {
        if (block_begin + byte < next) return fail(damaged_at(entry_at, "value ends do not rise"));
        size = block_begin + byte - next;
      } else if (byte == kLongText) {
        WISP_ASSIGN(const std::uint64_t more, varint(next));
        size += more;
      }
      if (next > row_.size || size > row_.size - next) {
        return fail(damaged_at(entry_at, "a value leaves the row"));
      }
      if (has_rules) WISP_TRY(value(i, required, {row_.data + next, size}, next));
      next += size;
      block_bytes += size;
    }
    return {};
  }

  Status block_start(std::uint64_t i, std::uint64_t expected) {
    const std::uint64_t at = s_.text_starts + s_.start_width * i;
    if (load_partial(row_.data + at, s_.start_width) != expected) {
      return fail(damaged_at(at, "a block start is wrong"));
    }
    return {};
  }

  // Reads a minimal varint and moves `at` behind it.
  Result<std::uint64_t> varint(std::uint64_t& at) {
    std::uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at >= row_.size || shift > 28) return fail(damaged_at(at, "a length is cut off"));
      const auto byte = std::to_integer<std::uint64_t>(row_.data[at++]);
      v |= (byte & 0x7F) << shift;
      if (byte >= 0x80) continue;
      if (byte == 0 && shift != 0) return fail(damaged_at(at - 1, "a length is not minimal"));
      return v;
    }
  }

  Status value(std::uint64_t index, std::uint64_t required, std::span<const std::byte> bytes,
               std::uint64_t offset) {
    std::uint32_t column = 0;
    if (index < required) {
      column = l_.not_null_var()[index];
    } else {
      WISP_ASSIGN(column, text_walk_.next());
    }
    const ColumnIndex c{column};
    auto ok = verify_value_bytes(l_.nested(c), l_.type(c), bytes, options_);
    if (!ok) {
      return fail(std::move(ok).error().within("value at row byte " + std::to_string(offset) +
                                               ", column " + quote_identifier(l_.name(c))));
    }
    return {};
  }

  const RowBytes& row_;
  const Layout& l_;
  const RowSections& s_;
  const VerifyOptions& options_;
  SlotWalk text_walk_{row_, SlotClass::kVar};
};

}  // namespace

Status verify_row(const RowView& row, const VerifyOptions& options) {
  const RowBytes bytes{&row.layout(), row.bytes().data(), row.bytes().size()};
  RowSections sections;
  WISP_TRY(sections.find(bytes));
  return RowVerifier(bytes, sections, options).run();
}

}  // namespace wisp
