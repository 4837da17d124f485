// PostgreSQL's own parser (libpg_query) as an oracle: random CREATE TABLEs in its dialect are read
// by both, which must agree on names, types, NOT NULL, defaults and the key.
#include <doctest/doctest.h>
#include <pg_query.h>
#include <simdjson.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/ddl.h"

using namespace wisp;

namespace {

// What both parsers can say about a column.
struct ColumnFacts {
  std::string name;
  std::string type;
  int array_depth = 0;
  bool not_null = false;
  bool has_default = false;
};

struct TableFacts {
  std::string name;
  std::vector<ColumnFacts> columns;
  std::vector<std::string> key;
};

std::string show(const TableFacts& table) {
  std::string out = table.name + ":";
  for (const ColumnFacts& column : table.columns) {
    out += "\n  " + column.name + " " + column.type + " []" + std::to_string(column.array_depth) +
           (column.not_null ? " not null" : "") + (column.has_default ? " default" : "");
  }
  for (const std::string& name : table.key) out += "\n  key " + name;
  return out;
}

// ---- random text in PostgreSQL's dialect

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : engine_(seed) {}

  std::string table() {
    std::string sql = word("create") + gap() + word("table") + gap();
    if (one_in(4)) sql += word("if") + gap() + word("not") + gap() + word("exists") + gap();
    sql += name() + space() + "(";
    const std::size_t count = 1 + below(8);
    const bool inline_key = one_in(3);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back(name());
      sql += (i > 0 ? "," : "") + space() + names.back() + gap();
      sql += i == 0 && inline_key ? word("bigint") + gap() + word("primary key") : column_rest();
    }
    if (!inline_key && one_in(2)) {
      // A fresh column, because not every type can be a key.
      names.push_back(name());
      sql += "," + names.back() + gap() + word("date") + ",";
      if (one_in(3)) sql += word("constraint") + gap() + name() + gap();
      sql += word("primary") + gap() + word("key") + space() + "(" + names.back() + space() + ")";
    }
    if (one_in(4)) sql += ", check (" + names[0] + " is not null), unique (" + names[0] + ")";
    sql += space() + ")";
    if (one_in(6)) sql += " with (fillfactor = 70)";
    return sql + (one_in(2) ? ";" : "");
  }

 private:
  using Choices = std::initializer_list<std::string_view>;

  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string one_of(Choices list) { return std::string(list.begin()[below(list.size())]); }

  std::string space() { return one_in(3) ? gap() : ""; }
  std::string gap() {
    return one_of({" ", "  ", "\n", "\t", " /* a /* b */ ' */ ", " -- \" ( x\n", "\r\n"});
  }
  // Keywords in random case.
  std::string word(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
      if (c >= 'a' && c <= 'z' && one_in(2)) c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
  }
  // Distinct by its number; quoted or not.
  std::string name() {
    const std::string number = std::to_string(number_++);
    if (one_in(2)) return one_of({"c", "Name_", "größe", "type", "a$"}) + number;
    return "\"" + one_of({"c", "a b", "x\"\"y", "(", "it's", "--", "A", "数"}) + number + "\"";
  }

  // A type and what may follow it.
  std::string column_rest() {
    switch (below(8)) {
      case 0:
        return with_clauses({"int", "integer", "int4", "smallint", "int2", "bigint", "int8"}, {""},
                            {"0", "-7", "(+12)", "'3'::int", "(-1)::bigint"});
      case 1:
        return with_clauses({"boolean", "bool"}, {""}, {"true", "FALSE", "'t'::boolean"});
      case 2:
        return with_clauses(
            {"real", "float4", "float8", "float", "double precision", "float(24)", "float(25)"},
            {""}, {".5", "1.", "-2e3", "'nan'::float8"});
      case 3:
        return with_clauses({"decimal", "numeric", "dec"}, {"(38)", " (10,2)", "(9, 5)"},
                            {"1", "-3", "cast('2' as numeric(5))"});
      case 4:
        return with_clauses({"varchar", "character varying", "char varying", "char", "bpchar"},
                            {"(5)", " ( 40 )"}, {"'it''s'", "''::text", "E'\\n'", "$$a'b$$"});
      case 5:
        return with_clauses({"text", "varchar", "char", "character", "bpchar"}, {""},
                            {"''", "'x'::bpchar"});
      case 6:
        return with_clauses({"timestamp", "time"}, {"", "(3)", " (0)"}, {"'12:00'::time"},
                            {"", " without time zone"});
      default:
        return with_clauses(
            {"timestamptz", "timestamptz(2)", "timestamp with time zone",
             "timestamp(1) with time zone", "date", "uuid", "json", "jsonb", "bytea"},
            {""}, {});
    }
  }

  std::string with_clauses(Choices types, Choices parameters, Choices defaults,
                           Choices endings = {""}) {
    const std::string type = one_of(types);
    const std::string ending = one_of(endings);
    std::string out = word(type) + one_of(parameters) + word(ending);
    const bool is_array = one_in(6);
    if (is_array) out += one_of({"[]", "[][]", "[3]", " array", " array[4]"});
    const bool not_null = one_in(3);
    if (not_null) out += gap() + word(one_of({"not null", "constraint n not null"}));
    const bool fits = !is_array && defaults.size() > 0 && type != "timestamp";
    if (one_in(2) && fits) {
      out += gap() + word("default") + gap() + one_of(defaults);
    } else if (!not_null && one_in(6)) {
      out += gap() + word("default") + gap() + one_of({"null", "NULL::text"});
    }
    if (!not_null && one_in(4)) out += gap() + word("null");
    if (one_in(6)) out += gap() + "check (a < (2) or b like 'x)')";
    if (one_in(8)) out += gap() + word("unique");
    if (one_in(8)) out += gap() + "references s.other (id) on delete set null on update no action";
    if (one_in(8)) out += gap() + "collate \"C\"";
    return out;
  }

  std::mt19937_64 engine_;
  int number_ = 0;
};

