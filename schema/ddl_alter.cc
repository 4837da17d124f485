// ALTER TABLE and DROP TABLE: changes of tables that are known, or created in the same text.

#include <algorithm>

#include "wisp/schema/ddl_parser.h"
#include "wisp/schema/near_name.h"

namespace wisp::ddl {

// The known table of that name: exact, else the only one that matches ignoring case; none of both
// gives schemas_.size().
Result<std::size_t> Parser::find_table(const Name& name) {
  std::size_t found = schemas_.size();
  const std::string folded = fold_identifier(name.text);
  for (std::size_t i = 0; i < schemas_.size(); ++i) {
    const std::string& known = schemas_[i]->table_name();
    if (known == name.text) return i;
    if (name.quoted || known.size() != name.text.size() || fold_identifier(known) != folded) {
      continue;
    }
    if (found != schemas_.size()) {
      return fail_at(name.offset, "several tables are named " + show_name(name) +
                                      " in different case; quote the one you mean");
    }
    found = i;
  }
  return found;
}

tl::unexpected<Error> Parser::fail_unknown_table(const Name& name) {
  NearName search(name.text);
  for (const SchemaPtr& schema : schemas_) search.offer(schema->table_name());
  std::string message = "there is no table " + show_name(name);
  if (search.found()) {
    message += "; did you mean " + quote_identifier(shorten(search.name(), 60)) + "?";
  }
  return fail_at(name.offset, std::move(message), ErrorCode::kNotFound);
}

Result<bool> Parser::take_if_exists() {
  if (!take_word("IF")) return false;
  if (!take_word("EXISTS")) return fail_expected("EXISTS after IF", {"EXISTS"});
  return true;
}

// DROP TABLE [IF EXISTS] name, ... [CASCADE | RESTRICT]
Status Parser::parse_drop(DdlScript& script) {
  advance();
  if (!take_word("TABLE")) return fail_expected("TABLE after DROP", {"TABLE"});
  WISP_ASSIGN(const bool if_exists, take_if_exists());
  do {
    WISP_ASSIGN(const Name name, expect_qualified_name("the name of a table"));
    WISP_ASSIGN(const std::size_t index, find_table(name));
    if (index == schemas_.size()) {
      if (!if_exists) return fail_unknown_table(name);
      continue;
    }
    script.statements.emplace_back(DropTable{schemas_[index]->table_name()});
    schemas_.erase(schemas_.begin() + static_cast<std::ptrdiff_t>(index));
  } while (take_symbol(','));
  if (!take_word("CASCADE")) take_word("RESTRICT");
  return {};
}

// ALTER TABLE [IF EXISTS] [ONLY] name action, ...
Status Parser::parse_alter(DdlScript& script) {
  advance();
  if (take_word("TYPE")) return parse_alter_type(script);
  if (!take_word("TABLE")) return fail_expected("TABLE or TYPE after ALTER", {"TABLE", "TYPE"});
  WISP_ASSIGN(const bool if_exists, take_if_exists());
  if (is_word("ONLY") && is_name(1)) advance();
  WISP_ASSIGN(const Name name, expect_qualified_name("the name of a table"));
  WISP_ASSIGN(const std::size_t index, find_table(name));
  if (index == schemas_.size()) {
    if (!if_exists) return fail_unknown_table(name);
    at_ -= 1;  // the warning points at the name
    return skip_statement("ALTER TABLE of a table that is not there");
  }
  AlterTable statement;
  statement.table = schemas_[index]->table_name();
  SchemaEditor editor(schemas_[index]);
  do {
    WISP_TRY(parse_alter_action(editor, index, statement.changes));
  } while (take_symbol(','));
  if (statement.changes.empty()) return {};
  auto schema = editor.finish();
  if (!schema) return fail_at(name.offset, schema.error().to_string(), schema.error().code);
  statement.schema = *schema;
  schemas_[index] = std::move(*schema);
  script.statements.emplace_back(std::move(statement));
  return {};
}

Status Parser::parse_alter_action(SchemaEditor& editor, std::size_t table,
                                  std::vector<SchemaChange>& changes) {
  const std::uint32_t begin = token().begin;
  if (take_word("ADD")) return parse_add(editor, changes);
  if (take_word("DROP")) return parse_drop_column(editor, changes);
  if (take_word("RENAME")) {
    if (take_word("TO")) {
      WISP_ASSIGN(const Name name, expect_name("the new name of the table"));
      WISP_ASSIGN(const std::size_t other, find_table(name));
      if (other != schemas_.size() && other != table) {
        return fail_at(name.offset, "there is already a table " + show_name(name),
                       ErrorCode::kAlreadyExists);
      }
      return apply_change(editor, RenameTable{name.text}, begin, changes);
    }
    take_word("COLUMN");
    WISP_ASSIGN(const std::string column, expect_known_column(editor));
    if (!take_word("TO")) return fail_expected("TO and the new name", {"TO"});
    WISP_ASSIGN(const Name name, expect_name("the new name of the column"));
    WISP_TRY(check_new_column(editor, name, column));
    return apply_change(editor, RenameColumn{column, name.text}, name.offset, changes);
  }
  if (take_word("ALTER")) return parse_alter_column(editor, changes);
  return fail_expected("ADD, DROP, RENAME or ALTER", {"ADD", "DROP", "RENAME", "ALTER"});
}

Status Parser::apply_change(SchemaEditor& editor, SchemaChange change, std::uint32_t offset,
                            std::vector<SchemaChange>& changes) {
  if (auto status = editor.apply(change); !status) {
    return fail_at(offset, status.error().to_string(), status.error().code);
  }
  changes.push_back(std::move(change));
  return {};
}

// A column that the table has, as the table spells it.
Result<std::string> Parser::expect_known_column(const SchemaEditor& editor) {
  WISP_ASSIGN(const Name name, expect_name("the name of a column"));
  const auto column =
      editor.find(name.text, name.quoted ? NameMatch::kExact : NameMatch::kIgnoreCase);
  if (!column) return fail_at(name.offset, column.error().message, column.error().code);
  return (*column)->name;
}

// Two unquoted names must differ in more than case; `renamed` may be the one it is like.
Status Parser::check_new_column(const SchemaEditor& editor, const Name& name,
                                std::string_view renamed) {
  if (name.quoted) return {};
  const auto alike = editor.find(name.text, NameMatch::kIgnoreCase);
  if (!alike || (*alike)->name == renamed) return {};
  return fail_at(name.offset, "there is already a column " + quote_identifier((*alike)->name));
}

// ADD [COLUMN] [IF NOT EXISTS] name type [constraint ...], or a table constraint.
Status Parser::parse_add(SchemaEditor& editor, std::vector<SchemaChange>& changes) {
  TableDraft table;
  const std::uint32_t begin = token().begin;
  if (!is_word("COLUMN") && starts_table_constraint()) {
    WISP_TRY(parse_table_constraint(table));
    if (table.key_at) return fail_at(begin, "the key of a table is as old as the table");
    return {};
  }
  take_word("COLUMN");
  bool if_not_exists = false;
  if (is_word("IF") && is_word("NOT", 1)) {
    advance();
    advance();
    if (!take_word("EXISTS")) return fail_expected("EXISTS after IF NOT", {"EXISTS"});
    if_not_exists = true;
  }
  ColumnDraft draft;
  WISP_ASSIGN(draft.name, expect_name("the name of a column"));
  draft.type_at = token().begin;
  WISP_ASSIGN(draft.column.type, parse_column_type(draft));
  while (!is_symbol(',') && !is_symbol(';') && !at_end()) {
    WISP_TRY(parse_column_constraint(table, draft));
  }
  if (table.key_at) return fail_at(*table.key_at, "the key of a table is as old as the table");
  const Name name = draft.name;
  WISP_TRY(finish_column(table, std::move(draft)));
  if (if_not_exists &&
      editor.find(name.text, name.quoted ? NameMatch::kExact : NameMatch::kIgnoreCase)) {
    return {};
  }
  WISP_TRY(check_new_column(editor, name, {}));
  return apply_change(editor, AddColumn{std::move(table.columns.front().column)}, name.offset,
                      changes);
}

// DROP [COLUMN] [IF EXISTS] name [CASCADE | RESTRICT]
Status Parser::parse_drop_column(SchemaEditor& editor, std::vector<SchemaChange>& changes) {
  take_word("COLUMN");
  bool if_exists = false;
  if (is_word("IF") && is_word("EXISTS", 1)) {
    advance();
    advance();
    if_exists = true;
  }
  const std::uint32_t begin = token().begin;
  if (if_exists && is_name()) {
    const Name name{decode_name(source_.text(), token()), token().kind == TokenKind::kQuotedName,
                    begin};
    if (!editor.find(name.text, name.quoted ? NameMatch::kExact : NameMatch::kIgnoreCase)) {
      advance();
      if (!take_word("CASCADE")) take_word("RESTRICT");
      return {};
    }
  }
  WISP_ASSIGN(const std::string column, expect_known_column(editor));
  if (!take_word("CASCADE")) take_word("RESTRICT");
  return apply_change(editor, DropColumn{column}, begin, changes);
}

// ALTER [COLUMN] name ([SET DATA] TYPE type | SET | DROP DEFAULT | SET | DROP NOT NULL)
Status Parser::parse_alter_column(SchemaEditor& editor, std::vector<SchemaChange>& changes) {
  take_word("COLUMN");
  WISP_ASSIGN(const std::string column, expect_known_column(editor));
  const std::uint32_t begin = token().begin;
  if (is_word("SET") && is_word("DATA", 1)) {
    advance();
    advance();
    if (!is_word("TYPE")) return fail_expected("TYPE", {"TYPE"});
  }
  if (take_word("TYPE")) {
    const std::uint32_t type_at = token().begin;
    WISP_ASSIGN(Type type, parse_type(0));
    if (is_word("USING")) return fail_at(token().begin, "USING is not understood: values widen");
    return apply_change(editor, WidenColumn{column, std::move(type)}, type_at, changes);
  }
  const bool set = is_word("SET");
  if (!set && !is_word("DROP")) {
    return fail_expected("TYPE, SET or DROP", {"TYPE", "SET", "DROP"});
  }
  advance();
  if (take_words("NOT", "NULL")) {
    return apply_change(editor, SetNotNull{column, set}, begin, changes);
  }
  if (!take_word("DEFAULT")) {
    return fail_expected("DEFAULT or NOT NULL", {"DEFAULT", "NOT"});
  }
  if (!set) return apply_change(editor, SetDefault{column, std::nullopt}, begin, changes);
  const std::uint32_t literal_at = token().begin;
  WISP_ASSIGN(const Literal literal, parse_literal(0));
  WISP_ASSIGN(const Column* const known, editor.find(column));
  WISP_ASSIGN(Value value, literal_value(known->type, literal));
  return apply_change(editor, SetDefault{column, std::move(value)}, literal_at, changes);
}

}  // namespace wisp::ddl
