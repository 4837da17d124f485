// RowBuilder::finish_row: measures the row exactly, chooses the forms, then writes it once.
#include <algorithm>
#include <bit>
#include <cstring>

#include "wisp/codec/bytes.h"
#include "wisp/codec/field_kernels.h"
#include "wisp/codec/int_section.h"
#include "wisp/codec/presence_cost.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_format.h"

namespace wisp {

namespace {

std::uint64_t varint_bytes(std::uint64_t v) noexcept {
  return static_cast<std::uint64_t>(std::bit_width(v | 1) + 6) / 7;
}

char* write_varint(char* p, std::uint64_t v) noexcept {
  for (; v >= 0x80; v >>= 7) *p++ = static_cast<char>(v | 0x80);
  *p++ = static_cast<char>(v);
  return p;
}

template <typename T>
T load_text(const char* p) noexcept {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// Copies; short texts, the common case, without a call.
inline char* put_bytes(char* to, const char* from, std::size_t n) noexcept {
  if (n > 16) {
    std::memcpy(to, from, n);
  } else if (n >= 8) {
    const auto first = load_text<std::uint64_t>(from);
    const auto last = load_text<std::uint64_t>(from + n - 8);
    store_le(to, first);
    store_le(to + n - 8, last);
  } else if (n >= 4) {
    const auto first = load_text<std::uint32_t>(from);
    const auto last = load_text<std::uint32_t>(from + n - 4);
    store_le(to, first);
    store_le(to + n - 4, last);
  } else if (n != 0) {
    to[0] = from[0];
    to[n / 2] = from[n / 2];
    to[n - 1] = from[n - 1];
  }
  return to + n;
}

// What the offset table and the heap take.
struct TextMeasure {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;       // of the values
  std::uint64_t long_bytes = 0;  // of varint lengths in TextForm::kLengths
  bool ends_fit = true;

  std::uint64_t blocks() const noexcept { return (count + kTextBlock - 1) / kTextBlock; }
  // Table and heap together.
  std::uint64_t size(TextForm form, std::uint64_t start_width) const noexcept {
    const std::uint64_t starts = count == 0 ? 0 : start_width * (blocks() - 1);
    return count + starts + bytes + (form == TextForm::kLengths ? long_bytes : 0);
  }
};

}  // namespace

class RowEncoder {
 public:
  explicit RowEncoder(RowBuilder& b) : b_(b), l_(*b.layout_) {}

  Status check_required() const {
    const std::size_t fixed = l_.not_null_fixed().size();
    const std::size_t required = fixed + l_.not_null_var().size();
    for (std::size_t i = 0; i < required; ++i) {
      const std::uint64_t word = b_.present_[l_.bitmap_words() + i / 64];
      if (i % 64 == 0 && i + 64 <= required && word == ~std::uint64_t{0}) {
        i += 63;
        continue;
      }
      if (((word >> (i % 64)) & 1) != 0) continue;
      return fail(ErrorCode::kConstraint, "a NOT NULL column was not set",
                  "column " + quote_identifier(missing_required(i)));
    }
    for (const std::uint32_t column : b_.kept_not_null_) {
      const ColumnSlot& s = l_.slot(ColumnIndex{column});
      if (((b_.present_[s.bitmap_word] >> (s.slot & 63)) & 1) != 0) continue;
      return fail(ErrorCode::kConstraint, "a NOT NULL column was not set",
                  "column " + quote_identifier(l_.name(ColumnIndex{column})));
    }
    return {};
  }

  // Collects the present slots and chooses every form; afterwards size() is exact.
  void plan() {
    collect_slots();
    size_ = l_.directory_offset();
    for (const ActiveClass& a : l_.active()) {
      if (a.cls != SlotClass::kVar) size_ += section_size(a);
    }
    measure_text();
    presence_ = choose_presence(l_, present_, size_ + text_.size(text_form_, 2));
    size_ += presence_bytes(l_, presence_, present_);
    if (text_form_ == TextForm::kLengths && size_ + text_.size(text_form_, 2) > kWideTextRow) {
      start_width_ = 4;
    }
    size_ += text_.size(text_form_, start_width_);
  }
  std::uint64_t size() const noexcept { return size_; }

