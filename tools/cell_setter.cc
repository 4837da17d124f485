#include "wisp/tools/cell_setter.h"

#include <charconv>
#include <cmath>

#include "wisp/schema/text.h"

namespace wisp::tools {
namespace {

// Parses all of `text`; false on anything but a plain number in range.
template <typename T>
bool parse_plain(std::string_view text, T& out) noexcept {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stop == end;
}

}  // namespace

CellSetter::CellSetter(const LayoutPtr& layout, ColumnIndex column)
    : is_key_(layout->slot(column).is_key),
      nullable_(layout->schema()->column(column).nullable),
      column_(column),
      type_(layout->type(column)) {
  if (is_key_) return;
  const TypeKind kind = type_.kind();
  const int bits = integer_bits(kind);
  if (bits != 0 && is_unsigned(kind)) {
    if (auto handle = layout->column<std::uint64_t>(column)) {
      unsigned_ = *handle;
      largest_ = UINT64_MAX >> (64 - bits);
      way_ = Way::kUnsigned;
    }
  } else if (bits != 0) {
    if (auto handle = layout->column<std::int64_t>(column)) {
      signed_ = *handle;
      largest_ = UINT64_MAX >> (65 - bits);
      smallest_ = -static_cast<std::int64_t>(largest_) - 1;
      way_ = Way::kSigned;
    }
  } else if (kind == TypeKind::kDouble) {
    if (auto handle = layout->column<double>(column)) {
      double_ = *handle;
      way_ = Way::kDouble;
    }
  } else if (kind == TypeKind::kVarchar && type_.length() == 0) {
    if (auto handle = layout->column<std::string_view>(column)) {
      text_ = *handle;
      way_ = Way::kText;
    }
  }
}

bool CellSetter::set_fast(RowBuilder& row, std::string_view text) const {
  switch (way_) {
    case Way::kSigned: {
      std::int64_t v = 0;
      if (!parse_plain(text, v) || v < smallest_ || v > static_cast<std::int64_t>(largest_)) {
        return false;
      }
      row.set(signed_, v);
      return true;
    }
    case Way::kUnsigned: {
      std::uint64_t v = 0;
      if (!parse_plain(text, v) || v > largest_) return false;
      row.set(unsigned_, v);
      return true;
    }
    case Way::kDouble: {
      double v = 0;
      if (!parse_plain(text, v) || !std::isfinite(v)) return false;
      row.set(double_, v);
      return true;
    }
    case Way::kText:
      if (!is_valid_utf8(text)) return false;
      row.set(text_, text);
      return true;
    case Way::kValue:
      return false;
  }
  return false;
}

Status CellSetter::set(RowBuilder& row, std::string_view text) const {
  if (set_fast(row, text)) return {};
  WISP_ASSIGN(const Value value, parse_value(type_, text));
  if (auto status = row.set_value(column_, value); !status) {
    Error error = std::move(status).error();
    error.where.clear();  // the column: who called knows it and says it with the line
    return fail(std::move(error));
  }
  return {};
}

Status CellSetter::check_null() const {
  if (is_key_) return fail(ErrorCode::kConstraint, "a key column cannot be NULL");
  if (!nullable_) return fail(ErrorCode::kConstraint, "a NOT NULL column cannot be NULL");
  return {};
}

std::vector<std::pair<ColumnIndex, Value>> default_values(const Schema& schema) {
  std::vector<std::pair<ColumnIndex, Value>> defaults;
  for (std::uint32_t i = 0; i < schema.column_count(); ++i) {
    const Column& column = schema.column(ColumnIndex{i});
    if (!column.default_value.is_null())
      defaults.emplace_back(ColumnIndex{i}, column.default_value);
  }
  return defaults;
}

std::vector<ColumnIndex> required_columns(const Schema& schema) {
  std::vector<ColumnIndex> required;
  for (std::uint32_t i = 0; i < schema.column_count(); ++i) {
    const Column& column = schema.column(ColumnIndex{i});
    const bool can_be_null = column.nullable && !schema.is_key_column(ColumnIndex{i});
    if (!can_be_null && column.default_value.is_null()) required.push_back(ColumnIndex{i});
  }
  return required;
}

}  // namespace wisp::tools
