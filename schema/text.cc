#include "wisp/schema/text.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "wisp/schema/datetime_text.h"
#include "wisp/schema/json.h"
#include "wisp/schema/number_text.h"

namespace wisp {
namespace {

using text::Fault;
using text::malformed;
using text::misfit;

constexpr std::size_t kQuotedBytes = 40;
constexpr char kHexDigits[] = "0123456789abcdef";

// -1 when `c` is no hex digit.
int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Both inputs and messages hold "-" or letters of any case; `lower` is ours.
bool equals_ignore_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != lower[i]) return false;
  }
  return true;
}

bool is_ascii(std::string_view s) noexcept {
  std::size_t i = 0;
  std::uint64_t bits = 0;
  for (; s.size() - i >= 8; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, s.data() + i, 8);
    bits |= word;
  }
  for (; i < s.size(); ++i) bits |= static_cast<unsigned char>(s[i]);
  return (bits & 0x8080808080808080) == 0;
}

// Requires: well-formed UTF-8.
std::size_t count_code_points(std::string_view s) noexcept {
  std::size_t count = 0;
  for (char c : s) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

Error refusal(const Type& type, std::string_view text, Fault fault) {
  std::string message = quote_text(text);
  message += fault.code == ErrorCode::kConstraint ? " does not fit " : " is not a valid ";
  message += type.to_sql();
  message += ": ";
  message += fault.reason;
  return Error{fault.code, std::move(message), {}};
}

Fault parse_boolean(std::string_view text, bool& out) noexcept {
  for (std::string_view name : {"true", "t", "yes", "1"}) {
    if (equals_ignore_case(text, name)) {
      out = true;
      return {};
    }
  }
  for (std::string_view name : {"false", "f", "no", "0"}) {
    if (equals_ignore_case(text, name)) {
      out = false;
      return {};
    }
  }
  return malformed("true, false, t, f, yes, no, 1 or 0 is expected");
}

Fault parse_uuid(std::string_view text, Uuid& out) noexcept {
  constexpr const char* kForm = "32 hex digits are expected, with hyphens as in 8-4-4-4-12 or none";
  const bool hyphens = text.size() == 36;
  if (!hyphens && text.size() != 32) return malformed(kForm);
  std::size_t at = 0;
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') {
      return malformed(kForm);
    }
    const int high = hex_value(text[at++]);
    const int low = hex_value(text[at++]);
    if (high < 0 || low < 0) return malformed(kForm);
    out.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return {};
}

void print_hex(std::string_view bytes, std::string& out) {
  for (char c : bytes) {
    out += kHexDigits[static_cast<unsigned char>(c) >> 4];
    out += kHexDigits[static_cast<unsigned char>(c) & 15];
  }
}

void print_uuid(const Uuid& uuid, std::string& out) {
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHexDigits[uuid.bytes[i] >> 4];
    out += kHexDigits[uuid.bytes[i] & 15];
  }
}

Fault parse_binary(const Type& type, std::string_view text, std::string& out) {
  std::string_view digits = text;
  if (text.size() >= 2 && text[0] == '\\' && (text[1] == 'x' || text[1] == 'X')) {
    digits.remove_prefix(2);
  } else if (text.size() >= 3 && (text[0] == 'X' || text[0] == 'x') && text[1] == '\'' &&
             text.back() == '\'') {
    digits = text.substr(2, text.size() - 3);
  } else {
    return malformed("\\x and hex digits are expected");
  }
  if (digits.size() % 2 != 0) return malformed("it has an odd number of hex digits");
  if (type.length() != 0 && digits.size() / 2 > type.length()) return misfit("it has more bytes");
  out.resize(digits.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(digits[2 * i]);
    const int low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return malformed("\\x must be followed by hex digits only");
    out[i] = static_cast<char>(high << 4 | low);
  }
  return {};
}

Fault check_text(const Type& type, std::string_view text) noexcept {
  const bool ascii = is_ascii(text);
  if (!ascii && !is_valid_utf8(text)) return malformed("it is not well-formed UTF-8");
  const std::size_t limit = type.length();
  // A code point has at least one byte, so most texts need no counting.
  if (limit == 0 || text.size() <= limit) return {};
  if (ascii || count_code_points(text) > limit) return misfit("it has more characters");
  return {};
}

// The alternative T of a scalar type, or an Error made from the fault.
template <typename T>
Result<Value> made(const Type& type, std::string_view text, Fault fault, T&& value) {
  if (fault) return fail(refusal(type, text, fault));
  return Value(std::forward<T>(value));
}

Result<Value> parse_temporal(const Type& type, std::string_view text) {
  std::int64_t ticks = 0;
  Fault fault;
  switch (type.kind()) {
    case TypeKind::kDate:
      fault = text::parse_date(text, ticks);
      break;
    case TypeKind::kTime:
      fault = text::parse_time(text, type.precision(), ticks);
      break;
    case TypeKind::kTimestamp:
      fault = text::parse_timestamp(text, type.precision(), ticks);
      break;
    default:
      fault = text::parse_timestamp_tz(text, type.precision(), ticks);
      break;
  }
  return made(type, text, fault, ticks);
}

