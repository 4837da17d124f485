// CREATE TABLE: columns, the primary key, and the schema they make.

#include <algorithm>

#include "wisp/schema/ddl_parser.h"

namespace wisp::ddl {

std::string show_name(const Name& name) {
  return quote_identifier(shorten(name.text, 60));
}

Status Parser::parse_create_table(DdlScript& script) {
  CreateTable statement;
  if (is_word("IF") && is_word("NOT", 1)) {
    advance();
    advance();
    if (!take_word("EXISTS")) return fail_expected("EXISTS after IF NOT", {"EXISTS"});
    statement.if_not_exists = true;
  }
  WISP_ASSIGN(const Name name, expect_qualified_name("a name for the table"));
  const auto earlier = tables_.add(name);
  if (earlier && !statement.if_not_exists) return fail_duplicate("table", name, *earlier);
  if (is_any_word({"AS", "OF", "LIKE", "PARTITION"})) {
    return fail_at(token().begin,
                   "the columns must be listed: CREATE TABLE name (column type, ...)");
  }
  WISP_TRY(expect_symbol('(', "and the columns of the table"));
  TableDraft table;
  do {
    WISP_TRY(parse_table_element(table));
  } while (take_symbol(','));
  if (table.columns.empty()) return fail_at(token().begin, "a table needs at least one column");
  advance();  // the closing parenthesis
  WISP_TRY(resolve_key(table));
  WISP_TRY(skip_table_options());
  WISP_ASSIGN(statement.schema, build_schema(name, table));
  const bool known = std::any_of(schemas_.begin(), schemas_.end(),
                                 [&](const SchemaPtr& s) { return s->table_name() == name.text; });
  if (!known) schemas_.push_back(statement.schema);
  script.statements.emplace_back(std::move(statement));
  return {};
}

// One column or constraint; leaves the parser at "," or ")".
Status Parser::parse_table_element(TableDraft& table) {
  if (is_symbol(')') && !table.columns.empty()) {
    return fail_at(token().begin, "a column or constraint must follow the comma");
  }
  if (starts_table_constraint()) {
    WISP_TRY(parse_table_constraint(table));
    if (is_symbol(',') || is_symbol(')')) return {};
    return fail_expected("\",\" or \")\" after the constraint");
  }
  return parse_column(table);
}

Status Parser::parse_column(TableDraft& table) {
  ColumnDraft draft;
  WISP_ASSIGN(draft.name, expect_name("the name of a column"));
  if (table.columns.size() == kMaxColumns) {
    return fail_at(draft.name.offset,
                   "a table has at most " + std::to_string(kMaxColumns) + " columns",
                   ErrorCode::kLimit);
  }
  if (const auto earlier = table.names.add(draft.name)) {
    return fail_duplicate("column", draft.name, *earlier);
  }
  if (is_symbol(',') || is_symbol(')')) {
    return fail_at(draft.name.offset, "the column " + show_name(draft.name) + " has no type");
  }
  if (is_symbol('.')) {
    return fail_at(token().begin, "a name that holds a \".\" must stand in double quotes");
  }
  draft.type_at = token().begin;
  WISP_ASSIGN(draft.column.type, parse_column_type(draft));
  table.type_nodes += draft.column.type.node_count();
  if (table.type_nodes > kMaxTableTypeNodes) {
    return fail_at(draft.type_at,
                   "the types of this table have more than " + std::to_string(kMaxTableTypeNodes) +
                       " nested fields in all",
                   ErrorCode::kLimit);
  }
  while (!is_symbol(',') && !is_symbol(')')) WISP_TRY(parse_column_constraint(table, draft));
  return finish_column(table, std::move(draft));
}

// A type, or a SERIAL pseudo type: an integer that PostgreSQL would fill from a sequence.
Result<Type> Parser::parse_column_type(ColumnDraft& draft) {
  const BuiltinType* builtin =
      token().kind == TokenKind::kName ? find_builtin_type(token_text(token())) : nullptr;
  if (builtin == nullptr || builtin->form != BuiltinType::Form::kSerial) return parse_type(0);
  const Type type(builtin->kind);
  warn(token().begin, std::string(builtin->name) + " is kept as " + type.to_sql() +
                          " NOT NULL: no sequence fills it");
  draft.not_null_at = token().begin;
  advance();
  return type;
}

Status Parser::parse_column_constraint(TableDraft& table, ColumnDraft& draft) {
  const bool named = is_word("CONSTRAINT") && is_name(1);
  if (named) {
    advance();
    advance();
  }
  const std::uint32_t begin = token().begin;
  if (is_word("NOT") && is_word("NULL", 1)) {
    draft.not_null_at = begin;
    advance();
    advance();
    return {};
  }
  if (take_word("NULL")) {
    draft.null_at = begin;
    return {};
  }
  if (is_word("DEFAULT")) return parse_column_default(draft);
  if (is_word("PRIMARY") && is_word("KEY", 1)) {
    if (table.key_at) return fail_second_key(begin, *table.key_at);
    table.key_at = begin;
    advance();
    advance();
    KeyDraft part{draft.name};
    if (take_word("DESC")) {
      part.order = SortOrder::kDescending;
    } else {
      take_word("ASC");
    }
    table.key.push_back(std::move(part));
    return skip_constraint_tail();
  }
  WISP_ASSIGN(const bool skipped, skip_column_clause(draft));
  if (skipped) return {};
  return fail_column_end(draft, named);
}

tl::unexpected<Error> Parser::fail_column_end(const ColumnDraft& draft, bool named) {
  if (token().kind == TokenKind::kBad) return fail_expected("");
  if (is_word("PRIMARY") || is_word("NOT")) {
    const std::string_view wanted = is_word("NOT") ? "NULL" : "KEY";
    advance();
    return fail_expected(wanted, {wanted});
  }
  const std::string expected = named ? "a constraint after its name"
                                     : "\",\" or \")\" after the column " + show_name(draft.name);
  if (is_name() && starts_type(1)) {
    return fail_at(token().begin, "expected " + expected + ", found " + describe_token() +
                                      "; is a comma missing?");
  }
  return fail_expected(
      expected, {"NOT", "NULL", "PRIMARY", "DEFAULT", "UNIQUE", "CHECK", "REFERENCES", "CONSTRAINT",
                 "ARRAY", "COLLATE", "GENERATED", "LATENESS", "WATERMARK"});
}

Status Parser::parse_column_default(ColumnDraft& draft) {
  const std::uint32_t begin = token().begin;
  if (draft.column.has_default) return fail_at(begin, "this column has two DEFAULTs");
  advance();
  draft.default_at = token().begin;
  WISP_ASSIGN(const Literal literal, parse_literal(0));
  WISP_ASSIGN(draft.column.default_value, literal_value(draft.column.type, literal));
  draft.column.has_default = true;
  return {};
}

Status Parser::finish_column(TableDraft& table, ColumnDraft draft) {
  if (draft.null_at && draft.not_null_at) {
    return fail_at(*draft.null_at,
                   "the column " + show_name(draft.name) + " is declared both NULL and NOT NULL");
  }
  draft.column.nullable = !draft.not_null_at;
  draft.column.name = draft.name.text;
  table.columns.push_back(std::move(draft));
  return {};
}

// PRIMARY KEY (name [ASC | DESC], ...)
Status Parser::parse_primary_key(TableDraft& table) {
  const std::uint32_t begin = token().begin;
  if (table.key_at) return fail_second_key(begin, *table.key_at);
  table.key_at = begin;
  advance();
  advance();
  WISP_TRY(expect_symbol('(', "and the columns of the key"));
  do {
    KeyDraft part;
    WISP_ASSIGN(part.name, expect_name("a column of the key"));
    if (take_word("DESC")) {
      part.order = SortOrder::kDescending;
    } else {
      take_word("ASC");
    }
    table.key.push_back(std::move(part));
  } while (take_symbol(','));
  if (!is_symbol(')')) return fail_expected("\",\" or \")\" in the key", {"ASC", "DESC"});
  advance();
  return skip_constraint_tail();
}

// Finds the columns of the key, wherever in the table it was declared.
Status Parser::resolve_key(TableDraft& table) {
  if (!table.key.empty()) {
    std::unordered_map<std::string_view, std::size_t> exact;
    std::unordered_map<std::string, FoldedMatch> folded;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const std::string& name = table.columns[i].name.text;
      exact.emplace(name, i);
      const auto [match, first] = folded.try_emplace(fold_identifier(name), FoldedMatch{i, false});
      if (!first) match->second.ambiguous = true;
    }
    std::vector<bool> used(table.columns.size());
    for (KeyDraft& part : table.key) {
      const auto same = exact.find(part.name.text);
      const auto alike = folded.find(fold_identifier(part.name.text));
      const bool found = same != exact.end() || (!part.name.quoted && alike != folded.end());
      if (!found) return fail_unknown_key_column(table, part.name);
      if (same == exact.end() && alike->second.ambiguous) {
        return fail_at(part.name.offset, "several columns are named " + show_name(part.name) +
                                             " in different case; quote the one you mean");
      }
      const std::size_t index = same != exact.end() ? same->second : alike->second.index;
      if (used[index]) {
        return fail_at(part.name.offset, "the key names " + show_name(part.name) + " twice");
      }
      used[index] = true;
      WISP_TRY(check_key_column(part, table.columns[index]));
      part.name.text = table.columns[index].name.text;
    }
  }
  for (const ColumnDraft& draft : table.columns) {
    if (!draft.column.nullable && draft.column.has_default &&
        draft.column.default_value.is_null()) {
      return fail_at(*draft.default_at, "the column " + show_name(draft.name) +
                                            " is NOT NULL, so its default cannot be NULL");
    }
  }
  return {};
}

