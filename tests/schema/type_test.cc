#include "wisp/schema/type.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "random_value.h"
#include "wisp/schema/ddl.h"

using namespace wisp;

namespace {

std::vector<TypeKind> scalar_kinds() {
  std::vector<TypeKind> kinds;
  for (int kind = 1; kind <= 21; ++kind) kinds.push_back(static_cast<TypeKind>(kind));
  return kinds;
}

Type scalar(TypeKind kind) {
  return kind == TypeKind::kDecimal ? Type::decimal(9, 2) : Type(kind);
}

Type integer() {
  return Type(TypeKind::kInteger);
}

Type point(std::string name = {}) {
  return Type::row({{0, "x", integer(), false}, {0, "y", integer(), true}}, std::move(name));
}

void check_refused(const Type& type, ErrorCode code, const std::string& message) {
  const Status status = check_type(type);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == code);
  CHECK(status.error().to_string() == message);
}

}  // namespace

TEST_CASE("type numbers are frozen") {
  CHECK(static_cast<int>(TypeKind::kUTinyInt) == 6);
  CHECK(static_cast<int>(TypeKind::kReal) == 10);
  CHECK(static_cast<int>(TypeKind::kTime) == 14);
  CHECK(static_cast<int>(TypeKind::kVarchar) == 18);
  CHECK(static_cast<int>(TypeKind::kArray) == 22);
  CHECK(static_cast<int>(TypeKind::kMap) == 23);
}

TEST_CASE("a default type is BOOLEAN, temporal types count microseconds") {
  CHECK(Type() == Type(TypeKind::kBoolean));
  CHECK(Type(TypeKind::kTime).precision() == 6);
  CHECK(Type(TypeKind::kTimestamp) == Type::temporal(TypeKind::kTimestamp, 6));
  CHECK(Type(TypeKind::kDate).precision() == 0);
  CHECK(Type(TypeKind::kVarchar) == Type::varchar());
  CHECK(Type::decimal(38, 10).precision() == 38);
  CHECK(Type::decimal(38, 10).scale() == 10);
  CHECK(Type::varchar(7, TypeKind::kVarbinary).length() == 7);
}

TEST_CASE("families of kinds") {
  std::string integers;
  std::string unsigned_ones;
  std::string strings;
  std::string keys;
  for (TypeKind kind : scalar_kinds()) {
    const char digit = static_cast<char>('a' + static_cast<int>(kind) - 1);
    if (is_integer_like(kind)) integers += digit;
    if (is_unsigned(kind)) unsigned_ones += digit;
    if (is_string_like(kind)) strings += digit;
    if (is_key_type(kind)) keys += digit;
    CHECK_FALSE(scalar(kind).is_nested());
  }
  CHECK(integers == "bcdefghimnop");
  CHECK(unsigned_ones == "fghi");
  CHECK(strings == "rstu");
  CHECK(keys == "abcdefghijklmnopqrst");
  for (TypeKind kind : {TypeKind::kArray, TypeKind::kMap, TypeKind::kRow}) {
    CHECK_FALSE(is_integer_like(kind));
    CHECK_FALSE(is_string_like(kind));
    CHECK_FALSE(is_key_type(kind));
  }
  CHECK_FALSE(is_key_type(static_cast<TypeKind>(0)));
}

TEST_CASE("types are equal when kind, parameters and children are") {
  for (TypeKind a : scalar_kinds())
    for (TypeKind b : scalar_kinds()) CHECK((scalar(a) == scalar(b)) == (a == b));
  CHECK_FALSE(Type::decimal(9, 2) == Type::decimal(9, 3));
  CHECK_FALSE(Type::decimal(9, 2) == Type::decimal(8, 2));
  CHECK_FALSE(Type::temporal(TypeKind::kTime, 3) == Type(TypeKind::kTime));
  CHECK_FALSE(Type::varchar(3) == Type::varchar(4));
  CHECK(Type::array(integer()) == Type::array(integer()));
  CHECK_FALSE(Type::array(integer()) == Type::array(integer(), false));
  CHECK_FALSE(Type::array(integer()) == Type::array(Type(TypeKind::kBigInt)));
  CHECK_FALSE(Type::map(integer(), integer()) == Type::map(integer(), integer(), false));
  CHECK_FALSE(Type::map(integer(), Type(TypeKind::kDate)) == Type::map(integer(), integer()));
  CHECK(point() == point());
  CHECK(point("p") == point("p"));
  CHECK_FALSE(point() == point("p"));
  CHECK_FALSE(point() == Type::row({{0, "x", integer(), false}}));
  CHECK_FALSE(point() == Type::row({{0, "x", integer(), false}, {0, "z", integer(), true}}));
  CHECK_FALSE(point() == Type::row({{0, "x", integer(), false}, {3, "y", integer(), true}}));
  CHECK_FALSE(point() == Type::row({{0, "x", integer(), true}, {0, "y", integer(), true}}));
}

