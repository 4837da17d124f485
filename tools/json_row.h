// A row written as one JSON object: {"column": value, ...}.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wisp/codec/row_builder.h"
#include "wisp/schema/result.h"
#include "wisp/tools/cell_setter.h"
#include "wisp/tools/json_lines_reader.h"

namespace wisp::tools {

// Members name columns exactly, else ignoring case where that is unique; values are as json.h reads
// them, null is NULL, a missing member is the column's default. Threads: one at a time.
class JsonRow {
 public:
  explicit JsonRow(const LayoutPtr& layout);

  // Sets the fields of `row`, which was cleared; they borrow from `members` until finish_row().
  // Fails with kParse, kConstraint or kInvalidArgument (unknown column: "did you mean"; a column
  // named twice); `where` is the column, and the place in its value.
  Status set(std::span<const JsonMember> members, RowBuilder& row);

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  Result<std::uint32_t> column_of(std::string_view name);
  Status set_member(const JsonMember& member, RowBuilder& row);

  LayoutPtr layout_;
  std::vector<CellSetter> setters_;  // by column
  std::vector<std::pair<ColumnIndex, Value>> defaults_;
  std::vector<ColumnIndex> required_;
  // Names as the input writes them. Unknown ones are errors, so it cannot grow without bound: each
  // column has finitely many spellings that differ only in case, and the map is emptied above a
  // limit.
  std::unordered_map<std::string, std::uint32_t, NameHash, std::equal_to<>> columns_;
  std::vector<std::uint64_t> seen_in_;  // by column: the last row that had it
  std::uint64_t row_number_ = 0;
};

}  // namespace wisp::tools
