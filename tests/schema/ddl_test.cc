// What the DDL parser accepts, and what it makes of it. Errors: ddl_error_test.cc.
#include "wisp/schema/ddl.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wisp/schema/text.h"

using namespace wisp;

namespace {

DdlScript parse(std::string_view sql, std::span<const Type> known_types = {}) {
  auto script = parse_ddl(sql, known_types);
  REQUIRE_MESSAGE(script.has_value(), (script ? "" : script.error().to_string()));
  return std::move(*script);
}

SchemaPtr parse_table(std::string_view sql) {
  const DdlScript script = parse(sql);
  REQUIRE(!script.statements.empty());
  const auto* table = std::get_if<CreateTable>(&script.statements.back());
  REQUIRE(table != nullptr);
  return table->schema;
}

Type type_of(std::string_view sql) {
  auto type = parse_type(sql);
  REQUIRE_MESSAGE(type.has_value(), (type ? "" : type.error().to_string()));
  return *type;
}

// The default of a column declared as `declaration`.
Value default_of(std::string_view declaration) {
  const SchemaPtr schema = parse_table("CREATE TABLE t (c " + std::string(declaration) + ")");
  const Column& column = schema->columns()[0];
  CHECK(column.has_default);
  return column.default_value;
}

std::vector<std::string> warnings_of(std::string_view sql) {
  std::vector<std::string> messages;
  for (const Diagnostic& warning : parse(sql).warnings) messages.push_back(warning.message);
  return messages;
}

std::vector<std::string> column_names(const Schema& schema) {
  std::vector<std::string> names;
  for (const Column& column : schema.columns()) names.push_back(column.name);
  return names;
}

}  // namespace

TEST_CASE("a table of plain columns") {
  const SchemaPtr schema = parse_table(
      "CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(20) NULL, paid BOOLEAN NOT NULL);");
  CHECK(schema->table_name() == "orders");
  CHECK(schema->version() == SchemaVersion{1});
  REQUIRE(schema->column_count() == 3);
  const auto& columns = schema->columns();
  CHECK(columns[0].name == "id");
  CHECK(columns[0].type == Type(TypeKind::kBigInt));
  CHECK_FALSE(columns[0].nullable);
  CHECK(columns[1].type == Type::varchar(20));
  CHECK(columns[1].nullable);
  CHECK_FALSE(columns[1].has_default);
  CHECK_FALSE(columns[2].nullable);
  CHECK(columns[2].id == ColumnId{3});
  CHECK(schema->key() == std::vector<KeyPart>{{ColumnIndex{0}, SortOrder::kAscending}});
}

TEST_CASE("the wide table with an unquoted keyword for a name and a nested user type") {
  std::string sql =
      "CREATE TYPE ITEM AS (\n  sku VARCHAR NOT NULL,\n  price DECIMAL(10, 2),\n  tags VARCHAR "
      "ARRAY\n);\n"
      "CREATE TYPE SHOPPING_CART AS (\n  opened TIMESTAMP,\n  items ITEM ARRAY\n);\n"
      "create table user (\n";
  constexpr std::string_view kTypes[] = {"boolean", "VARCHAR", "DOUBLE", "TIMESTAMP",
                                         "BIGINT",  "DATE",    "REAL",   "INT"};
  for (int i = 0; i < 715; ++i) {
    const std::string_view type = i == 8 ? "SHOPPING_CART" : kTypes[i % 8];
    sql += "anon" + std::to_string(i) + " " + std::string(type) + " NULL,\n";
  }
  sql += "anon715 VARCHAR NULL\n);\n";

  const DdlScript script = parse(sql);
  CHECK(script.warnings.empty());
  REQUIRE(script.statements.size() == 3);
  const Type& item = std::get<CreateType>(script.statements[0]).type;
  const Type& cart = std::get<CreateType>(script.statements[1]).type;
  CHECK(std::get<CreateType>(script.statements[1]).name == "SHOPPING_CART");
  CHECK(cart.type_name() == "SHOPPING_CART");
  REQUIRE(cart.fields().size() == 2);
  CHECK(cart.fields()[1].type == Type::array(item));
  CHECK_FALSE(item.fields()[0].nullable);

  const Schema& schema = *std::get<CreateTable>(script.statements[2]).schema;
  CHECK(schema.table_name() == "user");
  REQUIRE(schema.column_count() == 716);
  CHECK(schema.has_hidden_row_id());
  CHECK(schema.columns()[0].type.kind() == TypeKind::kBoolean);
  CHECK(schema.columns()[7].type.kind() == TypeKind::kInteger);
  CHECK(schema.columns()[8].type == cart);
  CHECK(schema.columns()[715].name == "anon715");
  CHECK(schema.columns()[715].nullable);
}

