#include "wisp/schema/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>

namespace wisp::text {
namespace {

constexpr const char* kNotInteger = "digits with an optional sign are expected";
constexpr const char* kNotNumber = "a decimal or scientific number is expected";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// The parts of [sign] digits [. digits] [e [sign] digits]; at least one mantissa digit.
struct NumberParts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;  // saturates far beyond every text length
  bool plain = true;          // neither a point nor an exponent
};

std::string_view take_digits(std::string_view& rest) noexcept {
  std::size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  const std::string_view digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

bool take_exponent(std::string_view& rest, std::int64_t& exponent) noexcept {
  constexpr std::int64_t kSaturated = 1'000'000'000'000'000;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  const std::string_view digits = take_digits(rest);
  if (digits.empty()) return false;
  for (char c : digits) {
    if (exponent < kSaturated) exponent = exponent * 10 + (c - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

bool split_number(std::string_view text, NumberParts& parts) noexcept {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  parts.whole = take_digits(text);
  if (!text.empty() && text[0] == '.') {
    parts.plain = false;
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return false;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    parts.plain = false;
    text.remove_prefix(1);
    if (!take_exponent(text, parts.exponent)) return false;
  }
  return text.empty();
}

// A text that is a number but no integer deserves another sentence than one that is no number.
Fault not_integer(std::string_view text) noexcept {
  NumberParts parts;
  if (split_number(text, parts) && !parts.plain) {
    return misfit("a whole number without fraction or exponent is expected");
  }
  return malformed(kNotInteger);
}

struct SignedRange {
  std::int64_t min, max;
  const char* reason;
};
SignedRange signed_range(TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::kTinyInt:
      return {-128, 127, "the range is -128 to 127"};
    case TypeKind::kSmallInt:
      return {-32768, 32767, "the range is -32768 to 32767"};
    case TypeKind::kInteger:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(),
              "the range is -2147483648 to 2147483647"};
    default:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
              "the range is -9223372036854775808 to 9223372036854775807"};
  }
}

struct UnsignedRange {
  std::uint64_t max;
  const char* reason;
};
UnsignedRange unsigned_range(TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::kUTinyInt:
      return {255, "the range is 0 to 255"};
    case TypeKind::kUSmallInt:
      return {65535, "the range is 0 to 65535"};
    case TypeKind::kUInteger:
      return {4294967295, "the range is 0 to 4294967295"};
    default:
      return {std::numeric_limits<std::uint64_t>::max(), "the range is 0 to 18446744073709551615"};
  }
}

bool equals_ignore_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != lower[i]) return false;
  }
  return true;
}

template <typename Float>
bool parse_special(std::string_view text, Float& out) noexcept {
  if (equals_ignore_case(text, "nan")) {
    out = std::numeric_limits<Float>::quiet_NaN();
    return true;
  }
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  if (!equals_ignore_case(text, "inf") && !equals_ignore_case(text, "infinity")) return false;
  out = negative ? -std::numeric_limits<Float>::infinity() : std::numeric_limits<Float>::infinity();
  return true;
}

// Whether a number that std::from_chars found out of range is too large (else it is too small).
bool is_huge(const NumberParts& parts) noexcept {
  std::int64_t magnitude = parts.exponent;  // of the first nonzero digit
  std::string_view whole = parts.whole;
  while (!whole.empty() && whole[0] == '0') whole.remove_prefix(1);
  if (!whole.empty()) {
    magnitude += static_cast<std::int64_t>(whole.size());
  } else {
    for (std::size_t i = 0; i < parts.fraction.size() && parts.fraction[i] == '0'; ++i) --magnitude;
  }
  return magnitude > 0;
}

template <typename Float>
Fault parse_float_as(std::string_view text, Float& out) noexcept {
  std::string_view digits = text;
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  const std::size_t sign = !digits.empty() && digits[0] == '-' && digits.size() == text.size();
  // from_chars takes spellings of infinity and NaN that are not ours.
  if (digits.size() == sign || (!is_digit(digits[sign]) && digits[sign] != '.')) {
    return parse_special(text, out) ? Fault{} : malformed(kNotNumber);
  }
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, out);
  if (stop != end || error == std::errc::invalid_argument) return malformed(kNotNumber);
  if (error == std::errc::result_out_of_range) {
    NumberParts parts;
    if (!split_number(text, parts)) return malformed(kNotNumber);
    if (is_huge(parts)) return misfit("the number is too large");
    out = parts.negative ? -Float{0} : Float{0};
  }
  return {};
}

