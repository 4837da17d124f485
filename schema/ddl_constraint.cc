// Clauses that a row store cannot keep: read strictly, so that a missing comma or semicolon never
// swallows a column, and reported by name.

#include "wisp/schema/ddl_parser.h"

namespace wisp::ddl {

void Parser::warn_not_kept(std::size_t offset, std::string_view clause, const ColumnDraft* draft) {
  std::string message(clause);
  if (draft != nullptr) {
    message += " of column " + show_name(draft->name);
  }
  warn(offset, message + " is accepted but not kept");
}

// Tells a constraint from a column that bears the same word as its name.
bool Parser::starts_table_constraint() const {
  if (is_word("CONSTRAINT") && is_name(1)) {
    return is_any_word({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE", "NOT"}, 2) ||
           !starts_type(1);
  }
  if (is_word("PRIMARY") || is_word("FOREIGN")) return is_word("KEY", 1) && !starts_type(1);
  if (is_word("UNIQUE")) {
    return is_symbol('(', 1) || is_any_word({"KEY", "INDEX", "NULLS"}, 1);
  }
  if (is_word("CHECK")) return is_symbol('(', 1);
  if (is_word("EXCLUDE")) return is_symbol('(', 1) || is_word("USING", 1);
  if (is_any_word({"KEY", "INDEX"})) {
    return is_symbol('(', 1) || (is_name(1) && !starts_type(1) && is_symbol('(', 2));
  }
  if (is_any_word({"WATERMARK", "PERIOD"})) return is_word("FOR", 1);
  return is_word("LIKE") && is_name(1) && !starts_type(1);
}

Status Parser::parse_table_constraint(TableDraft& table) {
  if (is_word("CONSTRAINT")) {
    advance();
    WISP_TRY(expect_name("the name of the constraint"));
  }
  const std::uint32_t begin = token().begin;
  if (is_word("PRIMARY") && is_word("KEY", 1)) return parse_primary_key(table);
  if (is_word("LIKE")) return fail_at(begin, "LIKE is not understood here; list the columns");
  if (is_any_word({"WATERMARK", "PERIOD"}) && is_word("FOR", 1)) {
    warn_not_kept(begin, is_word("PERIOD") ? "PERIOD FOR" : "WATERMARK FOR", nullptr);
    advance();
    advance();
    WISP_TRY(expect_name("the name of a column"));
    if (take_word("AS")) return skip_expression();
    return skip_parentheses("and columns after PERIOD FOR");
  }
  if (take_word("CHECK")) {
    warn_not_kept(begin, "CHECK", nullptr);
    WISP_TRY(skip_parentheses("and a condition after CHECK"));
    return skip_constraint_tail();
  }
  if (is_word("FOREIGN") && is_word("KEY", 1)) {
    warn_not_kept(begin, "FOREIGN KEY", nullptr);
    advance();
    advance();
    WISP_TRY(skip_parentheses("and columns after FOREIGN KEY"));
    if (!is_word("REFERENCES")) return fail_expected("REFERENCES", {"REFERENCES"});
    return skip_references();
  }
  if (is_any_word({"UNIQUE", "KEY", "INDEX"})) {
    warn_not_kept(begin, is_word("UNIQUE") ? "UNIQUE" : "INDEX", nullptr);
    if (take_word("UNIQUE") && take_word("NULLS")) {
      take_word("NOT");
      if (!take_word("DISTINCT")) return fail_expected("DISTINCT", {"DISTINCT"});
    }
    if (!take_word("KEY")) take_word("INDEX");
    if (is_name()) advance();
    WISP_TRY(skip_parentheses("and the columns of the constraint"));
    return skip_constraint_tail();
  }
  if (take_word("EXCLUDE")) {
    warn_not_kept(begin, "EXCLUDE", nullptr);
    if (take_word("USING")) WISP_TRY(expect_name("the name of an index method"));
    WISP_TRY(skip_parentheses("after EXCLUDE"));
    if (take_word("WHERE")) WISP_TRY(skip_parentheses("after WHERE"));
    return skip_constraint_tail();
  }
  return fail_expected("a constraint", {"PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "EXCLUDE"});
}

// One clause after a column's type; false when no such clause starts here.
Result<bool> Parser::skip_column_clause(const ColumnDraft& draft) {
  const std::uint32_t begin = token().begin;
  const auto not_kept = [&](std::string_view clause) { warn_not_kept(begin, clause, &draft); };
  if (take_word("CHECK")) {
    not_kept("CHECK");
    WISP_TRY(skip_parentheses("and a condition after CHECK"));
    WISP_TRY(skip_constraint_tail());
    return true;
  }
  if (take_word("UNIQUE")) {
    not_kept("UNIQUE");
    take_word("KEY");
    WISP_TRY(skip_constraint_tail());
    return true;
  }
  if (is_word("REFERENCES") || (is_word("FOREIGN") && is_word("KEY", 1))) {
    not_kept("FOREIGN KEY");
    take_words("FOREIGN", "KEY");
    if (!is_word("REFERENCES")) return fail_expected("REFERENCES", {"REFERENCES"});
    WISP_TRY(skip_references());
    return true;
  }
  if (is_any_word({"LATENESS", "WATERMARK"})) {
    not_kept(is_word("LATENESS") ? "LATENESS" : "WATERMARK");
    advance();
    WISP_TRY(skip_expression());
    return true;
  }
  if (take_word("COLLATE")) {
    not_kept("COLLATE");
    WISP_TRY(expect_qualified_name("the name of a collation"));
    return true;
  }
  if (is_word("GENERATED")) {
    WISP_TRY(skip_generated(draft));
    return true;
  }
  if (is_word("COMMENT") && is_string(1)) {
    not_kept("COMMENT");
    advance();
    advance();
    return true;
  }
  return skip_vendor_clause(draft);
}

// Clauses of one word or two that a single database knows.
Result<bool> Parser::skip_vendor_clause(const ColumnDraft& draft) {
  const std::uint32_t begin = token().begin;
  const bool one_word = is_any_word({"INTERNED", "AUTO_INCREMENT", "AUTOINCREMENT"});
  const bool two_words = (is_word("STORAGE") &&
                          is_any_word({"PLAIN", "EXTERNAL", "EXTENDED", "MAIN", "DEFAULT"}, 1)) ||
                         (is_word("COMPRESSION") && is_any_word({"PGLZ", "LZ4", "DEFAULT"}, 1)) ||
                         (is_word("CHARSET") && is_name(1));
  const bool character_set = is_word("CHARACTER") && is_word("SET", 1) && is_name(2);
  const bool on_update = is_word("ON") && is_word("UPDATE", 1);
  if (!one_word && !two_words && !character_set && !on_update) return false;
  std::string clause(token_text(token()));
  if (character_set) clause = "CHARACTER SET";
  if (on_update) clause = "ON UPDATE";
  warn_not_kept(begin, clause, &draft);
  if (on_update) {
    WISP_TRY(skip_on_clause());
    return true;
  }
  const int words = one_word ? 1 : two_words ? 2 : 3;
  for (int i = 0; i < words; ++i) advance();
  return true;
}

// What may follow a constraint: timing, enforcement, index options.
Status Parser::skip_constraint_tail() {
  while (true) {
    if (is_word("NOT") && is_any_word({"ENFORCED", "DEFERRABLE", "VALID"}, 1)) {
      advance();
      advance();
    } else if (is_any_word({"ENFORCED", "DEFERRABLE"})) {
      advance();
    } else if (take_word("INITIALLY")) {
      if (!is_any_word({"DEFERRED", "IMMEDIATE"})) {
        return fail_expected("DEFERRED or IMMEDIATE", {"DEFERRED", "IMMEDIATE"});
      }
      advance();
    } else if (is_word("NO") && is_word("INHERIT", 1)) {
      advance();
      advance();
    } else if (is_word("NULLS") && is_any_word({"NOT", "DISTINCT"}, 1)) {
      advance();
      take_word("NOT");
      if (!take_word("DISTINCT")) return fail_expected("DISTINCT", {"DISTINCT"});
    } else if (take_words("USING", "INDEX")) {
      if (!take_word("TABLESPACE")) return fail_expected("TABLESPACE", {"TABLESPACE"});
      WISP_TRY(expect_name("the name of a tablespace"));
    } else if (is_any_word({"INCLUDE", "WITH"}) && is_symbol('(', 1)) {
      advance();
      WISP_TRY(skip_parentheses("after the constraint"));
    } else {
      return {};
    }
  }
}

// REFERENCES table [(columns)] [MATCH kind] [ON DELETE action] [ON UPDATE action]
Status Parser::skip_references() {
  advance();
  WISP_TRY(expect_qualified_name("the name of a table"));
  if (is_symbol('(')) WISP_TRY(skip_parentheses(""));
  while (true) {
    if (take_word("MATCH")) {
      if (!is_any_word({"FULL", "PARTIAL", "SIMPLE"})) {
        return fail_expected("FULL, PARTIAL or SIMPLE", {"FULL", "PARTIAL", "SIMPLE"});
      }
      advance();
    } else if (is_word("ON")) {
      WISP_TRY(skip_on_clause());
    } else {
      return skip_constraint_tail();
    }
  }
}

// ON DELETE action, ON UPDATE action, ON UPDATE CURRENT_TIMESTAMP
Status Parser::skip_on_clause() {
  advance();
  if (!take_word("DELETE") && !take_word("UPDATE")) {
    return fail_expected("DELETE or UPDATE after ON", {"DELETE", "UPDATE"});
  }
  if (take_word("CASCADE") || take_word("RESTRICT") || take_words("NO", "ACTION")) return {};
  if (take_words("SET", "NULL") || take_words("SET", "DEFAULT") || take_word("CURRENT_TIMESTAMP")) {
    return is_symbol('(') ? skip_parentheses("") : Status{};
  }
  return fail_expected("CASCADE, RESTRICT, NO ACTION, SET NULL or SET DEFAULT",
                       {"CASCADE", "RESTRICT"});
}

// Everything from "(" to the ")" that belongs to it.
Status Parser::skip_parentheses(std::string_view context) {
  const std::uint32_t open = token().begin;
  WISP_TRY(expect_symbol('(', context));
  for (std::size_t depth = 1; depth > 0; advance()) {
    if (token().kind == TokenKind::kBad) return fail_expected("\")\"");
    if (at_end() || is_symbol(';')) {
      return fail_at(open, "this \"(\" has no \")\" before the statement ends");
    }
    if (is_symbol('(')) ++depth;
    if (is_symbol(')')) --depth;
  }
  return {};
}

// A scalar expression, as far as it is needed to find its end: operands joined by operators.
Status Parser::skip_expression() {
  const auto is_operator = [this] {
    return token().kind == TokenKind::kSymbol &&
           std::string_view("+-*/%|<>=:").find(token_text(token())) != std::string_view::npos;
  };
  while (true) {
    while (is_operator()) advance();
    WISP_TRY(skip_operand());
    if (!is_operator()) return {};
  }
}

Status Parser::skip_operand() {
  if (is_symbol('(')) return skip_parentheses("");
  if (take_word("INTERVAL")) {
    if (is_symbol('-') || is_symbol('+')) advance();
    if (token().kind != TokenKind::kNumber && !is_string()) {
      return fail_expected("a number or string after INTERVAL");
    }
    advance();
    WISP_TRY(skip_interval_unit());
    if (take_word("TO")) WISP_TRY(skip_interval_unit());
    return {};
  }
  if (token().kind == TokenKind::kNumber || is_string()) {
    advance();
    return {};
  }
  if (!is_name()) return fail_expected("an expression");
  WISP_TRY(expect_qualified_name("a name"));
  if (is_string()) advance();  // DATE '...'
  return is_symbol('(') ? skip_parentheses("") : Status{};
}

Status Parser::skip_interval_unit() {
  if (is_any_word({"YEAR",    "YEARS",       "QUARTER",      "QUARTERS",    "MONTH",
                   "MONTHS",  "WEEK",        "WEEKS",        "DAY",         "DAYS",
                   "HOUR",    "HOURS",       "MINUTE",       "MINUTES",     "SECOND",
                   "SECONDS", "MILLISECOND", "MILLISECONDS", "MICROSECOND", "MICROSECONDS"})) {
    advance();
    if (is_symbol('(')) return skip_parentheses("");
  }
  return {};
}

// GENERATED ALWAYS AS (expression) [STORED | VIRTUAL]
// GENERATED ALWAYS | BY DEFAULT AS IDENTITY [(options)]
Status Parser::skip_generated(const ColumnDraft& draft) {
  warn_not_kept(token().begin, "GENERATED", &draft);
  advance();
  if (!take_word("ALWAYS") && !take_words("BY", "DEFAULT")) {
    return fail_expected("ALWAYS or BY DEFAULT after GENERATED", {"ALWAYS"});
  }
  if (!take_word("AS")) return fail_expected("AS", {"AS"});
  if (take_word("IDENTITY")) return is_symbol('(') ? skip_parentheses("") : Status{};
  WISP_TRY(skip_parentheses("and an expression"));
  if (!take_word("STORED")) take_word("VIRTUAL");
  return {};
}

// What stands between the ")" of a table and its ";".
Status Parser::skip_table_options() {
  const Words kOptions = {
      "WITH",           "WITHOUT",    "STRICT",     "PARTITION",  "PARTITIONED",  "INHERITS",
      "TABLESPACE",     "USING",      "ENGINE",     "COMMENT",    "CHARSET",      "COLLATE",
      "AUTO_INCREMENT", "ROW_FORMAT", "INTERLEAVE", "INTERWEAVE", "DISTRIBUTED",  "DISTSTYLE",
      "CLUSTERED",      "CLUSTER",    "LOCATION",   "STORED",     "TBLPROPERTIES"};
  const auto starts_option = [&] {
    return is_any_word(kOptions) || (is_word("ON") && is_word("COMMIT", 1)) ||
           (is_word("DEFAULT") && is_any_word({"CHARSET", "CHARACTER", "COLLATE"}, 1));
  };
  if (at_end() || is_symbol(';')) return {};
  if (!starts_option()) {
    return fail_expected("\";\" after the table", {"WITH", "PARTITIONED", "COMMENT", "ENGINE"});
  }
  const std::uint32_t begin = token().begin;
  std::string clauses;
  while (!at_end() && !is_symbol(';')) {
    if (is_symbol('(')) {
      WISP_TRY(skip_parentheses(""));
      continue;
    }
    if (is_any_word({"CREATE", "ALTER", "INSERT", "DROP"}) && is_name(1)) {
      return fail_expected("\";\" before this statement");
    }
    if (clauses.size() < 60 && starts_option()) {
      clauses += (clauses.empty() ? "" : ", ") + std::string(token_text(token()));
    }
    advance();
  }
  if (token().kind == TokenKind::kBad) return fail_expected("\";\"");
  warn(begin, "table options are accepted but not kept: " + shorten(clauses, 60));
  return {};
}

}  // namespace wisp::ddl
