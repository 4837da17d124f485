// What the DDL parser refuses, where it points, and what it says.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/ddl.h"

using namespace wisp;

namespace {

// Checks that `marked`, without its '@', is refused at the place of the '@' with `text` in the
// message.
void refused(std::string marked, std::string_view text, ErrorCode code = ErrorCode::kParse) {
  INFO(marked);
  const std::size_t offset = marked.find('@');
  REQUIRE(offset != std::string::npos);
  marked.erase(offset, 1);
  std::size_t line = 1;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < offset; ++i) {
    if (marked[i] != '\n') continue;
    ++line;
    line_begin = i + 1;
  }
  const auto script = parse_ddl(marked);
  REQUIRE_FALSE(script.has_value());
  const std::string& message = script.error().message;
  INFO(message);
  CHECK(script.error().code == code);
  CHECK(script.error().where.empty());
  const std::string start =
      "line " + std::to_string(line) + ", column " + std::to_string(offset - line_begin + 1) + ": ";
  CHECK(message.substr(0, start.size()) == start);
  CHECK(message.substr(0, message.find('\n')).find(text) != std::string::npos);
}

void refused_type(std::string_view sql, std::string_view text) {
  INFO(sql);
  const auto type = parse_type(sql);
  REQUIRE_FALSE(type.has_value());
  INFO(type.error().message);
  CHECK(type.error().message.find(text) != std::string::npos);
}

std::string message_of(std::string_view sql) {
  const auto script = parse_ddl(sql);
  REQUIRE_FALSE(script.has_value());
  return script.error().message;
}

}  // namespace

TEST_CASE("an error shows line, column, source line and caret") {
  CHECK(message_of("create table t (\n  id INT,\n\tname\tINTEGR NULL\n)") ==
        "line 3, column 7: unknown type \"INTEGR\"; did you mean INTEGER?\n"
        "\tname\tINTEGR NULL\n"
        "\t    \t^");
  CHECK(message_of("create table t (a int\r\n b int)\r\n") ==
        "line 2, column 2: expected \",\" or \")\" after the column \"a\", found \"b\"; is a comma "
        "missing?\n b int)\n ^");
  // The end of the text is shown after the last word, not on the empty line below it.
  CHECK(message_of("create table t (a int\n\n-- done\n") ==
        "line 1, column 22: expected \",\" or \")\" after the column \"a\", found the end of the "
        "text\n"
        "create table t (a int\n                     ^");
}

TEST_CASE("the sentence is one short line whatever the names are") {
  CHECK(message_of("create type \"Shopping\nCart\" as (x int);\ncreate table t (a ShoppingCart)") ==
        "line 3, column 19: unknown type \"ShoppingCart\"; did you mean Shopping Cart?\n"
        "create table t (a ShoppingCart)\n                  ^");
  CHECK(message_of("create table t (a date default 'x\ny')").find("\ncreate") != std::string::npos);
  const std::string name(5000, 'n');
  for (const std::string& sql :
       {"create table t (" + name + ")", "create table t (a int, primary key (" + name + "))",
        "create table t (a " + name + ")", "create table t (a " + name + "." + name + ")",
        "create table t (" + name + " int, " + name + " int)",
        "create table t (" + name + " int not null null)", "create table t (a int " + name + ")",
        "create table t (a row(" + name + " int x))",
        "create table t (a int default '" + name + "')",
        "create table t (a map<row(" + name + " int), int>)", name}) {
    CHECK(message_of(sql).size() < 500);
  }
}

TEST_CASE("long lines are cut around the place") {
  const std::string sql = "create table t (" + std::string(500, ' ') + "a int, bé wrong" +
                          std::string(300, 'x') + " null)";
  const std::string message = message_of(sql);
  const std::size_t excerpt = message.find('\n') + 1;
  const std::size_t caret = message.find('\n', excerpt) + 1;
  const std::string line = message.substr(excerpt, caret - excerpt - 1);
  const std::string caret_line = message.substr(caret);
  CHECK(line.size() < 120);
  CHECK(line.substr(0, 3) == "...");
  CHECK(line.substr(line.size() - 3) == "...");
  CHECK(caret_line.back() == '^');
  // One byte of the two of "é" is not a column of its own.
  CHECK(line.substr(caret_line.size(), 5) == "wrong");
  CHECK(message.substr(0, excerpt).size() < 200);
}