// ---- what libpg_query says

std::string pg_type_name(simdjson::dom::object type) {
  std::string name;
  for (const auto part : type["names"].get_array()) {
    name = std::string(part["String"]["sval"].get_string().value());
  }
  std::vector<std::int64_t> parameters;
  simdjson::dom::array modifiers;
  if (type["typmods"].get(modifiers) == simdjson::SUCCESS) {
    for (const auto modifier : modifiers) {
      std::int64_t number = 0;  // zero is left out of the tree
      if (modifier["A_Const"]["ival"]["ival"].get(number) != simdjson::SUCCESS) number = 0;
      parameters.push_back(number);
    }
  }
  if (name == "text") name = "varchar";
  if (name == "jsonb") name = "json";
  const bool temporal = name == "time" || name == "timestamp" || name == "timestamptz";
  if (temporal && parameters.empty()) parameters.push_back(kDefaultTemporalPrecision);
  if (name == "numeric" && parameters.size() == 1) parameters.push_back(0);
  for (const std::int64_t parameter : parameters) name += " " + std::to_string(parameter);
  return name;
}

ColumnFacts pg_column(simdjson::dom::object definition, std::vector<std::string>& key) {
  ColumnFacts column;
  column.name = std::string(definition["colname"].get_string().value());
  const simdjson::dom::object type = definition["typeName"].get_object();
  column.type = pg_type_name(type);
  simdjson::dom::array list;
  if (type["arrayBounds"].get(list) == simdjson::SUCCESS) {
    column.array_depth = static_cast<int>(list.size());
  }
  if (definition["constraints"].get(list) == simdjson::SUCCESS) {
    for (const auto constraint : list) {
      const std::string_view kind = constraint["Constraint"]["contype"].get_string();
      if (kind == "CONSTR_NOTNULL") column.not_null = true;
      if (kind == "CONSTR_DEFAULT") column.has_default = true;
      if (kind == "CONSTR_PRIMARY") key.push_back(column.name);
    }
  }
  return column;
}

// False with the reason in `error` when PostgreSQL refuses the text.
bool read_with_postgres(const std::string& sql, TableFacts& table, std::string& error) {
  const PgQueryParseResult result = pg_query_parse(sql.c_str());
  if (result.error != nullptr) {
    error = result.error->message;
    pg_query_free_parse_result(result);
    return false;
  }
  simdjson::dom::parser parser;
  const simdjson::dom::element tree = parser.parse(std::string(result.parse_tree));
  pg_query_free_parse_result(result);
  const simdjson::dom::element create = tree["stmts"].at(0)["stmt"]["CreateStmt"];
  table.name = std::string(create["relation"]["relname"].get_string().value());
  for (const auto element : create["tableElts"].get_array()) {
    simdjson::dom::object object;
    if (element["ColumnDef"].get(object) == simdjson::SUCCESS) {
      table.columns.push_back(pg_column(object, table.key));
    } else if (element["Constraint"]["contype"].get_string().value() == "CONSTR_PRIMARY") {
      for (const auto part : element["Constraint"]["keys"].get_array()) {
        table.key.emplace_back(part["String"]["sval"].get_string().value());
      }
    }
  }
  for (ColumnFacts& column : table.columns) {
    for (const std::string& name : table.key) column.not_null |= column.name == name;
  }
  return true;
}

