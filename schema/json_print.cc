// Printing half of json.h.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "wisp/schema/json.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

enum class ByteClass : std::uint8_t { kPlain, kEscaped };

constexpr std::array<ByteClass, 256> make_byte_classes() noexcept {
  std::array<ByteClass, 256> classes{};
  for (std::size_t c = 0; c < 0x20; ++c) classes[c] = ByteClass::kEscaped;
  classes['"'] = classes['\\'] = classes[0x7F] = ByteClass::kEscaped;
  return classes;
}
constexpr std::array<ByteClass, 256> kByteClasses = make_byte_classes();

void print_escape(unsigned char c, std::string& out) {
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += static_cast<char>(c);
      return;
    case '\b':
      out += 'b';
      return;
    case '\f':
      out += 'f';
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      out += "u00";
      out += kHexDigits[c >> 4];
      out += kHexDigits[c & 15];
  }
}

// The inside of a JSON string. Requires: well-formed UTF-8.
void print_string_body(std::string_view s, std::string& out) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto byte = static_cast<unsigned char>(s[i]);
    if (kByteClasses[byte] == ByteClass::kPlain) continue;
    out.append(s, run, i - run);
    print_escape(byte, out);
    run = i + 1;
  }
  out.append(s, run, s.size() - run);
}

// The length of the well-formed code point at the start of `s`; 0 when there is none.
std::size_t code_point_length(std::string_view s) noexcept {
  const auto lead = static_cast<unsigned char>(s[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length > s.size() || !is_valid_utf8(s.substr(0, length))) return 0;
  return length;
}

// One U+FFFD for every byte that is in no code point.
std::string repair_utf8(std::string_view s) {
  std::string repaired;
  repaired.reserve(s.size() + 16);
  while (!s.empty()) {
    const std::size_t length = code_point_length(s);
    repaired += length == 0 ? kReplacement : s.substr(0, length);
    s.remove_prefix(length == 0 ? 1 : length);
  }
  return repaired;
}

// Valid JSON has line breaks only between tokens, where a space means the same.
void print_embedded_json(std::string_view json, std::string& out) {
  if (!is_valid_json(json)) return print_json_string(json, out);
  const std::size_t start = out.size();
  out += json;
  for (std::size_t i = start; i < out.size(); ++i) {
    if (out[i] == '\n' || out[i] == '\r') out[i] = ' ';
  }
}

template <typename Float>
void print_json_float(const Type& type, const Value& value, std::string& out) {
  const bool quoted = !std::isfinite(value.as<Float>());
  if (quoted) out += '"';
  print_value(type, value, out);
  if (quoted) out += '"';
}

void print_json_map(const Type& type, const ValueMap& map, std::string& out) {
  std::string key_text;
  out += '{';
  for (const auto& [key, value] : map.entries) {
    if (&key != &map.entries.front().first) out += ',';
    key_text.clear();
    print_value(type.map_key(), key, key_text);
    print_json_string(key_text, out);
    out += ':';
    print_json_value(type.map_value(), value, out);
  }
  out += '}';
}

void print_json_row(const Type& type, const ValueRow& row, std::string& out) {
  const auto& fields = type.fields();
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != 0) out += ',';
    print_json_string(fields[i].name, out);
    out += ':';
    print_json_value(fields[i].type, row.fields[i], out);
  }
  out += '}';
}

}  // namespace

void print_json_string(std::string_view s, std::string& out) {
  out += '"';
  if (is_valid_utf8(s)) {
    print_string_body(s, out);
  } else {
    print_string_body(repair_utf8(s), out);
  }
  out += '"';
}

void print_json_value(const Type& type, const Value& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  switch (type.kind()) {
    case TypeKind::kReal:
      return print_json_float<float>(type, value, out);
    case TypeKind::kDouble:
      return print_json_float<double>(type, value, out);
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kUuid:
      out += '"';
      print_value(type, value, out);
      out += '"';
      return;
    case TypeKind::kVarchar:
    case TypeKind::kChar:
      return print_json_string(value.as<std::string>(), out);
    case TypeKind::kVarbinary:
      out += "\"\\";  // print_value begins with the second backslash of "\\x"
      print_value(type, value, out);
      out += '"';
      return;
    case TypeKind::kJson:
      return print_embedded_json(value.as<std::string>(), out);
    case TypeKind::kArray: {
      const auto& items = value.as<ValueArray>().items;
      out += '[';
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (i != 0) out += ',';
        print_json_value(type.element(), items[i], out);
      }
      out += ']';
      return;
    }
    case TypeKind::kMap:
      return print_json_map(type, value.as<ValueMap>(), out);
    case TypeKind::kRow:
      return print_json_row(type, value.as<ValueRow>(), out);
    default:  // BOOLEAN, integers, DECIMAL: their text is a JSON token
      return print_value(type, value, out);
  }
}

}  // namespace wisp
