// RowSections: the places of everything in one row, for the paths that look at all of it (verify,
// visit, inspect). Reading one field never needs it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "wisp/codec/bytes.h"
#include "wisp/codec/field_kernels.h"
#include "wisp/codec/row_format.h"
#include "wisp/schema/result.h"

namespace wisp {

// An error about stored bytes, with the byte offset in `where`.
Error damaged_at(std::uint64_t offset, std::string what);
// The same about the value of a column.
Error damaged_at(std::uint64_t offset, const Layout& layout, ColumnIndex column, std::string what);

// One width class of a row.
struct SectionPlace {
  std::uint64_t offset = 0;  // row offset of its first byte
  std::uint64_t size = 0;
  std::uint32_t count = 0;  // present values of nullable columns
};

// Points to nothing; offsets are into the row it was read from.
struct RowSections {
  FormatByte format;
  std::uint64_t directory = 0;  // offset; size is prefix - directory (bitmap: less the bitmap)
  std::uint64_t presence = 0;   // offset of the presence bytes
  std::uint64_t presence_size = 0;
  std::array<SectionPlace, kSlotClassCount> classes{};
  std::uint64_t text_count = 0;   // entries of the offset table, NOT NULL ones included
  std::uint64_t text_starts = 0;  // offset of the block starts, behind the u8 entries
  std::uint64_t start_width = 2;  // bytes per block start
  std::uint64_t heap = 0;         // offset; the heap ends the row

  // Fills this. Checks that directory counts rise and fit, and that all sections lie inside the
  // row.
  Status find(const RowBytes& row);

  // Entry `i` of the directory. Requires: the row that this was found in, and that it has one.
  std::uint32_t entry(const RowBytes& row, std::uint32_t i) const noexcept {
    const std::byte* p = row.data + directory;
    return format.wide() ? load_le<std::uint16_t>(p + 2 * std::size_t{i})
                         : std::to_integer<std::uint32_t>(p[i]);
  }
  const SectionPlace& cls(SlotClass c) const noexcept {
    return classes[static_cast<std::size_t>(c)];
  }
  // Present values of nullable columns in the classes before `c`.
  std::uint32_t present_before(SlotClass c) const noexcept {
    std::uint32_t n = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(c); ++i) n += classes[i].count;
    return n;
  }
};

// Writes the columns of nullable slots that are present, class by class in slot order, to `columns`
// (room for all nullable ones). Fails where the presence section is not what an encoder writes.
Status read_present_columns(const RowBytes& row, const RowSections& sections,
                            std::uint32_t* columns);

}  // namespace wisp
