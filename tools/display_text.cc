#include "wisp/tools/display_text.h"

#include <fmt/format.h>
#include <wchar.h>

#include <clocale>
#include <cstdint>
#include <iterator>

namespace wisp::tools {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 1;  // bytes
  bool valid = false;
};

// The code point at the front of non-empty `text`; overlong forms and surrogates are invalid.
CodePoint front_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {lead, 1, false};
  std::uint32_t value = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return {lead, 1, false};
  }
  return {value, size, true};
}

bool must_escape(std::uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  return c == 0x2028 || c == 0x2029 || c == 0x200e || c == 0x200f || c == 0x61c ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void append_escape(std::uint32_t c, std::string& out) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      if (c < 0x100) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
      } else {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
      }
  }
}

void append_escaped_keeping(std::string_view text, bool message, std::string& out) {
  while (!text.empty()) {
    const CodePoint c = front_code_point(text);
    if (c.valid && ((message && c.value == '\n') || (!must_escape(c.value) && c.value != '\\'))) {
      out += text.substr(0, c.size);
    } else if (c.valid && c.value == '\\') {
      out += message ? "\\" : "\\\\";
    } else {
      append_escape(c.value, out);
    }
    text.remove_prefix(c.size);
  }
}

std::size_t width_of(std::uint32_t c) {
  if (c < 0x7f) return 1;
  const int width = ::wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

void use_utf8_widths() {
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) std::setlocale(LC_CTYPE, "");
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = front_code_point(text);
    width += width_of(c.value);
    text.remove_prefix(c.size);
  }
  return width;
}

void append_escaped(std::string_view text, std::string& out) {
  append_escaped_keeping(text, false, out);
}

void append_cut(std::string_view escaped, std::size_t max_width, std::string& out) {
  std::size_t width = 0;
  std::size_t fits = 0;  // bytes that leave one column for the ellipsis
  for (std::size_t at = 0; at < escaped.size();) {
    const CodePoint c = front_code_point(escaped.substr(at));
    width += width_of(c.value);
    if (width > max_width) {
      out += escaped.substr(0, fits);
      out += "\u2026";
      return;
    }
    at += c.size;
    if (width < max_width) fits = at;
  }
  out += escaped;
}

std::string escaped_message(std::string_view text) {
  std::string out;
  append_escaped_keeping(text, true, out);
  return out;
}

}  // namespace wisp::tools
