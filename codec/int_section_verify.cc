#include "wisp/codec/int_section_verify.h"

#include <type_traits>

#include "wisp/codec/bytes.h"
#include "wisp/codec/int_section.h"
#include "wisp/codec/present_slots.h"
#include "wisp/schema/value.h"

namespace wisp {

namespace {

Status other_form() {
  return fail(damaged_at(0, "the form of an integer section is not the canonical one"));
}

// The columns of the values of a section, for those whose rules depend on it.
class ValueColumns {
 public:
  ValueColumns(const RowBytes& row, const RowSections& s, const ActiveClass& a)
      : layout_(*row.layout), slots_(row, s, a.cls) {}

  // Of the value of this rank; ranks rise from call to call.
  ColumnIndex at(std::uint32_t rank) {
    for (; walked_ <= rank; ++walked_) column_ = ColumnIndex{slots_.next()};
    return column_;
  }
  const Layout& layout() const { return layout_; }

 private:
  const Layout& layout_;
  PresentSlots slots_;
  ColumnIndex column_{};
  std::uint32_t walked_ = 0;
};

// A section in a coded form, or one that has columns with rules of their own.
class IntSectionVerifier {
 public:
  IntSectionVerifier(const RowBytes& row, const RowSections& s, const ActiveClass& a)
      : row_(row),
        a_(a),
        whole_(s.cls(a.cls)),
        nibbles_(a.cls == SlotClass::kInt4),
        form_(nibbles_ ? s.format.int4() : s.format.int8()),
        sparse_(nibbles_ && form_ == IntForm::kSparse),
        palette_(nibbles_ ? kInt4Palettes[static_cast<std::size_t>(form_)]
                          : kInt8Palettes[static_cast<std::size_t>(form_)]),
        columns_(row, s, a) {}

  Status run() {
    place_ = whole_;
    if (sparse_) WISP_TRY(sparse_list());
    const bool coded = form_ != IntForm::kPlain && place_.count != 0;
    samples_ = coded ? 2 * ((std::uint64_t{place_.count} + kIntBlock - 1) / kIntBlock) : 0;
    plane_ = (place_.count + 7) / 8;
    IntWidths widths;
    widths.count[0] = whole_.count - place_.count;
    std::uint64_t unit = 0;
    for (std::uint32_t i = 0; i < place_.count; ++i) {
      WISP_TRY(value(i, coded, unit, widths));
      if (coded && ((i + 1) % kIntBlock == 0 || i + 1 == place_.count)) {
        const std::uint64_t sample = place_.offset + 2 * std::uint64_t{i / kIntBlock};
        if (load_le<std::uint16_t>(row_.data + sample) != unit) {
          return fail(damaged_at(sample, "an integer sample is wrong"));
        }
      }
    }
    if (cheapest_int_form(a_.cls, widths) != form_) return other_form();
    return coded ? padding(unit) : Status();
  }

 private:
  // Value number `i` of place_; `unit` moves behind it.
  Status value(std::uint32_t i, bool coded, std::uint64_t& unit, IntWidths& widths) {
    const unsigned code = coded ? code_at(i) : 0;
    const unsigned units = palette_.units[code];
    const unsigned bits = nibbles_ ? units * 4 : units * 8;
    const std::uint64_t values = place_.offset + samples_ + palette_.planes * plane_;
    const std::uint64_t at = values + (nibbles_ ? unit / 2 : unit);
    const unsigned shift = nibbles_ ? (unit & 1) * 4 : 0;
    if (at + (bits + shift + 7) / 8 > place_.offset + place_.size) {
      return fail(damaged_at(at, "integer widths exceed their section"));
    }
    const std::uint64_t word = load_word(row_.data, row_.size, at) >> shift;
    bool zero_extends = false;
    if (a_.has_column_rules) {
      const ColumnIndex column = columns_.at(sparse_ ? listed_rank(i) : i);
      const TypeKind kind = columns_.layout().slot(column).kind;
      zero_extends = is_unsigned(kind);
      if (has_limits(kind)) {
        const auto v = static_cast<std::int64_t>(extend_coded(word, bits, false));
        if (!is_within_limits(columns_.layout().type(column), v)) {
          return fail(
              damaged_at(at, columns_.layout(), column, "a value outside the limits of its type"));
        }
      }
    }
    const std::uint64_t v = extend_coded(word, bits, zero_extends);
    const unsigned width = nibbles_ ? IntWidths::width4(v) : IntWidths::width8(v, zero_extends);
    if (sparse_ && width == 0) return fail(damaged_at(at, "a zero is listed"));
    if (coded && palette_code(a_.cls, form_, width) != code) {
      return fail(damaged_at(at, "an integer is not stored in its smallest width"));
    }
    ++widths.count[width];
    unit += units;
    return {};
  }

