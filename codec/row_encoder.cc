// RowBuilder::finish_row: measures the row exactly, chooses the forms, then writes it once.
#include <algorithm>
#include <cstring>
#include <optional>

#include "wisp/codec/bytes.h"
#include "wisp/codec/int_section.h"
#include "wisp/codec/presence_cost.h"
#include "wisp/codec/presence_section.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_format.h"
#include "wisp/codec/text_section.h"

namespace wisp {

class RowEncoder {
 public:
  // Chooses every form; afterwards size() is exact. Requires: the builder's fields are arranged.
  explicit RowEncoder(RowBuilder& b)
      : b_(b), fields_(b.fields_), l_(*b.layout_), text_(fields_.texts()) {
    size_ = l_.directory_offset();
    for (const ActiveClass& a : l_.active()) {
      present_ += count(a.cls);
      if (a.cls != SlotClass::kVar) size_ += section_size(a);
    }
    presence_ = choose_presence(l_, present_, size_ + text_.size(2));
    size_ += presence_bytes(l_, presence_, present_);
    if (text_.form() == TextForm::kLengths && size_ + text_.size(2) > kWideTextRow) {
      start_width_ = 4;
    }
    size_ += text_.size(start_width_);
  }
  std::uint64_t size() const noexcept { return size_; }

  // Writes size() bytes to `out`, which are all zero.
  void write(char* out) {
    const bool wide = needs_wide_directory(l_, presence_, present_);
    out[0] = static_cast<char>(FormatByte::make(presence_, wide, text_.form(), int4_, int8_).value);
    write_version(out);
    write_required(out);
    char* p = write_presence(out + l_.directory_offset(), l_, presence_, wide, fields_, b_.spare_);
    for (const ActiveClass& a : l_.active()) {
      if (a.cls != SlotClass::kVar) p = write_section(a, p);
    }
    text_.write(p, start_width_);
  }

 private:
  std::uint32_t count(SlotClass c) const { return fields_.count(c); }

  // Whether the i-th present value of the class is of an unsigned column.
  bool is_unsigned_at(SlotClass c, std::uint32_t i) const {
    const std::uint32_t at = l_.cls(c).first_slot + fields_.slots(c)[i];
    return is_unsigned(l_.slot(ColumnIndex{l_.slot_columns()[at]}).kind);
  }

  // The i-th present kInt4 value. Requires: narrow_ints() has run.
  std::int64_t int4_at(std::uint32_t i) const {
    const auto v = static_cast<std::int32_t>(b_.ints_[i]);
    if (v < 0 && l_.has_unsigned() && is_unsigned_at(SlotClass::kInt4, i)) return b_.ints_[i];
    return v;
  }

  IntWidths count_widths(SlotClass c) const {
    const std::uint32_t n = count(c);
    IntWidthCounter counter;
    if (c == SlotClass::kInt8) {
      const std::uint64_t* bits = fields_.bits(c);
      for (std::uint32_t i = 0; i < n; ++i) {
        const auto v = static_cast<std::int64_t>(bits[i]);
        counter.add8(v, v < 0 && is_unsigned_at(c, i));
      }
    } else {
      const std::uint32_t* ints = b_.ints_.data();
      std::uint32_t high_bits = 0;
      for (std::uint32_t i = 0; i < n; ++i) {
        counter.add4(static_cast<std::int32_t>(ints[i]));
        high_bits |= ints[i];
      }
      if (l_.has_unsigned() && (high_bits >> 31) != 0) {  // which may be no signs
        counter = {};
        for (std::uint32_t i = 0; i < n; ++i) counter.add4(int4_at(i));
      }
    }
    return counter.widths(n);
  }

