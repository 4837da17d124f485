// A struct's fields are the columns that the header says they are.
#include "wisp/schema/struct_schema.h"

#include <doctest/doctest.h>

#include <string>

#include "wisp/schema/ddl.h"

namespace wisp {

struct Venue {
  std::string name;
  std::optional<std::int32_t> rank;
};

struct EveryType {
  bool a_bool;
  std::int8_t tiny;
  std::int16_t small;
  std::int32_t integer;
  std::int64_t big;
  std::uint8_t utiny;
  std::uint16_t usmall;
  std::uint32_t uinteger;
  std::uint64_t ubig;
  float real;
  double a_double;
  FixedDecimal<10, 2> fee;
  Uuid uuid;
  std::string text;
  std::string_view view;
  std::optional<std::int32_t> maybe;
  std::optional<FixedDecimal<38, 0>> maybe_fee;
  std::vector<std::optional<std::int16_t>> numbers;
  std::optional<std::vector<std::string>> tags;
  std::map<std::string, double> prices;
  std::optional<Venue> venue;
  std::vector<Venue> venues;
  Venue home;
};

struct Declared {
  int a;
  std::optional<int> b;
};
template <>
struct FieldNames<Declared> {
  static constexpr std::array names{"user", "Größe"};
};

struct Unprefixed {
  Declared first;
  Venue rest;
};
template <>
struct FieldNames<Unprefixed> {
  static constexpr std::array<std::string_view, 2> names{"", "r"};
};

struct Tree {
  std::int32_t value;
  std::vector<Tree> children;
};

struct Twice {
  Declared one, two;
};
template <>
struct FieldNames<Twice> {
  static constexpr std::array names{"", ""};
};

struct Empty {};

namespace {

struct Hidden {
  int in_unnamed_namespace;
};

TEST_CASE("every member type has its column type, name and nullability") {
  const auto schema = struct_schema<EveryType>("every", {"uuid", "big"});
  REQUIRE_MESSAGE(schema, schema.error().to_string());
  const std::string sql = (*schema)->to_sql();
  const auto expected = parse_ddl(R"(CREATE TABLE every (
    a_bool BOOLEAN NOT NULL, tiny TINYINT NOT NULL, small SMALLINT NOT NULL,
    integer INTEGER NOT NULL, big BIGINT NOT NULL, utiny TINYINT UNSIGNED NOT NULL,
    usmall SMALLINT UNSIGNED NOT NULL, uinteger INTEGER UNSIGNED NOT NULL,
    ubig BIGINT UNSIGNED NOT NULL, "real" REAL NOT NULL, a_double DOUBLE NOT NULL,
    fee DECIMAL(10, 2) NOT NULL, uuid UUID NOT NULL, text VARCHAR NOT NULL,
    "view" VARCHAR NOT NULL, maybe INTEGER, maybe_fee DECIMAL(38, 0),
    numbers SMALLINT ARRAY NOT NULL, tags VARCHAR NOT NULL ARRAY,
    prices MAP<VARCHAR, DOUBLE NOT NULL> NOT NULL,
    venue ROW("name" VARCHAR NOT NULL, rank INTEGER),
    venues ROW("name" VARCHAR NOT NULL, rank INTEGER) NOT NULL ARRAY NOT NULL,
    "home.name" VARCHAR NOT NULL, "home.rank" INTEGER, PRIMARY KEY (uuid, big)))");
  REQUIRE_MESSAGE(expected, expected.error().to_string());
  CHECK(sql == std::get<CreateTable>(expected->statements.at(0)).schema->to_sql());
}

TEST_CASE("names come from the compiler wherever the struct stands") {
  struct Local {
    int in_function;
  };
  CHECK(internal::kFieldNames<Hidden>[0] == "in_unnamed_namespace");
  CHECK(internal::kFieldNames<Local>[0] == "in_function");
  CHECK(internal::kFieldNames<Venue>[1] == "rank");
}

TEST_CASE("declared names win, and an empty one is a group without a prefix") {
  const auto schema = struct_schema<Unprefixed>("t");
  REQUIRE_MESSAGE(schema, schema.error().to_string());
  std::vector<std::string> names;
  for (const Column& c : (*schema)->columns()) names.push_back(c.name);
  CHECK(names == std::vector<std::string>{"user", "Größe", "r.name", "r.rank"});
}

TEST_CASE("what a schema refuses is an error that names it") {
  const auto twice = struct_schema<Twice>("t");
  REQUIRE(!twice);
  CHECK(twice.error().to_string().find("user") != std::string::npos);
  const auto no_key = struct_schema<Declared>("t", {"nope"});
  REQUIRE(!no_key);
  CHECK(no_key.error().to_string().find("nope") != std::string::npos);
  CHECK(!struct_schema<Empty>("t"));
  const auto tree = struct_schema<Tree>("t");
  REQUIRE(!tree);
  CHECK(tree.error().code == ErrorCode::kLimit);
}

}  // namespace
}  // namespace wisp
