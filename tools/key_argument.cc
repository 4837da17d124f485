#include "wisp/tools/key_argument.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "wisp/codec/key.h"
#include "wisp/schema/text.h"
#include "wisp/tools/number_text.h"

namespace wisp::tools {
namespace {

// Takes one CSV field from the front of `rest`; nullopt on a quote in a wrong place. `more` tells
// whether a comma followed.
std::optional<std::string> take_csv_field(std::string_view& rest, bool& more) {
  std::string field;
  if (!rest.empty() && rest.front() == '"') {
    rest.remove_prefix(1);
    for (;;) {
      const std::size_t quote = rest.find('"');
      if (quote == std::string_view::npos) return std::nullopt;
      field += rest.substr(0, quote);
      rest.remove_prefix(quote + 1);
      if (rest.empty() || rest.front() != '"') break;
      field += '"';
      rest.remove_prefix(1);
    }
    if (!rest.empty() && rest.front() != ',') return std::nullopt;
  } else {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    field = rest.substr(0, comma);
    rest.remove_prefix(comma);
  }
  more = !rest.empty();
  if (more) rest.remove_prefix(1);
  return field;
}

Result<std::vector<std::string>> split_parts(std::string_view argument) {
  std::vector<std::string> parts;
  std::string_view rest = argument;
  for (bool more = true; more;) {
    auto field = take_csv_field(rest, more);
    if (!field) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("key {} has a quote in a wrong place", argument));
    }
    parts.push_back(std::move(*field));
  }
  return parts;
}

Result<Value> parse_row_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || stop != text.data() + text.size() || id < 0) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no row id; this table has no declared key, its rows are "
                            "known by a number",
                            text));
  }
  return Value(id);
}

Result<Key> parse_parts(const Schema& schema, std::span<const std::string> parts) {
  Key key;
  if (schema.has_hidden_row_id()) {
    if (parts.size() != 1) {
      return fail(ErrorCode::kInvalidArgument, "the key of this table is one row id");
    }
    WISP_ASSIGN(Value id, parse_row_id(parts[0]));
    key.push_back(std::move(id));
    return key;
  }
  if (parts.size() > schema.key().size()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a key with {} parts; the key of table \"{}\" has {}", parts.size(),
                            schema.table_name(), schema.key().size()));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Column& column = schema.column(schema.key()[i].column);
    auto value = parse_value(column.type, parts[i]);
    if (value) {
      if (auto fits = check_value(column.type, *value, column.name); !fits) {
        value = fail(std::move(fits).error());
      }
    }
    if (!value) {
      Error error = std::move(value).error();
      error.code = ErrorCode::kInvalidArgument;
      error.where.clear();
      return fail(std::move(error).within(fmt::format("key column \"{}\"", column.name)));
    }
    key.push_back(std::move(*value));
  }
  return key;
}

std::size_t part_count(const Schema& schema) {
  return schema.has_hidden_row_id() ? 1 : schema.key().size();
}

std::string parts_text(const Schema& schema, const Key& key) {
  std::string text = "key ";
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i > 0) text += ',';
    std::string part;
    print_value(schema.column(schema.key()[i].column).type, key[i], part);
    if (key.size() == 1 || (!part.empty() && part.find_first_of(",\"") == std::string::npos)) {
      text += part;
      continue;
    }
    text += '"';
    for (const char c : part) {
      if (c == '"') text += '"';
      text += c;
    }
    text += '"';
  }
  return text;
}

std::string hex_text(std::string_view bytes) {
  std::string text = "key bytes ";
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

Result<std::vector<Key>> parse_keys(const Schema& schema, std::span<const std::string> arguments) {
  std::vector<Key> keys;
  const std::size_t parts = part_count(schema);
  if (parts > 1 && arguments.size() == parts) {
    WISP_ASSIGN(Key key, parse_parts(schema, arguments));
    keys.push_back(std::move(key));
    return keys;
  }
  for (const std::string& argument : arguments) {
    std::vector<std::string> fields{argument};
    if (parts > 1) {
      WISP_ASSIGN(fields, split_parts(argument));
      if (fields.size() != parts) {
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("key {} has {}; the key of table \"{}\" has {}", argument,
                                counted(fields.size(), "part"), schema.table_name(), parts));
      }
    }
    WISP_ASSIGN(Key key, parse_parts(schema, fields));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<Key> parse_key_prefix(const Schema& schema, std::string_view argument) {
  if (part_count(schema) == 1) return parse_parts(schema, std::vector{std::string(argument)});
  WISP_ASSIGN(const std::vector<std::string> parts, split_parts(argument));
  return parse_parts(schema, parts);
}

std::string key_text(const Schema& schema, std::string_view key_bytes) {
  if (schema.has_hidden_row_id()) {
    const auto id = decode_row_id(key_bytes);
    return id ? fmt::format("row id {}", *id) : hex_text(key_bytes);
  }
  const auto key = decode_key(schema, key_bytes);
  return key ? parts_text(schema, *key) : hex_text(key_bytes);
}

std::string key_text(const Schema& schema, const Key& key) {
  if (!schema.has_hidden_row_id()) return parts_text(schema, key);
  return fmt::format("row id {}", key[0].as<std::int64_t>());
}

}  // namespace wisp::tools
