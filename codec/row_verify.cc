#include "wisp/codec/row_verify.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "wisp/codec/bytes.h"
#include "wisp/codec/int_section_verify.h"
#include "wisp/codec/nested_verify.h"
#include "wisp/codec/one_nan.h"
#include "wisp/codec/presence_cost.h"
#include "wisp/codec/present_slots.h"
#include "wisp/codec/row_sections.h"

namespace wisp {

namespace {

// Bytes eight at a time, in a plain word.
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x80 * kOnes;

// Not zero where a byte of `a` is below that of `b` at the same place.
constexpr std::uint64_t any_below(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t low_at_least = (a | kHighBits) - (b & ~kHighBits);  // of the low seven bits
  return ((~a & b) | (~(a ^ b) & ~low_at_least)) & kHighBits;
}
static_assert(any_below(0x8000, 0x7F00) == 0 && any_below(0x7F00, 0x8000) != 0);
static_assert(any_below(0x0505, 0x0505) == 0 && any_below(0x0504, 0x0505) != 0);

constexpr bool has_ff(std::uint64_t v) noexcept {
  return ((~v - kOnes) & v & kHighBits) != 0;
}
static_assert(has_ff(0xFF00) && !has_ff(0xFEFE) && !has_ff(0x0100) && has_ff(0x00FF));

constexpr std::uint64_t sum_of_bytes(std::uint64_t v) noexcept {
  constexpr std::uint64_t kEven = 0x00FF00FF00FF00FF;
  return (((v & kEven) + ((v >> 8) & kEven)) * 0x0001000100010001) >> 48;
}
static_assert(sum_of_bytes(UINT64_MAX) == 8 * 255 && sum_of_bytes(0x0102030405060708) == 36);

// The compiler's own is a call where the build has no popcnt.
constexpr std::uint32_t count_bits(std::uint64_t v) noexcept {
  v -= (v >> 1) & 0x5555555555555555;
  v = (v & 0x3333333333333333) + ((v >> 2) & 0x3333333333333333);
  v = (v + (v >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return static_cast<std::uint32_t>((v * kOnes) >> 56);
}
static_assert(count_bits(UINT64_MAX) == 64 && count_bits(0x8001'0000'0000'1010) == 4);

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

  // NOT NULL values: those of fixed width, and that those with a presence bit are there.
  Status required() {
    std::uint32_t bools = 0;
    std::uint32_t last_bit = 0;
    for (std::uint32_t c : l_.not_null_fixed()) {
      const ColumnSlot& slot = l_.slot(ColumnIndex{c});
      if (slot.cls == SlotClass::kBool) {
        ++bools;
        last_bit = slot.fixed_offset;
      } else {
        WISP_TRY(value_limits(slot, slot.fixed_offset));
      }
    }
    for (const std::uint32_t c : l_.kept_not_null()) {
      if (internal::field_kernels->presence(row_, l_.slot(ColumnIndex{c})) != kReadPresent) {
        return fail(damaged_at(s_.presence, l_, ColumnIndex{c}, "a NOT NULL column is NULL"));
      }
    }
    if (bools == 0) return {};
    const auto byte = std::to_integer<unsigned>(row_.data[last_bit / 8]);
    if ((byte >> (last_bit % 8)) > 1) {
      return fail(damaged_at(last_bit / 8, "padding bits are not zero"));
    }
    return {};
  }

  // A NOT NULL value, or one of 16 bytes.
  Status value_limits(const ColumnSlot& slot, std::uint64_t offset) const {
    if (slot.cls == SlotClass::kDouble) return one_nan<std::uint64_t>(offset, 1);
    if (slot.cls == SlotClass::kReal) return one_nan<std::uint32_t>(offset, 1);
    if (!has_limits(slot.kind)) return {};
    Decimal::Int v = load_le<std::int64_t>(row_.data + offset);
    if (slot.cls == SlotClass::kFixed16) std::memcpy(&v, row_.data + offset, 16);
    const ColumnIndex column{slot.column};
    if (is_within_limits(l_.type(column), v)) return {};
    return fail(damaged_at(offset, l_, column, "a value outside the limits of its type"));
  }

  // `n` values of IEEE 754: NaN is the one that encoders write.
  template <typename UInt>
  Status one_nan(std::uint64_t offset, std::uint32_t n) const {
    if (only_one_nan<UInt>(row_.data + offset, n)) return {};
    return fail(damaged_at(offset, "a NaN that is not the canonical one"));
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
      const std::uint64_t begin = s_.presence + c.bitmap_offset;
      const std::uint32_t full_words = a.nullable / 64;
      for (std::uint32_t w = 0; w < full_words; ++w) {
        total += count_bits(load_le<std::uint64_t>(row_.data + begin + 8 * std::uint64_t{w}));
        if (s_.entry(row_, c.first_word + w) != total) return directory_disagrees();
      }
      const std::uint32_t slots = a.nullable % 64;
      if (slots == 0) continue;
      const std::uint64_t last = begin + 8 * std::uint64_t{full_words};
      const std::uint64_t word = load_partial(row_.data + last, (slots + 7) / 8);
      if ((word >> slots) != 0) {
        return fail(damaged_at(last, "padding bits of the bitmap are not zero"));
      }
      total += count_bits(word);
      if (s_.entry(row_, c.first_word + full_words) != total) return directory_disagrees();
    }
    return {};
  }
  Status directory_disagrees() const {
    return fail(damaged_at(s_.directory, "directory and bitmap disagree"));
  }

  Status list() {
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = l_.cls(a.cls);
      for (std::uint32_t p = 0; p < c.page_count; ++p) {
        const std::uint32_t page = c.first_page + p;
        std::uint32_t next = 0;
        for (std::uint32_t i = page == 0 ? 0 : s_.entry(row_, page - 1); i < s_.entry(row_, page);
             ++i) {
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
    switch (a.cls) {
      case SlotClass::kFixed16:
        return a.has_column_rules ? decimals(place) : Status();
      case SlotClass::kDouble:
        return one_nan<std::uint64_t>(place.offset, place.count);
      case SlotClass::kReal:
        return one_nan<std::uint32_t>(place.offset, place.count);
      case SlotClass::kInt8:
      case SlotClass::kInt4:
        return verify_int_section(row_, s_, a);
      case SlotClass::kBool:
        return bools(place);
      default:
        return {};
    }
  }

  Status decimals(const SectionPlace& place) {
    PresentSlots columns(row_, s_, SlotClass::kFixed16);
    for (std::uint32_t i = 0; i < place.count; ++i) {
      const ColumnSlot& slot = l_.slot(ColumnIndex{columns.next()});
      WISP_TRY(value_limits(slot, place.offset + std::uint64_t{16} * i));
    }
    return {};
  }

  Status bools(const SectionPlace& place) {
    if (place.count % 8 == 0) return {};
    const std::uint64_t last = place.offset + place.size - 1;
    if ((std::to_integer<unsigned>(row_.data[last]) >> (place.count % 8)) == 0) return {};
    return fail(damaged_at(last, "padding bits are not zero"));
  }

  Status text() {
    // The column of an entry is only looked up where its bytes have rules of their own.
    const bool has_rules = options_.utf8 || l_.has_nested();
    if (has_rules) text_columns_.emplace(row_, s_, SlotClass::kVar);
    bool ends_fit = true;
    std::uint64_t next = s_.heap;
    std::uint64_t value_bytes = 0;  // without varints
    for (std::uint64_t i = 0; i < s_.text_count; i += kTextBlock) {
      const std::uint64_t stop = std::min<std::uint64_t>(i + kTextBlock, s_.text_count);
      ends_fit &= value_bytes <= 0xFFFF;
      if (i != 0) {
        const std::uint64_t at = s_.text_starts + s_.start_width * (i / kTextBlock - 1);
        const std::uint64_t start = s_.start_width == 2 ? load_le<std::uint16_t>(row_.data + at)
                                                        : load_le<std::uint32_t>(row_.data + at);
        if (start != next - s_.heap) return fail(damaged_at(at, "a block start is wrong"));
      }
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
    const auto eight_at = [&](std::uint64_t k) { return load_le<std::uint64_t>(entries + k); };
    const auto entry_at = [&](std::uint64_t k) { return std::to_integer<unsigned>(entries[k]); };
    bool special = false;
    if (s_.format.text() == TextForm::kEnds) {
      if (n == kTextBlock) {
        special = (any_below(eight_at(1), eight_at(0)) | any_below(eight_at(8), eight_at(7))) != 0;
      } else {
        for (std::uint64_t k = 1; k < n; ++k) special |= entry_at(k) < entry_at(k - 1);
      }
      return special ? kUnknownSize : entry_at(n - 1);
    }
    std::uint64_t sum = 0;
    if (n == kTextBlock) {
      special = has_ff(eight_at(0)) || has_ff(eight_at(8));
      sum = sum_of_bytes(eight_at(0)) + sum_of_bytes(eight_at(8));
    } else {
      for (std::uint64_t k = 0; k < n; ++k) {
        sum += entry_at(k);
        special |= entry_at(k) == kLongText;
      }
    }
    return special ? kUnknownSize : sum;
  }
  static_assert(kTextBlock == 16 && kLongText == 0xFF);

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
      column = text_columns_->next();
    }
    const ColumnIndex c{column};
    auto ok = verify_value_bytes(l_.nested(c), l_.type(c), bytes, options_);
    if (!ok) return fail(damaged_value(offset, c, std::move(ok).error()));
    return {};
  }

  // `inside` says a byte counted from the value: kept where the value is nested, for a text the
  // byte of the row is enough.
  Error damaged_value(std::uint64_t offset, ColumnIndex column, Error inside) const {
    constexpr std::string_view kOwn = "row byte ";
    if (!l_.type(column).is_nested()) {
      inside.where.clear();
    } else if (inside.where.starts_with(kOwn)) {
      inside.where.replace(0, kOwn.size(), "value byte ");
    }
    return std::move(inside).within(damaged_at(offset, l_, column, {}).where);
  }

  const RowBytes& row_;
  const Layout& l_;
  const RowSections& s_;
  const VerifyOptions& options_;
  std::optional<PresentSlots> text_columns_;
};

}  // namespace

Status verify_row(const RowView& row, const VerifyOptions& options) {
  const RowBytes bytes{&row.layout(), row.bytes().data(), row.bytes().size()};
  RowSections sections;
  WISP_TRY(sections.find(bytes));
  return RowVerifier(bytes, sections, options).run();
}

}  // namespace wisp