TEST_CASE("the caret stands below wide and damaged characters") {
  CHECK(message_of("create table \"\xe6\xbc\xa2\xe5\xad\x97\" x") ==
        "line 1, column 23: expected \"(\" and the columns of the table, found \"x\"\n"
        "create table \"\xe6\xbc\xa2\xe5\xad\x97\" x\n"
        "                    ^");
  CHECK(message_of("/* \xff\x01 */ x") ==
        "line 1, column 10: expected CREATE TABLE, CREATE TYPE, ALTER TABLE, ALTER TYPE or DROP "
        "TABLE, found \"x\"\n"
        "/* \xef\xbf\xbd\xef\xbf\xbd */ x\n"
        "         ^");
}

TEST_CASE("statements") {
  refused(
      "@foo",
      "expected CREATE TABLE, CREATE TYPE, ALTER TABLE, ALTER TYPE or DROP TABLE, found \"foo\"");
  refused("@craete table t (a int)", "did you mean CREATE?");
  refused("create @tabel t (a int)", "did you mean TABLE?");
  refused("create table t (a int); @insert into t values (1)", "INSERT statements are not read");
  refused("@insert into t values (1)", "INSERT statements");
  refused("@create view v as select 1", "CREATE view is not read here");
  refused("create @or replace table t (a int)", "OR REPLACE is not understood");
  refused("create table@", "expected a name for the table, found the end");
  refused("create table if not @exist t (a int)", "did you mean EXISTS?");
  refused("create table t@", "expected \"(\"");
  refused("create table t @as select 1", "the columns must be listed");
  refused("create table t (a int) @create table u (b int)", "expected \";\"");
  refused("create table t (a int) with (x) @create table u (b int)", "expected \";\" before");
  refused("create table t (a int) @wth (x = 1)", "did you mean WITH?");
  refused("create table t (a int) @primary key (a)", "expected \";\"");
  refused("create index i on t (a) @create table u (b int)", "expected \";\" before");
  refused("create table t (a int); create table @T (b int)",
          "duplicate table \"T\"; the first is on line 1");
}

TEST_CASE("columns") {
  refused("create table t (@)", "expected the name of a column, found \")\"");
  refused("create table t (a int,@)", "a column or constraint must follow the comma");
  refused("create table t (@a)", "the column \"a\" has no type");
  refused("create table t (@a, b int)", "the column \"a\" has no type");
  refused("create table t (a int@", "found the end of the text");
  refused("create table t (a int @b int)", "is a comma missing?");
  refused("create table t (a@.b int)", "a name that holds a \".\" must stand in double quotes");
  refused("create table t (@2a int)", "must stand in double quotes");
  refused("create table t (@'a' int)", "expected the name of a column, found the string 'a'");
  refused("create table t (a int @nto null)", "did you mean NOT?");
  refused("create table t (a int not @nul)", "expected NULL, found \"nul\"; did you mean NULL?");
  refused("create table t (a int @primray key)", "did you mean PRIMARY?");
  refused("create table t (a int primary @kye)", "did you mean KEY?");
  refused("create table t (a int not null @null)", "both NULL and NOT NULL");
  refused("create table t (a int constraint c @foo)", "expected a constraint after its name");
  refused("create table t (a int foreign key @refrences b)", "did you mean REFERENCES?");
  refused("create table t (a int references b on delete @cascad)", "did you mean CASCADE?");
  refused("create table t (a int generated @alway as (1))", "did you mean ALWAYS?");
  refused("create table t (a int lateness @, b int)", "expected an expression");
  refused("create table t (a int lateness interval @hour)", "expected a number or string");
  refused("create table t (primary key (a)@)", "a table needs at least one column");
}