template <typename Number>
void print_chars(Number value, std::string& out) {
  std::array<char, 40> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), static_cast<std::size_t>(result.ptr - buffer.data()));
}

template <typename Float>
void print_float_as(Float value, std::string& out) {
  if (std::isnan(value)) {
    out += "nan";  // to_chars would print its sign
  } else {
    print_chars(value, out);
  }
}

}  // namespace

Fault parse_signed(TypeKind kind, std::string_view text, std::int64_t& out) noexcept {
  std::string_view digits = text;
  if (digits.size() > 1 && digits[0] == '+' && is_digit(digits[1])) digits.remove_prefix(1);
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, out);
  if (stop != end || error == std::errc::invalid_argument) return not_integer(text);
  const SignedRange range = signed_range(kind);
  if (error != std::errc{} || out < range.min || out > range.max) return misfit(range.reason);
  return {};
}

Fault parse_unsigned(TypeKind kind, std::string_view text, std::uint64_t& out) noexcept {
  std::string_view digits = text;
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative || (!digits.empty() && digits[0] == '+')) digits.remove_prefix(1);
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, out);
  if (stop != end || error == std::errc::invalid_argument) return not_integer(text);
  const UnsignedRange range = unsigned_range(kind);
  if (error != std::errc{} || out > range.max || (negative && out != 0))
    return misfit(range.reason);
  return {};
}

Fault parse_float(std::string_view text, float& out) noexcept {
  return parse_float_as(text, out);
}
Fault parse_float(std::string_view text, double& out) noexcept {
  return parse_float_as(text, out);
}

Fault parse_decimal(int precision, int scale, std::string_view text, Decimal::Int& out) noexcept {
  NumberParts parts;
  if (!split_number(text, parts)) return malformed(kNotNumber);
  // Zeros at either end of the digits carry no information: drop them, and count what they shift.
  while (!parts.whole.empty() && parts.whole.front() == '0') parts.whole.remove_prefix(1);
  while (!parts.fraction.empty() && parts.fraction.back() == '0') parts.fraction.remove_suffix(1);
  std::int64_t shift = parts.exponent + scale - static_cast<std::int64_t>(parts.fraction.size());
  if (parts.whole.empty()) {
    while (!parts.fraction.empty() && parts.fraction.front() == '0')
      parts.fraction.remove_prefix(1);
  }
  if (parts.fraction.empty()) {
    while (!parts.whole.empty() && parts.whole.back() == '0') {
      parts.whole.remove_suffix(1);
      ++shift;
    }
  }
  const auto digits = static_cast<std::int64_t>(parts.whole.size() + parts.fraction.size());
  out = 0;
  if (digits == 0) return {};
  if (shift < 0) return misfit("it has more fraction digits than the scale");
  if (shift > precision || digits > precision - shift) {
    return misfit("it has more digits than the precision");
  }
  for (char c : parts.whole) out = out * 10 + (c - '0');
  for (char c : parts.fraction) out = out * 10 + (c - '0');
  for (; shift > 0; --shift) out *= 10;
  if (parts.negative) out = -out;
  return {};
}

void print_signed(std::int64_t value, std::string& out) {
  print_chars(value, out);
}
void print_unsigned(std::uint64_t value, std::string& out) {
  print_chars(value, out);
}
void print_float(float value, std::string& out) {
  print_float_as(value, out);
}
void print_float(double value, std::string& out) {
  print_float_as(value, out);
}

void print_decimal(Decimal::Int unscaled, int scale, std::string& out) {
  __extension__ using Magnitude = unsigned __int128;
  Magnitude rest = static_cast<Magnitude>(unscaled);
  if (unscaled < 0) rest = Magnitude{0} - rest;
  std::array<char, 48> buffer;
  std::size_t start = buffer.size();
  for (int digits = 0; rest != 0 || digits <= scale; ++digits) {
    if (digits == scale && scale != 0) buffer[--start] = '.';
    buffer[--start] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (unscaled < 0) out += '-';
  out.append(buffer.data() + start, buffer.size() - start);
}

}  // namespace wisp::text