Status Parser::check_key_column(const KeyDraft& part, ColumnDraft& draft) {
  if (!is_key_type(draft.column.type.kind())) {
    return fail_at(part.name.offset, "the column " + show_name(draft.name) + " is " +
                                         shorten(draft.column.type.to_sql(), 60) +
                                         ", which cannot be a key");
  }
  if (draft.null_at) {
    warn(*draft.null_at, "NULL is not kept: " + show_name(draft.name) + " is a column of the key");
  }
  draft.column.nullable = false;
  return {};
}

tl::unexpected<Error> Parser::fail_unknown_key_column(const TableDraft& table, const Name& name) {
  std::vector<std::string> candidates;
  for (const ColumnDraft& draft : table.columns) candidates.push_back(draft.name.text);
  std::string message = "the key names " + show_name(name) + ", which is no column of this table";
  if (const auto nearest = nearest_name(name.text, candidates)) {
    message += "; did you mean " + quote_identifier(shorten(*nearest, 60)) + "?";
  }
  return fail_at(name.offset, std::move(message));
}

tl::unexpected<Error> Parser::fail_second_key(std::size_t offset, std::uint32_t first_offset) {
  const std::size_t line = source_.line_at(first_offset);
  return fail_at(offset, "a second PRIMARY KEY; the first is on line " + std::to_string(line) +
                             "; a key of several columns is written PRIMARY KEY (a, b)");
}

tl::unexpected<Error> Parser::fail_duplicate(std::string_view what, const Name& name,
                                             std::uint32_t first_offset) {
  const std::size_t line = source_.line_at(first_offset);
  return fail_at(name.offset, "duplicate " + std::string(what) + " " + show_name(name) +
                                  "; the first is on line " + std::to_string(line));
}

Result<SchemaPtr> Parser::build_schema(const Name& name, TableDraft& table) {
  SchemaBuilder builder(name.text);
  for (ColumnDraft& draft : table.columns) builder.add(std::move(draft.column));
  for (const KeyDraft& part : table.key) builder.key(part.name.text, part.order);
  auto schema = builder.build();
  if (!schema) {
    return fail_at(name.offset, schema.error().to_string(), schema.error().code);
  }
  return schema;
}

}  // namespace wisp::ddl