TEST_CASE("fields get ids by position, children are reached, depth and nodes are counted") {
  const Type row = Type::row({{0, "a", integer(), true}, {9, "b", Type::array(point()), true}});
  CHECK(row.fields()[0].id == 1);
  CHECK(row.fields()[1].id == 9);
  CHECK(row.depth() == 3);
  CHECK(row.node_count() == 6);
  CHECK(integer().depth() == 0);
  CHECK(integer().node_count() == 1);
  const Type map = Type::map(Type(TypeKind::kUuid), row, false);
  CHECK(map.map_key() == Type(TypeKind::kUuid));
  CHECK(map.map_value() == row);
  CHECK_FALSE(map.element_nullable());
  CHECK(map.depth() == 4);
  CHECK(map.node_count() == 8);
  CHECK(Type::array(map).element() == map);
  CHECK(integer().type_name().empty());
  CHECK(point("p").type_name() == "p");
}

TEST_CASE("types print as SQL") {
  const std::vector<std::pair<Type, std::string>> cases = {
      {Type(TypeKind::kBoolean), "BOOLEAN"},
      {Type(TypeKind::kTinyInt), "TINYINT"},
      {Type(TypeKind::kUTinyInt), "TINYINT UNSIGNED"},
      {Type(TypeKind::kUSmallInt), "SMALLINT UNSIGNED"},
      {Type(TypeKind::kUInteger), "INTEGER UNSIGNED"},
      {Type(TypeKind::kUBigInt), "BIGINT UNSIGNED"},
      {Type(TypeKind::kReal), "REAL"},
      {Type(TypeKind::kDouble), "DOUBLE"},
      {Type::decimal(10, 2), "DECIMAL(10, 2)"},
      {Type(TypeKind::kTime), "TIME"},
      {Type::temporal(TypeKind::kTimestamp, 0), "TIMESTAMP(0)"},
      {Type::temporal(TypeKind::kTimestampTz, 9), "TIMESTAMPTZ(9)"},
      {Type(TypeKind::kUuid), "UUID"},
      {Type::varchar(), "VARCHAR"},
      {Type::varchar(20), "VARCHAR(20)"},
      {Type::varchar(3, TypeKind::kChar), "CHAR(3)"},
      {Type(TypeKind::kChar), "BPCHAR"},
      {Type::varchar(16, TypeKind::kVarbinary), "VARBINARY(16)"},
      {Type(TypeKind::kJson), "JSON"},
      {Type::array(Type::array(integer(), false)), "INTEGER NOT NULL ARRAY ARRAY"},
      {Type::map(Type::varchar(), Type::array(integer()), false),
       "MAP<VARCHAR, INTEGER ARRAY NOT NULL>"},
      {point(), "ROW(\"x\" INTEGER NOT NULL, \"y\" INTEGER)"},
      {Type::array(point("a \"b\"")), "\"a \"\"b\"\"\" ARRAY"},
  };
  for (const auto& [type, sql] : cases) CHECK(type.to_sql() == sql);
  CHECK(point("p").definition_sql() ==
        "CREATE TYPE \"p\" AS (\n  \"x\" INTEGER NOT NULL,\n  \"y\" INTEGER\n)");
  CHECK(quote_identifier("a\"b") == "\"a\"\"b\"");
  CHECK(quote_identifier("") == "\"\"");
}