TEST_CASE("unquoted keywords are names where nothing else can stand") {
  const SchemaPtr schema = parse_table(
      "create table table (type date, date timestamp, timestamp int, key text, order int, user int,"
      " value text, array int array, row row(row int, map map<int, text>), map map<text, text>,"
      " text text, primary int, check boolean, unique int, constraint int, foreign text, index int,"
      " not int not null, null int null, default int default 1, create int, with int, like text,"
      " references int, watermark timestamp, period int, set int, if int, \"int\" int,"
      " primary key (key, order desc, \"primary\" asc))");
  CHECK(schema->table_name() == "table");
  CHECK(schema->column_count() == 29);
  REQUIRE(schema->key().size() == 3);
  CHECK(schema->column(schema->key()[0].column).name == "key");
  CHECK(schema->column(schema->key()[1].column).name == "order");
  CHECK(schema->key()[1].order == SortOrder::kDescending);
  CHECK(schema->column(schema->key()[2].column).name == "primary");
  CHECK(schema->columns()[7].type == Type::array(Type(TypeKind::kInteger)));
}

TEST_CASE("names are stored as written") {
  const SchemaPtr schema = parse_table(
      "CREATE TABLE \"My \"\"T\"\"\" (CamelCase int, \"with.dot\" int, \"a\nb\" int, größe int, "
      "a$1 int)");
  CHECK(schema->table_name() == "My \"T\"");
  CHECK(column_names(*schema) ==
        std::vector<std::string>{"CamelCase", "with.dot", "a\nb", "größe", "a$1"});
  CHECK(parse_table("create table if (a int)")->table_name() == "if");
}

TEST_CASE("names that differ in case only may coexist when one is quoted") {
  CHECK(column_names(*parse_table("create table t (\"a\" int, \"A\" int)")) ==
        std::vector<std::string>{"a", "A"});
  CHECK(column_names(*parse_table("create table t (a int, \"A\" int)")) ==
        std::vector<std::string>{"a", "A"});
  const SchemaPtr schema =
      parse_table("create table t (\"a\" int, \"A\" int, b int, primary key (A, B))");
  CHECK(schema->key()[0].column == ColumnIndex{1});
  CHECK(schema->key()[1].column == ColumnIndex{2});
}

TEST_CASE("IF NOT EXISTS, comments, empty statements, byte order mark") {
  const DdlScript script = parse(
      "\xef\xbb\xbf-- a remark; with (everything\n;;/* one /* nested */ ' still */\n"
      "CREATE TABLE IF NOT EXISTS a(x int--c\n);;\r\nCREATE/**/TABLE b(\ty\tint)");
  REQUIRE(script.statements.size() == 2);
  CHECK(std::get<CreateTable>(script.statements[0]).if_not_exists);
  CHECK_FALSE(std::get<CreateTable>(script.statements[1]).if_not_exists);
  CHECK(parse("").statements.empty());
  CHECK(parse(" -- only a remark").statements.empty());
}

