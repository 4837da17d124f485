#include "wisp/codec/present_fields.h"

#include <cassert>
#include <utility>

#include "wisp/codec/bytes.h"
#include "wisp/codec/row_sections.h"

namespace wisp {

namespace {

// Fills fields class by class; `out` has room for every column.
class FieldReader {
 public:
  FieldReader(const RowBytes& row, const RowSections& s, std::uint16_t* slots, PresentField* out)
      : row_(row), l_(*row.layout), s_(s), slots_(slots), out_(out) {}

  Status run() {
    WISP_TRY(required());
    for (const ActiveClass& a : l_.active()) {
      auto n = read_present_slots(row_, s_, a.cls, slots_);
      if (!n) return fail(std::move(n).error());
      columns_ = l_.slot_columns().data() + l_.cls(a.cls).first_slot;
      WISP_TRY(section(a, *n));
    }
    return {};
  }
  PresentField* end() const { return out_; }

 private:
  ColumnIndex column(std::uint32_t i) const { return ColumnIndex{columns_[slots_[i]]}; }

  Status add_cell(ColumnIndex c) {
    FieldCell cell;
    internal::field_kernels->many(row_, &l_.slot(c), 1, &cell);
    if (cell.access != kReadPresent) {
      return fail(ErrorCode::kCorruption, "the field's bytes are damaged",
                  "column " + quote_identifier(l_.name(c)));
    }
    *out_++ = {c, cell.data, cell.bits};
    return {};
  }

  Status required() {
    for (const auto* columns : {&l_.not_null_fixed(), &l_.not_null_var()}) {
      for (const std::uint32_t c : *columns) WISP_TRY(add_cell(ColumnIndex{c}));
    }
    return {};
  }

  // Values of type T one behind the other; RowSections has checked that they are there.
  template <typename T>
  void values(const std::byte* p, std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) {
      const T v = load_le<T>(p + sizeof(T) * i);
      // Sign-extends signed T and zero-extends unsigned T.
      out_[i] = {column(i), nullptr, static_cast<std::uint64_t>(v)};
    }
    out_ += n;
  }

  Status section(const ActiveClass& a, std::uint32_t n) {
    const std::byte* p = row_.data + s_.cls(a.cls).offset;
    const bool one_by_one = l_.has_unsigned() ||
                            (a.cls == SlotClass::kInt4 && s_.format.int4() != IntForm::kPlain) ||
                            (a.cls == SlotClass::kInt8 && s_.format.int8() != IntForm::kPlain);
    switch (a.cls) {
      case SlotClass::kVar:
        return text(n);
      case SlotClass::kFixed16:
        for (std::uint32_t i = 0; i < n; ++i) *out_++ = {column(i), p + 16 * std::size_t{i}, 16};
        return {};
      case SlotClass::kBool:
        for (std::uint32_t i = 0; i < n; ++i) {
          *out_++ = {column(i), nullptr, (std::to_integer<std::uint64_t>(p[i / 8]) >> (i % 8)) & 1};
        }
        return {};
      case SlotClass::kDouble:
        values<std::uint64_t>(p, n);
        return {};
      case SlotClass::kReal:
        values<std::uint32_t>(p, n);
        return {};
      default:
        break;
    }
    if (one_by_one) {
      for (std::uint32_t i = 0; i < n; ++i) WISP_TRY(add_cell(column(i)));
    } else if (a.cls == SlotClass::kInt4) {
      values<std::int32_t>(p, n);
    } else if (a.cls == SlotClass::kInt8) {
      values<std::int64_t>(p, n);
    } else if (a.cls == SlotClass::kInt2) {
      values<std::int16_t>(p, n);
    } else {
      values<std::int8_t>(p, n);
    }
    return {};
  }

  Status text(std::uint32_t n) {
    const std::uint64_t required = l_.not_null_var().size();
    if (s_.format.text() == TextForm::kLengths || required != 0) {
      for (std::uint32_t i = 0; i < n; ++i) WISP_TRY(add_cell(column(i)));
      return {};
    }
    const std::byte* ends = row_.data + s_.text_starts - s_.text_count;
    std::uint64_t block = s_.heap;
    std::uint64_t begin = block;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (i % kTextBlock == 0 && i != 0) {
        block = s_.heap + load_le<std::uint16_t>(row_.data + s_.text_starts +
                                                 2 * std::uint64_t{i / kTextBlock - 1});
        begin = block;
      }
      const std::uint64_t end = block + std::to_integer<std::uint64_t>(ends[i]);
      if (end < begin || end > row_.size) {
        return fail(damaged_at(s_.text_starts - s_.text_count + i, "a value leaves the row"));
      }
      *out_++ = {column(i), row_.data + begin, end - begin};
      begin = end;
    }
    return {};
  }

  const RowBytes& row_;
  const Layout& l_;
  const RowSections& s_;
  std::uint16_t* slots_;
  const std::uint32_t* columns_ = nullptr;
  PresentField* out_;
};

}  // namespace

PresentFields::PresentFields(LayoutPtr layout) : layout_(std::move(layout)) {
  fields_.resize(layout_->column_count());
  slots_.resize(layout_->nullable_count());
}

Result<std::span<const PresentField>> PresentFields::read(const RowView& row) {
  assert(&row.layout() == layout_.get());
  const RowBytes bytes{layout_.get(), row.bytes().data(), row.bytes().size()};
  auto sections = RowSections::read(bytes);
  if (!sections) return fail(std::move(sections).error());
  FieldReader reader(bytes, *sections, slots_.data(), fields_.data());
  WISP_TRY(reader.run());
  return std::span<const PresentField>(fields_.data(),
                                       static_cast<std::size_t>(reader.end() - fields_.data()));
}

}  // namespace wisp
