#include "wisp/schema/ddl_parser.h"

#include <algorithm>

namespace wisp {
namespace ddl {
namespace {

constexpr std::string_view kUnderstood =
    "CREATE TABLE, CREATE TYPE ... AS (...), ALTER TABLE, ALTER TYPE and DROP TABLE";

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::optional<std::uint32_t> NameSet::add(const Name& name) {
  const auto [same, added] = exact_.try_emplace(name.text, name.offset);
  if (!added) return same->second;
  if (name.quoted) return std::nullopt;
  const auto [alike, first] = unquoted_.try_emplace(fold_identifier(name.text), name.offset);
  if (!first) return alike->second;
  return std::nullopt;
}

Parser::Parser(std::string_view source, std::span<const Type> known_types,
               std::span<const SchemaPtr> known_tables)
    : source_(source), list_(tokenize(source)), schemas_(known_tables.begin(), known_tables.end()) {
  for (const Type& type : known_types) add_type(type);
}

void Parser::add_type(const Type& type) {
  types_exact_.try_emplace(type.type_name(), types_.size());
  const auto [match, first] = types_folded_.try_emplace(fold_identifier(type.type_name()),
                                                        FoldedMatch{types_.size(), false});
  if (!first) match->second.ambiguous = true;
  types_.push_back(type);
}

// ---- moves

const Token& Parser::token(std::size_t ahead) const noexcept {
  return list_.tokens[std::min(at_ + ahead, list_.tokens.size() - 1)];
}

bool Parser::at_end() const noexcept {
  return token().kind == TokenKind::kEnd || token().kind == TokenKind::kBad;
}

void Parser::advance() noexcept {
  if (!at_end()) ++at_;
}

std::string_view Parser::token_text(const Token& token) const noexcept {
  return source_.text().substr(token.begin, token.end - token.begin);
}

bool Parser::is_name(std::size_t ahead) const noexcept {
  const TokenKind kind = token(ahead).kind;
  return kind == TokenKind::kName || kind == TokenKind::kQuotedName;
}

bool Parser::is_string(std::size_t ahead) const noexcept {
  const TokenKind kind = token(ahead).kind;
  return kind == TokenKind::kString || kind == TokenKind::kEscapeString;
}

bool Parser::is_word(std::string_view word, std::size_t ahead) const noexcept {
  const Token& t = token(ahead);
  if (t.kind != TokenKind::kName || t.end - t.begin != word.size()) return false;
  const std::string_view text = token_text(t);
  return std::equal(text.begin(), text.end(), word.begin(),
                    [](char a, char b) { return upper(a) == b; });
}

bool Parser::is_any_word(Words words, std::size_t ahead) const noexcept {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return is_word(word, ahead); });
}

bool Parser::is_symbol(char symbol, std::size_t ahead) const noexcept {
  const Token& t = token(ahead);
  return t.kind == TokenKind::kSymbol && source_.text()[t.begin] == symbol;
}

bool Parser::take_word(std::string_view word) noexcept {
  if (!is_word(word)) return false;
  advance();
  return true;
}

bool Parser::take_words(std::string_view first, std::string_view second) noexcept {
  if (!is_word(first) || !is_word(second, 1)) return false;
  advance();
  advance();
  return true;
}

bool Parser::take_symbol(char symbol) noexcept {
  if (!is_symbol(symbol)) return false;
  advance();
  return true;
}

Status Parser::expect_symbol(char symbol, std::string_view context) {
  if (take_symbol(symbol)) return {};
  return fail_expected(std::string("\"") + symbol + "\" " + std::string(context));
}

Result<Name> Parser::expect_name(std::string_view what) {
  if (!is_name()) return fail_expected(what);
  const Token& t = token();
  Name name{decode_name(source_.text(), t), t.kind == TokenKind::kQuotedName, t.begin};
  advance();
  return name;
}

Result<Name> Parser::expect_qualified_name(std::string_view what) {
  WISP_ASSIGN(Name name, expect_name(what));
  while (is_symbol('.')) {
    if (!warned_qualified_) {
      warn(name.offset,
           show_name(name) + " before the \".\" is not kept: names are not " + "qualified here");
    }
    warned_qualified_ = true;
    advance();
    WISP_ASSIGN(name, expect_name(what));
  }
  return name;
}

// ---- remarks

std::string Parser::describe_token() const {
  constexpr std::size_t kShown = 30;
  std::string text = shorten(token_text(token()), kShown);
  switch (token().kind) {
    case TokenKind::kEnd:
    case TokenKind::kBad:
      return "the end of the text";
    case TokenKind::kName:
    case TokenKind::kSymbol:
      return "\"" + text + "\"";
    case TokenKind::kQuotedName:
      return "the name " + text;
    case TokenKind::kNumber:
      return "the number " + text;
    case TokenKind::kString:
    case TokenKind::kEscapeString:
    case TokenKind::kHexString:
      return "the string " + text;
  }
  return text;
}

tl::unexpected<Error> Parser::fail_at(std::size_t offset, std::string message, ErrorCode code) {
  return fail(source_.error(offset, std::move(message), code));
}

tl::unexpected<Error> Parser::fail_expected(std::string_view expected, Words candidates) {
  if (token().kind == TokenKind::kBad) return fail_at(token().begin, list_.error);
  std::string message = "expected " + std::string(expected) + ", found " + describe_token();
  if (token().kind == TokenKind::kName) {
    const std::vector<std::string> names(candidates.begin(), candidates.end());
    const auto nearest = nearest_name(token_text(token()), names);
    if (nearest && !is_word(*nearest)) message += "; did you mean " + *nearest + "?";
  }
  return fail_at(token().begin, std::move(message));
}

void Parser::warn(std::size_t offset, std::string message) {
  if (warnings_.size() < kMaxWarnings) {
    warnings_.push_back(source_.diagnose(offset, std::move(message)));
  } else {
    ++warnings_left_out_;
  }
}

// ---- statements

Result<DdlScript> Parser::parse_script() {
  DdlScript script;
  while (!at_end()) {
    if (take_symbol(';')) continue;
    WISP_TRY(parse_statement(script));
    if (!at_end() && !is_symbol(';')) return fail_expected("\";\" after the statement");
  }
  if (token().kind == TokenKind::kBad) return fail_expected("a statement");
  script.warnings = std::move(warnings_);
  if (warnings_left_out_ > 0) {
    Diagnostic more = script.warnings.back();
    more.message = std::to_string(warnings_left_out_) + " remarks after this place are left out";
    script.warnings.push_back(std::move(more));
  }
  return script;
}

Status Parser::parse_statement(DdlScript& script) {
  if (is_word("CREATE")) return parse_create(script);
  if (is_word("ALTER")) return parse_alter(script);
  if (is_word("DROP")) return parse_drop(script);
  if (is_word("SET")) return skip_statement("SET");
  if (is_word("COMMENT") && is_word("ON", 1)) return skip_statement("COMMENT ON");
  return fail_statement();
}

tl::unexpected<Error> Parser::fail_statement() {
  if (is_any_word({"INSERT", "UPDATE", "DELETE", "SELECT", "COPY", "GRANT", "REVOKE", "BEGIN",
                   "COMMIT", "TRUNCATE", "DECLARE"})) {
    std::string word = fold_identifier(token_text(token()));
    std::transform(word.begin(), word.end(), word.begin(), upper);
    return fail_at(token().begin, word + " statements are not read here, only " +
                                      std::string(kUnderstood) + " are");
  }
  return fail_expected("CREATE TABLE, CREATE TYPE, ALTER TABLE, ALTER TYPE or DROP TABLE",
                       {"CREATE", "ALTER", "DROP", "COMMENT", "SET"});
}

Status Parser::parse_create(DdlScript& script) {
  const std::size_t begin = token().begin;
  advance();
  if (take_word("TYPE")) return parse_create_type(script);
  if (is_word("INDEX") || (is_word("UNIQUE") && is_word("INDEX", 1))) {
    at_ -= 1;
    return skip_statement("CREATE INDEX");
  }
  if (is_word("OR") && is_word("REPLACE", 1)) {
    return fail_at(token().begin,
                   "OR REPLACE is not understood: a table is changed by ALTER TABLE");
  }
  while (is_any_word({"TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL"}) &&
         (is_word("TABLE", 1) || is_any_word({"TEMP", "TEMPORARY"}, 1))) {
    warn(token().begin,
         quote_identifier(token_text(token())) + " is not kept: the table is an ordinary one");
    advance();
  }
  if (take_word("TABLE")) return parse_create_table(script);
  if (is_any_word({"VIEW", "MATERIALIZED", "FUNCTION", "SEQUENCE", "SCHEMA", "DATABASE", "DOMAIN",
                   "EXTENSION", "TRIGGER", "FOREIGN", "EXTERNAL", "LOCAL", "PROCEDURE", "ROLE"})) {
    return fail_at(begin, "CREATE " + std::string(token_text(token())) +
                              " is not read here, only " + std::string(kUnderstood) + " are");
  }
  return fail_expected("TABLE or TYPE after CREATE", {"TABLE", "TYPE", "INDEX", "UNIQUE"});
}

Status Parser::skip_statement(std::string_view what) {
  warn(token().begin, std::string(what) + " is skipped");
  int depth = 0;
  for (advance(); !at_end() && !(depth == 0 && is_symbol(';')); advance()) {
    if (is_symbol('(')) ++depth;
    if (is_symbol(')')) --depth;
    if (depth == 0 && is_word("CREATE") && is_any_word({"TABLE", "TYPE"}, 1)) {
      return fail_expected("\";\" before this statement");
    }
  }
  if (token().kind == TokenKind::kBad) return fail_expected("\";\"");
  return {};
}

Status Parser::check_type_name(const Name& name) {
  if (!name.quoted && find_builtin_type(name.text) != nullptr) {
    return fail_at(name.offset, "\"" + name.text + "\" is the name of a built-in type");
  }
  const Type* earlier = find_user_type(name.text, name.quoted);
  if (earlier == nullptr) return {};
  const auto here = type_offsets_.find(earlier->type_name());
  if (here != type_offsets_.end()) return fail_duplicate("type", name, here->second);
  return fail_at(
      name.offset,
      "the type " + quote_identifier(shorten(earlier->type_name(), 60)) + " exists already",
      ErrorCode::kAlreadyExists);
}

Status Parser::parse_create_type(DdlScript& script) {
  WISP_ASSIGN(Name name, expect_qualified_name("a name for the type"));
  WISP_TRY(check_type_name(name));
  if (!take_word("AS")) return fail_expected("AS (...) after the name of the type", {"AS"});
  if (is_word("ENUM")) return fail_at(token().begin, "ENUM is not supported; use VARCHAR");
  if (!is_symbol('(')) {
    if (at_end()) return fail_expected("\"(\" and the fields of the type");
    return fail_at(token().begin,
                   "only types made of fields are kept: CREATE TYPE name AS (field type, ...)");
  }
  advance();
  const std::size_t open = token().begin;
  type_being_declared_ = name;
  WISP_ASSIGN(std::vector<RowField> fields, parse_fields(1, ')'));
  type_being_declared_.reset();
  WISP_ASSIGN(Type type, checked(Type::row(std::move(fields), name.text), open));
  add_type(type);
  type_offsets_.try_emplace(name.text, name.offset);
  script.statements.emplace_back(CreateType{name.text, std::move(type)});
  return {};
}

}  // namespace ddl

namespace {

Status check_size(std::string_view sql) {
  if (sql.size() <= ddl::kMaxSourceBytes) return {};
  return fail(ErrorCode::kLimit, "the DDL text has " + std::to_string(sql.size()) +
                                     " bytes, the limit is " +
                                     std::to_string(ddl::kMaxSourceBytes));
}

}  // namespace

Result<DdlScript> parse_ddl(std::string_view sql, std::span<const Type> known_types,
                            std::span<const SchemaPtr> known_tables) {
  WISP_TRY(check_size(sql));
  return ddl::Parser(sql, known_types, known_tables).parse_script();
}

Result<Type> parse_type(std::string_view sql, std::span<const Type> known_types) {
  WISP_TRY(check_size(sql));
  return ddl::Parser(sql, known_types).parse_lone_type();
}

}  // namespace wisp