TEST_CASE("built-in types and their aliases") {
  const auto is = [](std::string_view sql, const Type& type) {
    INFO(sql);
    CHECK(type_of(sql) == type);
  };
  const auto all = [&](std::initializer_list<std::string_view> names, const Type& type) {
    for (const std::string_view name : names) is(name, type);
  };
  all({"BOOLEAN", "bool"}, Type(TypeKind::kBoolean));
  all({"TINYINT", "tinyint signed", "SIGNED TINYINT"}, Type(TypeKind::kTinyInt));
  all({"SMALLINT", "INT2"}, Type(TypeKind::kSmallInt));
  all({"INTEGER", "INT", "int4", "SIGNED", "INT SIGNED"}, Type(TypeKind::kInteger));
  all({"BIGINT", "INT8"}, Type(TypeKind::kBigInt));
  all({"TINYINT UNSIGNED", "UTINYINT", "unsigned tinyint"}, Type(TypeKind::kUTinyInt));
  all({"SMALLINT UNSIGNED", "USMALLINT", "INT2 UNSIGNED"}, Type(TypeKind::kUSmallInt));
  all({"INTEGER UNSIGNED", "INT UNSIGNED", "UINTEGER", "UINT", "UNSIGNED", "UNSIGNED INT"},
      Type(TypeKind::kUInteger));
  all({"BIGINT UNSIGNED", "UBIGINT"}, Type(TypeKind::kUBigInt));
  all({"REAL", "FLOAT4", "FLOAT(1)", "FLOAT(24)"}, Type(TypeKind::kReal));
  all({"DOUBLE", "DOUBLE PRECISION", "FLOAT", "FLOAT8", "FLOAT(25)", "FLOAT(53)"},
      Type(TypeKind::kDouble));
  all({"DECIMAL(10, 2)", "NUMERIC(10,2)", "DEC ( 10 , 2 )"}, Type::decimal(10, 2));
  all({"DECIMAL(38)", "NUMERIC", "DEC", "DECIMAL"}, Type::decimal(38, 0));
  is("DATE", Type(TypeKind::kDate));
  all({"TIME", "TIME(6)", "TIME WITHOUT TIME ZONE"}, Type::temporal(TypeKind::kTime, 6));
  is("TIME(0)", Type::temporal(TypeKind::kTime, 0));
  all({"TIMESTAMP", "TIMESTAMP(6)", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME"},
      Type::temporal(TypeKind::kTimestamp, 6));
  all({"TIMESTAMP(3)", "TIMESTAMP(3) WITHOUT TIME ZONE", "DATETIME(3)"},
      Type::temporal(TypeKind::kTimestamp, 3));
  all({"TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ",
       "TIMESTAMP WITH LOCAL TIME ZONE"},
      Type::temporal(TypeKind::kTimestampTz, 6));
  all({"TIMESTAMPTZ(9)", "TIMESTAMP(9) WITH TIME ZONE", "TIMESTAMP_LTZ(9)"},
      Type::temporal(TypeKind::kTimestampTz, 9));
  is("UUID", Type(TypeKind::kUuid));
  all({"VARCHAR", "TEXT", "STRING", "CHARACTER VARYING", "CHAR VARYING", "CLOB", "NVARCHAR",
       "NATIONAL CHARACTER VARYING"},
      Type::varchar());
  all({"VARCHAR(7)", "CHARACTER VARYING(7)", "CHAR VARYING (7)"}, Type::varchar(7));
  all({"CHAR", "CHARACTER", "CHAR(1)", "NCHAR", "NATIONAL CHAR"},
      Type::varchar(1, TypeKind::kChar));
  all({"CHAR(9)", "CHARACTER(9)", "BPCHAR(9)"}, Type::varchar(9, TypeKind::kChar));
  is("BPCHAR", Type::varchar(0, TypeKind::kChar));
  all({"VARBINARY", "BYTEA", "BLOB", "BYTES", "BINARY VARYING"}, Type(TypeKind::kVarbinary));
  all({"VARBINARY(5)", "BINARY(5)"}, Type::varchar(5, TypeKind::kVarbinary));
  is("BINARY", Type::varchar(1, TypeKind::kVarbinary));
  all({"JSON", "JSONB"}, Type(TypeKind::kJson));
}

TEST_CASE("nested types") {
  const Type integer(TypeKind::kInteger);
  const Type text = Type::varchar();
  for (const std::string_view sql : {"INT ARRAY", "INT[]", "INT[3]", "INT ARRAY[3]", "ARRAY<INT>",
                                     "INT NULL ARRAY", "ARRAY<INT NULL>"}) {
    INFO(sql);
    CHECK(type_of(sql) == Type::array(integer));
  }
  for (const std::string_view sql :
       {"INT NOT NULL ARRAY", "ARRAY<INT NOT NULL>", "INT NOT NULL[]"}) {
    INFO(sql);
    CHECK(type_of(sql) == Type::array(integer, false));
  }
  CHECK(type_of("INT ARRAY ARRAY") == Type::array(Type::array(integer)));
  CHECK(type_of("INT[][2] NOT NULL ARRAY") ==
        Type::array(Type::array(Type::array(integer)), false));
  CHECK(type_of("MAP<VARCHAR, INT>") == Type::map(text, integer));
  CHECK(type_of("MAP<VARCHAR NOT NULL, INT NOT NULL>") == Type::map(text, integer, false));
  CHECK(type_of("MAP<INT, ARRAY<MAP<INT,VARCHAR>>>") ==
        Type::map(integer, Type::array(Type::map(integer, text))));
  const Type row = type_of("ROW(a INT NOT NULL, \"B c\" VARCHAR NULL, d ROW<e INT ARRAY>)");
  REQUIRE(row.fields().size() == 3);
  CHECK(row.fields()[0].name == "a");
  CHECK_FALSE(row.fields()[0].nullable);
  CHECK(row.fields()[1].name == "B c");
  CHECK(row.fields()[1].nullable);
  CHECK(row.fields()[2].type.fields()[0].type == Type::array(integer));
  CHECK(row.type_name().empty());

  // NOT NULL behind the type belongs to the column, before ARRAY to the elements.
  const SchemaPtr schema =
      parse_table("create table t (a INT NOT NULL ARRAY NOT NULL, b INT ARRAY NOT NULL)");
  CHECK(schema->columns()[0].type == Type::array(integer, false));
  CHECK_FALSE(schema->columns()[0].nullable);
  CHECK(schema->columns()[1].type == Type::array(integer));
}

TEST_CASE("types known before the script") {
  const Type point = Type::row({{0, "x", Type(TypeKind::kDouble)}}, "Point");
  const Type known[] = {point};
  auto type = parse_type("POINT ARRAY", known);
  REQUIRE(type);
  CHECK(*type == Type::array(point));
  CHECK(parse_type("\"Point\"", known).has_value());
  CHECK_FALSE(parse_type("\"POINT\"", known).has_value());
  const DdlScript script = parse("create type line as (a point, b public.point)", known);
  CHECK(std::get<CreateType>(script.statements[0]).type.fields()[1].type == point);
}

TEST_CASE("a quoted user type may bear the name of a built-in type") {
  const SchemaPtr schema =
      parse_table("create type \"date\" as (y int); create table t (a date, b \"date\")");
  CHECK(schema->columns()[0].type.kind() == TypeKind::kDate);
  CHECK(schema->columns()[1].type.kind() == TypeKind::kRow);
}

TEST_CASE("primary keys") {
  const auto key_of = [](std::string_view sql) {
    std::string text;
    const SchemaPtr schema = parse_table(sql);
    for (const KeyPart& part : schema->key()) {
      text += schema->column(part.column).name;
      text += part.order == SortOrder::kDescending ? "-" : "+";
      CHECK_FALSE(schema->column(part.column).nullable);
    }
    return text;
  };
  CHECK(key_of("create table t (a int, b int primary key)") == "b+");
  CHECK(key_of("create table t (a int not null primary key desc)") == "a-");
  CHECK(key_of("create table t (a int constraint pk primary key not null, b int)") == "a+");
  CHECK(key_of("create table t (primary key (b, A desc), a int, b int)") == "b+a-");
  CHECK(key_of("create table t (a int, b int, constraint pk primary key (b asc) not enforced)") ==
        "b+");
  CHECK(key_of("create table t (a int)").empty());
}

TEST_CASE("default literals") {
  CHECK(default_of("INT DEFAULT 5") == Value(std::int64_t{5}));
  CHECK(default_of("INT DEFAULT -5 NOT NULL") == Value(std::int64_t{-5}));
  CHECK(default_of("INT NOT NULL DEFAULT + 5") == Value(std::int64_t{5}));
  CHECK(default_of("INT DEFAULT ((-5))::bigint") == Value(std::int64_t{-5}));
  CHECK(default_of("INT DEFAULT '-5'::integer::smallint") == Value(std::int64_t{-5}));
  CHECK(default_of("BIGINT UNSIGNED DEFAULT 18446744073709551615") ==
        Value(std::uint64_t{18446744073709551615u}));
  CHECK(default_of("DOUBLE DEFAULT .5") == Value(0.5));
  CHECK(default_of("DOUBLE DEFAULT 1.") == Value(1.0));
  CHECK(default_of("DOUBLE DEFAULT -1.e2") == Value(-100.0));
  CHECK(default_of("REAL DEFAULT '-inf'").as<float>() < -3e38f);
  CHECK(default_of("DECIMAL(5, 2) DEFAULT 12.3") == Value(Decimal{1230}));
  CHECK(default_of("BOOLEAN DEFAULT TRUE") == Value(true));
  CHECK(default_of("BOOLEAN DEFAULT false") == Value(false));
  CHECK(default_of("BOOLEAN DEFAULT 't'::bool") == Value(true));
  CHECK(default_of("INT DEFAULT NULL").is_null());
  CHECK(default_of("VARCHAR DEFAULT NULL::character varying").is_null());
  CHECK(default_of("VARCHAR DEFAULT 'it''s'") == Value::text("it's"));
  CHECK(default_of("VARCHAR DEFAULT ''::character varying(3) COLLATE \"C\"") == Value::text(""));
  CHECK(default_of("VARCHAR DEFAULT 7") == Value::text("7"));
  CHECK(default_of("VARCHAR DEFAULT N'x'") == Value::text("x"));
  CHECK(default_of("VARCHAR DEFAULT $$it's$$") == Value::text("it's"));
  CHECK(default_of("VARCHAR DEFAULT $q$a$$b$q$") == Value::text("a$$b"));
  CHECK(default_of("VARCHAR DEFAULT 'a\\nb'") == Value::text("a\\nb"));
  CHECK(default_of("VARCHAR DEFAULT E'a\\nb\\'c''d\\\\\\x41\\101\\u00e9\\U0001F600\\q'") ==
        Value::text("a\nb'c'd\\AA\xc3\xa9\xf0\x9f\x98\x80q"));
  CHECK(default_of("VARCHAR DEFAULT E'\\u0000'") == Value::text(std::string_view("\0", 1)));
  CHECK(default_of("VARBINARY DEFAULT X'00Ff'") == Value::text(std::string_view("\0\xff", 2)));
  CHECK(default_of("BYTEA DEFAULT '\\x00ff'::bytea") == Value::text(std::string_view("\0\xff", 2)));
  CHECK(default_of("DATE DEFAULT DATE '1970-01-03'") == Value(std::int64_t{2}));
  CHECK(default_of("DATE DEFAULT '1970-01-03'::date") == Value(std::int64_t{2}));
  CHECK(default_of("DATE DEFAULT CAST('1970-01-03' AS DATE)") == Value(std::int64_t{2}));
  CHECK(default_of("TIMESTAMP(0) DEFAULT TIMESTAMP '1970-01-01 00:00:09'") ==
        Value(std::int64_t{9}));
  CHECK(default_of("TIMESTAMP(0) DEFAULT DATE '1970-01-02'") == Value(std::int64_t{86400}));
  CHECK(default_of("TIMESTAMPTZ(0) DEFAULT TIMESTAMP(3) WITH TIME ZONE '1970-01-01 01:00:00+01'") ==
        Value(std::int64_t{0}));
  CHECK(default_of("DOUBLE DEFAULT DOUBLE PRECISION '2'") == Value(2.0));
  CHECK(default_of("JSON DEFAULT '{}'::jsonb") == Value::text("{}"));
  const Value array = default_of("INT ARRAY DEFAULT '[1, null]'");
  REQUIRE(array.get_if<ValueArray>() != nullptr);
  CHECK(array.as<ValueArray>().items.size() == 2);
  CHECK_FALSE(parse_table("create table t (a int)")->columns()[0].has_default);
}

TEST_CASE("clauses that a row store cannot keep are named in warnings") {
  using Messages = std::vector<std::string>;
  const auto column = [](std::string_view clauses) {
    return warnings_of("create table t (c int " + std::string(clauses) + ", d int)");
  };
  const auto of_c = [](std::string_view clause) {
    return Messages{std::string(clause) + " of column \"c\" is accepted but not kept"};
  };
  CHECK(column("CHECK (c > (1)) NO INHERIT NOT NULL") == of_c("CHECK"));
  CHECK(column("UNIQUE NULLS NOT DISTINCT") == of_c("UNIQUE"));
  CHECK(column("CONSTRAINT u UNIQUE") == of_c("UNIQUE"));
  CHECK(column("REFERENCES s.o (id) MATCH FULL ON DELETE SET NULL (c) ON UPDATE NO ACTION "
               "NOT DEFERRABLE INITIALLY DEFERRED NOT NULL")
            .at(0) == of_c("FOREIGN KEY").at(0));
  CHECK(column("FOREIGN KEY REFERENCES o(id)") == of_c("FOREIGN KEY"));
  CHECK(column("LATENESS INTERVAL '1' HOUR NOT NULL") == of_c("LATENESS"));
  CHECK(column("LATENESS INTERVAL 1 DAY TO SECOND(3)") == of_c("LATENESS"));
  CHECK(column("WATERMARK c - INTERVAL 5 SECONDS") == of_c("WATERMARK"));
  CHECK(column("LATENESS -3 + f(1, (2)) * 4 DEFAULT 1") == of_c("LATENESS"));
  CHECK(column("COLLATE \"de_DE\"") == of_c("COLLATE"));
  CHECK(column("GENERATED ALWAYS AS (d + 1) STORED") == of_c("GENERATED"));
  CHECK(column("GENERATED BY DEFAULT AS IDENTITY (START 1) NOT NULL") == of_c("GENERATED"));
  CHECK(column("COMMENT 'it''s'") == of_c("COMMENT"));
  CHECK(column("AUTO_INCREMENT") == of_c("AUTO_INCREMENT"));
  CHECK(column("ON UPDATE CURRENT_TIMESTAMP(3)") == of_c("ON UPDATE"));

  const auto table = [](std::string_view element) {
    return warnings_of("create table t (c int, " + std::string(element) + ")");
  };
  const auto of_table = [](std::string_view clause) {
    return Messages{std::string(clause) + " is accepted but not kept"};
  };
  CHECK(table("CHECK (c in (1, 2)) NOT ENFORCED") == of_table("CHECK"));
  CHECK(table("CONSTRAINT f FOREIGN KEY (c) REFERENCES o ON DELETE CASCADE") ==
        of_table("FOREIGN KEY"));
  CHECK(table("UNIQUE (c) INCLUDE (d)") == of_table("UNIQUE"));
  CHECK(table("UNIQUE KEY u (c)") == of_table("UNIQUE"));
  CHECK(table("KEY k (c)") == of_table("INDEX"));
  CHECK(table("EXCLUDE USING gist (c WITH &&) WHERE (c > 1)") == of_table("EXCLUDE"));
  CHECK(table("WATERMARK FOR c AS c - INTERVAL '5' SECOND") == of_table("WATERMARK FOR"));

  const auto options = [](std::string_view text) {
    return warnings_of("create table t (c int) " + std::string(text) + "; create table u (d int)");
  };
  const std::string not_kept = "table options are accepted but not kept: ";
  CHECK(options("WITH ('materialized' = 'true')") == Messages{not_kept + "WITH"});
  CHECK(options("PARTITIONED BY (c) WITH (x = (1))") == Messages{not_kept + "PARTITIONED, WITH"});
  CHECK(options("ENGINE=InnoDB DEFAULT CHARSET=utf8") ==
        Messages{not_kept + "ENGINE, DEFAULT, CHARSET"});
  CHECK(options("").empty());
}

TEST_CASE("warnings for what is read differently") {
  using Messages = std::vector<std::string>;
  CHECK(warnings_of("create table t (a decimal, b numeric, c numeric(3))") ==
        Messages{"decimal without precision and scale is DECIMAL(38, 0): whole numbers only"});
  CHECK(warnings_of("create table t (a bigserial primary key, b serial)").at(0) ==
        "BIGSERIAL is kept as BIGINT NOT NULL: no sequence fills it");
  CHECK_FALSE(parse_table("create table t (b serial)")->columns()[0].nullable);
  CHECK(warnings_of("create table public.t (a int); create table public.u (a int)") ==
        Messages{"\"public\" before the \".\" is not kept: names are not qualified here"});
  CHECK(parse_table("create table \"x\".public.t (a int)")->table_name() == "t");
  CHECK(warnings_of("create temporary table t (a int)").size() == 1);
  CHECK(warnings_of("create table t (a int null, primary key (a))") ==
        Messages{"NULL is not kept: \"a\" is a column of the key"});
}

TEST_CASE("harmless statements of dumps are skipped with a warning") {
  const DdlScript script = parse(
      "SET search_path = a, 'b';\nCOMMENT ON TABLE t IS 'a;b';\nCREATE INDEX i ON t (lower(a), "
      "(b));\n"
      "CREATE UNIQUE INDEX j ON t (a);\nCREATE TABLE t (a int);\nset x to y");
  REQUIRE(script.statements.size() == 1);
  REQUIRE(script.warnings.size() == 5);
  CHECK(script.warnings[0].message == "SET is skipped");
  CHECK(script.warnings[1].message == "COMMENT ON is skipped");
  CHECK(script.warnings[2].message == "CREATE INDEX is skipped");
  CHECK(script.warnings[2].line == 3);
  CHECK(script.warnings[2].column == 1);
  CHECK(script.warnings[4].line == 6);
}

TEST_CASE("a warning shows its place") {
  const DdlScript script = parse("create table t (\n\ta int UNIQUE\n)");
  REQUIRE(script.warnings.size() == 1);
  CHECK(script.warnings[0].to_string() ==
        "line 2, column 8: UNIQUE of column \"a\" is accepted but not kept\n"
        "\ta int UNIQUE\n\t      ^");
}

TEST_CASE("warnings are limited in number") {
  std::string sql = "create table t (a int";
  for (int i = 0; i < 3000; ++i) sql += " unique";
  const DdlScript script = parse(sql + ")");
  REQUIRE(script.warnings.size() == 1001);
  CHECK(script.warnings.back().message == "2000 remarks after this place are left out");
}

TEST_CASE("what the schema prints parses back to the same schema") {
  const std::string_view sql =
      "create type \"i t\" as (a int not null, b text array);\n"
      "create table \"T\"\"1\" (id bigint, \"key\" char(3) default 'a''b', c \"i t\" not null "
      "array,\n"
      " d map<int, timestamp(3)>, e varbinary default X'00', f decimal(9, 3) default -1.5,\n"
      " g row(x double, y double not null), h timestamptz default '2020-02-29 12:00:00Z',\n"
      " i double default 'inf', j int array default '[1,2]', primary key (id desc, \"key\"))";
  const DdlScript first = parse(sql);
  const auto& type = std::get<CreateType>(first.statements[0]).type;
  const auto& schema = std::get<CreateTable>(first.statements[1]).schema;
  const DdlScript second = parse(type.definition_sql() + ";" + schema->to_sql());
  CHECK(second.warnings.empty());
  CHECK(std::get<CreateType>(second.statements[0]).type == type);
  CHECK(*std::get<CreateTable>(second.statements[1]).schema == *schema);
}
