#include "wisp/tools/json_row.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <functional>
#include <unordered_map>

#include "wisp/schema/json.h"
#include "wisp/tools/cell_setter.h"

namespace wisp::tools {
namespace {

namespace od = simdjson::ondemand;

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};

Error syntax_error(simdjson::error_code code) {
  return {
      ErrorCode::kParse, fmt::format("not a JSON object: {}", simdjson::error_message(code)), {}};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' ||
                           text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// Digits alone, with no leading zero, which JSON does not know; perhaps a minus before.
bool is_plain_integer(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  return !token.empty() && (token[0] != '0' || token.size() == 1) &&
         token.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_number_kind(TypeKind kind) {
  return kind >= TypeKind::kTinyInt && kind <= TypeKind::kDouble && kind != TypeKind::kReal;
}

}  // namespace

struct JsonRow::Impl {
  explicit Impl(const LayoutPtr& row_layout)
      : layout(row_layout),
        defaults(default_values(*row_layout->schema())),
        seen_in(row_layout->column_count(), 0) {
    setters.reserve(layout->column_count());
    for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
      setters.emplace_back(layout, ColumnIndex{i});
    }
  }

  Result<std::uint32_t> column_of(std::string_view name) {
    if (const auto known = columns.find(name); known != columns.end()) return known->second;
    WISP_ASSIGN(const ColumnIndex column, layout->schema()->find(name, NameMatch::kIgnoreCase));
    columns.emplace(name, to_underlying(column));
    return to_underlying(column);
  }

  Status set(std::uint32_t column, od::value value, RowBuilder& row);
  Status set_member(od::field member, RowBuilder& row);
  Status set_raw(const CellSetter& setter, std::string_view raw, RowBuilder& row);

  LayoutPtr layout;
  std::vector<CellSetter> setters;  // by column
  std::vector<std::pair<ColumnIndex, Value>> defaults;
  std::unordered_map<std::string, std::uint32_t, NameHash, std::equal_to<>>
      columns;                         // of the input
  std::vector<std::uint64_t> seen_in;  // by column: the last row that had it
  std::uint64_t row_number = 0;
  std::string text;  // with simdjson's padding behind
  od::parser parser;
};

Status JsonRow::Impl::set_raw(const CellSetter& setter, std::string_view raw, RowBuilder& row) {
  WISP_ASSIGN(const Value value, parse_json_value(setter.type(), raw));
  return row.set_value(setter.column(), value);
}

Status JsonRow::Impl::set(std::uint32_t column, od::value value, RowBuilder& row) {
  const CellSetter& setter = setters[column];
  od::json_type type{};
  if (const auto code = value.type().get(type)) return fail(syntax_error(code));
  const TypeKind kind = setter.type().kind();
  if (type == od::json_type::string && (kind == TypeKind::kVarchar || kind == TypeKind::kChar)) {
    std::string_view string;
    if (const auto code = value.get_string().get(string)) return fail(syntax_error(code));
    return setter.set(row, string);
  }
  if (type == od::json_type::number && is_number_kind(kind)) {
    const std::string_view token = trimmed(value.raw_json_token());
    if (is_plain_integer(token)) return setter.set(row, token);
    return set_raw(setter, token, row);
  }
  std::string_view raw;
  if (const auto code = simdjson::to_json_string(value).get(raw)) return fail(syntax_error(code));
  if (trimmed(raw) == "null") return {};
  return set_raw(setter, raw, row);
}

Status JsonRow::Impl::set_member(od::field member, RowBuilder& row) {
  std::string_view name;
  if (const auto code = member.unescaped_key().get(name)) return fail(syntax_error(code));
  WISP_ASSIGN(const std::uint32_t column, column_of(name));
  const std::string& column_name = layout->schema()->column(ColumnIndex{column}).name;
  if (seen_in[column] == row_number) {
    return fail(ErrorCode::kInvalidArgument, "the column is there twice", column_name);
  }
  seen_in[column] = row_number;
  if (auto status = set(column, member.value(), row); !status) {
    Error error = std::move(status).error();
    if (!error.where.starts_with(column_name)) {
      // A place inside the value ("items[2]") goes behind the column.
      error = std::move(error).within(column_name);
    }
    return fail(std::move(error));
  }
  return {};
}

JsonRow::JsonRow(const LayoutPtr& layout) : impl_(std::make_unique<Impl>(layout)) {}
JsonRow::JsonRow(JsonRow&&) noexcept = default;
JsonRow& JsonRow::operator=(JsonRow&&) noexcept = default;
JsonRow::~JsonRow() = default;

Status JsonRow::read(std::string_view object, RowBuilder& row) {
  Impl& impl = *impl_;
  ++impl.row_number;
  impl.text.assign(object);
  impl.text.append(simdjson::SIMDJSON_PADDING, ' ');
  od::document document;
  if (const auto code =
          impl.parser.iterate(impl.text.data(), object.size(), impl.text.size()).get(document)) {
    return fail(syntax_error(code));
  }
  od::object members;
  if (const auto code = document.get_object().get(members)) return fail(syntax_error(code));
  for (auto found : members) {
    od::field member;
    if (const auto code = std::move(found).get(member)) return fail(syntax_error(code));
    WISP_TRY(impl.set_member(member, row));
  }
  // Only at the end of the text is there no place.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return fail(ErrorCode::kParse, "there is text behind the JSON object");
  }
  for (const auto& [column, value] : impl.defaults) {
    if (impl.seen_in[to_underlying(column)] == impl.row_number) continue;
    WISP_TRY(row.set_value(column, value));
  }
  return {};
}

}  // namespace wisp::tools