  // Writes size() bytes to `out`, which are all zero.
  void write(char* out) {
    const bool wide = needs_wide_directory(l_, presence_, present_);
    out[0] = static_cast<char>(FormatByte::make(presence_, wide, text_form_, int4_, int8_).value);
    write_version(out);
    write_required(out);
    char* p = write_presence(out + l_.directory_offset(), wide);
    for (const ActiveClass& a : l_.active()) {
      if (a.cls != SlotClass::kVar) p = write_section(a, p);
    }
    write_text(p);
  }

 private:
  const ClassLayout& cls(const ActiveClass& a) const { return l_.cls(a.cls); }
  std::uint32_t count(SlotClass c) const { return counts_[static_cast<std::size_t>(c)]; }
  const std::uint16_t* slots(SlotClass c) const {
    return b_.slots_.data() + starts_[static_cast<std::size_t>(c)];
  }

  std::string_view missing_required(std::size_t i) const {
    for (const auto* columns : {&l_.not_null_fixed(), &l_.not_null_var()}) {
      for (std::uint32_t c : *columns) {
        if (l_.slot(ColumnIndex{c}).slot == i) return l_.name(ColumnIndex{c});
      }
    }
    return {};
  }

  void collect_slots() {
    std::uint32_t before = 0;
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = cls(a);
      const std::uint32_t n = internal::field_kernels->flatten(
          b_.present_.data() + c.first_word, c.word_count, before, b_.slots_.data() + before,
          b_.word_counts_.data() + c.first_word);
      starts_[static_cast<std::size_t>(a.cls)] = before;
      counts_[static_cast<std::size_t>(a.cls)] = n;
      before += n;
    }
    present_ = before;
  }

  bool is_unsigned_slot(const ClassLayout& c, std::uint32_t slot) const {
    return is_unsigned(l_.slot(ColumnIndex{l_.slot_columns()[c.first_slot + slot]}).kind);
  }
  std::uint64_t staged(const ClassLayout& c, std::uint16_t slot) const {
    return b_.fixed_[c.first_slot + slot];
  }
  unsigned width(const ClassLayout& c, SlotClass k, std::uint16_t slot) const {
    const std::uint64_t bits = staged(c, slot);
    if (k == SlotClass::kInt4) return IntWidths::width4(bits);
    return IntWidths::width8(bits,
                             static_cast<std::int64_t>(bits) < 0 && is_unsigned_slot(c, slot));
  }

  IntWidths count_widths(const ActiveClass& a) const {
    const ClassLayout& c = cls(a);
    const std::uint16_t* s = slots(a.cls);
    const std::uint32_t n = count(a.cls);
    IntWidthCounter counter;
    if (a.cls == SlotClass::kInt4) {
      for (std::uint32_t i = 0; i < n; ++i)
        counter.add4(static_cast<std::int64_t>(staged(c, s[i])));
    } else {
      for (std::uint32_t i = 0; i < n; ++i) {
        const auto v = static_cast<std::int64_t>(staged(c, s[i]));
        counter.add8(v, v < 0 && is_unsigned_slot(c, s[i]));
      }
    }
    return counter.widths(n);
  }

  // Gathers the present kInt4 values and counts those of at most 16 bits.
  std::uint32_t gather_ints(const ActiveClass& a) {
    const std::uint64_t* fixed = b_.fixed_.data() + cls(a).first_slot;
    const std::uint16_t* s = slots(a.cls);
    const std::uint32_t n = count(a.cls);
    std::uint32_t* out = b_.ints_.data();
    std::uint32_t narrow = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::uint64_t bits = fixed[s[i]];
      narrow += bits + 0x8000 < 0x10000;
      out[i] = static_cast<std::uint32_t>(bits);
    }
    return narrow;
  }
  // So few narrow values that no coded form pays: each saves 4 bytes at best, and beside the values
  // stand two planes and samples, or a list of those that are not zero, here more than half.
  static std::uint32_t too_few_narrow(std::uint32_t n) {
    const std::uint32_t planes = 2 * ((n + 7) / 8) + 2 * ((n + kIntBlock - 1) / kIntBlock);
    return std::min(planes, 2 * ((n + kSparsePage - 1) / kSparsePage) + n / 2) / 4;
  }