TEST_CASE("duplicate names point at the second and tell the line of the first") {
  refused("create table t (\n a int,\n b int,\n @A int)",
          "duplicate column \"A\"; the first is on line 2");
  refused("create table t (a int, @\"a\" int)", "duplicate column \"a\"");
  refused("create table t (\"A\" int, \"a\" int, @\"A\" int)", "duplicate column \"A\"");
  refused("create type y as (a int,\n b int,\n @B int)",
          "duplicate field \"B\"; the first is on line 2");
  refused("create table t (a row(x int, @x int))", "duplicate field");
  refused("create type a as (x int);\n create type @A as (x int)",
          "duplicate type \"A\"; the first is on line 1");
}

TEST_CASE("primary keys") {
  refused("create table t (id int, name text, primary key (id, @nmae))",
          "which is no column of this table; did you mean \"name\"?");
  refused("create table t (\"Id\" int, primary key (@\"id\"))", "did you mean \"Id\"?");
  refused("create table t (\"a\" int, \"A\" int, primary key (a, @\"a\"))", "names \"a\" twice");
  refused("create table t (\"aB\" int, \"Ab\" int, primary key (@ab))", "in different case; quote");
  refused("create table t (a int primary key,\n b int @primary key)",
          "a second PRIMARY KEY; the first is on line 1");
  refused("create table t (a int primary key, constraint k @primary key (a))",
          "a second PRIMARY KEY");
  refused("create table t (a json, primary key (@a))", "is JSON, which cannot be a key");
  refused("create table t (@a int array primary key)", "which cannot be a key");
  refused("create table t (a int, primary key @a)", "expected \"(\" and the columns of the key");
  refused("create table t (a int, primary key (a @des))", "did you mean");
  refused("create table t (a int, primary key (@))", "expected a column of the key");
  refused("create table t (a int, constraint pk @primry key (a))", "did you mean PRIMARY?");
}

TEST_CASE("types") {
  refused("create table t (a @INTEGR, b int)", "unknown type \"INTEGR\"; did you mean INTEGER?");
  refused("create table t (a @\"integer\")", "built-in types are not quoted");
  refused("create table t (a @zzzzzzzz)", "unknown type \"zzzzzzzz\"; it needs a CREATE TYPE");
  refused("create type Basket as (x int); create table t (a @Baskte)", "did you mean Basket?");
  refused("create type a as (x @b);\ncreate type b as (y int)", "declared only after this place");
  refused("create type a as (x @a array)", "the type \"a\" cannot hold itself");
  refused("create type @int as (x int)", "the name of a built-in type");
  refused("create type a @of (x int)", "expected AS (...)");
  refused("create type a as @enum ('x')", "ENUM is not supported; use VARCHAR");
  refused("create type a as @int", "only types made of fields");
  refused("create type a as (x int @default 1)", "a field of a type has no DEFAULT");
  refused("create type a as (@)", "expected the name of a field");
  refused("create type a as (@x)", "the field \"x\" has no type");
  refused("create type a as (x int @y int)", "after the field \"x\"");
  refused("create table t (a @interval)", "is not supported; use BIGINT or VARCHAR");
  refused("create table t (a time @with time zone)", "TIME WITH TIME ZONE is not supported");
  refused("create table t (a timestamp with time @zon)", "did you mean ZONE?");
  refused("create table t (a timestamp(@10))", "between 0 and 9, found the number 10");
  refused("create table t (a decimal(@39))", "a precision between 1 and 38");
  refused("create table t (a decimal(5, @6))", "a scale between 0 and 5");
  refused("create table t (a decimal(@0))", "a precision between 1 and 38");
  refused("create table t (a varchar(@0))", "a length between 1 and");
  refused("create table t (a varchar(@99999999999))", "a length between 1 and");
  refused("create table t (a varchar(@1.5))", "a length between 1 and");
  refused("create table t (a varchar(@x))", "a length between 1 and");
  refused("create table t (a varchar(5@, b int)", "expected \")\" after the length");
  refused("create table t (a float(@54))", "between 1 and 53");
  refused("create table t (a date@(3))", "date takes no parameter");
  refused("create table t (a array@)", "expected \"<\" and an element type");
  refused("create table t (a array @(int))", "expected \"<\" and an element type");
  refused("create table t (a array<int@)", "expected \">\"");
  refused("create table t (a int[2@)", "expected \"]\"");
  refused("create table t (a map<int@>)", "expected \",\" between the key and the value");
  refused("create table t (a map<@json, int>)", "JSON cannot be the key of a MAP");
  refused("create table t (a map<@int array, int>)", "cannot be the key of a MAP");
  refused("create table t (a map<int @null, int>)", "the key of a MAP is never NULL");
  refused("create table t (a row@)", "expected \"(\" and fields after ROW");
  refused("create table t (a row(@serial))", "the field \"serial\" has no type");
  refused("create table t (a serial @array)", "after the column \"a\"");
  refused("create table t (a int @multiset)", "MULTISET is not supported");
  refused("create table t (a row(x @serial))", "SERIAL is only for columns");
  refused("create table t (a national @varchar(3))", "expected CHARACTER");
  refused_type("", "expected a type, found the end of the text");
  refused_type("INT INT", "expected the end of the type");
  refused_type("INT)", "expected the end of the type");
  refused_type("serial", "SERIAL is only for columns");
}

