// The hot kernels of reading one field, out of line and chosen once for the processor at hand.
//
// Users compile our headers with their own flags, so these live in the library, built once portable
// and once with popcnt. Both give the same answers; both are tested.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wisp/codec/layout.h"

namespace wisp {

// A row's bytes as reads see them. Opening has checked Layout::prefix_bytes().
struct RowBytes {
  const Layout* layout = nullptr;
  const std::byte* data = nullptr;
  std::size_t size = 0;
};

// Values of Access (row_view.h), as wide as a register.
inline constexpr std::uint64_t kReadPresent = 0;
inline constexpr std::uint64_t kReadNull = 1;
inline constexpr std::uint64_t kReadDamaged = 2;

struct FixedRead {
  std::uint64_t bits;  // integers sign- or zero-extended by their type; floats as their bits
  std::uint64_t access;
};
struct BytesRead {
  const std::byte* data;  // null: `size` is the access
  std::size_t size;
};

// One field of several that are read in one pass.
struct FieldCell {
  const std::byte* data = nullptr;  // variable-length and 16-byte values: their bytes, in the row
  std::uint64_t bits = 0;  // other values: as FixedRead; variable-length: their size in bytes
  std::uint64_t access = kReadNull;
};

// Reads of nullable columns (and NOT NULL text) in rows of one presence form and directory width.
struct FormKernels {
  FixedRead (*int4)(const RowBytes&, const ColumnSlot&) noexcept;
  FixedRead (*int8)(const RowBytes&, const ColumnSlot&) noexcept;
  FixedRead (*plain)(const RowBytes&, const ColumnSlot&) noexcept;  // kDouble, kReal, kInt2, kInt1
  FixedRead (*boolean)(const RowBytes&, const ColumnSlot&) noexcept;
  BytesRead (*fixed16)(const RowBytes&, const ColumnSlot&) noexcept;
  BytesRead (*var)(const RowBytes&, const ColumnSlot&) noexcept;
  BytesRead (*required_var)(const RowBytes&, const ColumnSlot&) noexcept;  // NOT NULL
  // Whether a nullable column is present (an access).
  std::uint64_t (*presence)(const RowBytes&, const ColumnSlot&) noexcept;
  // Several value columns in one pass; sections are found once.
  void (*many)(const RowBytes&, const ColumnSlot*, std::size_t, FieldCell*) noexcept;
};

struct FieldKernels {
  const char* name;
  FormKernels forms[16];  // by the low four bits of the format byte
  FixedRead (*required_fixed)(const RowBytes&, const ColumnSlot&) noexcept;    // NOT NULL
  BytesRead (*required_fixed16)(const RowBytes&, const ColumnSlot&) noexcept;  // NOT NULL

  const FormKernels& form(const RowBytes& row) const noexcept {
    return forms[std::to_integer<unsigned>(row.data[0]) & 15];
  }
  FixedRead int4(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? required_fixed(row, s) : form(row).int4(row, s);
  }
  FixedRead int8(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? required_fixed(row, s) : form(row).int8(row, s);
  }
  FixedRead plain(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? required_fixed(row, s) : form(row).plain(row, s);
  }
  FixedRead boolean(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? required_fixed(row, s) : form(row).boolean(row, s);
  }
  BytesRead fixed16(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? required_fixed16(row, s) : form(row).fixed16(row, s);
  }
  BytesRead var(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? form(row).required_var(row, s) : form(row).var(row, s);
  }
  std::uint64_t presence(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return s.not_null ? kReadPresent : form(row).presence(row, s);
  }
  void many(const RowBytes& row, const ColumnSlot* slots, std::size_t n,
            FieldCell* out) const noexcept {
    form(row).many(row, slots, n, out);
  }
};

extern const FieldKernels kPortableKernels;
#if defined(__x86_64__)
extern const FieldKernels kPopcntKernels;
#endif

namespace internal {
// The chosen table. Constant-initialized to the portable one, so it is never null.
extern const FieldKernels* field_kernels;
}  // namespace internal

// Every table that runs on this processor, for tests.
std::size_t available_kernels(const FieldKernels* out[2]) noexcept;
// Makes all reads use `kernels`. For tests: not while other threads read.
void use_kernels(const FieldKernels& kernels) noexcept;

}  // namespace wisp
