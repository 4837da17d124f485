// Loading one value of a row once its place is known: plain and coded integers, bits, text.
//
// The including file defines `Ops` (popcount, sums); see field_read_inl.h. Every load is preceded
// by a check against the row's own size.
#pragma once

#include "wisp/codec/bytes.h"
#include "wisp/codec/field_kernels.h"

#define WISP_INLINE [[gnu::always_inline]] inline
// Rare paths stay out of line: inlined they cost the common path its registers.
#define WISP_RARE [[gnu::noinline]] inline

namespace wisp {
namespace {

constexpr std::uint64_t kNowhere = std::uint64_t{1}
                                   << 40;  // beyond any row: later checks refuse it

WISP_INLINE bool outside(const RowBytes& row, std::uint64_t offset, std::uint64_t size) noexcept {
  return offset > row.size || size > row.size - offset;
}

// `value`, or 0. A compiler that sees the condition makes a branch of it, which is mispredicted
// where the condition depends on the column that is asked for; it does not see through the asm.
WISP_INLINE std::uint64_t keep_if(bool condition, std::uint64_t value) noexcept {
  std::uint64_t mask = 0 - static_cast<std::uint64_t>(condition);
  asm("" : "+r"(mask));
  return value & mask;
}

WISP_INLINE bool zero_extends(TypeKind kind) noexcept {
  return kind >= TypeKind::kUTinyInt && kind <= TypeKind::kUBigInt;
}

// Where the values of one class stand.
struct Section {
  std::uint64_t offset = 0;  // row offset of its first byte
  std::uint64_t count = 0;   // present values of nullable columns
  std::uint64_t before = 0;  // directory count of the classes before: present ones, or absent ones
};

WISP_INLINE std::uint64_t extend(std::uint64_t bits, unsigned width_bits, bool zero) noexcept {
  if (width_bits >= 64) return bits;
  const unsigned shift = 64 - width_bits;
  return zero || width_bits == 4
             ? (bits << shift) >> shift
             : static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
}

// Value number `rank` of a coded section.
WISP_RARE FixedRead read_coded(const RowBytes& row, const Section& section, std::uint64_t rank,
                               const IntPalette& palette, bool nibbles, bool zero) noexcept {
  const std::uint64_t n = section.count;
  if (rank >= n || n > 0xFFFF) return {0, kReadDamaged};
  const std::uint64_t samples = 2 * ((n + kIntBlock - 1) / kIntBlock);
  const std::uint64_t plane_bytes = (n + 7) / 8;
  const std::uint64_t values = section.offset + samples + palette.planes * plane_bytes;
  if (outside(row, section.offset, values - section.offset)) return {0, kReadDamaged};
  const std::uint64_t block = rank / kIntBlock;
  const std::uint64_t start =
      block == 0 ? 0 : load_le<std::uint16_t>(row.data + section.offset + 2 * (block - 1));
  const std::uint64_t planes = section.offset + samples + 8 * block;
  const std::uint64_t low = load_word(row.data, row.size, planes);
  const std::uint64_t high =
      palette.planes > 1 ? load_word(row.data, row.size, planes + plane_bytes) : 0;
  const unsigned at = rank % kIntBlock;
  const std::uint64_t mask = (std::uint64_t{1} << at) - 1;
  const auto& w = palette.units;
  const std::uint64_t unit =
      start + w[0] * std::uint64_t{at} + (w[1] - w[0]) * Ops::popcount(low & mask) +
      (palette.planes > 1 ? (w[2] - w[0]) * Ops::popcount(high & mask) +
                                (w[3] - w[2] - w[1] + w[0]) * Ops::popcount(low & high & mask)
                          : 0);
  const unsigned width = w[((low >> at) & 1) | (((high >> at) & 1) << 1)];
  if (width == 0) return {0, kReadPresent};
  const unsigned width_bits = nibbles ? width * 4 : width * 8;
  const std::uint64_t first = values + (nibbles ? unit / 2 : unit);
  const unsigned shift = nibbles ? (unit & 1) * 4 : 0;
  if (outside(row, first, (width_bits + shift + 7) / 8)) return {0, kReadDamaged};
  return {extend(load_word(row.data, row.size, first) >> shift, width_bits, zero), kReadPresent};
}

// A value of a fixed-width class, extended to 64 bits by its type; kInt4 is left zero-extended.
// Requires: `offset` is a sum of counts times widths, so that it is far from wrapping.
template <SlotClass kClass>
WISP_INLINE FixedRead load_plain(const RowBytes& row, std::uint64_t offset,
                                 TypeKind kind) noexcept {
  constexpr std::uint64_t kWidth = class_width(kClass);
  if (offset + kWidth > row.size) return {0, kReadDamaged};
  const std::byte* p = row.data + offset;
  if constexpr (kWidth == 8) return {load_le<std::uint64_t>(p), kReadPresent};
  if constexpr (kWidth == 4) return {load_le<std::uint32_t>(p), kReadPresent};
  if constexpr (kWidth == 2) {
    return {extend(load_le<std::uint16_t>(p), 16, zero_extends(kind)), kReadPresent};
  }
  return {extend(std::to_integer<std::uint64_t>(*p), 8, zero_extends(kind)), kReadPresent};
}

// The same for a class known at run time; kInt4 is extended too.
WISP_INLINE FixedRead load_any(const RowBytes& row, std::uint64_t offset, SlotClass cls,
                               TypeKind kind) noexcept {
  const std::uint64_t width = class_width(cls);
  if (outside(row, offset, width)) return {0, kReadDamaged};
  std::uint64_t bits = 0;
  std::memcpy(&bits, row.data + offset, width);
  const bool zero = cls == SlotClass::kReal || zero_extends(kind);
  return {extend(bits, static_cast<unsigned>(8 * width), zero), kReadPresent};
}

// The list of a kSparse section of `count` values.
struct SparseList {
  std::uint64_t begin = 0;  // row offset of its bytes
  std::uint64_t size = 0;   // how many values are not zero; kNowhere where that cannot be known
};
WISP_RARE SparseList sparse_list(const RowBytes& row, std::uint64_t offset,
                                 std::uint64_t count) noexcept {
  if (count == 0) return {offset, 0};
  if (count > 0xFFFF) return {offset, kNowhere};
  const std::uint64_t pages = 2 * ((count + kSparsePage - 1) / kSparsePage);
  if (outside(row, offset, pages)) return {offset, kNowhere};
  const std::uint64_t listed = load_le<std::uint16_t>(row.data + offset + pages - 2);
  if (outside(row, offset + pages, listed)) return {offset, kNowhere};
  return {offset + pages, listed};
}

// Value number `rank` of a kSparse section.
WISP_RARE FixedRead read_sparse(const RowBytes& row, const Section& section, std::uint64_t rank,
                                bool zero) noexcept {
  if (rank >= section.count || section.count > 0xFFFF) return {0, kReadDamaged};
  const SparseList list = sparse_list(row, section.offset, section.count);
  if (list.size == kNowhere) return {0, kReadDamaged};
  const std::uint64_t page = rank / kSparsePage;
  const std::byte* ends = row.data + section.offset;
  const std::uint64_t begin = page == 0 ? 0 : load_le<std::uint16_t>(ends + 2 * (page - 1));
  const std::uint64_t end = load_le<std::uint16_t>(ends + 2 * page);
  if (end < begin || end > list.size) return {0, kReadDamaged};
  const std::byte* low = row.data + list.begin + begin;
  const auto n = static_cast<std::uint32_t>(end - begin);
  const auto key = static_cast<std::uint8_t>(rank);
  const std::uint32_t at = Ops::lower_bound(low, n, row.size - (list.begin + begin), key);
  if (at == n || std::to_integer<std::uint8_t>(low[at]) != key) return {0, kReadPresent};
  return read_coded(row, {list.begin + list.size, list.size, 0}, begin + at, kInt4Palettes[1], true,
                    zero);
}

// ---- A present value, once its section and rank are known ----

WISP_INLINE FixedRead load_int4(const RowBytes& row, FormatByte format, const Section& section,
                                std::uint64_t rank, bool zero) noexcept {
  if (format.int4() == IntForm::kPlain) {
    const std::uint64_t offset = section.offset + 4 * rank;
    if (rank > 0xFFFF || outside(row, offset, 4)) return {0, kReadDamaged};
    return {extend(load_le<std::uint32_t>(row.data + offset), 32, zero), kReadPresent};
  }
  if (format.int4() == IntForm::kSparse) return read_sparse(row, section, rank, zero);
  return read_coded(row, section, rank, kInt4Palettes[static_cast<std::size_t>(format.int4())],
                    true, zero);
}

WISP_INLINE FixedRead load_int8(const RowBytes& row, FormatByte format, const Section& section,
                                std::uint64_t rank, bool zero) noexcept {
  if (rank > 0xFFFF) return {0, kReadDamaged};
  if (format.int8() == IntForm::kPlain) {
    return load_any(row, section.offset + 8 * rank, SlotClass::kInt8, TypeKind::kBigInt);
  }
  return read_coded(row, section, rank, kInt8Palettes[1], false, zero);
}

WISP_INLINE FixedRead load_bit(const RowBytes& row, std::uint64_t bit) noexcept {
  if (bit / 8 >= row.size) return {0, kReadDamaged};
  return {(std::to_integer<std::uint64_t>(row.data[bit / 8]) >> (bit % 8)) & 1, kReadPresent};
}

WISP_INLINE BytesRead load_fixed16(const RowBytes& row, std::uint64_t offset) noexcept {
  if (outside(row, offset, 16)) return {nullptr, kReadDamaged};
  return {row.data + offset, 16};
}

// One value of the offset table in TextForm::kLengths.
WISP_RARE BytesRead read_lengths(const RowBytes& row, std::uint64_t table, std::uint64_t n,
                                 std::uint64_t index) noexcept {
  const std::uint64_t blocks = (n + kTextBlock - 1) / kTextBlock;
  const std::uint64_t start_width = row.size > kWideTextRow ? 4 : 2;
  const std::uint64_t heap = table + n + start_width * (blocks - 1);
  if (outside(row, table, heap - table)) return {nullptr, kReadDamaged};
  const std::uint64_t block = index / kTextBlock;
  std::uint64_t offset = heap;
  if (block != 0) {
    const std::byte* start = row.data + table + n + start_width * (block - 1);
    offset += start_width == 2 ? load_le<std::uint16_t>(start) : load_le<std::uint32_t>(start);
  }
  const std::byte* lengths = row.data + table + block * kTextBlock;
  const std::uint32_t at = index % kTextBlock;
  const std::uint32_t own = std::to_integer<std::uint32_t>(lengths[at]);
  bool any_long = own == kLongText;
  const std::uint64_t sum =
      Ops::sum_bytes(lengths, at, row.size - (table + block * kTextBlock), any_long);
  if (!any_long) [[likely]] {
    offset += sum;
    if (outside(row, offset, own)) return {nullptr, kReadDamaged};
    return {row.data + offset, own};
  }
  for (std::uint32_t i = 0;; ++i) {
    std::uint64_t length = std::to_integer<std::uint64_t>(lengths[i]);
    if (length == kLongText) {
      std::uint64_t more = 0;
      for (unsigned shift = 0;; shift += 7) {
        if (offset >= row.size || shift > 28) return {nullptr, kReadDamaged};
        const auto byte = std::to_integer<std::uint64_t>(row.data[offset++]);
        more |= (byte & 0x7F) << shift;
        if (byte < 0x80) break;
      }
      length += more;
    }
    if (i == at) {
      if (outside(row, offset, length)) return {nullptr, kReadDamaged};
      return {row.data + offset, length};
    }
    offset += length;
  }
}

// The same in TextForm::kEnds; `index` is not checked yet. Requires: the table is inside the row,
// or far beyond it, and not at its start. Which value is asked for cannot be predicted, so nothing
// branches on it: the first block has no start and the first value of a block no end before it, and
// what stands there is masked. Both are bytes of the row, since no table stands at its very start.
WISP_INLINE BytesRead load_ends(const RowBytes& row, const Section& section,
                                std::uint64_t index) noexcept {
  const std::uint64_t n = row.layout->not_null_var_count() + section.count;
  const std::uint64_t table = section.offset;
  // Counts that contradict each other make n or table wrap, and heap then still exceeds any row.
  const std::uint64_t heap = table + n + ((n - 1) / kTextBlock) * 2;
  if (index >= n) [[unlikely]] {
    return {nullptr, kReadDamaged};
  }
  if (heap > row.size) [[unlikely]] {
    return {nullptr, kReadDamaged};
  }
  const std::uint64_t block = index / kTextBlock;
  const std::byte* starts = row.data + (table + n);
  const std::uint64_t place =
      heap + keep_if(block != 0, load_le<std::uint16_t>(starts + 2 * block - 2));
  const std::byte* ends = row.data + (table + index);
  const auto end = std::to_integer<std::uint64_t>(ends[0]);
  const std::uint64_t begin =
      keep_if(index % kTextBlock != 0, std::to_integer<std::uint64_t>(ends[-1]));
  if (end < begin || place + end > row.size) [[unlikely]] {
    return {nullptr, kReadDamaged};
  }
  return {row.data + (place + begin), end - begin};
}

// Value number `index` of the offset table; `count` entries belong to nullable columns.
WISP_INLINE BytesRead load_var(const RowBytes& row, FormatByte format, const Section& section,
                               std::uint64_t index) noexcept {
  if (section.offset - 1 >= row.size) return {nullptr, kReadDamaged};
  if (format.text() == TextForm::kEnds) return load_ends(row, section, index);
  const std::uint64_t n = row.layout->not_null_var_count() + section.count;
  if (index >= n || n > 0xFFFF) return {nullptr, kReadDamaged};
  return read_lengths(row, section.offset, n, index);
}

}  // namespace
}  // namespace wisp