  std::uint64_t section_size(const ActiveClass& a) {
    const std::uint32_t n = count(a.cls);
    if (a.cls == SlotClass::kBool) return (n + 7) / 8;
    if (a.cls != SlotClass::kInt4 && a.cls != SlotClass::kInt8) return std::uint64_t{n} * a.width;
    if (a.cls == SlotClass::kInt4 && gather_ints(a) <= too_few_narrow(n))
      return std::uint64_t{n} * 4;
    const IntWidths widths = count_widths(a);
    const IntForm form = cheapest_int_form(a.cls, widths);
    (a.cls == SlotClass::kInt4 ? int4_ : int8_) = form;
    return int_section_bytes(a.cls, form, widths);
  }

  // The values of the offset table: the NOT NULL ones, then the present ones.
  struct Texts {
    const std::string_view* required;  // staged one behind the other, as the table has them
    const std::string_view* nullable;
    const std::uint16_t* slots;
    std::uint32_t required_count;

    std::string_view operator[](std::uint32_t i) const {
      return i < required_count ? required[i] : nullable[slots[i - required_count]];
    }
  };
  Texts texts() const {
    Texts out{nullptr, b_.var_.data() + l_.cls(SlotClass::kVar).first_slot, slots(SlotClass::kVar),
              l_.not_null_var_count()};
    if (out.required_count != 0) {
      out.required = b_.var_.data() + l_.slot(ColumnIndex{l_.not_null_var()[0]}).stage;
    }
    return out;
  }

  void measure_text() {
    text_.count = l_.not_null_var_count() + count(SlotClass::kVar);
    const auto n = static_cast<std::uint32_t>(text_.count);
    const Texts text = texts();
    for (std::uint32_t block = 0; block < n; block += kTextBlock) {
      text_.ends_fit &= text_.bytes <= 0xFFFF;
      std::uint64_t bytes = 0;
      for (std::uint32_t i = block; i < std::min(n, block + kTextBlock); ++i) {
        const std::size_t size = text[i].size();
        bytes += size;
        if (size >= kLongText) text_.long_bytes += varint_bytes(size - kLongText);
      }
      text_.bytes += bytes;
      text_.ends_fit &= bytes <= 0xFF;
    }
    text_form_ = text_.ends_fit ? TextForm::kEnds : TextForm::kLengths;
  }

  void write_version(char* out) const {
    if (!l_.has_version()) return;
    const std::uint32_t version = to_underlying(l_.schema()->version());
    if (version < kVersionEscape) {
      out[1] = static_cast<char>(version);
    } else {
      out[1] = static_cast<char>(kVersionEscape);
      store_le(out + 2, version);
    }
  }

  void write_required(char* out) const {
    for (std::uint32_t c : l_.not_null_fixed()) {
      const ColumnSlot& s = l_.slot(ColumnIndex{c});
      const std::uint64_t bits = b_.fixed_[s.stage];
      if (s.cls == SlotClass::kBool) {
        out[s.fixed_offset / 8] |= static_cast<char>(bits << (s.fixed_offset % 8));
      } else if (s.cls == SlotClass::kFixed16) {
        std::memcpy(out + s.fixed_offset, &b_.wide_[s.stage], 16);
      } else {
        std::memcpy(out + s.fixed_offset, &bits, class_width(s.cls));
      }
    }
  }

  static char* write_count(char* p, bool wide, std::uint64_t count) {
    if (wide) {
      store_le(p, static_cast<std::uint16_t>(count));
      return p + 2;
    }
    *p = static_cast<char>(count);
    return p + 1;
  }

  char* write_presence(char* p, bool wide) {
    switch (presence_) {
      case PresenceForm::kFull:
        return p;
      case PresenceForm::kBitmap:
        return write_bitmap(p, wide);
      case PresenceForm::kList:
        return write_list(p, wide);
      case PresenceForm::kAbsent:
        return write_absent(p, wide);
      case PresenceForm::kShort:
        break;
    }
    for (const ActiveClass& a : l_.active()) {
      p = write_count(p, wide, starts_[static_cast<std::size_t>(a.cls)] + count(a.cls));
    }
    std::memcpy(p, b_.slots_.data(), 2 * present_);
    return p + 2 * present_;
  }

