#include "wisp/schema/ddl_lexer.h"

#include <algorithm>

#include "wisp/schema/value.h"

namespace wisp::ddl {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c) || c == '$';
}

// Where text pasted from a document holds a space or quote that only looks like one; such a byte
// would silently become part of an unquoted name.
std::size_t find_lookalike(std::string_view name) {
  for (std::size_t i = 0; (i = name.find_first_of("\xc2\xe2\xe3\xef", i)) != std::string_view::npos;
       ++i) {
    const std::string_view rest = name.substr(i);
    const std::string_view three = rest.substr(0, 3);
    const bool general_punctuation = three.size() == 3 && three.substr(0, 2) == "\xe2\x80";
    if (rest.substr(0, 2) == "\xc2\xa0" || general_punctuation || three == "\xe3\x80\x80" ||
        three == "\xef\xbb\xbf") {
      return i;
    }
  }
  return std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {
    if (source_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;
  }

  TokenList run() {
    if (has_utf16_mark()) {
      bad(0, "this text is UTF-16; DDL must be UTF-8");
      return std::move(list_);
    }
    while (skip_blank()) {
      if (at_ == source_.size()) {
        add_end();
        break;
      }
      if (!next()) break;
    }
    return std::move(list_);
  }

 private:
  bool has_utf16_mark() const {
    const std::string_view mark = source_.substr(0, 2);
    return mark == "\xff\xfe" || mark == "\xfe\xff";
  }

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void add(TokenKind kind, std::size_t begin) {
    list_.tokens.push_back(
        {kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)});
  }

  // The end stands directly after the last token: a remark about it should show that line, not
  // the empty one below.
  void add_end() {
    if (!list_.tokens.empty()) at_ = list_.tokens.back().end;
    add(TokenKind::kEnd, at_);
  }

  bool bad(std::size_t begin, std::string reason) {
    at_ = std::min(begin + 1, source_.size());
    add(TokenKind::kBad, begin);
    list_.error = std::move(reason);
    return false;
  }

  // Moves after space and comments; false when a comment has no end.
  bool skip_blank() {
    while (at_ < source_.size()) {
      if (is_space(source_[at_])) {
        ++at_;
      } else if (peek() == '-' && peek(1) == '-') {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        if (!skip_block_comment()) return false;
      } else {
        break;
      }
    }
    return true;
  }

  bool skip_block_comment() {
    const std::size_t begin = at_;
    std::size_t open = 0;
    do {
      at_ = source_.find_first_of("*/", at_);
      if (at_ == std::string_view::npos) return bad(begin, "this comment has no end (\"*/\")");
      if (peek() == '/' && peek(1) == '*') {
        ++open;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --open;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (open > 0);
    return true;
  }

  bool next() {
    const char c = peek();
    if (c == '"') return quoted_name();
    if (c == '\'') return quoted_string(TokenKind::kString, at_);
    if (is_name_start(c)) return name_or_prefixed_string();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '$') return dollar_string();
    return symbol();
  }

  bool symbol() {
    const char c = peek();
    if (c == '\0') return bad(at_, "a NUL byte cannot stand in DDL");
    if (c == '`') return bad(at_, "names are quoted with double quotes (\"name\"), not backquotes");
    if (c < ' ' || c == 0x7f) return bad(at_, "a control character cannot stand here");
    ++at_;
    add(TokenKind::kSymbol, at_ - 1);
    return true;
  }

  // Refuses bytes that must not enter names and strings.
  bool check_text(std::size_t begin, std::string_view text, std::string_view what) {
    const std::size_t nul = text.find('\0');
    const std::size_t offset = static_cast<std::size_t>(text.data() - source_.data());
    if (nul != std::string_view::npos) {
      return bad(offset + nul, "a NUL byte cannot stand in a " + std::string(what));
    }
    if (!is_valid_utf8(text))
      return bad(begin, "this " + std::string(what) + " is not valid UTF-8");
    return true;
  }

  bool quoted_name() {
    const std::size_t begin = at_;
    for (++at_;; at_ += 2) {
      at_ = source_.find('"', at_);
      if (at_ == std::string_view::npos) return bad(begin, "this quoted name has no closing quote");
      if (peek(1) != '"') break;
    }
    ++at_;
    const std::string_view text = source_.substr(begin + 1, at_ - begin - 2);
    if (text.empty()) return bad(begin, "a quoted name cannot be empty");
    if (!check_text(begin, text, "name")) return false;
    add(TokenKind::kQuotedName, begin);
    return true;
  }

  // Requires: at_ is the opening quote; `begin` is there or at the prefix letter.
  bool quoted_string(TokenKind kind, std::size_t begin) {
    for (++at_;;) {
      at_ = source_.find_first_of(kind == TokenKind::kEscapeString ? "'\\" : "'", at_);
      if (at_ == std::string_view::npos) return bad(begin, "this string has no closing quote");
      if (peek() == '\'' && peek(1) != '\'') break;
      at_ = std::min(at_ + 2, source_.size());
    }
    ++at_;
    if (!check_text(begin, source_.substr(begin, at_ - begin), "string")) return false;
    add(kind, begin);
    return true;
  }

  bool name_or_prefixed_string() {
    const std::size_t begin = at_;
    if (peek(1) == '\'') {
      switch (peek() | 0x20) {
        case 'e':
          ++at_;
          return quoted_string(TokenKind::kEscapeString, begin);
        case 'x':
          ++at_;
          return quoted_string(TokenKind::kHexString, begin);
        case 'n':
          ++at_;
          return quoted_string(TokenKind::kString, begin);
      }
    }
    while (at_ < source_.size() && is_name_part(source_[at_])) ++at_;
    const std::string_view name = source_.substr(begin, at_ - begin);
    if (!check_text(begin, name, "name")) return false;
    if (const std::size_t odd = find_lookalike(name); odd != std::string_view::npos) {
      return bad(begin + odd, "a typographic space or quote stands here; use plain ones");
    }
    add(TokenKind::kName, begin);
    return true;
  }

  bool number() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    if (peek() == '.') ++at_;
    while (is_digit(peek())) ++at_;
    if ((peek() | 0x20) == 'e') {
      const std::size_t digit = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (is_digit(peek(digit))) at_ += digit;
      while (is_digit(peek())) ++at_;
    }
    if (at_ < source_.size() && is_name_part(source_[at_])) {
      return bad(begin, "a name that starts with a digit must stand in double quotes");
    }
    add(TokenKind::kNumber, begin);
    return true;
  }

  bool dollar_string() {
    const std::size_t begin = at_;
    std::size_t tag_end = at_ + 1;
    while (tag_end < source_.size() && source_[tag_end] != '$' && is_name_part(source_[tag_end])) {
      ++tag_end;
    }
    if (tag_end == source_.size() || source_[tag_end] != '$' || is_digit(peek(1))) return symbol();
    const std::string_view tag = source_.substr(begin, tag_end + 1 - begin);
    const std::size_t close = source_.find(tag, tag_end + 1);
    if (close == std::string_view::npos) {
      return bad(begin, "this dollar-quoted string has no closing quote");
    }
    at_ = close + tag.size();
    if (!check_text(begin, source_.substr(begin, at_ - begin), "string")) return false;
    add(TokenKind::kString, begin);
    return true;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  TokenList list_;
};

std::string undouble(std::string_view inner, char quote) {
  std::string out;
  out.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    out.push_back(inner[i]);
    if (inner[i] == quote) ++i;
  }
  return out;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> decode_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]);
    const int low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
    return;
  }
  const int continuation = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::uint32_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out.push_back(static_cast<char>(kLead[continuation] | (code >> (6 * continuation))));
  for (int i = continuation - 1; i >= 0; --i) {
    out.push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f)));
  }
}

