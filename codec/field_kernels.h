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

struct FieldKernels {
  const char* name;
  FixedRead (*int4)(const RowBytes&, const ColumnSlot&) noexcept;
  FixedRead (*int8)(const RowBytes&, const ColumnSlot&) noexcept;
  FixedRead (*plain)(const RowBytes&, const ColumnSlot&) noexcept;  // kDouble, kReal, kInt2, kInt1
  FixedRead (*boolean)(const RowBytes&, const ColumnSlot&) noexcept;
  BytesRead (*fixed16)(const RowBytes&, const ColumnSlot&) noexcept;
  BytesRead (*var)(const RowBytes&, const ColumnSlot&) noexcept;
  // Whether a nullable column is present (an access).
  std::uint64_t (*presence)(const RowBytes&, const ColumnSlot&) noexcept;
  // Several value columns in one pass; sections are found once.
  void (*many)(const RowBytes&, const ColumnSlot*, std::size_t, FieldCell*) noexcept;
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