  // The list of a kSparse section rises. Afterwards place_ is where its coded values stand.
  Status sparse_list() {
    const std::uint32_t pages = (whole_.count + kSparsePage - 1) / kSparsePage;
    const std::uint64_t list = whole_.offset + 2 * std::uint64_t{pages};
    std::uint32_t begin = 0;
    for (std::uint32_t p = 0; p < pages; ++p) {
      const std::uint64_t at = whole_.offset + 2 * std::uint64_t{p};
      const std::uint32_t end = load_le<std::uint16_t>(row_.data + at);
      if (end < begin || list + end > whole_.offset + whole_.size) {
        return fail(damaged_at(at, "integer pages do not rise"));
      }
      std::uint32_t next = 0;
      for (std::uint32_t i = begin; i < end; ++i) {
        const auto low = std::to_integer<std::uint32_t>(row_.data[list + i]);
        if (low < next || p * kSparsePage + low >= whole_.count) {
          return fail(damaged_at(list + i, "listed integers do not rise or do not exist"));
        }
        next = low + 1;
      }
      begin = end;
    }
    place_.offset = list + begin;
    place_.count = begin;
    place_.size = whole_.offset + whole_.size - place_.offset;
    return {};
  }
  // Rank of the value that entry `i` of the list stands for; `i` rises from call to call. Requires:
  // sparse_list() found no fault.
  std::uint32_t listed_rank(std::uint32_t i) {
    while (load_le<std::uint16_t>(row_.data + whole_.offset + 2 * std::uint64_t{page_}) <= i) {
      ++page_;
    }
    return page_ * kSparsePage +
           std::to_integer<std::uint32_t>(row_.data[place_.offset - place_.count + i]);
  }

  unsigned code_at(std::uint32_t i) const {
    const auto bit = [&](std::uint64_t at) {
      return (std::to_integer<unsigned>(row_.data[at + i / 8]) >> (i % 8)) & 1;
    };
    const std::uint64_t planes = place_.offset + samples_;
    return bit(planes) | (palette_.planes < 2 ? 0 : bit(planes + plane_) << 1);
  }

  Status padding(std::uint64_t units) const {
    const auto non_zero = [&](std::uint64_t at, unsigned used) {
      return (std::to_integer<unsigned>(row_.data[at]) >> used) != 0;
    };
    for (unsigned p = 0; p < palette_.planes && place_.count % 8 != 0; ++p) {
      const std::uint64_t last = place_.offset + samples_ + (p + 1) * plane_ - 1;
      if (non_zero(last, place_.count % 8)) {
        return fail(damaged_at(last, "padding bits are not zero"));
      }
    }
    const std::uint64_t last = place_.offset + place_.size - 1;
    if (nibbles_ && units % 2 != 0 && non_zero(last, 4)) {
      return fail(damaged_at(last, "padding bits are not zero"));
    }
    return {};
  }

  const RowBytes& row_;
  const ActiveClass& a_;
  const SectionPlace& whole_;
  const bool nibbles_;
  const IntForm form_;
  const bool sparse_;
  const IntPalette& palette_;
  ValueColumns columns_;
  SectionPlace place_;  // of the values: the section, or what is coded behind its list
  std::uint64_t samples_ = 0;
  std::uint64_t plane_ = 0;
  std::uint32_t page_ = 0;  // of listed_rank()
};

// Most plain sections hold few values that a narrower form would store in fewer bytes.
template <typename Wide, typename Narrow, typename Add>
bool is_plain_form(const RowBytes& row, SlotClass cls, const SectionPlace& place, Add add) {
  const std::byte* p = row.data + place.offset;
  // Bits above those of Narrow, of an unsigned sum: baseline processors have no vector instruction
  // that compares 64 bits.
  using Bits = std::make_unsigned_t<Wide>;
  constexpr unsigned kNarrowBits = sizeof(Narrow) * 8;
  std::uint32_t wide = 0;
  for (std::size_t i = 0; i < place.count; ++i) {
    const auto v = load_le<Bits>(p + sizeof(Bits) * i) + (Bits{1} << (kNarrowBits - 1));
    wide += static_cast<std::uint32_t>(v >> kNarrowBits) != 0;
  }
  if (is_surely_plain(cls, place.count, wide)) return true;
  IntWidthCounter counter;
  for (std::uint32_t i = 0; i < place.count; ++i) add(counter, load_le<Wide>(p + sizeof(Wide) * i));
  return cheapest_int_form(cls, counter.widths(place.count)) == IntForm::kPlain;
}

}  // namespace

Status verify_int_section(const RowBytes& row, const RowSections& s, const ActiveClass& a) {
  const bool int4 = a.cls == SlotClass::kInt4;
  const SectionPlace& place = s.cls(a.cls);
  if ((int4 ? s.format.int4() : s.format.int8()) != IntForm::kPlain || a.has_column_rules) {
    return IntSectionVerifier(row, s, a).run();
  }
  const bool plain =
      int4 ? is_plain_form<std::int32_t, std::int16_t>(
                 row, a.cls, place, [](IntWidthCounter& c, std::int32_t v) { c.add4(v); })
           : is_plain_form<std::int64_t, std::int32_t>(
                 row, a.cls, place, [](IntWidthCounter& c, std::int64_t v) { c.add8(v, false); });
  return plain ? Status() : other_form();
}

}  // namespace wisp
