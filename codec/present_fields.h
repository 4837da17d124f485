// PresentFields: all present value columns of a row in one pass; cost follows what is present.
#pragma once

#include <bit>
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

// Reads rows of one layout. Reuse one for many rows: it allocates only when it is made.
// Threads: one at a time.
class PresentFields {
 public:
  explicit PresentFields(LayoutPtr layout);

  // The present fields in layout order (class by class, not as declared), NOT NULL columns
  // included. The span is valid until the next read(), what the fields point to as long as the
  // row's bytes. Fails with kCorruption where the row contradicts itself. Requires: a row of this
  // layout.
  Result<std::span<const PresentField>> read(const RowView& row);

 private:
  LayoutPtr layout_;
  std::vector<PresentField> fields_;
  std::vector<std::uint16_t> slots_;
};

}  // namespace wisp