// ---- what we say

std::string our_type_name(const Type& type) {
  static const std::map<TypeKind, std::string> kNames = {{TypeKind::kBoolean, "bool"},
                                                         {TypeKind::kSmallInt, "int2"},
                                                         {TypeKind::kInteger, "int4"},
                                                         {TypeKind::kBigInt, "int8"},
                                                         {TypeKind::kReal, "float4"},
                                                         {TypeKind::kDouble, "float8"},
                                                         {TypeKind::kDecimal, "numeric"},
                                                         {TypeKind::kDate, "date"},
                                                         {TypeKind::kTime, "time"},
                                                         {TypeKind::kTimestamp, "timestamp"},
                                                         {TypeKind::kTimestampTz, "timestamptz"},
                                                         {TypeKind::kUuid, "uuid"},
                                                         {TypeKind::kVarchar, "varchar"},
                                                         {TypeKind::kChar, "bpchar"},
                                                         {TypeKind::kVarbinary, "bytea"},
                                                         {TypeKind::kJson, "json"}};
  std::string name = kNames.at(type.kind());
  switch (type.kind()) {
    case TypeKind::kDecimal:
      return name + " " + std::to_string(type.precision()) + " " + std::to_string(type.scale());
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return name + " " + std::to_string(type.precision());
    default:
      return type.length() == 0 ? name : name + " " + std::to_string(type.length());
  }
}

// PostgreSQL folds unquoted names to lower case; a number in every name tells them apart.
std::string as_postgres_folds(const std::string& name, const std::string& sql) {
  const bool quoted = sql.find(quote_identifier(name)) != std::string::npos;
  return quoted ? name : fold_identifier(name);
}

TableFacts our_facts(const Schema& schema, const std::string& sql) {
  TableFacts table;
  table.name = as_postgres_folds(schema.table_name(), sql);
  for (const Column& column : schema.columns()) {
    ColumnFacts facts;
    facts.name = as_postgres_folds(column.name, sql);
    facts.not_null = !column.nullable;
    facts.has_default = column.has_default;
    Type type = column.type;
    for (; type.kind() == TypeKind::kArray; type = Type(type.element())) ++facts.array_depth;
    facts.type = our_type_name(type);
    table.columns.push_back(std::move(facts));
  }
  for (const KeyPart& part : schema.key()) {
    table.key.push_back(as_postgres_folds(schema.column(part.column).name, sql));
  }
  return table;
}

}  // namespace

TEST_CASE("PostgreSQL's parser agrees on random CREATE TABLEs") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const std::string sql = Writer(seed).table();
    CAPTURE(seed);
    INFO(sql);
    TableFacts expected;
    std::string refusal;
    REQUIRE_MESSAGE(read_with_postgres(sql, expected, refusal), refusal);
    const auto script = parse_ddl(sql);
    REQUIRE_MESSAGE(script.has_value(), (script ? "" : script.error().to_string()));
    REQUIRE(script->statements.size() == 1);
    const auto& schema = std::get<CreateTable>(script->statements[0]).schema;
    CHECK(show(our_facts(*schema, sql)) == show(expected));
  }
}

TEST_CASE("what PostgreSQL refuses for its form is refused here too") {
  for (const std::string_view sql : {"create table t (a int b int)",
                                     "create table t (a int,)",
                                     "create table t (a int",
                                     "create table t a int)",
                                     "create table (a int)",
                                     "create table t (a int not)",
                                     "create table t (a varchar(5)",
                                     "create table t (a int[2)",
                                     "create table t (a int default)",
                                     "create table t (a int primary)",
                                     "create table t (a int, primary key a)",
                                     "create table t (a int, primary key ())",
                                     "create table t (a int) (b int)",
                                     "create table t (a 'int')",
                                     "create table t (\"a int)",
                                     "create table t (a int) /*",
                                     "create table t (a int default 'x)",
                                     "create table t (a int check a > 0)",
                                     "create table t (a int constraint)",
                                     "create table t (a int references)",
                                     "create table if not t (a int)",
                                     "create tabel t (a int)",
                                     "create table t (a int));"}) {
    CAPTURE(sql);
    TableFacts table;
    std::string refusal;
    CHECK_FALSE(read_with_postgres(std::string(sql), table, refusal));
    CHECK_FALSE(parse_ddl(sql).has_value());
  }
}
