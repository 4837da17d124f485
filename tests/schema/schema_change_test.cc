// Schema versions: changes, their refusals, ALTER TABLE text, and the bytes of what they leave.
#include "wisp/schema/schema_change.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "ddl_refusal.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/schema_bytes.h"

using namespace wisp;

namespace {

SchemaPtr after(std::string_view sql) {
  const auto script = parse_ddl(sql);
  if (!script) FAIL(script.error().to_string());
  if (const auto* alter = std::get_if<AlterTable>(&script->statements.back())) return alter->schema;
  return std::get<CreateTable>(script->statements.back()).schema;
}

const Column& column_of(const SchemaPtr& schema, std::string_view name) {
  const auto index = schema->find(name, NameMatch::kExact);
  REQUIRE(index.has_value());
  return schema->column(*index);
}

const std::string kTable =
    "create table t (id bigint primary key, a int, b real not null, c char(3) default 'x', "
    "d decimal(10, 2), u int unsigned);";

// '@' marks where the caret has to be.
void refused(const std::string& action, std::string_view text, ErrorCode code) {
  testing::check_refused(kTable + "alter table t ", action, text, code);
}

void same_bytes_back(const SchemaPtr& schema, char format) {
  std::string bytes;
  append_schema_bytes(*schema, bytes);
  CHECK(bytes[1] == format);
  const auto back = read_schema_bytes(std::as_bytes(std::span(bytes)));
  if (!back) FAIL(back.error().to_string());
  CHECK(**back == *schema);
}

}  // namespace

TEST_CASE("one ALTER TABLE makes one version; ids are never given out again") {
  const SchemaPtr one = after(kTable + "alter table T drop c, add c int, rename a to \"A b\"");
  CHECK(to_underlying(one->version()) == 2);
  CHECK(to_underlying(column_of(one, "c").id) == 7);
  CHECK(to_underlying(column_of(one, "A b").id) == 2);
  CHECK_FALSE(one->find_id(ColumnId{4}).has_value());
  const SchemaPtr two =
      after(kTable + "alter table t add e int; alter table t drop e; alter table t add e int");
  CHECK(to_underlying(two->version()) == 4);
  CHECK(to_underlying(column_of(two, "e").id) == 8);
  CHECK(two->key() == one->key());
}

TEST_CASE("the value in older rows is fixed when the column is added") {
  const SchemaPtr schema =
      after(kTable +
            "alter table t add e smallint not null default 7; alter table t alter e set default 8,"
            "alter e type bigint; alter table t alter e drop default");
  const Column& e = column_of(schema, "e");
  CHECK(e.missing_value == Value(std::int64_t{7}));
  CHECK_FALSE(e.has_default);
  CHECK(e.type == Type(TypeKind::kBigInt));
  CHECK_FALSE(e.nullable);
  CHECK_FALSE(e.keeps_presence);  // born NOT NULL
  same_bytes_back(schema, 2);
}

TEST_CASE("NOT NULL that is set later keeps the presence bit") {
  const SchemaPtr set = after(kTable + "alter table t alter column a set not null");
  CHECK_FALSE(column_of(set, "a").nullable);
  CHECK(column_of(set, "a").keeps_presence);
  same_bytes_back(set, 2);
  const SchemaPtr dropped =
      after(kTable +
            "alter table t alter a set not null, alter b drop not null, alter a drop "
            "not null");
  CHECK(column_of(dropped, "a").nullable);
  CHECK_FALSE(column_of(dropped, "a").keeps_presence);
  CHECK(column_of(dropped, "b").nullable);
  same_bytes_back(dropped, 1);
}

