// The hot kernels of reading one field, and of checksums, out of line and chosen once for the
// processor at hand.
//
// Users compile our headers with their own flags, so these live in the library, built portable,
// with popcnt and with AVX2. All give the same answers; all are tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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

// Reads in rows of one presence form and directory width. Arguments are apart, not a RowBytes, so
// that they travel in registers.
struct alignas(16 * sizeof(void*)) FormKernels {
  // A column of a fixed-width class of up to 8 bytes, by ColumnSlot::reader. INTEGER, UINTEGER and
  // DATE: only the low 32 bits mean anything.
  FixedRead (*fixed[8])(const std::byte* row, std::size_t size, const Layout&,
                        const ColumnSlot&) noexcept;
  // A column of kFixed16 or kVar, by ColumnSlot::reader.
  BytesRead (*bytes[4])(const std::byte* row, std::size_t size, const Layout&,
                        const ColumnSlot&) noexcept;
  // Whether a nullable column is present (an access).
  std::uint64_t (*presence)(const RowBytes&, const ColumnSlot&) noexcept;
  // Several value columns in one pass; sections are found once.
  void (*many)(const RowBytes&, const ColumnSlot*, std::size_t, FieldCell*) noexcept;
};

inline constexpr std::size_t kFlattenSlack = 8;

struct FieldKernels {
  const char* name;
  FormKernels forms[16];  // by the low four bits of the format byte
  // For encoding: the numbers of the bits set in `words`, to `slots`, which has room for
  // kFlattenSlack more. Returns how many.
  std::uint32_t (*flatten)(const std::uint64_t* words, std::uint32_t word_count,
                           std::uint16_t* slots) noexcept;
  // XXH3-64 of n bytes.
  std::uint64_t (*xxh3)(const char* bytes, std::size_t n) noexcept;

  const FormKernels& form(const RowBytes& row) const noexcept {
    return forms[std::to_integer<unsigned>(row.data[0]) & 15];
  }
  // Requires: the column's class is of that function table.
  FixedRead fixed(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return form(row).fixed[s.reader](row.data, row.size, *row.layout, s);
  }
  BytesRead bytes(const RowBytes& row, const ColumnSlot& s) const noexcept {
    return form(row).bytes[s.reader](row.data, row.size, *row.layout, s);
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
extern const FieldKernels kAvx2Kernels;  // AVX2, BMI and popcnt
#endif

namespace internal {
// The chosen table. Constant-initialized to the portable one, so it is never null.
extern const FieldKernels* field_kernels;

// Asks for all lines of a small row at once: a read needs the directory to know where it goes on,
// and rows that are not in a cache would wait for one line after the other.
inline void prefetch_row(const RowBytes& row) noexcept {
  if (row.size > 512) return;
  for (std::size_t at = 64; at < row.size; at += 64) __builtin_prefetch(row.data + at);
}
}  // namespace internal

// Every table that runs on this processor, the portable one first. For tests.
std::span<const FieldKernels* const> available_kernels() noexcept;
// Makes all reads use `kernels`. For tests: not while other threads read.
void use_kernels(const FieldKernels& kernels) noexcept;

}  // namespace wisp
