#include "wisp/tools/row_formatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "wisp/schema/json.h"
#include "wisp/schema/text.h"

namespace wisp::tools {
namespace {

bool is_number(TypeKind kind) {
  return kind >= TypeKind::kTinyInt && kind <= TypeKind::kDecimal;
}

// JSON text is stored as it came; a line break in it, which can only be space between tokens, would
// end a JSON line.
void unbreak_lines(std::string& out, std::size_t begin) {
  for (std::size_t i = begin; i < out.size(); ++i) {
    if (out[i] == '\n' || out[i] == '\r') out[i] = ' ';
  }
}

}  // namespace

RowFormatter::RowFormatter(Table table, std::optional<std::vector<ColumnIndex>> columns,
                           bool row_id)
    : table_(std::move(table)),
      columns_(std::move(columns)),
      row_id_(row_id && table_.schema()->has_hidden_row_id()) {
  const Schema& schema = *table_.schema();
  text_.resize(schema.column_count());
  for (std::uint32_t i = 0; i < schema.column_count(); ++i) {
    const TypeKind kind = schema.column(ColumnIndex{i}).type.kind();
    if (!is_string_like(kind) || kind == TypeKind::kVarbinary) continue;
    if (auto handle = table_.layout()->column<std::string_view>(ColumnIndex{i})) text_[i] = *handle;
  }
}

std::vector<Field> RowFormatter::fields() const {
  const Schema& schema = *table_.schema();
  std::vector<Field> fields;
  if (row_id_) fields.push_back({kRowIdField, true, true});
  const auto add = [&](ColumnIndex column) {
    const Column& c = schema.column(column);
    fields.push_back({c.name, is_number(c.type.kind())});
  };
  if (columns_) {
    for (const ColumnIndex column : *columns_) add(column);
  } else {
    for (std::uint32_t i = 0; i < schema.column_count(); ++i) add(ColumnIndex{i});
  }
  return fields;
}

void RowFormatter::append_text(const Type& type, std::string_view text, bool json) {
  if (!json) {
    arena_ += text;
  } else if (type.kind() == TypeKind::kJson) {
    const std::size_t begin = arena_.size();
    arena_ += text;
    unbreak_lines(arena_, begin);
  } else {
    print_json_string(text, arena_);
  }
}

Status RowFormatter::append_column(const RowRef& row, ColumnIndex column, std::uint32_t field,
                                   bool json) {
  const Type& type = table_.schema()->column(column).type;
  const std::size_t begin = arena_.size();
  if (const auto& handle = text_[to_underlying(column)]) {
    std::string_view text;
    const Access access = row.read(*handle, text);
    if (access == Access::kNull) return {};
    if (access == Access::kPresent) {
      pieces_.push_back({field, begin});
      append_text(type, text, json);
      return {};
    }
  }
  // Damaged text comes here too, for its error.
  WISP_ASSIGN(const Value value, row.value(column));
  if (value.is_null()) return {};
  pieces_.push_back({field, begin});
  if (json) {
    print_json_value(type, value, arena_);
    if (type.is_nested()) unbreak_lines(arena_, begin);
  } else {
    print_value(type, value, arena_);
  }
  return {};
}

Result<std::span<const Cell>> RowFormatter::format(const RowRef& row, bool json) {
  arena_.clear();
  pieces_.clear();
  cells_.clear();
  const std::uint32_t first = row_id_ ? 1 : 0;
  if (row_id_) {
    WISP_ASSIGN(const std::uint64_t id, row.row_id());
    pieces_.push_back({0, 0});
    fmt::format_to(std::back_inserter(arena_), "{}", id);
  }
  if (columns_) {
    for (std::uint32_t i = 0; i < columns_->size(); ++i) {
      WISP_TRY(append_column(row, (*columns_)[i], first + i, json));
    }
  } else {
    WISP_ASSIGN(const std::vector<ColumnIndex> present, row.present_columns());
    for (const ColumnIndex column : present) {
      WISP_TRY(append_column(row, column, first + to_underlying(column), json));
    }
  }
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const std::size_t end = i + 1 < pieces_.size() ? pieces_[i + 1].begin : arena_.size();
    cells_.push_back({pieces_[i].field,
                      std::string_view(arena_).substr(pieces_[i].begin, end - pieces_[i].begin)});
  }
  return std::span<const Cell>(cells_);
}

}  // namespace wisp::tools