  char* write_bitmap(char* p, bool wide) {
    for (std::uint32_t w = 0; w < l_.bitmap_words(); ++w)
      p = write_count(p, wide, b_.word_counts_[w]);
    for (const ActiveClass& a : l_.active()) {
      const std::size_t bytes = (a.nullable + 7) / 8;
      std::memcpy(p, b_.present_.data() + cls(a).first_word, bytes);
      p += bytes;
    }
    return p;
  }

  char* write_list(char* p, bool wide) {
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = cls(a);
      for (std::uint32_t page = 0; page < c.page_count; ++page) {
        const std::uint32_t last = std::min(c.word_count, (page + 1) * 4) - 1;
        p = write_count(p, wide, b_.word_counts_[c.first_word + last]);
      }
    }
    // The low bytes of the slots; pages and classes follow one another without a gap.
    const std::uint16_t* __restrict s = b_.slots_.data();
    char* __restrict list = p;
    const std::size_t n = present_;
    for (std::size_t i = 0; i < n; ++i) list[i] = static_cast<char>(s[i]);
    return list + n;
  }

  char* write_absent(char* p, bool wide) {
    char* const begin = p + std::size_t{l_.directory_entries(presence_)} * (wide ? 2 : 1);
    char* list = begin;
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = cls(a);
      for (std::uint32_t w = 0; w < c.word_count; ++w) {
        std::uint64_t absent = ~b_.present_[c.first_word + w];
        const std::uint32_t left = a.nullable - w * 64;
        if (left < 64) absent &= (std::uint64_t{1} << left) - 1;
        for (; absent != 0; absent &= absent - 1) {
          *list++ = static_cast<char>((w % 4) * 64 +
                                      static_cast<std::uint32_t>(std::countr_zero(absent)));
        }
        if (w % 4 == 3 || w + 1 == c.word_count) {
          p = write_count(p, wide, static_cast<std::uint64_t>(list - begin));
        }
      }
    }
    return list;
  }

  char* write_section(const ActiveClass& a, char* p) {
    const ClassLayout& c = cls(a);
    const std::uint16_t* s = slots(a.cls);
    const std::uint32_t n = count(a.cls);
    switch (a.cls) {
      case SlotClass::kFixed16:
        for (std::uint32_t i = 0; i < n; ++i)
          std::memcpy(p + 16 * i, &b_.wide_[c.first_slot + s[i]], 16);
        break;
      case SlotClass::kDouble:
        return write_plain<8>(c, s, n, p);
      case SlotClass::kInt8:
        return int8_ == IntForm::kPlain ? write_plain<8>(c, s, n, p) : write_coded(a, int8_, p);
      case SlotClass::kInt4:
        if (int4_ != IntForm::kPlain) return write_coded(a, int4_, p);
        std::memcpy(p, b_.ints_.data(), std::size_t{4} * n);
        return p + std::size_t{4} * n;
      case SlotClass::kReal:
        return write_plain<4>(c, s, n, p);
      case SlotClass::kInt2:
        return write_plain<2>(c, s, n, p);
      case SlotClass::kInt1:
        return write_plain<1>(c, s, n, p);
      case SlotClass::kBool:
        return write_bits(c, s, n, p);
      case SlotClass::kVar:
        break;
    }
    return p + std::size_t{n} * a.width;
  }

  char* write_bits(const ClassLayout& c, const std::uint16_t* s, std::uint32_t n, char* p) const {
    const std::uint64_t* fixed = b_.fixed_.data() + c.first_slot;
    for (std::uint32_t i = 0; i < n; i += 8) {
      const std::uint32_t in_byte = std::min(n - i, 8u);
      std::uint64_t byte = 0;
      for (std::uint32_t k = 0; k < in_byte; ++k) byte |= fixed[s[i + k]] << k;
      *p++ = static_cast<char>(byte);
    }
    return p;
  }
  template <std::size_t kWidth>
  char* write_plain(const ClassLayout& c, const std::uint16_t* s, std::uint32_t n, char* p) const {
    const std::uint64_t* fixed = b_.fixed_.data() + c.first_slot;
    for (std::uint32_t i = 0; i < n; ++i) std::memcpy(p + kWidth * i, &fixed[s[i]], kWidth);
    return p + kWidth * n;
  }

  char* write_coded(const ActiveClass& a, IntForm form, char* p) {
    const ClassLayout& c = cls(a);
    const std::uint16_t* s = slots(a.cls);
    const std::uint32_t n = count(a.cls);
    if (form == IntForm::kSparse) return write_sparse(c, s, n, p);
    CodedIntWriter writer(p, a.cls, form, n);
    for (std::uint32_t i = 0; i < n; ++i) writer.add(staged(c, s[i]), width(c, a.cls, s[i]));
    return writer.finish();
  }

  char* write_sparse(const ClassLayout& c, const std::uint16_t* s, std::uint32_t n, char* p) {
    std::uint32_t listed = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      b_.ranks_[listed] = static_cast<std::uint16_t>(i);
      listed += staged(c, s[i]) != 0;
    }
    p = write_sparse_list(p, {b_.ranks_.data(), listed}, n);
    if (listed == 0) return p;
    CodedIntWriter writer(p, SlotClass::kInt4, IntForm::kPalette1, listed);
    for (std::uint32_t k = 0; k < listed; ++k) {
      const std::uint64_t bits = staged(c, s[b_.ranks_[k]]);
      writer.add(bits, IntWidths::width4(bits));
    }
    return writer.finish();
  }

  void write_text(char* entries) {
    const auto n = static_cast<std::uint32_t>(text_.count);
    if (n == 0) return;
    char* starts = entries + n;
    char* const heap = starts + start_width_ * (text_.blocks() - 1);
    char* next = heap;
    for (std::uint32_t block = 0; block < n; block += kTextBlock) {
      if (block != 0) {
        const auto start = static_cast<std::uint32_t>(next - heap);
        std::memcpy(starts, &start, start_width_);
        starts += start_width_;
      }
      const std::uint32_t end = std::min(n, block + kTextBlock);
      next = text_form_ == TextForm::kEnds ? write_ends(block, end, entries, next)
                                           : write_lengths(block, end, entries, next);
    }
  }
  char* write_ends(std::uint32_t begin, std::uint32_t end, char* entries, char* next) const {
    const Texts text = texts();
    char* const block = next;
    for (std::uint32_t i = begin; i < end; ++i) {
      const std::string_view value = text[i];
      next = put_bytes(next, value.data(), value.size());
      entries[i] = static_cast<char>(next - block);
    }
    return next;
  }
  char* write_lengths(std::uint32_t begin, std::uint32_t end, char* entries, char* next) const {
    const Texts text = texts();
    for (std::uint32_t i = begin; i < end; ++i) {
      const std::string_view value = text[i];
      const bool is_long = value.size() >= kLongText;
      entries[i] = static_cast<char>(is_long ? kLongText : value.size());
      if (is_long) next = write_varint(next, value.size() - kLongText);
      next = put_bytes(next, value.data(), value.size());
    }
    return next;
  }

  RowBuilder& b_;
  const Layout& l_;
  std::array<std::uint32_t, kSlotClassCount> counts_{};
  std::array<std::uint32_t, kSlotClassCount> starts_{};
  std::uint64_t present_ = 0;
  std::uint64_t size_ = 0;
  PresenceForm presence_ = PresenceForm::kFull;
  IntForm int4_ = IntForm::kPlain;
  IntForm int8_ = IntForm::kPlain;
  TextForm text_form_ = TextForm::kEnds;
  std::uint64_t start_width_ = 2;
  TextMeasure text_;
};

Status RowBuilder::finish_row(std::string& out) {
  RowEncoder encoder(*this);
  WISP_TRY(encoder.check_required());
  encoder.plan();
  if (encoder.size() > max_row_bytes_) {
    return fail(ErrorCode::kLimit, "the row takes " + std::to_string(encoder.size()) +
                                       " bytes, more than the limit of " +
                                       std::to_string(max_row_bytes_));
  }
  const std::size_t begin = out.size();
  out.resize(begin + encoder.size());
  encoder.write(out.data() + begin);
  return {};
}

}  // namespace wisp
