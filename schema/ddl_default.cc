// DEFAULT literals: numbers, strings, TRUE, FALSE, NULL, typed literals and casts of these.

#include "wisp/schema/ddl_parser.h"
#include "wisp/schema/text.h"

namespace wisp::ddl {
namespace {

constexpr std::string_view kOnlyLiterals =
    "only literal defaults can be kept: a number, a string, TRUE, FALSE or NULL";

// ".5" and "1." are numbers in SQL but not in values as text.
std::string spell_out(std::string_view number) {
  std::string out(number);
  if (out.front() == '.') out.insert(0, 1, '0');
  const std::size_t point = out.find('.');
  if (point != std::string::npos && (point + 1 == out.size() || (out[point + 1] | 0x20) == 'e')) {
    out.erase(point, 1);
  }
  return out;
}

}  // namespace

// operand [:: type]...
Result<Literal> Parser::parse_literal(int depth) {
  const std::size_t begin = token().begin;
  if (depth > kMaxLiteralDepth) {
    return fail_at(begin, "this default stands in too many parentheses and casts",
                   ErrorCode::kLimit);
  }
  WISP_ASSIGN(Literal literal, parse_literal_operand(depth));
  while (is_symbol(':') && is_symbol(':', 1) && token().end == token(1).begin) {
    advance();
    advance();
    WISP_ASSIGN(const Type type, parse_type(0));
    WISP_TRY(check_literal(type, literal));
  }
  if (continues_expression()) return fail_at(begin, std::string(kOnlyLiterals));
  return literal;
}

bool Parser::continues_expression() const {
  if (token().kind == TokenKind::kSymbol) {
    return std::string_view(",);").find(token_text(token())) == std::string_view::npos;
  }
  return is_any_word({"AT", "AND", "OR", "IS", "IN", "LIKE", "BETWEEN"});
}

Result<Literal> Parser::parse_literal_operand(int depth) {
  Literal literal;
  literal.offset = token().begin;
  if (take_symbol('(')) {
    WISP_ASSIGN(literal, parse_literal(depth + 1));
    WISP_TRY(expect_symbol(')', "after the default"));
    return literal;
  }
  if (is_string() || token().kind == TokenKind::kHexString) return parse_string_literal();
  if (take_word("NULL")) return literal;
  if (is_any_word({"TRUE", "FALSE"})) {
    literal.kind = Literal::Kind::kBoolean;
    literal.text = is_word("TRUE") ? "true" : "false";
    advance();
    return literal;
  }
  const bool is_signed = is_symbol('+') || is_symbol('-');
  if (token(is_signed ? 1 : 0).kind == TokenKind::kNumber) {
    literal.kind = Literal::Kind::kNumber;
    if (is_symbol('-')) literal.text.push_back('-');
    if (is_signed) advance();
    literal.text += spell_out(token_text(token()));
    advance();
    return literal;
  }
  if (is_word("CAST") && is_symbol('(', 1)) return parse_cast(depth);
  if (starts_typed_literal()) return parse_typed_literal();
  if (is_word("ARRAY") && is_symbol('[', 1)) {
    return fail_at(literal.offset, "the default of a nested type is written as JSON: '[1, 2]'");
  }
  if (is_name() || (is_signed && token(1).kind != TokenKind::kBad)) {
    return fail_at(literal.offset, std::string(kOnlyLiterals));
  }
  return fail_expected("a literal after DEFAULT");
}

// CAST(literal AS type)
Result<Literal> Parser::parse_cast(int depth) {
  advance();
  advance();
  WISP_ASSIGN(Literal literal, parse_literal(depth + 1));
  if (!take_word("AS")) return fail_expected("AS and a type", {"AS"});
  WISP_ASSIGN(const Type type, parse_type(0));
  WISP_TRY(expect_symbol(')', "after the type of CAST"));
  WISP_TRY(check_literal(type, literal));
  return literal;
}

// Whether a type stands here and a string after it: DATE '...', TIMESTAMP(3) WITH TIME ZONE '...'
bool Parser::starts_typed_literal() const {
  if (token().kind != TokenKind::kName || find_builtin_type(token_text(token())) == nullptr) {
    return false;
  }
  const bool has_parameter =
      is_symbol('(', 1) && token(2).kind == TokenKind::kNumber && is_symbol(')', 3);
  const std::size_t after = has_parameter ? 4 : 1;
  return is_string(after) || is_any_word({"WITH", "WITHOUT", "PRECISION", "VARYING"}, after);
}

Result<Literal> Parser::parse_typed_literal() {
  WISP_ASSIGN(const Type type, parse_type(0));
  if (!is_string()) return fail_expected("a string after the type");
  WISP_ASSIGN(Literal literal, parse_string_literal());
  WISP_TRY(check_literal(type, literal));
  return literal;
}

Result<Literal> Parser::parse_string_literal() {
  Literal literal;
  literal.offset = token().begin;
  const bool is_hex = token().kind == TokenKind::kHexString;
  literal.kind = is_hex ? Literal::Kind::kBytes : Literal::Kind::kString;
  auto text = decode_string(source_.text(), token());
  if (!text) {
    return fail_at(literal.offset, is_hex ? "X'...' must hold pairs of hexadecimal digits"
                                          : "this string has a malformed escape");
  }
  literal.text = std::move(*text);
  advance();
  return literal;
}

// A cast checks its literal; the value is then read as the column's type.
Status Parser::check_literal(const Type& type, const Literal& literal) {
  const auto value = literal_value(type, literal);
  if (!value) return fail(value.error());
  return {};
}

Result<Value> Parser::literal_value(const Type& type, const Literal& literal) {
  const auto refuse = [&](const std::string& reason) {
    return fail_at(literal.offset, "this default cannot be kept: " + reason);
  };
  const auto mismatch = [&](std::string_view what) {
    return refuse(std::string(what) + " does not fit " + shorten(type.to_sql(), 60));
  };
  Value value;
  switch (literal.kind) {
    case Literal::Kind::kNull:
      return value;
    case Literal::Kind::kBoolean:
      if (type.kind() != TypeKind::kBoolean) return mismatch("a BOOLEAN");
      return Value(literal.text == "true");
    case Literal::Kind::kBytes:
      if (type.kind() != TypeKind::kVarbinary) return mismatch("a byte string");
      value = Value(literal.text);
      break;
    case Literal::Kind::kNumber:
    case Literal::Kind::kString: {
      auto parsed = parse_value(type, literal.text);
      if (!parsed) return refuse(parsed.error().to_string());
      value = std::move(*parsed);
      break;
    }
  }
  if (auto fits = check_value(type, value, ""); !fits) return refuse(fits.error().to_string());
  return value;
}

}  // namespace wisp::ddl