  // Copies the present kInt4 values as 32 bits, what all below sees of them, and counts those of at
  // most 16; unsigned ones near the top count too.
  std::uint32_t narrow_ints() {
    const std::uint64_t* bits = fields_.bits(SlotClass::kInt4);
    const std::uint32_t n = count(SlotClass::kInt4);
    std::uint32_t* out = b_.ints_.data();
    for (std::uint32_t i = 0; i < n; ++i) out[i] = static_cast<std::uint32_t>(bits[i]);
    std::uint32_t narrow = 0;
    for (std::uint32_t i = 0; i < n; ++i) narrow += (out[i] + 0x8000) >> 16 == 0;
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
    if (a.cls == SlotClass::kInt4 && narrow_ints() <= too_few_narrow(n))
      return std::uint64_t{n} * 4;
    const IntWidths widths = count_widths(a.cls);
    const IntForm form = cheapest_int_form(a.cls, widths);
    (a.cls == SlotClass::kInt4 ? int4_ : int8_) = form;
    return int_section_bytes(a.cls, form, widths);
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
      const std::uint64_t bits = fields_.required_bits()[s.slot];
      if (s.cls == SlotClass::kBool) {
        out[s.fixed_offset / 8] |= static_cast<char>(bits << (s.fixed_offset % 8));
      } else if (s.cls == SlotClass::kFixed16) {
        std::memcpy(out + s.fixed_offset, &fields_.required_wide()[s.slot], 16);
      } else {
        std::memcpy(out + s.fixed_offset, &bits, class_width(s.cls));
      }
    }
  }

  char* write_section(const ActiveClass& a, char* p) {
    const std::uint64_t* bits = fields_.bits(a.cls);
    const std::uint32_t n = count(a.cls);
    switch (a.cls) {
      case SlotClass::kFixed16:
        std::memcpy(p, fields_.wide(), std::size_t{16} * n);
        break;
      case SlotClass::kDouble:
        return write_plain<std::uint64_t>(bits, n, p);
      case SlotClass::kInt8:
        return int8_ == IntForm::kPlain ? write_plain<std::uint64_t>(bits, n, p)
                                        : write_coded(a.cls, int8_, p);
      case SlotClass::kInt4:
        if (int4_ != IntForm::kPlain) return write_coded(a.cls, int4_, p);
        std::memcpy(p, b_.ints_.data(), std::size_t{4} * n);
        break;
      case SlotClass::kReal:
        return write_plain<std::uint32_t>(bits, n, p);
      case SlotClass::kInt2:
        return write_plain<std::uint16_t>(bits, n, p);
      case SlotClass::kInt1:
        return write_plain<std::uint8_t>(bits, n, p);
      case SlotClass::kBool:
        return write_bools(bits, n, p);
      case SlotClass::kVar:
        break;
    }
    return p + std::size_t{n} * a.width;
  }

  static char* write_bools(const std::uint64_t* bits, std::uint32_t n, char* p) {
    for (; n >= 8; n -= 8, bits += 8) {
      std::uint64_t byte = 0;
      for (std::uint32_t k = 0; k < 8; ++k) byte |= bits[k] << k;
      *p++ = static_cast<char>(byte);
    }
    if (n == 0) return p;
    std::uint64_t byte = 0;
    for (std::uint32_t k = 0; k < n; ++k) byte |= bits[k] << k;
    *p++ = static_cast<char>(byte);
    return p;
  }
  template <typename T>
  static char* write_plain(const std::uint64_t* bits, std::uint32_t n, char* p) {
    for (std::uint32_t i = 0; i < n; ++i) store_le(p + sizeof(T) * i, static_cast<T>(bits[i]));
    return p + sizeof(T) * n;
  }

  char* write_coded(SlotClass c, IntForm form, char* p) {
    const std::uint64_t* bits = fields_.bits(c);
    const std::uint32_t n = count(c);
    if (form == IntForm::kSparse) return write_sparse(n, p);
    CodedIntWriter writer(p, c, form, n);
    if (c == SlotClass::kInt4) {
      for (std::uint32_t i = 0; i < n; ++i) add_int4(writer, i);
      return writer.finish();
    }
    for (std::uint32_t i = 0; i < n; ++i) {
      const bool full = static_cast<std::int64_t>(bits[i]) < 0 && is_unsigned_at(c, i);
      writer.add(bits[i], IntWidths::width8(bits[i], full));
    }
    return writer.finish();
  }

