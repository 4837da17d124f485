// The recursive-descent DDL parser. Its parts stand in files by purpose:
//
//   ddl_parser.cc      scripts, statements, CREATE TYPE, and the moves all others share
//   ddl_type.cc        types: ARRAY, MAP, ROW, user-defined types
//   ddl_builtin.cc     types: built-in names, aliases and parameters
//   ddl_alter.cc       ALTER TABLE, DROP TABLE
//   ddl_alter_type.cc  ALTER TYPE
//   ddl_table.cc       CREATE TABLE and its columns, key resolution, duplicate names
//   ddl_constraint.cc  constraints and options that are read and reported, not kept
//   ddl_default.cc     DEFAULT literals
//
// Every production returns Status or Result: the first error ends the script. Nothing recurses
// deeper than kMaxTypeDepth + 1 types or kMaxLiteralDepth casts. Linear in the size of the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wisp/schema/ddl.h"
#include "wisp/schema/ddl_lexer.h"
#include "wisp/schema/ddl_source.h"
#include "wisp/schema/schema_change.h"

namespace wisp::ddl {

// Warnings beyond this many are counted, not kept.
inline constexpr std::size_t kMaxWarnings = 1000;
// Parentheses and casts around one literal.
inline constexpr int kMaxLiteralDepth = 16;
// Nested types a whole table may be made of, shared ones counted at each use.
inline constexpr std::size_t kMaxTableTypeNodes = std::size_t{1} << 20;

// A name where it stands in the text.
struct Name {
  std::string text;
  bool quoted = false;
  std::uint32_t offset = 0;
};

// A name for messages: quoted, and shortened when it is long.
std::string show_name(const Name& name);

// Refuses names that the rules of SQL cannot tell apart: the same text, or two unquoted names that
// differ in case only. Expected constant time per name.
class NameSet {
 public:
  // The offset of the earlier name that `name` collides with.
  std::optional<std::uint32_t> add(const Name& name);

 private:
  std::unordered_map<std::string, std::uint32_t> exact_;
  std::unordered_map<std::string, std::uint32_t> unquoted_;  // folded
};

// What an unquoted name finds when no name is exactly the same.
struct FoldedMatch {
  std::size_t index = 0;  // the first of that folded name
  bool ambiguous = false;
};

// A column while its table is read.
struct ColumnDraft {
  Column column;
  Name name;
  std::uint32_t type_at = 0;
  std::optional<std::uint32_t> null_at;  // where NULL was written
  std::optional<std::uint32_t> not_null_at;
  std::optional<std::uint32_t> default_at;  // where the DEFAULT literal starts
};

struct KeyDraft {
  Name name;
  SortOrder order = SortOrder::kAscending;
};

struct TableDraft {
  std::vector<ColumnDraft> columns;
  NameSet names;
  std::vector<KeyDraft> key;
  std::optional<std::uint32_t> key_at;  // where PRIMARY KEY was written
  std::size_t type_nodes = 0;
};

// A literal before it meets its column's type.
struct Literal {
  enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kBytes };
  Kind kind = Kind::kNull;
  std::string text;  // the sign and digits, the decoded string, the bytes, "true" or "false"
  std::uint32_t offset = 0;
};

// A built-in type name and how its words go on.
struct BuiltinType {
  enum class Form : std::uint8_t {
    kPlain,      // no parameters
    kInteger,    // [SIGNED | UNSIGNED]
    kSignFirst,  // SIGNED, UNSIGNED, with or without the integer after
    kDouble,     // [PRECISION]
    kFloat,      // [(bits)]
    kDecimal,    // [(precision [, scale])]
    kTemporal,   // [(precision)] [WITH | WITHOUT TIME ZONE]
    kCharacter,  // [VARYING] [(length)], one when left out
    kNational,   // CHAR or CHARACTER after
    kString,     // [(length)], no limit when left out
    kBinary,     // [VARYING] [(length)], one when left out
    kSerial,     // an integer column that a sequence would fill
    kArray,      // <element>
    kMap,        // <key, value>
    kRow,        // (fields)
  };
  std::string_view name;  // upper case
  Form form = Form::kPlain;
  TypeKind kind = TypeKind::kBoolean;
};