TEST_CASE("an ambiguous type name") {
  const Type known[] = {Type::row({{0, "x", Type(TypeKind::kDouble)}}, "Aa"),
                        Type::row({{0, "x", Type(TypeKind::kDouble)}}, "aA")};
  const auto type = parse_type("AA", known);
  REQUIRE_FALSE(type.has_value());
  CHECK(type.error().message.find("quote the one you mean") != std::string::npos);
  const auto again = parse_ddl("create type \"Aa\" as (x int)", known);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::kAlreadyExists);
}

TEST_CASE("defaults") {
  constexpr std::string_view kOnly = "only literal defaults can be kept";
  refused("create table t (a timestamp default @now())", kOnly);
  refused("create table t (a timestamp default @current_timestamp)", kOnly);
  refused("create table t (a int default @1 + 1)", kOnly);
  refused("create table t (a int default @-f(1))", kOnly);
  refused("create table t (a text default @'a' || 'b')", kOnly);
  refused("create table t (a int default @nextval('s'::regclass))", kOnly);
  refused("create table t (a int array default @array[1])", "is written as JSON");
  refused("create table t (a int default@)", "expected a literal after DEFAULT, found \")\"");
  refused("create table t (a int default @'x')", "this default cannot be kept");
  refused("create table t (a tinyint default @128)", "128");
  refused("create table t (a int default @1.5)", "this default cannot be kept");
  refused("create table t (a int default @true)", "a BOOLEAN does not fit INTEGER");
  refused("create table t (a int default @X'00')", "a byte string does not fit INTEGER");
  refused("create table t (a bytea default @X'0')", "pairs of hexadecimal digits");
  refused("create table t (a bytea default @X'0g')", "pairs of hexadecimal digits");
  refused("create table t (a varbinary(1) default @X'0000')", "this default cannot be kept");
  refused("create table t (a text default @E'\\xzz')", "malformed escape");
  refused("create table t (a text default @E'\\400')", "malformed escape");
  refused("create table t (a text default @E'\\xff')", "malformed escape");
  refused("create table t (a text default @E'\\ud800')", "malformed escape");
  refused("create table t (a text default @E'\\u12')", "malformed escape");
  refused("create table t (a varchar(2) default @'abc')", "this default cannot be kept");
  refused("create table t (a text default @'abc'::varchar(2))", "this default cannot be kept");
  refused("create table t (a text default 'abc'::@nosuch)", "unknown type");
  refused("create table t (a text default cast('abc' @to text))", "expected AS and a type");
  refused("create table t (a date default date @'2021-02-29')", "this default cannot be kept");
  refused("create table t (a timestamp default date @'x')", "this default cannot be kept");
  refused("create table t (a int not null default @null)", "its default cannot be NULL");
  refused("create table t (a int default @null primary key)", "its default cannot be NULL");
  refused("create table t (a int default 1 @default 2)", "two DEFAULTs");
  refused("create table t (a int default (1@, b int)", "expected \")\"");
}