  void add_int4(CodedIntWriter& writer, std::uint32_t i) const {
    const auto bits = static_cast<std::uint64_t>(int4_at(i));
    writer.add(bits, IntWidths::width4(bits));
  }

  char* write_sparse(std::uint32_t n, char* p) {
    b_.spare_.resize(std::size_t{n} + 1);
    std::uint16_t* const ranks = b_.spare_.data();
    std::uint32_t listed = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      ranks[listed] = static_cast<std::uint16_t>(i);
      listed += b_.ints_[i] != 0;
    }
    p = write_sparse_list(p, {ranks, listed}, n);
    if (listed == 0) return p;
    CodedIntWriter writer(p, SlotClass::kInt4, IntForm::kPalette1, listed);
    for (std::uint32_t k = 0; k < listed; ++k) add_int4(writer, ranks[k]);
    return writer.finish();
  }

  RowBuilder& b_;
  const StagedFields& fields_;
  const Layout& l_;
  TextSection text_;
  std::uint64_t present_ = 0;
  std::uint64_t size_ = 0;
  PresenceForm presence_ = PresenceForm::kFull;
  IntForm int4_ = IntForm::kPlain;
  IntForm int8_ = IntForm::kPlain;
  std::uint64_t start_width_ = 2;
};

std::optional<ColumnIndex> RowBuilder::first_missing() const {
  const std::size_t fixed = layout_->not_null_fixed().size();
  if (fixed + layout_->not_null_var_count() + layout_->kept_not_null().size() == 0) {
    return std::nullopt;
  }
  const std::size_t at = fields_.first_missing();
  if (at < fixed + layout_->not_null_var().size()) {
    for (const auto* columns : {&layout_->not_null_fixed(), &layout_->not_null_var()}) {
      for (std::uint32_t c : *columns) {
        if (layout_->slot(ColumnIndex{c}).slot == at) return ColumnIndex{c};
      }
    }
  }
  for (const std::uint32_t c : layout_->kept_not_null()) {
    if (!fields_.has(layout_->slot(ColumnIndex{c}))) return ColumnIndex{c};
  }
  return std::nullopt;
}

namespace {

Status not_set(const Layout& layout, ColumnIndex column) {
  return fail(ErrorCode::kConstraint, "a NOT NULL column was not set",
              "column " + quote_identifier(layout.name(column)));
}

}  // namespace

Status RowBuilder::fill_defaults() {
  // Only schemas have defaults: of a nested row, every NOT NULL field must be set.
  const Schema* const schema = layout_->schema().get();
  for (const auto* columns :
       {&layout_->not_null_fixed(), &layout_->not_null_var(), &layout_->kept_not_null()}) {
    for (const std::uint32_t c : *columns) {
      const ColumnIndex index{c};
      if (fields_.has(layout_->slot(index))) continue;
      if (schema == nullptr || schema->column(index).default_value.is_null()) {
        return not_set(*layout_, index);
      }
      WISP_TRY(set_value(index, schema->column(index).default_value));
    }
  }
  return {};
}

Status RowBuilder::finish_row(std::string& out) {
  if (first_missing()) [[unlikely]] {
    WISP_TRY(fill_defaults());
  }
  return encode(out);
}

Status RowBuilder::finish_stored_row(std::string& out) {
  if (const auto missing = first_missing()) [[unlikely]] {
    return not_set(*layout_, *missing);
  }
  return encode(out);
}

Status RowBuilder::encode(std::string& out) {
  WISP_TRY(check_handles());
  fields_.arrange();
  RowEncoder encoder(*this);
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