// Reads up to `max_digits` digits of `base` at `i`; nothing when there is none.
std::optional<std::uint32_t> read_digits(std::string_view s, std::size_t& i, int max_digits,
                                         int base) {
  std::uint32_t value = 0;
  int count = 0;
  for (; count < max_digits && i < s.size(); ++count, ++i) {
    const int digit = hex_digit(s[i]);
    if (digit < 0 || digit >= base) break;
    value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
  }
  if (count == 0) return std::nullopt;
  return value;
}

// Appends what the escape at s[i] (after the backslash) stands for and moves i after it.
bool append_escape(std::string_view s, std::size_t& i, std::string& out) {
  const char c = s[i];
  if (c >= '0' && c <= '7') {
    const auto byte = read_digits(s, i, 3, 8);
    if (!byte || *byte > 0xff) return false;
    out.push_back(static_cast<char>(*byte));
    return true;
  }
  ++i;
  if (c == 'x') {
    const auto byte = read_digits(s, i, 2, 16);
    if (byte) out.push_back(static_cast<char>(*byte));
    return byte.has_value();
  }
  if (c == 'u' || c == 'U') {
    const std::size_t digits = c == 'u' ? 4 : 8;
    const std::size_t begin = i;
    const auto code = read_digits(s, i, static_cast<int>(digits), 16);
    if (!code || i - begin != digits || *code > 0x10ffff) return false;
    append_utf8(*code, out);
    return true;
  }
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeanings = "\b\f\n\r\t";
  const std::size_t letter = kLetters.find(c);
  out.push_back(letter == std::string_view::npos ? c : kMeanings[letter]);
  return true;
}

std::optional<std::string> decode_escapes(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size();) {
    if (inner[i] == '\\') {
      if (++i == inner.size() || !append_escape(inner, i, out)) return std::nullopt;
    } else {
      out.push_back(inner[i]);
      i += inner[i] == '\'' ? 2 : 1;
    }
  }
  // Byte escapes can build what the source itself may not hold.
  if (!is_valid_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace

TokenList tokenize(std::string_view source) {
  return Lexer(source).run();
}

std::string decode_name(std::string_view source, const Token& token) {
  const std::string_view text = source.substr(token.begin, token.end - token.begin);
  if (token.kind != TokenKind::kQuotedName) return std::string(text);
  return undouble(text.substr(1, text.size() - 2), '"');
}

std::optional<std::string> decode_string(std::string_view source, const Token& token) {
  std::string_view text = source.substr(token.begin, token.end - token.begin);
  if (text.front() == '$') {
    const std::size_t tag_size = text.find('$', 1) + 1;
    return std::string(text.substr(tag_size, text.size() - 2 * tag_size));
  }
  if (text.front() != '\'') text.remove_prefix(1);
  const std::string_view inner = text.substr(1, text.size() - 2);
  if (token.kind == TokenKind::kHexString) return decode_hex(inner);
  if (token.kind == TokenKind::kEscapeString) return decode_escapes(inner);
  return undouble(inner, '\'');
}

}  // namespace wisp::ddl