Result<Value> parse_number(const Type& type, std::string_view text) {
  if (type.kind() == TypeKind::kReal) {
    float value = 0;
    return made(type, text, text::parse_float(text, value), std::move(value));
  }
  if (type.kind() == TypeKind::kDouble) {
    double value = 0;
    return made(type, text, text::parse_float(text, value), std::move(value));
  }
  Decimal value;
  const Fault fault = text::parse_decimal(type.precision(), type.scale(), text, value.unscaled);
  return made(type, text, fault, std::move(value));
}

Result<Value> parse_json_cell(const Type& type, std::string_view text) {
  if (type.kind() == TypeKind::kJson) {
    if (!is_valid_json(text)) {
      return fail(refusal(type, text, malformed("it is not one complete JSON value")));
    }
    return Value::text(text);
  }
  Result<Value> value = parse_json_value(type, text);
  if (value && value->is_null()) {
    return fail(refusal(type, text, malformed("a JSON array or object is expected")));
  }
  return value;
}

}  // namespace

std::string quote_text(std::string_view text) {
  std::string_view shown = text;
  const bool cut = text.size() > kQuotedBytes;
  if (cut) {
    shown = text.substr(0, kQuotedBytes);
    // Not in the middle of a code point; damaged text may have no better place.
    while (shown.size() > kQuotedBytes - 4 &&
           (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80) {
      shown.remove_suffix(1);
    }
  }
  const bool utf8 = is_valid_utf8(shown);
  std::string out = "\"";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    // U+0080 to U+009F are control characters too: C2 and a byte below A0.
    const bool control =
        byte < 0x20 || byte == 0x7F ||
        (byte == 0xC2 && i + 1 < shown.size() && static_cast<unsigned char>(shown[i + 1]) < 0xA0);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += shown[i];
    } else if (byte == '\n' || byte == '\r' || byte == '\t') {
      out += '\\';
      out += byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't';
    } else if (control || (byte >= 0x80 && !utf8)) {
      out += "\\x";
      print_hex(shown.substr(i, 1), out);
      if (byte == 0xC2 && utf8) {
        out += "\\x";
        print_hex(shown.substr(++i, 1), out);
      }
    } else {
      out += shown[i];
    }
  }
  out += cut ? "...\"" : "\"";
  return out;
}

Result<Value> parse_value(const Type& type, std::string_view text) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInteger:
    case TypeKind::kBigInt: {
      std::int64_t value = 0;
      return made(type, text, text::parse_signed(type.kind(), text, value), std::move(value));
    }
    case TypeKind::kUTinyInt:
    case TypeKind::kUSmallInt:
    case TypeKind::kUInteger:
    case TypeKind::kUBigInt: {
      std::uint64_t value = 0;
      return made(type, text, text::parse_unsigned(type.kind(), text, value), std::move(value));
    }
    case TypeKind::kVarchar:
    case TypeKind::kChar:
      if (const Fault fault = check_text(type, text)) return fail(refusal(type, text, fault));
      return Value::text(text);
    case TypeKind::kReal:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return parse_number(type, text);
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return parse_temporal(type, text);
    case TypeKind::kBoolean: {
      bool value = false;
      return made(type, text, parse_boolean(text, value), std::move(value));
    }
    case TypeKind::kUuid: {
      Uuid value;
      return made(type, text, parse_uuid(text, value), std::move(value));
    }
    case TypeKind::kVarbinary: {
      std::string value;
      const Fault fault = parse_binary(type, text, value);
      return made(type, text, fault, std::move(value));
    }
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow:
      return parse_json_cell(type, text);
  }
  return fail(ErrorCode::kUnsupported, "a type of this kind has no text");
}

void print_value(const Type& type, const Value& value, std::string& out) {
  assert(!value.is_null());
  switch (type.kind()) {
    case TypeKind::kBoolean:
      out += value.as<bool>() ? "true" : "false";
      return;
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInteger:
    case TypeKind::kBigInt:
      return text::print_signed(value.as<std::int64_t>(), out);
    case TypeKind::kUTinyInt:
    case TypeKind::kUSmallInt:
    case TypeKind::kUInteger:
    case TypeKind::kUBigInt:
      return text::print_unsigned(value.as<std::uint64_t>(), out);
    case TypeKind::kReal:
      return text::print_float(value.as<float>(), out);
    case TypeKind::kDouble:
      return text::print_float(value.as<double>(), out);
    case TypeKind::kDecimal:
      return text::print_decimal(value.as<Decimal>().unscaled, type.scale(), out);
    case TypeKind::kDate:
      return text::print_date(value.as<std::int64_t>(), out);
    case TypeKind::kTime:
      return text::print_time(value.as<std::int64_t>(), type.precision(), out);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      text::print_timestamp(value.as<std::int64_t>(), type.precision(), out);
      if (type.kind() == TypeKind::kTimestampTz) out += 'Z';
      return;
    case TypeKind::kUuid:
      return print_uuid(value.as<Uuid>(), out);
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kJson:
      out += value.as<std::string>();
      return;
    case TypeKind::kVarbinary:
      out += "\\x";
      return print_hex(value.as<std::string>(), out);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow:
      return print_json_value(type, value, out);
  }
}

}  // namespace wisp
