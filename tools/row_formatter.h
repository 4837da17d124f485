// Stored rows as cells of text or JSON, for a RecordWriter.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wisp/engine/table.h"
#include "wisp/schema/result.h"
#include "wisp/tools/record_writer.h"

namespace wisp::tools {

// The name of the field that holds a hidden row id.
inline constexpr const char* kRowIdField = "_row_id";

// Threads: one at a time.
class RowFormatter {
 public:
  // `columns`: the fields, in this order; nullopt: all, in declared order. `row_id` puts the hidden
  // row id in front (ignored for a table with a declared key).
  RowFormatter(Table table, std::optional<std::vector<ColumnIndex>> columns, bool row_id);

  std::vector<Field> fields() const;

  // The cells that are set, ascending; valid until the next call. With all columns the cost follows
  // the columns present, else the columns chosen. Fails with kCorruption where a field is damaged.
  Result<std::span<const Cell>> format(const RowRef& row, bool json);

 private:
  Status append_column(const RowRef& row, ColumnIndex column, std::uint32_t field, bool json);
  void append_text(const Type& type, std::string_view text, bool json);

  struct Piece {
    std::uint32_t field;
    std::size_t begin;
  };
  Table table_;
  std::optional<std::vector<ColumnIndex>> columns_;
  bool row_id_;
  // By column: set for character columns and JSON, whose bytes need no Value.
  std::vector<std::optional<ColumnHandle<std::string_view>>> text_;
  std::string arena_;
  std::vector<Piece> pieces_;
  std::vector<Cell> cells_;
};

}  // namespace wisp::tools
