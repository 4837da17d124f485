#include "wisp/tools/json_row.h"

#include <optional>

#include "wisp/schema/json.h"

namespace wisp::tools {
namespace {

constexpr std::size_t kMaxKnownNames = 4 * kMaxColumns;

// The text of a JSON string that stands between its quotes as it is; nullopt where it has escapes,
// or is no string.
std::optional<std::string_view> plain_string(std::string_view json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return std::nullopt;
  json = json.substr(1, json.size() - 2);
  for (const char c : json) {
    if (c == '\\' || c == '"' || static_cast<unsigned char>(c) < 0x20) return std::nullopt;
  }
  return json;
}

// Digits alone, with no leading zero, which JSON does not know; perhaps a minus before.
bool is_plain_integer(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  return !token.empty() && (token[0] != '0' || token.size() == 1) &&
         token.find_first_not_of("0123456789") == std::string_view::npos;
}

bool takes_plain_string(TypeKind kind) {
  return kind == TypeKind::kVarchar || kind == TypeKind::kChar;
}

bool takes_plain_integer(TypeKind kind) {
  return kind >= TypeKind::kTinyInt && kind <= TypeKind::kUBigInt;
}

}  // namespace

JsonRow::JsonRow(const LayoutPtr& layout)
    : layout_(layout),
      defaults_(default_values(*layout->schema())),
      required_(required_columns(*layout->schema())),
      seen_in_(layout->column_count(), 0) {
  setters_.reserve(layout->column_count());
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    setters_.emplace_back(layout, ColumnIndex{i});
  }
}

Result<std::uint32_t> JsonRow::column_of(std::string_view name) {
  if (const auto known = columns_.find(name); known != columns_.end()) return known->second;
  WISP_ASSIGN(const ColumnIndex column, layout_->schema()->find(name, NameMatch::kIgnoreCase));
  if (columns_.size() >= kMaxKnownNames) columns_.clear();
  columns_.emplace(name, to_underlying(column));
  return to_underlying(column);
}

Status JsonRow::set_member(const JsonMember& member, RowBuilder& row) {
  WISP_ASSIGN(const std::uint32_t column, column_of(member.key));
  const CellSetter& setter = setters_[column];
  const std::string& name = layout_->schema()->column(ColumnIndex{column}).name;
  if (seen_in_[column] == row_number_) {
    return fail(ErrorCode::kInvalidArgument, "the column is there twice", name);
  }
  seen_in_[column] = row_number_;
  Status status;
  const TypeKind kind = setter.type().kind();
  const auto string = takes_plain_string(kind) ? plain_string(member.value) : std::nullopt;
  if (string) {
    status = setter.set(row, *string);
  } else if (takes_plain_integer(kind) && is_plain_integer(member.value)) {
    status = setter.set(row, member.value);
  } else {
    auto value = parse_json_value(setter.type(), member.value);
    if (!value) {
      // Its place lies inside the value: "items[2].price".
      Error error = std::move(value).error();
      error.where = error.where.empty() ? name : name + " at " + error.where;
      return fail(std::move(error));
    }
    status = value->is_null() ? setter.check_null() : row.set_value(ColumnIndex{column}, *value);
  }
  if (status) return {};
  Error error = std::move(status).error();
  error.where = name;
  return fail(std::move(error));
}

Status JsonRow::set(std::span<const JsonMember> members, RowBuilder& row) {
  ++row_number_;
  for (const JsonMember& member : members) WISP_TRY(set_member(member, row));
  for (const ColumnIndex column : required_) {
    if (seen_in_[to_underlying(column)] == row_number_) continue;
    const Schema& schema = *layout_->schema();
    return fail(ErrorCode::kConstraint,
                schema.is_key_column(column) ? "the key column is missing"
                                             : "the column is NOT NULL and is missing",
                schema.column(column).name);
  }
  for (const auto& [column, value] : defaults_) {
    if (seen_in_[to_underlying(column)] == row_number_) continue;
    WISP_TRY(row.set_value(column, value));
  }
  return {};
}

}  // namespace wisp::tools
