// The words of a DDL text: names, numbers, strings, punctuation. Used by the DDL parser only.
//
// Space and comments (`-- ...` and nested `/* ... */`) are dropped. A text is cut into tokens once;
// each token is a range of the source, decoded when its meaning is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wisp::ddl {

// Longer texts are refused before they are read, so that offsets fit 32 bits.
inline constexpr std::size_t kMaxSourceBytes = std::size_t{64} << 20;

enum class TokenKind : std::uint8_t {
  kEnd,         // after the last token
  kBad,         // text that is no token; the last token of its list, its reason in TokenList::error
  kName,        // unquoted name or keyword
  kQuotedName,  // "name", inner quotes doubled
  kNumber,      // digits, optional fraction and exponent, no sign
  kString,      // 'text', inner quotes doubled; also N'text' and $tag$text$tag$
  kEscapeString,  // E'text' with backslash escapes
  kHexString,     // X'0aff'
  kSymbol,        // one byte of punctuation
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t begin = 0;  // byte offsets into the source
  std::uint32_t end = 0;
};

struct TokenList {
  std::vector<Token> tokens;  // ends with one kEnd or kBad token
  std::string error;          // why the kBad token is bad; one sentence
};

// Cuts `source` into tokens. Requires: source.size() <= kMaxSourceBytes. Linear in its size.
TokenList tokenize(std::string_view source);

// The name a kName or kQuotedName token stands for, as written (quotes taken off).
std::string decode_name(std::string_view source, const Token& token);

// The text of a kString or kEscapeString, the bytes of a kHexString. Nothing when an escape is
// malformed or yields invalid UTF-8, or the hex digits are odd in number or no digits. An escape
// may yield NUL, which the source itself may not hold.
std::optional<std::string> decode_string(std::string_view source, const Token& token);

}  // namespace wisp::ddl