TEST_CASE("what a type may become") {
  const auto ok = [](const char* from, const char* to) {
    return check_widening(*parse_type(from), *parse_type(to)).has_value();
  };
  CHECK(ok("tinyint", "bigint"));
  CHECK(ok("int unsigned", "bigint"));
  CHECK_FALSE(ok("int unsigned", "int"));
  CHECK_FALSE(ok("bigint unsigned", "bigint"));
  CHECK_FALSE(ok("int", "bigint unsigned"));
  CHECK_FALSE(ok("bigint", "int"));
  CHECK(ok("real", "double"));
  CHECK_FALSE(ok("double", "real"));
  CHECK(ok("decimal(10, 2)", "decimal(12, 4)"));
  CHECK_FALSE(ok("decimal(10, 2)", "decimal(11, 4)"));
  CHECK_FALSE(ok("decimal(10, 2)", "decimal(38, 1)"));
  CHECK(ok("varchar(3)", "varchar(4)"));
  CHECK(ok("char(3)", "text"));
  CHECK_FALSE(ok("text", "varchar(9)"));
  CHECK_FALSE(ok("varchar", "varbinary"));
  CHECK_FALSE(ok("int", "double"));
  CHECK_FALSE(ok("timestamp(3)", "timestamp(6)"));
  const Value wide = widen_value(Type::decimal(10, 2), Type::decimal(20, 4), Value(Decimal{-125}));
  CHECK(wide == Value(Decimal{-12500}));
  CHECK(widen_value(Type(TypeKind::kReal), Type(TypeKind::kDouble), Value(1.5F)) == Value(1.5));
}

TEST_CASE("refusals point at the place") {
  refused("drop @id", "a column of the key cannot be dropped", ErrorCode::kInvalidArgument);
  refused("alter id type @text", "a column of the key keeps its type", ErrorCode::kInvalidArgument);
  refused("alter a type @smallint", "INTEGER cannot become SMALLINT: values could be out of its",
          ErrorCode::kInvalidArgument);
  refused("add @e int not null", "can only be added with a default", ErrorCode::kConstraint);
  refused("add @A text", "there is already a column \"a\"", ErrorCode::kParse);
  refused("rename a to @b", "there is already a column \"b\"", ErrorCode::kParse);
  refused("add e int, alter e @set not null", "would be NULL in older rows",
          ErrorCode::kConstraint);
  refused("alter id @drop not null", "always NOT NULL", ErrorCode::kInvalidArgument);
  refused("alter b set default @NULL", "cannot be NULL", ErrorCode::kConstraint);
  refused("alter a set default @'x'", "this default cannot be kept", ErrorCode::kParse);
  refused("drop column @anon", "no column \"anon\"", ErrorCode::kInvalidArgument);
  refused("add e int @primary key", "as old as the table", ErrorCode::kParse);
  refused("@modify a int", "expected ADD, DROP, RENAME or ALTER", ErrorCode::kParse);
  const auto nearest = parse_ddl("create table users (a int); alter table user drop a");
  REQUIRE_FALSE(nearest.has_value());
  CHECK(nearest.error().code == ErrorCode::kNotFound);
  CHECK(nearest.error().message.find("did you mean \"users\"?") != std::string::npos);
}

TEST_CASE("an ALTER TABLE that is skipped is pointed at, and ends at its semicolon") {
  const auto script = parse_ddl("alter table if exists nope add a int;\ncreate table u (a int)");
  REQUIRE(script.has_value());
  CHECK(script->statements.size() == 1);
  REQUIRE(script->warnings.size() == 1);
  CHECK(script->warnings[0].column == 23);  // nope
  const auto bare = parse_ddl("alter table if exists nope; create table u (a int)");
  REQUIRE(bare.has_value());
  CHECK(bare->statements.size() == 1);
}

TEST_CASE("DROP TABLE, IF EXISTS, and a known table") {
  const SchemaPtr known[] = {after(kTable)};
  const auto script =
      parse_ddl("alter table if exists nope add a int; drop table if exists nope, t", {}, known);
  REQUIRE(script.has_value());
  REQUIRE(script->statements.size() == 1);
  CHECK(std::get<DropTable>(script->statements[0]).table == "t");
  CHECK(parse_ddl("drop table t; alter table t add x int", {}, known).error().code ==
        ErrorCode::kNotFound);
}
