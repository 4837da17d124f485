#include "wisp/codec/present_fields.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "wisp/codec/bytes.h"
#include "wisp/codec/int_section.h"
#include "wisp/codec/row_sections.h"

namespace wisp {

namespace {

// The values of a coded section, in order: what random access finds by counting bits is a running
// sum here.
class CodedIntReader {
 public:
  // Requires: RowSections has found the section of `count` values inside the row.
  CodedIntReader(const RowBytes& row, std::uint64_t offset, std::uint64_t count,
                 const IntPalette& palette, bool nibbles)
      : row_(row), palette_(palette), nibbles_(nibbles) {
    low_ = offset + 2 * ((count + kIntBlock - 1) / kIntBlock);
    high_ = low_ + (count + 7) / 8;
    values_ = low_ + palette.planes * ((count + 7) / 8);
  }

  // Value number `i`; called with 0, 1, 2 and so on. A damaged row may give any value.
  std::uint64_t next(std::uint32_t i, bool zero) {
    const auto bit = [&](std::uint64_t plane) {
      return (std::to_integer<unsigned>(row_.data[plane + i / 8]) >> (i % 8)) & 1;
    };
    const unsigned units = palette_.units[bit(low_) | (bit(high_) << 1)];
    const std::uint64_t at = values_ + (nibbles_ ? unit_ / 2 : unit_);
    const unsigned shift = nibbles_ ? (unit_ & 1) * 4 : 0;
    unit_ += units;
    const std::uint64_t word = load_word(row_.data, row_.size, at) >> shift;
    return extend_coded(word, nibbles_ ? units * 4 : units * 8, zero);
  }
  // Whether all values lay inside the row.
  bool fitted() const { return values_ + (nibbles_ ? (unit_ + 1) / 2 : unit_) <= row_.size; }

 private:
  const RowBytes& row_;
  const IntPalette& palette_;
  bool nibbles_;
  std::uint64_t low_;
  std::uint64_t high_;
  std::uint64_t values_;
  std::uint64_t unit_ = 0;
};

// Fills sections class by class; the buffers have room for every column of the layout.
class SectionReader {
 public:
  SectionReader(const RowBytes& row, const RowSections& s, std::uint32_t* columns,
                std::string_view* texts, std::byte* numbers, PresentSection* out)
      : row_(row),
        l_(*row.layout),
        s_(s),
        columns_(columns),
        texts_(texts),
        numbers_(numbers),
        out_(out) {}

  Status run() {
    WISP_TRY(required());
    WISP_TRY(read_present_columns(row_, s_, columns_));
    for (const ActiveClass& a : l_.active()) {
      const std::uint32_t count = s_.cls(a.cls).count;
      if (count == 0) continue;
      *out_ = {a.cls, count, columns_, row_.data + s_.cls(a.cls).offset};
      columns_ += count;
      if (a.cls == SlotClass::kVar) {
        out_->values = reinterpret_cast<const std::byte*>(texts_ + l_.not_null_var_count());
      } else if (a.cls == SlotClass::kInt4 && s_.format.int4() != IntForm::kPlain) {
        WISP_TRY(coded<std::uint32_t>(s_.format.int4()));
      } else if (a.cls == SlotClass::kInt8 && s_.format.int8() != IntForm::kPlain) {
        WISP_TRY(coded<std::uint64_t>(s_.format.int8()));
      }
      ++out_;
    }
    return {};
  }
  const PresentSection* end() const { return out_; }

 private:
  Status required() {
    for (const std::uint32_t& c : l_.not_null_fixed()) {
      FieldCell cell;
      const ColumnSlot& slot = l_.slot(ColumnIndex{c});
      internal::field_kernels->many(row_, &slot, 1, &cell);
      if (cell.access != kReadPresent) {
        return fail(ErrorCode::kCorruption, "the field's bytes are damaged",
                    "column " + quote_identifier(l_.name(ColumnIndex{c})));
      }
      *out_++ = {slot.cls, 1, &c, slot.cls == SlotClass::kFixed16 ? cell.data : numbers_};
      std::memcpy(numbers_, &cell.bits, sizeof cell.bits);
      numbers_ += sizeof cell.bits;
    }
    if (s_.text_count == 0) return {};
    if (s_.format.text() == TextForm::kEnds) {
      WISP_TRY(text_ends());
    } else {
      WISP_TRY(text_lengths());
    }
    if (const std::uint32_t n = l_.not_null_var_count(); n != 0) {
      *out_++ = {SlotClass::kVar, n, l_.not_null_var().data(),
                 reinterpret_cast<const std::byte*>(texts_)};
    }
    return {};
  }