TEST_CASE("text that is no DDL") {
  refused("create table t (a text default @'abc", "this string has no closing quote");
  refused("create table t (a text default @$x$abc", "dollar-quoted string has no closing quote");
  refused("create table t (@\"a int", "this quoted name has no closing quote");
  refused("create table t (@\"\" int)", "a quoted name cannot be empty");
  refused("create table t (a int) @/* /* */", "this comment has no end");
  refused("create table t (a int check @(a > (0), b int", "this \"(\" has no \")\"");
  refused("create table t (a int check @(a > 0; b int)", "this \"(\" has no \")\"");
  refused("create table t (@`a` int)", "double quotes");
  refused(std::string("create table t (a @\0int)", 24), "a NUL byte cannot stand in DDL");
  refused(std::string("create table t (\"a@\0\" int)", 26), "a NUL byte cannot stand in a name");
  refused("create table t (@\"a\xff\" int)", "this name is not valid UTF-8");
  refused("create table t (@a\xc3 int)", "this name is not valid UTF-8");
  refused("create table t (a text default @'\xed\xa0\x80')", "this string is not valid UTF-8");
  refused("create table t (a@\xc2\xa0int)", "typographic space or quote");
  refused(
      "create table t (@\xe2\x80\x9c"
      "a\xe2\x80\x9d int)",
      "typographic space or quote");
  refused("create table t (a int @\x7f)", "a control character");
  refused(std::string("@\xff\xfe"
                      "c\0r\0",
                      7),
          "UTF-16");
  // What was wrong before the damaged token is told first.
  refused("create @tabel t (a text default 'abc", "did you mean TABLE?");
}

TEST_CASE("limits") {
  const auto repeat = [](std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  CHECK(parse_type("INT" + repeat(" ARRAY", kMaxTypeDepth)).has_value());
  for (const std::string& deep :
       {"INT" + repeat(" ARRAY", kMaxTypeDepth + 1), "INT" + repeat("[]", 100'000),
        repeat("ARRAY<", 100'000), repeat("MAP<INT, ", 100'000), repeat("ROW(a ", 100'000)}) {
    const auto type = parse_type(deep);
    REQUIRE_FALSE(type.has_value());
    CHECK(type.error().code == ErrorCode::kLimit);
    CHECK(type.error().message.find("types nest at most 16 deep") != std::string::npos);
  }
  const auto literal = parse_ddl("create table t (a int default " + repeat("(", 100'000));
  REQUIRE_FALSE(literal.has_value());
  CHECK(literal.error().code == ErrorCode::kLimit);
  const auto cast = parse_ddl("create table t (a int default " + repeat("cast(", 100'000));
  REQUIRE_FALSE(cast.has_value());
  CHECK(cast.error().code == ErrorCode::kLimit);

  // Types that use types grow by multiplication.
  std::string bomb = "create type t0 as (a int);";
  for (int i = 1; i < 12; ++i) {
    bomb += "create type t" + std::to_string(i) + " as (";
    for (int k = 0; k < 10; ++k) {
      bomb += (k > 0 ? ", f" : "f") + std::to_string(k) + " t" + std::to_string(i - 1);
    }
    bomb += ");";
  }
  const auto grown = parse_ddl(bomb);
  REQUIRE_FALSE(grown.has_value());
  CHECK(grown.error().code == ErrorCode::kLimit);
  CHECK(grown.error().message.find("this type has more than") != std::string::npos);

  std::string wide = "create type big as (";
  for (int i = 0; i < 10'000; ++i) wide += (i > 0 ? ", f" : "f") + std::to_string(i) + " int";
  wide += "); create table t (";
  for (int i = 0; i < 200; ++i) wide += (i > 0 ? ", c" : "c") + std::to_string(i) + " big";
  const auto many = parse_ddl(wide + ")");
  REQUIRE_FALSE(many.has_value());
  CHECK(many.error().code == ErrorCode::kLimit);

  std::string columns = "create table t (c int";
  for (std::size_t i = 1; i < kMaxColumns; ++i) columns += ",\nc" + std::to_string(i) + " int";
  CHECK(parse_ddl(columns + ")").has_value());
  const auto one_more = parse_ddl(columns + ",\nlast int)");
  REQUIRE_FALSE(one_more.has_value());
  CHECK(one_more.error().code == ErrorCode::kLimit);
  CHECK(one_more.error().message.find("line 65535, column 1: ") == 0);
}
