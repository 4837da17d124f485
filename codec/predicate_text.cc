#include "wisp/codec/predicate_text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wisp/codec/row_filter.h"
#include "wisp/schema/ddl_lexer.h"
#include "wisp/schema/ddl_source.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

using ddl::Token;
using ddl::TokenKind;

constexpr std::size_t kMaxPredicateText = std::size_t{1} << 20;

// ".5" and "1." are numbers in SQL but not in values as text.
std::string spell_out(std::string_view number) {
  std::string out(number);
  if (out.front() == '.') out.insert(0, 1, '0');
  if (out.back() == '.') out.pop_back();
  return out;
}

// The integer of `digits`, if one of 64 bits holds it.
std::optional<Value> integer_of(std::string_view digits) {
  const char* end = digits.data() + digits.size();
  std::int64_t s = 0;
  if (auto r = std::from_chars(digits.data(), end, s); r.ec == std::errc() && r.ptr == end) {
    return Value(s);
  }
  std::uint64_t u = 0;
  if (auto r = std::from_chars(digits.data(), end, u); r.ec == std::errc() && r.ptr == end) {
    return Value(u);
  }
  return std::nullopt;
}

class PredicateParser {
 public:
  PredicateParser(const LayoutPtr& layout, std::string_view text)
      : layout_(layout), source_(text), list_(ddl::tokenize(text)) {}

  Result<Predicate> parse() {
    WISP_ASSIGN(Predicate whole, parse_or(0));
    if (token().kind != TokenKind::kEnd) return fail_expected("AND, OR or the end");
    return whole;
  }

 private:
  // A column where it stands in the text.
  struct Column {
    ColumnIndex index{};
    std::uint32_t offset = 0;
  };

  const Token& token(std::size_t ahead = 0) const {
    return list_.tokens[std::min(at_ + ahead, list_.tokens.size() - 1)];
  }
  std::string_view text_of(const Token& t) const {
    return source_.text().substr(t.begin, t.end - t.begin);
  }
  bool is_symbol(char c, std::size_t ahead = 0) const {
    return token(ahead).kind == TokenKind::kSymbol && text_of(token(ahead))[0] == c;
  }
  bool take_symbol(char c) {
    if (!is_symbol(c)) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view upper_case) {
    if (token().kind != TokenKind::kName) return false;
    const std::string_view word = text_of(token());
    const bool same = std::equal(word.begin(), word.end(), upper_case.begin(), upper_case.end(),
                                 [](char a, char b) { return (a & ~0x20) == b; });
    if (same) ++at_;
    return same;
  }

  tl::unexpected<Error> fail_at(std::size_t offset, std::string message,
                                ErrorCode code = ErrorCode::kParse) {
    return fail(source_.error(offset, std::move(message), code));
  }
  tl::unexpected<Error> fail_expected(std::string_view what) {
    if (token().kind == TokenKind::kBad) return fail_at(token().begin, list_.error);
    const std::string found = token().kind == TokenKind::kEnd
                                  ? "the text ends"
                                  : quote_text(text_of(token())) + " stands";
    return fail_at(token().begin, "expected " + std::string(what) + ", but " + found + " here");
  }

  // `error`, which is about the text at `offset`.
  tl::unexpected<Error> placed(const Error& error, std::size_t offset) {
    return fail_at(offset, error.to_string(), error.code);
  }

  Status check_depth(std::size_t depth) {
    // A parenthesis may hold OR, AND and NOT in one another.
    if (depth < kMaxPredicateDepth / 4) return {};
    return fail_at(token().begin, "this condition stands too deep in others", ErrorCode::kLimit);
  }

  Result<Predicate> parse_or(std::size_t depth) {
    WISP_ASSIGN(Predicate first, parse_and(depth));
    std::vector<Predicate> terms{std::move(first)};
    while (take_word("OR")) {
      WISP_ASSIGN(Predicate term, parse_and(depth));
      terms.push_back(std::move(term));
    }
    return terms.size() == 1 ? terms[0] : Predicate::any_of(std::move(terms));
  }

  Result<Predicate> parse_and(std::size_t depth) {
    WISP_ASSIGN(Predicate first, parse_not(depth));
    std::vector<Predicate> terms{std::move(first)};
    while (take_word("AND")) {
      WISP_ASSIGN(Predicate term, parse_not(depth));
      terms.push_back(std::move(term));
    }
    return terms.size() == 1 ? terms[0] : Predicate::all_of(std::move(terms));
  }

