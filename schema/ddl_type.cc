// Types: ARRAY, MAP, ROW, user-defined types. Built-in names stand in ddl_builtin.cc.

#include "wisp/schema/ddl_parser.h"

namespace wisp::ddl {

Result<Type> Parser::parse_lone_type() {
  WISP_ASSIGN(Type type, parse_type(0));
  if (token().kind != TokenKind::kEnd) return fail_expected("the end of the type");
  return type;
}

Result<Type> Parser::parse_type(int depth) {
  const std::size_t begin = token().begin;
  if (depth > kMaxTypeDepth) {
    return fail_at(begin, "types nest at most " + std::to_string(kMaxTypeDepth) + " deep",
                   ErrorCode::kLimit);
  }
  WISP_ASSIGN(Type type, parse_base_type(depth));
  return parse_array_suffixes(std::move(type), begin);
}

Result<Type> Parser::parse_base_type(int depth) {
  if (!is_name()) return fail_expected("a type");
  if (token().kind == TokenKind::kQuotedName || is_symbol('.', 1)) return parse_user_type();
  const BuiltinType* builtin = find_builtin_type(token_text(token()));
  if (builtin == nullptr) return parse_user_type();

  const Token first = token();
  WISP_ASSIGN(Type type, parse_builtin_type(*builtin, depth));
  if (is_symbol('(')) {
    return fail_at(token().begin,
                   std::string(token_text(first)) + " takes no parameter in parentheses here");
  }
  return type;
}

Result<Type> Parser::checked(Type type, std::size_t offset) {
  if (type.depth() > kMaxTypeDepth) {
    return fail_at(offset, "types nest at most " + std::to_string(kMaxTypeDepth) + " deep",
                   ErrorCode::kLimit);
  }
  if (type.node_count() > kMaxTypeNodes) {
    return fail_at(
        offset,
        "this type has more than " + std::to_string(kMaxTypeNodes) + " nested fields and elements",
        ErrorCode::kLimit);
  }
  return type;
}

// T ARRAY, T[], T ARRAY[3], T NOT NULL ARRAY, any number of them.
Result<Type> Parser::parse_array_suffixes(Type type, std::size_t begin) {
  const auto starts_suffix = [this](std::size_t ahead) {
    return is_word("ARRAY", ahead) || is_symbol('[', ahead);
  };
  while (true) {
    bool nullable = true;
    if (is_word("NOT") && is_word("NULL", 1) && starts_suffix(2)) {
      nullable = false;
      advance();
      advance();
    } else if (is_word("NULL") && starts_suffix(1)) {
      advance();
    }
    if (!starts_suffix(0)) break;
    take_word("ARRAY");
    if (take_symbol('[')) {
      if (token().kind == TokenKind::kNumber)
        advance();  // lengths are not enforced, as in PostgreSQL
      WISP_TRY(expect_symbol(']', "after the array"));
    }
    WISP_ASSIGN(type, checked(Type::array(std::move(type), nullable), begin));
  }
  if (is_word("MULTISET")) return fail_at(token().begin, "MULTISET is not supported; use ARRAY");
  return type;
}

// Nothing, NULL or NOT NULL: whether NULL may stand there.
Result<bool> Parser::parse_nullability() {
  if (take_words("NOT", "NULL")) return false;
  if (is_word("NOT")) {
    advance();
    return fail_expected("NULL after NOT", {"NULL"});
  }
  take_word("NULL");
  return true;
}

Result<Type> Parser::parse_array_type(int depth) {
  const std::size_t begin = token().begin;
  advance();
  WISP_TRY(expect_symbol('<', "and an element type after ARRAY (or write: type ARRAY)"));
  WISP_ASSIGN(Type element, parse_type(depth + 1));
  WISP_ASSIGN(const bool nullable, parse_nullability());
  WISP_TRY(expect_symbol('>', "after the element type of ARRAY<"));
  return checked(Type::array(std::move(element), nullable), begin);
}

Result<Type> Parser::parse_map_type(int depth) {
  const std::size_t begin = token().begin;
  advance();
  WISP_TRY(expect_symbol('<', "and two types after MAP: MAP<key, value>"));
  const std::size_t key_begin = token().begin;
  WISP_ASSIGN(Type key, parse_type(depth + 1));
  if (!is_key_type(key.kind())) {
    return fail_at(key_begin, shorten(key.to_sql(), 60) + " cannot be the key of a MAP");
  }
  if (is_word("NULL")) return fail_at(token().begin, "the key of a MAP is never NULL");
  WISP_TRY(parse_nullability());
  WISP_TRY(expect_symbol(',', "between the key and the value type of MAP<"));
  WISP_ASSIGN(Type value, parse_type(depth + 1));
  WISP_ASSIGN(const bool nullable, parse_nullability());
  WISP_TRY(expect_symbol('>', "after the value type of MAP<"));
  return checked(Type::map(std::move(key), std::move(value), nullable), begin);
}

Result<Type> Parser::parse_row_type(int depth) {
  const std::size_t begin = token().begin;
  advance();
  const bool angled = is_symbol('<');
  if (!angled && !is_symbol('(')) return fail_expected("\"(\" and fields after ROW");
  advance();
  WISP_ASSIGN(std::vector<RowField> fields, parse_fields(depth + 1, angled ? '>' : ')'));
  return checked(Type::row(std::move(fields)), begin);
}

// name type [NULL | NOT NULL], ... up to `close`, which is taken too.
Result<std::vector<RowField>> Parser::parse_fields(int depth, char close) {
  std::vector<RowField> fields;
  NameSet names;
  do {
    WISP_ASSIGN(Name name, expect_name("the name of a field"));
    if (const auto earlier = names.add(name)) return fail_duplicate("field", name, *earlier);
    if (is_symbol(',') || is_symbol(close)) {
      return fail_at(name.offset, "the field " + show_name(name) + " has no type");
    }
    WISP_ASSIGN(RowField field, parse_field(std::move(name), depth));
    fields.push_back(std::move(field));
    if (!is_symbol(',') && !is_symbol(close)) {
      return fail_expected(std::string("\",\" or \"") + close + "\" after the field " +
                               quote_identifier(shorten(fields.back().name, 60)),
                           {"NOT", "NULL", "ARRAY"});
    }
  } while (take_symbol(','));
  advance();
  return fields;
}

// What stands behind the name of a field: type [NULL | NOT NULL] [COLLATE name].
Result<RowField> Parser::parse_field(Name name, int depth) {
  RowField field;
  WISP_ASSIGN(field.type, parse_type(depth));
  WISP_ASSIGN(field.nullable, parse_nullability());
  if (is_word("DEFAULT")) return fail_at(token().begin, "a field of a type has no DEFAULT");
  if (is_word("COLLATE") && is_name(1)) {
    warn_not_kept(token().begin, "COLLATE", nullptr);
    advance();
    WISP_TRY(expect_qualified_name("the name of a collation"));
  }
  field.name = std::move(name.text);
  return field;
}

bool Parser::starts_type(std::size_t ahead) const {
  if (!is_name(ahead)) return false;
  const Token& t = token(ahead);
  const bool quoted = t.kind == TokenKind::kQuotedName;
  if (!quoted && find_builtin_type(token_text(t)) != nullptr) return true;
  return find_user_type(decode_name(source_.text(), t), quoted) != nullptr;
}

const Type* Parser::find_user_type(std::string_view text, bool quoted) const {
  const auto exact = types_exact_.find(std::string(text));
  if (exact != types_exact_.end()) return &types_[exact->second];
  if (quoted) return nullptr;
  const auto alike = types_folded_.find(fold_identifier(text));
  if (alike == types_folded_.end() || alike->second.ambiguous) return nullptr;
  return &types_[alike->second.index];
}

Result<Type> Parser::parse_user_type() {
  WISP_ASSIGN(const Name name, expect_qualified_name("the name of a type"));
  const Type* type = find_user_type(name.text, name.quoted);
  if (type == nullptr) return fail_unknown_type(name);
  if (is_symbol('(')) {
    return fail_at(token().begin, "the type " + show_name(name) + " takes no parameters");
  }
  return *type;
}

tl::unexpected<Error> Parser::fail_unknown_type(const Name& name) {
  const std::string shown = show_name(name);
  const std::string folded = fold_identifier(name.text);
  if (type_being_declared_ && fold_identifier(type_being_declared_->text) == folded) {
    return fail_at(name.offset, "the type " + shown + " cannot hold itself");
  }
  if (!name.quoted && types_folded_.contains(folded)) {
    return fail_at(name.offset, "several types are named " + shown +
                                    " in different case; quote the one you mean");
  }
  if (name.quoted && find_builtin_type(name.text) != nullptr) {
    return fail_at(name.offset, "unknown type " + shown + "; built-in types are not quoted");
  }
  if (const auto stand_in = stand_in_for(name.text); stand_in && !name.quoted) {
    return fail_at(name.offset,
                   "the type " + shown + " is not supported; use " + std::string(*stand_in));
  }
  if (declares_type_after(name)) {
    return fail_at(name.offset, "the type " + shown + " is declared only after this place; move " +
                                    "its CREATE TYPE before it");
  }
  std::vector<std::string> candidates;
  for (const Type& type : types_) candidates.push_back(type.type_name());
  for (std::string& builtin : builtin_type_names()) candidates.push_back(std::move(builtin));
  std::string message = "unknown type " + shown;
  if (const auto nearest = nearest_name(name.text, candidates)) {
    message += "; did you mean " + shorten(*nearest, 60) + "?";
  } else {
    message += "; it needs a CREATE TYPE before this place";
  }
  return fail_at(name.offset, std::move(message));
}

// Whether a later CREATE TYPE of the script has that name.
bool Parser::declares_type_after(const Name& name) const {
  const std::string folded = fold_identifier(name.text);
  for (std::size_t i = 0; at_ + i + 2 < list_.tokens.size(); ++i) {
    if (!is_word("CREATE", i) || !is_word("TYPE", i + 1) || !is_name(i + 2)) continue;
    const std::size_t last = is_symbol('.', i + 3) && is_name(i + 4) ? i + 4 : i + 2;
    if (fold_identifier(decode_name(source_.text(), token(last))) == folded) return true;
  }
  return false;
}

}  // namespace wisp::ddl
