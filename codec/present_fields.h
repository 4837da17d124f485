// PresentFields: all present value columns of a row in one pass; cost follows what is present.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// One present field. Points into the row it was read from.
struct PresentField {
  ColumnIndex column{};
  const std::byte* data = nullptr;  // variable-length and 16-byte values: their bytes
  std::uint64_t bits = 0;           // other values, extended to 64 bits; variable-length: the size

  // As T. Requires: T is what the column holds (Layout::column<T>); DOUBLE for a double, REAL for a
  // float.
  template <typename T>
  T as() const noexcept {
    if constexpr (std::is_same_v<T, std::string_view>) {
      return T(reinterpret_cast<const char*>(data), bits);
    } else if constexpr (std::is_same_v<T, Uuid>) {
      Uuid u;
      std::memcpy(u.bytes.data(), data, 16);
      return u;
    } else if constexpr (std::is_same_v<T, Decimal>) {
      Decimal d{static_cast<std::int64_t>(bits)};
      if (data != nullptr) std::memcpy(&d.unscaled, data, 16);
      return d;
    } else if constexpr (std::is_same_v<T, float>) {
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    } else if constexpr (std::is_same_v<T, double>) {
      return std::bit_cast<double>(bits);
    } else {
      static_assert(std::is_integral_v<T>, "no column reads as this C++ type");
      return static_cast<T>(bits);
    }
  }
};

// Present values of one width class, one behind the other as in a row with plain integers; they
// point into the row or, where the row stores them narrower, into the PresentFields.
struct PresentSection {
  SlotClass cls{};
  std::uint32_t count = 0;
  const std::uint32_t* columns = nullptr;  // ColumnIndex of each value
  const std::byte* values = nullptr;       // booleans: bits; variable-length: std::string_view
};

// Reads rows of one layout. Reuse one for many rows: it allocates only when it is made.
// Threads: one at a time.
class PresentFields {
 public:
  explicit PresentFields(LayoutPtr layout);

  // Calls visitor(ColumnIndex, T value) for every present field, in layout order (NOT NULL columns,
  // then class by class, not as declared). T is how the column is stored: bool; std::int8_t, 16, 32
  // or 64 for integers (unsigned ones too: the same bits), DATE, TIME, TIMESTAMP and DECIMAL of up
  // to 18 digits; float; double; PresentBytes16 for UUID and longer DECIMAL; std::string_view for
  // text, bytes and nested values. The fastest way through a row: the type is known in each loop.
  // Fails with kCorruption where the row contradicts itself, then without any call.
  // Requires: a row of this layout.
  template <typename Visitor>
  Status visit(const RowView& row, Visitor&& visitor);

  // The same as one list. The span is valid until the next call, what the fields point to as long
  // as the row's bytes.
  Result<std::span<const PresentField>> read(const RowView& row);

 private:
  Status scan(const RowBytes& row);

  LayoutPtr layout_;
  std::vector<PresentField> fields_;
  std::vector<std::uint32_t> columns_;
  std::vector<std::string_view> texts_;
  std::vector<std::byte> numbers_;  // integers of coded sections and NOT NULL values
  std::vector<PresentSection> sections_;
  std::size_t section_count_ = 0;
};

// A stored value of 16 bytes.
struct PresentBytes16 {
  const std::byte* data;
};

// ---- Bodies ----

namespace internal {

template <typename T, typename Visitor>
void visit_values(const PresentSection& s, Visitor& visitor) {
  for (std::uint32_t i = 0; i < s.count; ++i) {
    T v;
    std::memcpy(&v, s.values + sizeof(T) * i, sizeof v);
    visitor(ColumnIndex{s.columns[i]}, v);
  }
}

}  // namespace internal

template <typename Visitor>
Status PresentFields::visit(const RowView& row, Visitor&& visitor) {
  assert(&row.layout() == layout_.get());
  WISP_TRY(scan({layout_.get(), row.bytes().data(), row.bytes().size()}));
  for (std::size_t k = 0; k < section_count_; ++k) {
    const PresentSection& s = sections_[k];
    switch (s.cls) {
      case SlotClass::kFixed16:
        for (std::uint32_t i = 0; i < s.count; ++i) {
          visitor(ColumnIndex{s.columns[i]}, PresentBytes16{s.values + 16 * std::size_t{i}});
        }
        break;
      case SlotClass::kDouble:
        internal::visit_values<double>(s, visitor);
        break;
      case SlotClass::kInt8:
        internal::visit_values<std::int64_t>(s, visitor);
        break;
      case SlotClass::kInt4:
        internal::visit_values<std::int32_t>(s, visitor);
        break;
      case SlotClass::kReal:
        internal::visit_values<float>(s, visitor);
        break;
      case SlotClass::kInt2:
        internal::visit_values<std::int16_t>(s, visitor);
        break;
      case SlotClass::kInt1:
        internal::visit_values<std::int8_t>(s, visitor);
        break;
      case SlotClass::kBool:
        for (std::uint32_t i = 0; i < s.count; ++i) {
          visitor(ColumnIndex{s.columns[i]},
                  ((std::to_integer<unsigned>(s.values[i / 8]) >> (i % 8)) & 1) != 0);
        }
        break;
      case SlotClass::kVar:
        internal::visit_values<std::string_view>(s, visitor);
    }
  }
  return {};
}

}  // namespace wisp