  Result<Predicate> parse_not(std::size_t depth) {
    WISP_TRY(check_depth(depth));
    if (take_word("NOT")) {
      WISP_ASSIGN(const Predicate term, parse_not(depth + 1));
      return !term;
    }
    if (take_symbol('(')) {
      WISP_ASSIGN(Predicate inner, parse_or(depth + 1));
      if (!take_symbol(')')) return fail_expected("a closing parenthesis");
      return inner;
    }
    return parse_test();
  }

  Result<Column> parse_column() {
    const Token first = token();
    Column column{{}, first.begin};
    if (first.kind != TokenKind::kName && first.kind != TokenKind::kQuotedName) {
      return fail_expected("a column name");
    }
    std::string name = ddl::decode_name(source_.text(), first);
    std::uint32_t end = first.end;
    ++at_;
    while (first.kind == TokenKind::kName && is_symbol('.') && token().begin == end &&
           token(1).kind == TokenKind::kName && token(1).begin == token().end) {
      name += '.';
      name += text_of(token(1));
      end = token(1).end;
      at_ += 2;
    }
    auto found = layout_->find(
        name, first.kind == TokenKind::kQuotedName ? NameMatch::kExact : NameMatch::kIgnoreCase);
    if (!found) return placed(found.error(), first.begin);
    column.index = *found;
    return column;
  }

  Result<Predicate> parse_test() {
    WISP_ASSIGN(const Column column, parse_column());
    if (take_word("IS")) {
      const bool negated = take_word("NOT");
      if (!take_word("NULL")) return fail_expected("NULL");
      return negated ? Predicate::is_not_null(column.index) : Predicate::is_null(column.index);
    }
    if (const auto comparison = take_comparison()) {
      WISP_ASSIGN(Value operand, parse_literal(column));
      return Predicate::compare(column.index, *comparison, std::move(operand));
    }
    const bool negated = take_word("NOT");
    std::optional<Result<Predicate>> test;
    if (take_word("BETWEEN")) {
      test = parse_between(column);
    } else if (take_word("IN")) {
      test = parse_in(column);
    } else if (take_word("LIKE")) {
      test = parse_like(column);
    }
    if (test) {
      if (*test && negated) return !**test;
      return std::move(*test);
    }
    if (!negated && layout_->type(column.index).kind() == TypeKind::kBoolean) {
      return Predicate::compare(column.index, Comparison::kEqual, Value(true));
    }
    return fail_expected(negated ? "BETWEEN, IN or LIKE" : "a comparison, IS, BETWEEN, IN or LIKE");
  }

  std::optional<Comparison> take_comparison() {
    if (token().kind != TokenKind::kSymbol) return std::nullopt;
    const char first = text_of(token())[0];
    const bool adjacent = token(1).kind == TokenKind::kSymbol && token(1).begin == token().end;
    const char second = adjacent ? text_of(token(1))[0] : ' ';
    const auto take = [&](std::size_t tokens, Comparison c) {
      at_ += tokens;
      return c;
    };
    switch (first) {
      case '=':
        return take(1, Comparison::kEqual);
      case '!':
        if (second == '=') return take(2, Comparison::kNotEqual);
        return std::nullopt;
      case '<':
        if (second == '>') return take(2, Comparison::kNotEqual);
        return second == '=' ? take(2, Comparison::kLessOrEqual) : take(1, Comparison::kLess);
      case '>':
        return second == '=' ? take(2, Comparison::kGreaterOrEqual) : take(1, Comparison::kGreater);
      default:
        return std::nullopt;
    }
  }

  Result<Predicate> parse_between(const Column& column) {
    WISP_ASSIGN(Value low, parse_literal(column));
    if (!take_word("AND")) return fail_expected("AND and the upper bound");
    WISP_ASSIGN(Value high, parse_literal(column));
    return Predicate::between(column.index, std::move(low), std::move(high));
  }

  Result<Predicate> parse_in(const Column& column) {
    if (!take_symbol('(')) return fail_expected("a list in parentheses");
    std::vector<Value> operands;
    do {
      WISP_ASSIGN(Value operand, parse_literal(column));
      operands.push_back(std::move(operand));
    } while (take_symbol(','));
    if (!take_symbol(')')) return fail_expected("a comma or a closing parenthesis");
    return Predicate::in(column.index, std::move(operands));
  }