TEST_CASE("printed types read back equal") {
  test::RandomValues random(7);
  for (int i = 0; i < 2000; ++i) {
    const Type type = random.type(4);
    const auto again = parse_type(type.to_sql());
    REQUIRE_MESSAGE(again, type.to_sql());
    CHECK_MESSAGE(*again == type, type.to_sql());
  }
  for (TypeKind kind : {TypeKind::kVarchar, TypeKind::kChar, TypeKind::kVarbinary}) {
    for (std::uint32_t length : {0u, 1u, kMaxTypeLength}) {
      const Type type = Type::varchar(length, kind);
      const auto again = parse_type(type.to_sql());
      REQUIRE_MESSAGE(again, type.to_sql());
      CHECK(*again == type);
    }
  }
}

TEST_CASE("check_type refuses what a column cannot have") {
  CHECK(check_type(Type::map(Type::decimal(38, 38), Type::array(point("p")))));
  check_refused(Type::map(Type(TypeKind::kJson), integer()), ErrorCode::kInvalidArgument,
                "JSON cannot be the key of a MAP");
  check_refused(Type::array(Type::map(point(), integer())), ErrorCode::kInvalidArgument,
                "ROW(\"x\" INTEGER NOT NULL, \"y\" INTEGER) cannot be the key of a MAP");
  check_refused(Type::row({}), ErrorCode::kInvalidArgument, "a ROW type has no fields");
  check_refused(Type::row({{0, "", integer(), true}}), ErrorCode::kInvalidArgument,
                "a ROW field has no name");
  check_refused(Type::row({{0, "\xFF", integer(), true}}), ErrorCode::kInvalidArgument,
                "the name of a ROW field is not UTF-8");
  check_refused(Type::row({{0, "x", integer(), true}}, "\xC0"), ErrorCode::kInvalidArgument,
                "the name of a type is not UTF-8");
  check_refused(
      Type::row(
          {{0, "in", Type::row({{0, "a", integer(), true}, {0, "a", integer(), true}}), true}}),
      ErrorCode::kInvalidArgument, "field \"in\": duplicate field \"a\"");
  check_refused(Type::row({{2, "a", integer(), true}, {0, "b", integer(), true}}),
                ErrorCode::kInvalidArgument, "field \"b\" has the id of another field");
  check_refused(Type::varchar(kMaxTypeLength + 1), ErrorCode::kInvalidArgument,
                "the length of VARCHAR(2147483648) is above 2147483647");
  CHECK(check_type(Type::row({{0, "a", integer(), true}, {0, "A", integer(), true}})));
}

TEST_CASE("one name stands for one type") {
  const Type other = Type::row({{0, "x", integer(), true}}, "p");
  CHECK(check_type(Type::row({{0, "a", point("p"), true}, {0, "b", point("p"), true}})));
  check_refused(Type::row({{0, "a", point("p"), true}, {0, "b", other, true}}),
                ErrorCode::kInvalidArgument,
                "field \"b\": two different types have the name \"p\"");
  // A type cannot hold one of its own name.
  check_refused(Type::row({{0, "a", Type::array(other), true}}, "p"), ErrorCode::kInvalidArgument,
                "two different types have the name \"p\"");
}

TEST_CASE("depth and size of a type are limited") {
  Type deep = integer();
  for (int i = 0; i < kMaxTypeDepth; ++i) deep = Type::array(std::move(deep));
  CHECK(deep.depth() == kMaxTypeDepth);
  CHECK(check_type(deep));
  check_refused(Type::array(deep), ErrorCode::kLimit, "the type nests 17 deep, the limit is 16");

  // Sixteen types, each with ten fields of the one before: 10^16 nodes out of 160 fields.
  Type laughs = integer();
  for (int level = 0; level < kMaxTypeDepth; ++level) {
    std::vector<RowField> fields;
    for (int i = 0; i < 10; ++i) fields.push_back({0, "f" + std::to_string(i), laughs, true});
    laughs = Type::row(std::move(fields), "t" + std::to_string(level));
  }
  check_refused(laughs, ErrorCode::kLimit, "the type consists of more than 65536 nested types");
  CHECK(laughs == laughs);

  // The count stops at the top instead of wrapping round to something small.
  Type huge = Type::row(std::vector<RowField>(1u << 12, {1, "f", integer(), true}));
  for (int level = 0; level < 6; ++level)
    huge = Type::row(std::vector<RowField>(1u << 12, {1, "f", huge, true}));
  CHECK(huge.node_count() == std::numeric_limits<std::size_t>::max());
}