  // Decodes the section that *out_ describes.
  template <typename T>
  Status coded(IntForm form) {
    constexpr bool kNibbles = sizeof(T) == 4;
    const std::uint32_t n = out_->count;
    std::byte* values = numbers_;
    const auto is_zero_extended = [&](std::uint32_t i) {
      return l_.has_unsigned() && is_unsigned(l_.slot(ColumnIndex{out_->columns[i]}).kind);
    };
    std::uint64_t offset = s_.cls(out_->cls).offset;
    if (!kNibbles || form != IntForm::kSparse) {
      CodedIntReader reader(row_, offset, n,
                            kNibbles ? kInt4Palettes[static_cast<std::size_t>(form)]
                                     : kInt8Palettes[static_cast<std::size_t>(form)],
                            kNibbles);
      for (std::uint32_t i = 0; i < n; ++i) {
        put(values, i, static_cast<T>(reader.next(i, is_zero_extended(i))));
      }
      if (!reader.fitted()) return fail(damaged_at(offset, "integer widths exceed the row"));
    } else {
      std::memset(values, 0, sizeof(T) * n);
      const std::uint32_t pages = (n + kSparsePage - 1) / kSparsePage;
      const std::byte* ends = row_.data + offset;
      const std::uint32_t listed = load_le<std::uint16_t>(ends + 2 * std::size_t{pages - 1});
      offset += 2 * std::uint64_t{pages};
      CodedIntReader reader(row_, offset + listed, listed, kInt4Palettes[1], true);
      std::uint32_t page = 0;
      for (std::uint32_t i = 0; i < listed; ++i) {
        while (load_le<std::uint16_t>(ends + 2 * std::size_t{page}) <= i) ++page;
        const std::uint32_t rank =
            page * kSparsePage + std::to_integer<std::uint32_t>(row_.data[offset + i]);
        if (rank >= n) return fail(damaged_at(offset + i, "a listed integer does not exist"));
        put(values, rank, static_cast<T>(reader.next(i, is_zero_extended(rank))));
      }
      if (!reader.fitted()) return fail(damaged_at(offset, "integer widths exceed the row"));
    }
    out_->values = values;
    numbers_ += sizeof(T) * n;
    return {};
  }
  template <typename T>
  static void put(std::byte* values, std::uint32_t i, T v) {
    std::memcpy(values + sizeof(T) * i, &v, sizeof v);
  }

  std::uint64_t block_start(std::uint64_t block) const {
    const std::byte* p = row_.data + s_.text_starts + s_.start_width * (block - 1);
    return s_.heap + (s_.start_width == 2 ? load_le<std::uint16_t>(p) : load_le<std::uint32_t>(p));
  }

  Status text_ends() {
    const std::byte* ends = row_.data + s_.text_starts - s_.text_count;
    const char* chars = reinterpret_cast<const char*>(row_.data);
    bool rise = true;
    for (std::uint64_t i = 0; i < s_.text_count;) {
      const std::uint64_t block = i == 0 ? s_.heap : block_start(i / kTextBlock);
      const std::uint64_t stop = std::min<std::uint64_t>(i + kTextBlock, s_.text_count);
      std::uint64_t begin = 0;
      for (; i < stop; ++i) {
        const auto end = std::to_integer<std::uint64_t>(ends[i]);
        rise &= end >= begin;
        texts_[i] = {chars + block + begin, end - begin};
        begin = end;
      }
      if (!rise || block + begin > row_.size) {
        return fail(damaged_at(s_.text_starts - s_.text_count + i - 1, "a value leaves the row"));
      }
    }
    return {};
  }

  Status text_lengths() {
    const std::uint64_t table = s_.text_starts - s_.text_count;
    std::uint64_t at = s_.heap;
    for (std::uint64_t i = 0; i < s_.text_count; ++i) {
      if (i % kTextBlock == 0 && i != 0) at = block_start(i / kTextBlock);
      auto size = std::to_integer<std::uint64_t>(row_.data[table + i]);
      for (unsigned shift = 0, more = size == kLongText; more != 0; shift += 7) {
        if (at >= row_.size || shift > 28) return fail(damaged_at(at, "a length is cut off"));
        const auto byte = std::to_integer<std::uint64_t>(row_.data[at++]);
        size += (byte & 0x7F) << shift;
        more = byte >= 0x80;
      }
      if (at > row_.size || size > row_.size - at) {
        return fail(damaged_at(table + i, "a value leaves the row"));
      }
      texts_[i] = {reinterpret_cast<const char*>(row_.data) + at, size};
      at += size;
    }
    return {};
  }

  const RowBytes& row_;
  const Layout& l_;
  const RowSections& s_;
  std::uint32_t* columns_;
  std::string_view* texts_;
  std::byte* numbers_;
  PresentSection* out_;
};

}  // namespace

PresentFields::PresentFields(LayoutPtr layout) : layout_(std::move(layout)) {
  const std::size_t n = layout_->column_count();
  fields_.resize(n);
  columns_.resize(layout_->nullable_count());
  texts_.resize(n);
  numbers_.resize(8 * n);
  sections_.resize(layout_->not_null_fixed().size() + 1 + kSlotClassCount);
}

Status PresentFields::scan(const RowBytes& row) {
  RowSections sections;
  WISP_TRY(sections.find(row));
  SectionReader reader(row, sections, columns_.data(), texts_.data(), numbers_.data(),
                       sections_.data());
  WISP_TRY(reader.run());
  section_count_ = static_cast<std::size_t>(reader.end() - sections_.data());
  return {};
}

Result<std::span<const PresentField>> PresentFields::read(const RowView& row) {
  PresentField* out = fields_.data();
  WISP_TRY(visit(row, [&](ColumnIndex c, auto v) {
    using T = decltype(v);
    PresentField& f = *out++;
    f = {c, nullptr, 0};
    if constexpr (std::is_same_v<T, std::string_view>) {
      f.data = reinterpret_cast<const std::byte*>(v.data());
      f.bits = v.size();
    } else if constexpr (std::is_same_v<T, PresentBytes16>) {
      f.data = v.data;
      f.bits = 16;
    } else if constexpr (std::is_same_v<T, float>) {
      f.bits = std::bit_cast<std::uint32_t>(v);
    } else if constexpr (std::is_same_v<T, double>) {
      f.bits = std::bit_cast<std::uint64_t>(v);
    } else if constexpr (std::is_same_v<T, bool>) {
      f.bits = v;
    } else if (is_unsigned(layout_->slot(c).kind)) {
      f.bits = static_cast<std::make_unsigned_t<T>>(v);
    } else {
      f.bits = static_cast<std::uint64_t>(std::int64_t{v});
    }
  }));
  return std::span<const PresentField>(fields_.data(),
                                       static_cast<std::size_t>(out - fields_.data()));
}

}  // namespace wisp