  Result<Predicate> parse_like(const Column& column) {
    const std::uint32_t offset = token().begin;
    if (!is_string()) return fail_expected("a pattern in quotes");
    if (!is_string_like(layout_->type(column.index).kind())) {
      return fail_at(offset,
                     "LIKE is for text; this column is " + layout_->type(column.index).to_sql(),
                     ErrorCode::kInvalidArgument);
    }
    WISP_ASSIGN(const std::string pattern, take_string());
    std::string prefix;
    bool open = false;  // the pattern ended in %
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '%' || pattern[i] == '_') {
        open = pattern.find_first_not_of('%', i) == std::string::npos;
        if (open) break;
        return fail_at(offset,
                       "LIKE takes a prefix: % at the end only, and no _ (\\% and \\_ are "
                       "the characters)",
                       ErrorCode::kUnsupported);
      }
      if (pattern[i] == '\\' && ++i == pattern.size()) {
        return fail_at(offset, "the pattern ends in a backslash");
      }
      prefix += pattern[i];
    }
    return open ? Predicate::starts_with(column.index, std::move(prefix))
                : Predicate::compare(column.index, Comparison::kEqual, Value(std::move(prefix)));
  }

  bool is_string() const {
    return token().kind == TokenKind::kString || token().kind == TokenKind::kEscapeString;
  }
  Result<std::string> take_string() {
    auto text = ddl::decode_string(source_.text(), token());
    if (!text) return fail_at(token().begin, "this string has a malformed escape or odd digits");
    ++at_;
    return std::move(*text);
  }

  // A literal that `column` can be compared with.
  Result<Value> parse_literal(const Column& column) {
    const std::uint32_t offset = token().begin;
    WISP_ASSIGN(Value value, parse_any_literal(layout_->type(column.index)));
    // What the compiler would say, at the place it is about.
    auto compiled =
        RowFilter::compile(layout_, Predicate::compare(column.index, Comparison::kEqual, value));
    if (!compiled) return placed(compiled.error(), offset);
    return value;
  }

  Result<Value> parse_any_literal(const Type& type) {
    if (take_word("NULL")) return Value();
    if (take_word("TRUE")) return Value(true);
    if (take_word("FALSE")) return Value(false);
    if (is_string()) return parse_string(type);
    if (token().kind == TokenKind::kHexString) {
      if (type.kind() != TypeKind::kVarbinary) {
        return fail_at(token().begin, "X'...' is for VARBINARY; this column is " + type.to_sql(),
                       ErrorCode::kInvalidArgument);
      }
      WISP_ASSIGN(std::string bytes, take_string());
      return Value(std::move(bytes));
    }
    const bool has_sign = is_symbol('-') || is_symbol('+');
    if (token(has_sign ? 1 : 0).kind != TokenKind::kNumber) {
      return fail_expected("a literal: a number, 'text', TRUE, FALSE or NULL");
    }
    return parse_number(type, has_sign);
  }

  Result<Value> parse_string(const Type& type) {
    const std::uint32_t offset = token().begin;
    WISP_ASSIGN(std::string text, take_string());
    if (type.kind() != TypeKind::kVarbinary) return Value(std::move(text));
    auto bytes = parse_value(type, text);
    if (!bytes) return placed(bytes.error(), offset);
    return bytes;
  }

  Result<Value> parse_number(const Type& type, bool has_sign) {
    const std::uint32_t offset = token().begin;
    std::string text = is_symbol('-') ? "-" : "";
    if (has_sign) ++at_;
    text += spell_out(text_of(token()));
    ++at_;
    if (is_string_like(type.kind())) {
      return fail_at(offset, "text is compared with text: write '" + text + "'",
                     ErrorCode::kInvalidArgument);
    }
    const bool exact = type.kind() == TypeKind::kDecimal ||
                       (type.kind() >= TypeKind::kTinyInt && type.kind() <= TypeKind::kUBigInt);
    if (exact) {
      if (auto integer = integer_of(text)) return std::move(*integer);
    }
    return Value(std::move(text));
  }

  const LayoutPtr& layout_;
  ddl::Source source_;
  ddl::TokenList list_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Predicate> parse_predicate(const LayoutPtr& layout, std::string_view text) {
  if (text.size() > kMaxPredicateText) {
    return fail(ErrorCode::kLimit, "the condition has " + std::to_string(text.size()) +
                                       " bytes, more than the limit of " +
                                       std::to_string(kMaxPredicateText));
  }
  return PredicateParser(layout, text).parse();
}

}  // namespace wisp