// The built-in type an unquoted word stands for (any case), or nullptr.
const BuiltinType* find_builtin_type(std::string_view word);
// Names of built-in types, for suggestions.
std::vector<std::string> builtin_type_names();
// What can hold the values of a type that other databases have, or nothing.
std::optional<std::string_view> stand_in_for(std::string_view word);

class Parser {
 public:
  Parser(std::string_view source, std::span<const Type> known_types,
         std::span<const SchemaPtr> known_tables = {});

  Result<DdlScript> parse_script();
  Result<Type> parse_lone_type();

 private:
  using Words = std::initializer_list<std::string_view>;

  // Moves (ddl_parser.cc). Words are upper case; only unquoted names match them.
  const Token& token(std::size_t ahead = 0) const noexcept;
  bool at_end() const noexcept;
  void advance() noexcept;
  std::string_view token_text(const Token& token) const noexcept;
  bool is_name(std::size_t ahead = 0) const noexcept;
  bool is_string(std::size_t ahead = 0) const noexcept;
  bool is_word(std::string_view word, std::size_t ahead = 0) const noexcept;
  bool is_any_word(Words words, std::size_t ahead = 0) const noexcept;
  bool is_symbol(char symbol, std::size_t ahead = 0) const noexcept;
  bool take_word(std::string_view word) noexcept;
  bool take_words(std::string_view first, std::string_view second) noexcept;
  bool take_symbol(char symbol) noexcept;
  Status expect_symbol(char symbol, std::string_view context);
  Result<Name> expect_name(std::string_view what);
  Result<Name> expect_qualified_name(std::string_view what);

  // Remarks (ddl_parser.cc).
  std::string describe_token() const;
  tl::unexpected<Error> fail_at(std::size_t offset, std::string message,
                                ErrorCode code = ErrorCode::kParse);
  tl::unexpected<Error> fail_expected(std::string_view expected, Words candidates = {});
  void warn(std::size_t offset, std::string message);

  // Statements (ddl_parser.cc).
  Status parse_statement(DdlScript& script);
  Status parse_create(DdlScript& script);
  Status parse_create_type(DdlScript& script);
  Status skip_statement(std::string_view what);
  Status check_type_name(const Name& name);
  tl::unexpected<Error> fail_statement();

  // Types (ddl_type.cc and ddl_builtin.cc). `depth` counts the types around the one to be read.
  Result<Type> parse_type(int depth);
  Result<Type> parse_base_type(int depth);
  Result<Type> parse_row_type(int depth);
  Result<Type> parse_map_type(int depth);
  Result<Type> parse_array_type(int depth);
  Result<std::vector<RowField>> parse_fields(int depth, char close);
  Result<RowField> parse_field(Name name, int depth);
  Result<Type> parse_array_suffixes(Type type, std::size_t begin);
  Result<Type> parse_builtin_type(const BuiltinType& builtin, int depth);
  Result<Type> parse_integer(TypeKind kind);
  Result<Type> parse_sign_first();
  Result<Type> parse_decimal();
  Result<Type> parse_float();
  Result<Type> parse_temporal(TypeKind kind);
  Result<Type> parse_character(TypeKind kind, std::uint32_t default_length);
  Result<std::uint32_t> parse_length(std::uint32_t default_length);
  Result<std::uint32_t> parse_number(std::string_view what, std::uint32_t low, std::uint32_t high);
  Result<Type> parse_user_type();
  Result<bool> parse_nullability();
  Result<Type> checked(Type type, std::size_t offset);
  bool starts_type(std::size_t ahead = 0) const;
  void add_type(const Type& type);
  const Type* find_user_type(std::string_view text, bool quoted) const;
  tl::unexpected<Error> fail_unknown_type(const Name& name);
  bool declares_type_after(const Name& name) const;

