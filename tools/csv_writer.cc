#include "wisp/tools/csv_writer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wisp::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::array<bool, 256> make_quoted_bytes() noexcept {
  std::array<bool, 256> quoted{};
  quoted[','] = quoted['"'] = quoted['\r'] = quoted['\n'] = true;
  return quoted;
}
constexpr std::array<bool, 256> kQuotedBytes = make_quoted_bytes();

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

bool needs_quotes(std::string_view text) noexcept {
  if (text.empty() || is_blank(text.front()) || is_blank(text.back())) return true;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) return true;
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return kQuotedBytes[static_cast<unsigned char>(c)]; });
}

}  // namespace

void append_csv_cell(std::string_view text, std::string& out) {
  if (!needs_quotes(text)) {
    out += text;
    return;
  }
  out += '"';
  for (;;) {
    const std::size_t quote = text.find('"');
    if (quote == std::string_view::npos) break;
    out.append(text, 0, quote + 1);
    out += '"';
    text.remove_prefix(quote + 1);
  }
  out += text;
  out += '"';
}

}  // namespace wisp::tools
