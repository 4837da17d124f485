// ALTER TYPE: what it makes of types, of the tables that use them, and of values; its refusals.
#include "wisp/schema/type_change.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "ddl_refusal.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/json.h"
#include "wisp/schema/schema_bytes.h"
#include "wisp/schema/schema_change.h"

using namespace wisp;

namespace {

DdlScript parse(std::string_view sql) {
  auto script = parse_ddl(sql);
  if (!script) FAIL(script.error().to_string());
  return std::move(*script);
}

const std::string kTypes =
    "create type item as (sku varchar, qty int not null);"
    "create type SHOPPING_CART as (items item array, total decimal(10, 2));"
    "create type other as (x int);"
    "create table a (id int primary key, cart shopping_cart, plain int);"
    "create table b (id int primary key, m map<varchar, shopping_cart not null>, i item);"
    "create table c (id int primary key, o other);";

// '@' marks where the caret has to be.
void refused(const std::string& statement, std::string_view text, ErrorCode code) {
  testing::check_refused(kTypes, statement, text, code);
}

}  // namespace

TEST_CASE("every type and table that uses the type changes, no other does") {
  const DdlScript script =
      parse(kTypes + "alter type ITEM add attribute note text, add attribute \"Note\" int array");
  const auto& alter = std::get<AlterType>(script.statements.back());
  CHECK(alter.name == "item");
  REQUIRE(alter.change.types.size() == 2);
  const Type& item = alter.change.types[0];
  CHECK(item.definition_sql() ==
        "CREATE TYPE \"item\" AS (\n  \"sku\" VARCHAR,\n  \"qty\" INTEGER NOT NULL,\n"
        "  \"note\" VARCHAR,\n  \"Note\" INTEGER ARRAY\n)");
  CHECK(item.fields()[3].id == 4);
  CHECK(alter.change.types[1].type_name() == "SHOPPING_CART");
  CHECK(alter.change.types[1].fields()[0].type.element() == item);
  REQUIRE(alter.change.schemas.size() == 2);
  const Schema& a = *alter.change.schemas[0];
  const Schema& b = *alter.change.schemas[1];
  CHECK(a.table_name() == "a");
  CHECK(to_underlying(a.version()) == 2);
  CHECK(a.columns()[1].type == alter.change.types[1]);
  CHECK(to_underlying(a.columns()[1].id) == 2);
  CHECK(to_underlying(b.version()) == 2);
  CHECK(b.columns()[1].type.map_value() == alter.change.types[1]);
  CHECK_FALSE(b.columns()[1].type.element_nullable());
  CHECK(b.columns()[2].type == item);
  for (const SchemaPtr& schema : alter.change.schemas) {
    std::string bytes;
    append_schema_bytes(*schema, bytes);
    const auto back = read_schema_bytes(std::as_bytes(std::span(bytes)));
    REQUIRE(back.has_value());
    CHECK(**back == *schema);
  }
}

TEST_CASE("statements behind ALTER TYPE see the type and the tables as they are now") {
  const DdlScript script =
      parse(kTypes +
            "alter type item add attribute note text; alter type item add attribute w real cascade;"
            "alter table b add j item; create table d (i item); create type e as (i item);"
            "alter type e add attribute j item restrict");
  const auto& second = std::get<AlterType>(script.statements[7]);
  CHECK(to_underlying(second.change.schemas[0]->version()) == 3);
  const Type item = second.change.types[0];
  CHECK(item.fields().size() == 4);
  const Schema& b = *std::get<AlterTable>(script.statements[8]).schema;
  CHECK(to_underlying(b.version()) == 4);
  CHECK(b.columns()[2].type == item);
  CHECK(b.columns()[3].type == item);
  CHECK(std::get<CreateTable>(script.statements[9]).schema->columns()[0].type == item);
  const auto& e = std::get<AlterType>(script.statements[11]);
  CHECK(e.change.types[0].fields()[1].type == item);
  CHECK(e.change.schemas.empty());
}

