#include "wisp/schema/ddl_source.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "wisp/schema/value.h"

namespace wisp {

std::string Diagnostic::to_string() const {
  std::string out =
      "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + message;
  if (!excerpt.empty()) out += "\n" + excerpt;
  return out;
}

namespace ddl {
namespace {

// How much of a line is shown on either side of the place, in bytes.
constexpr std::size_t kContextBefore = 60;
constexpr std::size_t kContextAfter = 40;
constexpr std::string_view kCut = "...";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// The bytes of the character at `text[0]`; 0 when it is not well-formed UTF-8.
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return size <= text.size() && is_valid_utf8(text.substr(0, size)) ? size : 0;
}

// Terminals give East Asian and emoji characters two columns.
bool is_wide(std::string_view character) {
  if (character.size() < 3) return false;
  std::uint32_t code =
      static_cast<unsigned char>(character[0]) & (character.size() == 3 ? 0x0f : 7);
  for (const char c : character.substr(1)) {
    code = (code << 6) | (static_cast<unsigned char>(c) & 0x3f);
  }
  constexpr std::pair<std::uint32_t, std::uint32_t> kWide[] = {
      {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
      {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
  return std::any_of(std::begin(kWide), std::end(kWide), [code](const auto& range) {
    return code >= range.first && code <= range.second;
  });
}

// Appends a stretch of a line as it can be shown, and to `padding` the blanks of the same width.
void append_shown(std::string_view text, std::string& shown, std::string& padding) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const char c = text[0];
    if (c == '\t') {
      shown.push_back('\t');
      padding.push_back('\t');
    } else if (size == 0 || is_control(c)) {
      shown += kReplacement;
      padding.push_back(' ');
    } else {
      shown += text.substr(0, size);
      padding.append(is_wide(text.substr(0, size)) ? 2 : 1, ' ');
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

}  // namespace

std::size_t Source::line_at(std::size_t offset) {
  offset = std::min(offset, text_.size());
  if (offset < line_begin_) {
    line_ = 1;
    line_begin_ = 0;
    scanned_ = 0;
  }
  for (; scanned_ < offset; ++scanned_) {
    const std::size_t newline = text_.substr(0, offset).find('\n', scanned_);
    if (newline == std::string_view::npos) {
      scanned_ = offset;
      break;
    }
    ++line_;
    line_begin_ = newline + 1;
    scanned_ = newline;
  }
  return line_;
}

Diagnostic Source::diagnose(std::size_t offset, std::string message) {
  offset = std::min(offset, text_.size());
  Diagnostic remark;
  remark.line = line_at(offset);
  remark.column = offset - line_begin_ + 1;
  remark.message = std::move(message);
  // Names and literals in a message may hold line ends; it is one line all the same.
  std::replace_if(remark.message.begin(), remark.message.end(), is_control, ' ');

  std::size_t begin = line_begin_;
  if (offset - begin > kContextBefore) {
    begin = offset - kContextBefore;
    while (begin < offset && is_continuation(text_[begin])) ++begin;
  }
  std::size_t end = std::min(offset + kContextAfter, text_.size());
  while (end < text_.size() && end - offset < kContextAfter + 3 && is_continuation(text_[end])) {
    ++end;
  }
  const std::size_t newline = text_.substr(0, end).find('\n', offset);
  const bool cut = newline == std::string_view::npos && end < text_.size() && text_[end] != '\n';
  if (newline != std::string_view::npos) end = newline;
  if (end > offset && text_[end - 1] == '\r' && !cut) --end;

  std::string caret_line;
  std::string ignored;
  if (begin == 0 && text_.substr(0, 3) == "\xef\xbb\xbf" && offset >= 3) begin = 3;
  if (begin > line_begin_ && begin != 3) {
    remark.excerpt += kCut;
    caret_line.append(kCut.size(), ' ');
  }
  append_shown(text_.substr(begin, offset - begin), remark.excerpt, caret_line);
  append_shown(text_.substr(offset, end - offset), remark.excerpt, ignored);
  if (cut) remark.excerpt += kCut;
  remark.excerpt += "\n" + caret_line + "^";
  return remark;
}

Error Source::error(std::size_t offset, std::string message, ErrorCode code) {
  return Error{code, diagnose(offset, std::move(message)).to_string(), {}};
}

std::string shorten(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (out.size() >= max_bytes && !is_continuation(c)) return out + "...";
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  return out;
}

}  // namespace ddl
}  // namespace wisp
