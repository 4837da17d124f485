// Reading half of json.h.
//
// simdjson finds the tokens; numbers are taken as the raw tokens they are, so that no digit is
// lost. A text is wrapped in brackets before it is read: the one element of an array behaves the
// same whether it is a scalar or not, and what stands behind it shows as a second element.
#include "wisp/schema/json.h"

#include <simdjson.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "wisp/schema/schema.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

namespace ondemand = simdjson::ondemand;

// Texts above this size do not keep their working memory for the next one.
constexpr std::size_t kKeptWorkspaceBytes = std::size_t{1} << 20;

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

// The grammar of RFC 8259, which is narrower than that of SQL.
bool is_json_number(std::string_view s) noexcept {
  const auto skip_digits = [&s] {
    const std::size_t before = s.size();
    while (!s.empty() && is_digit(s[0])) s.remove_prefix(1);
    return before - s.size();
  };
  if (!s.empty() && s[0] == '-') s.remove_prefix(1);
  const bool leading_zero = !s.empty() && s[0] == '0';
  const std::size_t whole_digits = skip_digits();
  if (whole_digits == 0 || (leading_zero && whole_digits > 1)) return false;
  if (!s.empty() && s[0] == '.') {
    s.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  if (!s.empty() && (s[0] == 'e' || s[0] == 'E')) {
    s.remove_prefix(1);
    if (!s.empty() && (s[0] == '-' || s[0] == '+')) s.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  return s.empty();
}

bool takes_number(TypeKind kind) noexcept {
  return kind >= TypeKind::kTinyInt && kind <= TypeKind::kDecimal;
}

Error not_json(simdjson::error_code code) {
  if (code == simdjson::MEMALLOC || code == simdjson::CAPACITY) {
    return Error{ErrorCode::kLimit, "the JSON text is too large", {}};
  }
  return Error{
      ErrorCode::kParse, std::string("not valid JSON: ") + simdjson::error_message(code), {}};
}

// `found` is what stands in the JSON, `type` what should.
Error unexpected(const Type& type, std::string_view found) {
  std::string message(found);
  message += " is not a value of ";
  message += type.to_sql();
  return Error{ErrorCode::kParse, std::move(message), {}};
}

// Puts one step of a path before the place of an error: "[2]" and ".price" make "[2].price".
Error at(std::string step, Error error) {
  if (!error.where.empty() && error.where[0] != '[') step += '.';
  error.where.insert(0, step);
  return error;
}

std::string index_step(std::size_t i) {
  return "[" + std::to_string(i) + "]";
}

std::string name_step(std::string_view name) {
  bool plain = !name.empty() && !is_digit(name[0]);
  for (char c : name) {
    plain &= is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  return plain ? std::string(name) : quote_text(name);
}

Result<Value> from_number(const Type& type, std::string_view token) {
  if (!is_json_number(token)) {
    return fail(ErrorCode::kParse, quote_text(token) + " is not a JSON value");
  }
  if (!takes_number(type.kind())) return fail(unexpected(type, "the number " + std::string(token)));
  return parse_value(type, token);
}

Result<Value> from_string(const Type& type, std::string_view text) {
  if (!takes_number(type.kind()) && type.kind() != TypeKind::kBoolean && !type.is_nested()) {
    return parse_value(type, text);
  }
  if (type.kind() == TypeKind::kDecimal) return parse_value(type, text);
  if (type.kind() == TypeKind::kReal || type.kind() == TypeKind::kDouble) {
    // Only what no number token can say.
    auto value = parse_value(type, text);
    if (value) {
      const float* real = value->get_if<float>();
      if (!std::isfinite(real != nullptr ? *real : value->as<double>())) return value;
    }
  }
  return fail(unexpected(type, "the string " + quote_text(text)));
}

// true, false and null; anything else is no JSON at all.
Result<Value> from_word(const Type& type, std::string_view token) {
  if (token == "null") return Value{};
  if (token != "true" && token != "false") {
    return fail(ErrorCode::kParse, quote_text(token) + " is not a JSON value");
  }
  if (type.kind() != TypeKind::kBoolean) return fail(unexpected(type, token));
  return Value(token == "true");
}

// Scalars that need no simdjson: numbers, words, and strings without escapes.
std::optional<Result<Value>> from_plain_scalar(const Type& type, std::string_view token) {
  if (token.empty() || type.is_nested() || type.kind() == TypeKind::kJson) return std::nullopt;
  if (token[0] == '-' || is_digit(token[0])) return from_number(type, token);
  if (token == "null" || token == "true" || token == "false") return from_word(type, token);
  if (token[0] != '"' || token.size() < 2 || token.back() != '"') return std::nullopt;
  const std::string_view body = token.substr(1, token.size() - 2);
  bool plain = true;
  for (char c : body) plain &= c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  if (!plain) return std::nullopt;
  return from_string(type, body);
}

// One reading of one text. simdjson's views point into the padded copy, which lives as long.
class JsonReader {
 public:
  Result<Value> read(const Type& type, std::string_view json) {
    Value value;
    WISP_TRY(with_root(json, [&](ondemand::value root) { return read_value(type, root, value); }));
    return value;
  }

  Status validate(std::string_view json) {
    return with_root(json, [&](ondemand::value root) { return skip_valid(root, 0); });
  }

 private:
  template <typename Visit>
  Status with_root(std::string_view json, Visit visit);

  Status read_value(const Type& type, ondemand::value node, Value& out);
  Status read_array(const Type& type, ondemand::value node, Value& out);
  Status read_map(const Type& type, ondemand::value node, Value& out);
  Status read_row(const Type& type, ondemand::value node, Value& out);
  Status read_field(const std::vector<RowField>& fields, std::size_t index, ondemand::value node,
                    Value& out);
  Status read_embedded(ondemand::value node, Value& out);

  // Checks every token of a value of any shape. Scalars stay for the caller's loop to step over.
  Status skip_valid(ondemand::value node, int depth);
  Status skip_valid_array(ondemand::value node, int depth);
  Status skip_valid_object(ondemand::value node, int depth);

  static std::string_view token_of(ondemand::value& node) { return trim(node.raw_json_token()); }

  ondemand::parser parser_;
  ondemand::document document_;
  std::string padded_;
};

#define WISP_JSON_TRY(declaration, expression)                               \
  if (const simdjson::error_code json_error = (expression).get(declaration); \
      json_error != simdjson::SUCCESS) {                                     \
    return fail(not_json(json_error));                                       \
  }

template <typename Visit>
Status JsonReader::with_root(std::string_view json, Visit visit) {
  padded_.clear();
  padded_.reserve(json.size() + 2 + simdjson::SIMDJSON_PADDING);
  padded_ += '[';
  padded_ += json;
  padded_ += ']';
  const std::size_t length = padded_.size();
  padded_.append(simdjson::SIMDJSON_PADDING, ' ');
  const simdjson::padded_string_view view(padded_.data(), length, padded_.size());
  WISP_JSON_TRY(document_, parser_.iterate(view));
  ondemand::array roots;
  WISP_JSON_TRY(roots, document_.get_array());
  std::size_t count = 0;
  for (auto element : roots) {
    ondemand::value root;
    WISP_JSON_TRY(root, element);
    if (++count > 1) break;
    WISP_TRY(visit(root));
  }
  if (count == 0) return fail(ErrorCode::kParse, "a JSON value is expected, not an empty text");
  if (count > 1 || document_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return fail(ErrorCode::kParse, "something stands behind the JSON value");
  }
  return {};
}

Status JsonReader::read_value(const Type& type, ondemand::value node, Value& out) {
  const std::string_view token = token_of(node);
  if (token == "null") {
    out = Value{};
    return {};
  }
  if (type.kind() == TypeKind::kJson) return read_embedded(node, out);
  switch (token.empty() ? '\0' : token[0]) {
    case '[':
      if (type.kind() == TypeKind::kArray) return read_array(type, node, out);
      return fail(unexpected(type, "an array"));
    case '{':
      if (type.kind() == TypeKind::kMap) return read_map(type, node, out);
      if (type.kind() == TypeKind::kRow) return read_row(type, node, out);
      return fail(unexpected(type, "an object"));
    case '"': {
      std::string_view text;
      WISP_JSON_TRY(text, node.get_string());
      WISP_ASSIGN(out, from_string(type, text));
      return {};
    }
    case 't':
    case 'f': {
      WISP_ASSIGN(out, from_word(type, token));
      return {};
    }
    default:
      WISP_ASSIGN(out, from_number(type, token));
      return {};
  }
}

Status JsonReader::read_array(const Type& type, ondemand::value node, Value& out) {
  ondemand::array elements;
  WISP_JSON_TRY(elements, node.get_array());
  ValueArray array;
  for (auto element : elements) {
    ondemand::value child;
    WISP_JSON_TRY(child, element);
    const std::size_t i = array.items.size();
    Value item;
    if (Status status = read_value(type.element(), child, item); !status) {
      return fail(at(index_step(i), std::move(status).error()));
    }
    if (item.is_null() && !type.element_nullable()) {
      return fail(ErrorCode::kConstraint, "NULL in an array whose elements are NOT NULL",
                  index_step(i));
    }
    array.items.push_back(std::move(item));
  }
  out = Value(std::move(array));
  return {};
}

Status JsonReader::read_map(const Type& type, ondemand::value node, Value& out) {
  ondemand::object object;
  WISP_JSON_TRY(object, node.get_object());
  ValueMap map;
  for (auto field : object) {
    std::string_view name;
    WISP_JSON_TRY(name, field.unescaped_key());
    const auto step = [name] { return "[" + quote_text(name) + "]"; };
    Result<Value> key = parse_value(type.map_key(), name);
    if (!key) return fail(at(step(), std::move(key).error()));
    ondemand::value child;
    WISP_JSON_TRY(child, field.value());
    Value value;
    if (Status status = read_value(type.map_value(), child, value); !status) {
      return fail(at(step(), std::move(status).error()));
    }
    if (value.is_null() && !type.element_nullable()) {
      return fail(ErrorCode::kConstraint, "NULL in a map whose values are NOT NULL", step());
    }
    map.entries.emplace_back(std::move(*key), std::move(value));
  }
  WISP_TRY(sort_map(type.map_key(), map));
  out = Value(std::move(map));
  return {};
}

// The place of `name`, tried first where the order of the fields suggests it; fields.size() if
// none.
std::size_t find_field(const std::vector<RowField>& fields, std::string_view name,
                       std::size_t guess) noexcept {
  if (guess < fields.size() && fields[guess].name == name) return guess;
  std::size_t i = 0;
  while (i < fields.size() && fields[i].name != name) ++i;
  return i;
}

Error unknown_field(const std::vector<RowField>& fields, std::string_view name) {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const RowField& field : fields) names.push_back(field.name);
  std::string message = "the row has no field " + quote_text(name);
  if (const auto near = nearest_name(name, names)) {
    message += "; did you mean " + quote_text(*near) + "?";
  }
  return Error{ErrorCode::kInvalidArgument, std::move(message), {}};
}

Status JsonReader::read_field(const std::vector<RowField>& fields, std::size_t index,
                              ondemand::value node, Value& out) {
  const RowField& field = fields[index];
  if (Status status = read_value(field.type, node, out); !status) {
    return fail(at(name_step(field.name), std::move(status).error()));
  }
  return {};
}

Status JsonReader::read_row(const Type& type, ondemand::value node, Value& out) {
  const std::vector<RowField>& fields = type.fields();
  ondemand::object object;
  WISP_JSON_TRY(object, node.get_object());
  ValueRow row;
  row.fields.resize(fields.size());
  std::vector<bool> seen(fields.size());
  std::size_t guess = 0;
  for (auto field : object) {
    std::string_view name;
    WISP_JSON_TRY(name, field.unescaped_key());
    const std::size_t index = find_field(fields, name, guess);
    if (index == fields.size()) return fail(unknown_field(fields, name));
    if (seen[index]) {
      return fail(ErrorCode::kParse, "the field stands there twice", name_step(name));
    }
    seen[index] = true;
    guess = index + 1;
    ondemand::value child;
    WISP_JSON_TRY(child, field.value());
    WISP_TRY(read_field(fields, index, child, row.fields[index]));
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (row.fields[i].is_null() && !fields[i].nullable) {
      return fail(ErrorCode::kConstraint,
                  seen[i] ? "NULL in a NOT NULL field" : "a NOT NULL field is missing",
                  name_step(fields[i].name));
    }
  }
  out = Value(std::move(row));
  return {};
}

Status JsonReader::read_embedded(ondemand::value node, Value& out) {
  const std::string_view token = token_of(node);
  WISP_TRY(skip_valid(node, 0));
  if (token[0] != '[' && token[0] != '{') {
    out = Value::text(token);
    return {};
  }
  const char* next = nullptr;
  WISP_JSON_TRY(next, document_.current_location());
  out = Value::text(trim({token.data(), static_cast<std::size_t>(next - token.data())}));
  return {};
}

Status JsonReader::skip_valid(ondemand::value node, int depth) {
  const std::string_view token = token_of(node);
  switch (token.empty() ? '\0' : token[0]) {
    case '[':
    case '{':
      if (depth == kMaxJsonDepth) {
        return fail(ErrorCode::kLimit,
                    "JSON nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
      }
      return token[0] == '[' ? skip_valid_array(node, depth + 1)
                             : skip_valid_object(node, depth + 1);
    case '"': {
      std::string_view text;
      WISP_JSON_TRY(text, node.get_string());
      return {};
    }
    default: {
      if (!is_json_number(token) && token != "true" && token != "false" && token != "null") {
        return fail(ErrorCode::kParse, quote_text(token) + " is not a JSON value");
      }
      return {};
    }
  }
}

Status JsonReader::skip_valid_array(ondemand::value node, int depth) {
  ondemand::array elements;
  WISP_JSON_TRY(elements, node.get_array());
  for (auto element : elements) {
    ondemand::value child;
    WISP_JSON_TRY(child, element);
    WISP_TRY(skip_valid(child, depth));
  }
  return {};
}

Status JsonReader::skip_valid_object(ondemand::value node, int depth) {
  ondemand::object object;
  WISP_JSON_TRY(object, node.get_object());
  for (auto field : object) {
    std::string_view name;
    WISP_JSON_TRY(name, field.unescaped_key());
    ondemand::value child;
    WISP_JSON_TRY(child, field.value());
    WISP_TRY(skip_valid(child, depth));
  }
  return {};
}

#undef WISP_JSON_TRY

// Runs `use` on this thread's reader, or on a passing one for a text too large to keep memory for.
template <typename Use>
auto with_reader(std::size_t text_bytes, Use use) {
  if (text_bytes > kKeptWorkspaceBytes) {
    JsonReader reader;
    return use(reader);
  }
  thread_local JsonReader reader;
  return use(reader);
}

}  // namespace

Result<Value> parse_json_value(const Type& type, std::string_view json) {
  if (auto value = from_plain_scalar(type, trim(json))) return std::move(*value);
  return with_reader(json.size(), [&](JsonReader& reader) { return reader.read(type, json); });
}

Status check_json(std::string_view text) {
  return with_reader(text.size(), [&](JsonReader& reader) { return reader.validate(text); });
}

bool is_valid_json(std::string_view text) {
  return check_json(text).has_value();
}

}  // namespace wisp