TEST_CASE("what ALTER TYPE refuses") {
  const ErrorCode parse_error = ErrorCode::kParse;
  refused("alter type @itme add attribute x int", "did you mean \"item\"?", ErrorCode::kNotFound);
  refused("alter type @zzz add attribute x int", "there is no type \"zzz\"", ErrorCode::kNotFound);
  refused("alter type @\"ITEM\" add attribute x int", "did you mean", ErrorCode::kNotFound);
  refused("alter type @varchar add attribute x int", "built-in", parse_error);
  refused("create type \"Item\" as (x int); alter type @ITEM add attribute x int",
          "several types are named", parse_error);
  refused("alter type item add attribute @SKU int", "already an attribute \"sku\"", parse_error);
  refused("alter type item add attribute @\"sku\" int", "already an attribute", parse_error);
  refused("alter type item add attribute x int, add attribute @x int", "already an attribute",
          parse_error);
  refused("alter type item add attribute @x", "has no type", parse_error);
  refused("alter type item add attribute x @int not null", "cannot be NOT NULL",
          ErrorCode::kConstraint);
  refused("alter type item add attribute x int @default 3", "has no DEFAULT", parse_error);
  refused("alter type item add attribute x @item", "cannot hold itself",
          ErrorCode::kInvalidArgument);
  refused("alter type item add attribute x @map<int, shopping_cart[]>", "cannot hold itself",
          ErrorCode::kInvalidArgument);
  refused("alter type item add attribute x @nothing", "unknown type", parse_error);
  refused("alter type item add @x int", "expected ATTRIBUTE", parse_error);
  refused("alter type item add @atribute x int", "did you mean ATTRIBUTE?", parse_error);
  refused("alter type item add @value 'x'", "ENUM", parse_error);
  refused("alter type item @drop attribute sku", "cannot be dropped", parse_error);
  refused("alter type item @rename attribute sku to s", "keeps its name", parse_error);
  refused("alter type item @alter attribute sku type text", "keeps its type", parse_error);
  refused("alter type item @rename to items", "only ADD ATTRIBUTE", parse_error);
  refused("alter type item @set schema x", "only ADD ATTRIBUTE", parse_error);
  refused("alter type item@", "expected ADD ATTRIBUTE", parse_error);
  refused("alter type item add attribute x int @y", "expected \";\"", parse_error);
  refused("alter @typ item add attribute x int", "did you mean TYPE?", parse_error);
}

TEST_CASE("types that nest too deep or grow too large with it are refused") {
  std::string sql = "create type t0 as (x int);";
  for (int i = 1; i < kMaxTypeDepth; ++i) {
    sql += "create type t" + std::to_string(i) + " as (x t" + std::to_string(i - 1) + ");";
  }
  REQUIRE(parse_ddl(sql + "alter type t0 add attribute y int").has_value());
  const auto deep = parse_ddl(sql + "alter type t0 add attribute y int array");
  REQUIRE_FALSE(deep.has_value());
  CHECK(deep.error().code == ErrorCode::kLimit);
  CHECK(deep.error().message.find("t15") != std::string::npos);

  std::string wide = "create type t0 as (x int);";
  for (int i = 1; i < 14; ++i) {
    const std::string t = "t" + std::to_string(i - 1);
    wide += "create type t" + std::to_string(i) + " as (x " + t + ", y " + t + ");";
  }
  REQUIRE(parse_ddl(wide).has_value());
  const std::string row = "row(a int, b int, c int, d int, e int, f int, g int, h int)";
  const auto large = parse_ddl(wide + "alter type t0 add attribute y " + row);
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().code == ErrorCode::kLimit);
  // Fields of single columns may be many, but not of all columns of a table together.
  std::string table = "create table t (c0 t13";
  for (int i = 1; i < 40; ++i) table += ", c" + std::to_string(i) + " t13";
  REQUIRE(parse_ddl(wide + table + ")").has_value());
  const auto all = parse_ddl(wide + table + "); alter type t0 add attribute y int");
  REQUIRE_FALSE(all.has_value());
  CHECK(all.error().code == ErrorCode::kLimit);
  CHECK(all.error().message.find("table \"t\"") != std::string::npos);
}

