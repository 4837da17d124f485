// What every byte of a row is, for people: the annotated dump of `rowdump bytes`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wisp/codec/row_view.h"

namespace wisp {

// A run of bytes with one meaning. Spans cover the whole row without gaps or overlaps.
struct RowSpan {
  std::size_t offset = 0;  // bytes from the start of the row
  std::size_t size = 0;  // bytes; 0 only for a value that needs no byte (then offset is its place)
  std::string section;   // "header", "directory", "presence", "int4", "bool", "offsets", "heap" ...
  std::string meaning;   // "format: list of present columns", "presence of columns 0-63"
  std::optional<ColumnIndex> column;  // set when the bytes are the value of one column
};

// Exact size of the same row in each encoding; nullopt where it cannot be encoded that way.
struct EncodingCost {
  std::string name;  // "full", "list", "bitmap", "absent list", "short list"
  std::optional<std::size_t> bytes;
  bool chosen = false;
};

struct RowInspection {
  std::vector<RowSpan> spans;
  std::vector<EncodingCost> costs;
  std::size_t present_columns = 0;
};

// Fails with kCorruption where the row does not verify; the error says at which byte.
Result<RowInspection> inspect_row(const RowView& row);

// A short name of the row's encoding for statistics: "full", "list", "bitmap", "absent list",
// "short list"; "unknown" for trusted bytes of an unknown form.
std::string row_encoding_name(const RowView& row);

}  // namespace wisp