  // Changes (ddl_alter.cc).
  Status parse_alter(DdlScript& script);
  Status parse_drop(DdlScript& script);
  Status parse_alter_action(SchemaEditor& editor, std::size_t table,
                            std::vector<SchemaChange>& changes);
  Status parse_add(SchemaEditor& editor, std::vector<SchemaChange>& changes);
  Status parse_drop_column(SchemaEditor& editor, std::vector<SchemaChange>& changes);
  Status parse_alter_column(SchemaEditor& editor, std::vector<SchemaChange>& changes);
  Status apply_change(SchemaEditor& editor, SchemaChange change, std::uint32_t offset,
                      std::vector<SchemaChange>& changes);
  Status check_new_column(const SchemaEditor& editor, const Name& name, std::string_view renamed);
  Result<std::string> expect_known_column(const SchemaEditor& editor);
  Result<std::size_t> find_table(const Name& name);
  Result<bool> take_if_exists();
  tl::unexpected<Error> fail_unknown_table(const Name& name);

  // Changes of types (ddl_alter_type.cc).
  Status parse_alter_type(DdlScript& script);
  Result<Type> parse_attribute(const Type& type);
  Result<Type> expect_known_type(const Name& name);
  Status check_type_nodes(const ChangedType& change, const Name& name);
  tl::unexpected<Error> fail_attribute_action();

  // Tables (ddl_table.cc).
  Status parse_create_table(DdlScript& script);
  Status parse_table_element(TableDraft& table);
  Status parse_column(TableDraft& table);
  Result<Type> parse_column_type(ColumnDraft& draft);
  Status parse_column_constraint(TableDraft& table, ColumnDraft& draft);
  Status parse_column_default(ColumnDraft& draft);
  Status finish_column(TableDraft& table, ColumnDraft draft);
  Status parse_primary_key(TableDraft& table);
  Status resolve_key(TableDraft& table);
  Status check_key_column(const KeyDraft& part, ColumnDraft& draft);
  Result<SchemaPtr> build_schema(const Name& name, TableDraft& table);
  tl::unexpected<Error> fail_column_end(const ColumnDraft& draft, bool named);
  tl::unexpected<Error> fail_unknown_key_column(const TableDraft& table, const Name& name);
  tl::unexpected<Error> fail_second_key(std::size_t offset, std::uint32_t first_offset);
  tl::unexpected<Error> fail_duplicate(std::string_view what, const Name& name,
                                       std::uint32_t first_offset);

  // Clauses that are not kept (ddl_constraint.cc).
  bool starts_table_constraint() const;
  Status parse_table_constraint(TableDraft& table);
  Result<bool> skip_column_clause(const ColumnDraft& draft);
  Result<bool> skip_vendor_clause(const ColumnDraft& draft);
  Status skip_constraint_tail();
  Status skip_on_clause();
  Status skip_references();
  Status skip_parentheses(std::string_view context);
  Status skip_expression();
  Status skip_operand();
  Status skip_interval_unit();
  Status skip_generated(const ColumnDraft& draft);
  Status skip_table_options();
  void warn_not_kept(std::size_t offset, std::string_view clause, const ColumnDraft* draft);

  // DEFAULT literals (ddl_default.cc).
  Result<Literal> parse_literal(int depth);
  Result<Literal> parse_literal_operand(int depth);
  Result<Literal> parse_cast(int depth);
  bool starts_typed_literal() const;
  Result<Literal> parse_typed_literal();
  Result<Literal> parse_string_literal();
  Status check_literal(const Type& type, const Literal& literal);
  Result<Value> literal_value(const Type& type, const Literal& literal);
  bool continues_expression() const;

  Source source_;
  TokenList list_;
  std::size_t at_ = 0;

  std::vector<Type> types_;  // known before, then declared here
  std::unordered_map<std::string, std::size_t> types_exact_;
  std::unordered_map<std::string, FoldedMatch> types_folded_;
  std::unordered_map<std::string, std::uint32_t> type_offsets_;  // of those declared here
  std::optional<Name> type_being_declared_;
  NameSet tables_;
  std::vector<SchemaPtr> schemas_;  // known before, then created here; the newest version of each

  std::vector<Diagnostic> warnings_;
  std::size_t warnings_left_out_ = 0;
  bool warned_decimal_ = false;
  bool warned_qualified_ = false;
};

}  // namespace wisp::ddl