TEST_CASE("extended values have NULL in new fields, at every depth") {
  const DdlScript script = parse(kTypes + "alter type item add attribute note text");
  const auto& change = std::get<AlterType>(script.statements.back()).change;
  const Type& before = std::get<CreateType>(script.statements[1]).type;
  const Type& after = change.types[1];
  CHECK(extends_type(before, after));
  CHECK(extends_type(before, before));
  CHECK_FALSE(extends_type(after, before));
  const auto value =
      parse_json_value(before, R"({"items":[{"sku":"a","qty":1},null],"total":"1.50"})");
  REQUIRE(value.has_value());
  const Value extended = widen_value(before, after, *value);
  CHECK(check_value(after, extended, "value").has_value());
  CHECK_FALSE(check_value(after, *value, "value").has_value());
  const auto same =
      parse_json_value(after, R"({"items":[{"sku":"a","qty":1,"note":null},null],"total":"1.50"})");
  CHECK(extended == *same);
  CHECK(extend_value(before, after, Value()).is_null());
  const Type map_before = Type::map(Type(TypeKind::kInteger), before);
  const Type map_after = Type::map(Type(TypeKind::kInteger), after);
  const Value map(ValueMap{{{Value(std::int64_t{1}), *value}, {Value(std::int64_t{2}), Value()}}});
  const Value map_extended(
      ValueMap{{{Value(std::int64_t{1}), extended}, {Value(std::int64_t{2}), Value()}}});
  CHECK(extend_value(map_before, map_after, map) == map_extended);
}

TEST_CASE("one type extends another only where bytes of the one can be read as the other") {
  const Type x = Type::row({{1, "x", Type(TypeKind::kInteger)}}, "t");
  const auto row = [](std::vector<RowField> fields, const char* name = "t") {
    return Type::row(std::move(fields), name);
  };
  const RowField same{1, "x", Type(TypeKind::kInteger)};
  CHECK(extends_type(x, row({same, {2, "y", Type(TypeKind::kUuid)}})));
  CHECK_FALSE(extends_type(x, row({same, {2, "y", Type(TypeKind::kUuid), false}})));
  CHECK_FALSE(extends_type(x, row({{1, "z", Type(TypeKind::kInteger)}})));
  CHECK_FALSE(extends_type(x, row({{2, "x", Type(TypeKind::kInteger)}})));
  CHECK_FALSE(extends_type(x, row({{1, "x", Type(TypeKind::kBigInt)}})));
  CHECK_FALSE(extends_type(x, row({{1, "x", Type(TypeKind::kInteger), false}})));
  CHECK_FALSE(extends_type(x, row({same}, "u")));
  CHECK_FALSE(extends_type(Type::array(x), x));
  CHECK_FALSE(extends_type(Type::array(x), Type::array(x, false)));
  CHECK_FALSE(extends_type(Type(TypeKind::kInteger), Type(TypeKind::kBigInt)));
}

TEST_CASE("defaults and the values of older rows are extended with their column") {
  const Type before = Type::row({{0, "x", Type(TypeKind::kInteger)}}, "t");
  const Value one(ValueRow{{Value(std::int64_t{1})}});
  SchemaEditor editor(*SchemaBuilder("a").add("id", Type(TypeKind::kInteger)).build());
  Column column;
  column.name = "c";
  column.type = before;
  column.default_value = one;
  REQUIRE(editor.apply(AddColumn{column}));
  const SchemaPtr schema = *editor.finish();
  const auto type = add_attribute(before, {7, "y", Type(TypeKind::kInteger)});
  REQUIRE(type.has_value());
  CHECK(type->fields()[1].id == 2);
  const auto change = change_type(*type, {&before, 1}, {&schema, 1});
  REQUIRE(change.has_value());
  const Column& now = change->schemas[0]->columns()[1];
  const Value extended(ValueRow{{Value(std::int64_t{1}), Value()}});
  CHECK(now.default_value == extended);
  CHECK(now.missing_value == extended);
}
