// wisp alter, and the schema versions that rowdump schema shows.
#include <doctest/doctest.h>

#include <string>

#include "../engine/scratch.h"
#include "command.h"

namespace wisp::testing {
namespace {

bool contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("the text is: ", text);
  return found;
}

void make_table(const std::string& db) {
  REQUIRE(run({"wisp", "create", db, "-"},
              {.input = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR)"})
              .exit_code == 0);
  REQUIRE(run({"wisp", "put", db, "t", "{\"id\": 1, \"a\": 5, \"b\": \"x\"}"}).exit_code == 0);
}

TEST_CASE("alter takes statements, a file or stdin, and rows read as the newest version") {
  const ScratchDirectory scratch;
  const std::string db = scratch.path();
  make_table(db);
  const Outcome first =
      run({"wisp", "alter", db, "ALTER TABLE t ADD c INT NOT NULL DEFAULT 7, DROP b"});
  CHECK(first.exit_code == 0);
  CHECK(first.out.empty());
  CHECK(contains(first.err, "altered table \"t\": schema version 2"));
  CHECK(run({"rowdump", "scan", db, "t"}).out == "{\"id\":1,\"a\":5,\"c\":7}\n");
  write_file(scratch.path("change.sql"), "ALTER TABLE t RENAME a TO x;\n");
  CHECK(run({"wisp", "alter", db, scratch.path("change.sql")}).exit_code == 0);
  CHECK(run({"wisp", "alter", db, "-"}, {.input = "alter table t rename to u"}).exit_code == 0);
  CHECK(run({"rowdump", "scan", db, "u"}).out == "{\"id\":1,\"x\":5,\"c\":7}\n");
  const Outcome drop = run({"wisp", "alter", db, "DROP TABLE u"});
  CHECK(drop.exit_code == 0);
  CHECK(contains(drop.err, "dropped table \"u\""));
  CHECK(run({"rowdump", "scan", db, "u"}).exit_code == 1);
}

TEST_CASE("what alter refuses changes nothing and says where it is") {
  const ScratchDirectory scratch;
  const std::string db = scratch.path();
  make_table(db);
  REQUIRE(run({"wisp", "put", db, "t", "{\"id\": 2}"}).exit_code == 0);
  const Outcome name = run({"wisp", "alter", db, "ALTER TABLE t ADD c INT, DROP bb"});
  CHECK(name.exit_code == 1);
  CHECK(contains(name.err, "did you mean \"b\"?"));
  CHECK(contains(name.err, "^"));
  const Outcome null = run({"wisp", "alter", db, "ALTER TABLE t ALTER a SET NOT NULL"});
  CHECK(null.exit_code == 1);
  CHECK(contains(null.err, "key (2)"));
  write_file(scratch.path("bad.sql"), "ALTER TABLE t DROP a;\nALTER TABLE none DROP a;\n");
  const Outcome file = run({"wisp", "alter", db, scratch.path("bad.sql")});
  CHECK(file.exit_code == 1);
  CHECK(contains(file.err, "bad.sql"));
  CHECK(contains(file.err, "line 2"));
  CHECK(run({"rowdump", "scan", db, "t"}).out == "{\"id\":1,\"a\":5,\"b\":\"x\"}\n{\"id\":2}\n");
  CHECK(run({"wisp", "alter", db}).exit_code == 2);
  for (const char* nothing : {"", " ;\n"}) {
    const Outcome empty = run({"wisp", "alter", db, nothing});
    CHECK(empty.exit_code == 1);
    CHECK(contains(empty.err, "there is no statement"));
  }
  CHECK(run({"wisp", "alter", db, scratch.path("none.sql")}).exit_code == 3);
  CHECK(run({"wisp", "alter", scratch.path("none"), "DROP TABLE t"}).exit_code == 3);
  CHECK_FALSE(std::filesystem::exists(scratch.path("none")));
}

TEST_CASE("alter changes a type and every table that uses it") {
  const ScratchDirectory scratch;
  const std::string db = scratch.path();
  REQUIRE(run({"wisp", "create", db, "-"},
              {.input = "CREATE TYPE item AS (sku VARCHAR, qty INT);"
                        "CREATE TYPE shopping_cart AS (items item ARRAY);"
                        "CREATE TABLE users (id INT PRIMARY KEY, cart SHOPPING_CART);"
                        "CREATE TABLE stock (id INT PRIMARY KEY, one item);"
                        "CREATE TABLE other (id INT PRIMARY KEY)"})
              .exit_code == 0);
  const std::string old_user = R"({"id": 1, "cart": {"items": [{"sku": "tea", "qty": 2}, null]}})";
  REQUIRE(run({"wisp", "put", db, "users", old_user}).exit_code == 0);
  REQUIRE(run({"wisp", "put", db, "stock", R"({"id": 1, "one": {"sku": "tea"}})"}).exit_code == 0);
  const Outcome alter =
      run({"wisp", "alter", db, "ALTER TYPE item ADD ATTRIBUTE price DECIMAL(10, 2)"});
  CHECK(alter.exit_code == 0);
  CHECK(contains(alter.err, "altered type \"item\""));
  CHECK(contains(alter.err, "altered table \"users\": schema version 2"));
  CHECK(contains(alter.err, "altered table \"stock\": schema version 2"));
  CHECK(alter.err.find("other") == std::string::npos);
  REQUIRE(run({"wisp", "put", db, "users",
               R"({"id": 2, "cart": {"items": [{"sku": "mug", "price": "4.50"}]}})"})
              .exit_code == 0);
  const std::string first = R"({"id":1,"cart":{"items":[{"sku":"tea","qty":2,"price":null},null]}})"
                            "\n";
  const std::string second = R"({"id":2,"cart":{"items":[{"sku":"mug","qty":null,"price":4.50}]}})"
                             "\n";
  CHECK(run({"rowdump", "get", db, "users", "1"}).out == first);
  CHECK(run({"rowdump", "scan", db, "users"}).out == first + second);
  CHECK(run({"rowdump", "get", db, "stock", "1"}).out ==
        "{\"id\":1,\"one\":{\"sku\":\"tea\",\"qty\":null,\"price\":null}}\n");
  const Outcome bytes = run({"rowdump", "bytes", db, "users", "1"});
  CHECK(bytes.exit_code == 0);
  CHECK(contains(bytes.out, "cart"));
  CHECK(run({"rowdump", "stats", db, "users"}).exit_code == 0);
  CHECK(run({"rowdump", "schema", db, "users", "--versions"}).out ==
        "{\"table\":\"users\",\"version\":1,\"columns\":2,\"change\":\"CREATE TABLE\"}\n"
        "{\"table\":\"users\",\"version\":2,\"columns\":2,\"change\":\"ALTER TYPE \\\"item\\\" ADD "
        "ATTRIBUTE \\\"price\\\" DECIMAL(10, 2)\"}\n");
  CHECK(run({"rowdump", "schema", db, "users", "--version", "1"}).out.find("price") ==
        std::string::npos);
  CHECK(contains(run({"rowdump", "schema", db}).out, "\"price\" DECIMAL(10, 2)"));
  const Outcome drop = run({"wisp", "alter", db, "ALTER TYPE item DROP ATTRIBUTE qty"});
  CHECK(drop.exit_code == 1);
  CHECK(contains(drop.err, "an attribute cannot be dropped"));
  CHECK(contains(drop.err, "^"));
  CHECK(run({"wisp", "alter", db, "ALTER TYPE items ADD ATTRIBUTE x INT"}).exit_code == 1);
}

TEST_CASE("rowdump schema shows every version and what changed") {
  const ScratchDirectory scratch;
  const std::string db = scratch.path();
  make_table(db);
  REQUIRE(run({"wisp", "alter", db,
               "ALTER TABLE t ADD c VARCHAR DEFAULT 'it''s', DROP b, RENAME a TO x;"
               "ALTER TABLE t ALTER x TYPE BIGINT, ALTER c DROP DEFAULT, ALTER c SET NOT NULL;"
               "ALTER TABLE t RENAME TO u, ALTER c DROP NOT NULL, ALTER x SET DEFAULT 3"})
              .exit_code == 0);
  const Outcome list = run({"rowdump", "schema", db, "u", "--versions"});
  CHECK(list.exit_code == 0);
  CHECK(
      list.out ==
      "{\"table\":\"t\",\"version\":1,\"columns\":3,\"change\":\"CREATE TABLE\"}\n"
      "{\"table\":\"t\",\"version\":2,\"columns\":3,\"change\":"
      "\"RENAME \\\"a\\\" TO \\\"x\\\", ADD \\\"c\\\" VARCHAR DEFAULT 'it''s', DROP \\\"b\\\"\"}\n"
      "{\"table\":\"t\",\"version\":3,\"columns\":3,\"change\":"
      "\"ALTER \\\"x\\\" TYPE BIGINT, ALTER \\\"c\\\" DROP DEFAULT, ALTER \\\"c\\\" SET NOT "
      "NULL\"}\n"
      "{\"table\":\"u\",\"version\":4,\"columns\":3,\"change\":"
      "\"RENAME TO \\\"u\\\", ALTER \\\"x\\\" SET DEFAULT 3, ALTER \\\"c\\\" DROP NOT "
      "NULL\"}\n");
  CHECK(run({"rowdump", "schema", db, "--versions", "-f", "csv"}).exit_code == 0);
  const Outcome first = run({"rowdump", "schema", db, "u", "--version", "1"});
  CHECK(first.exit_code == 0);
  CHECK(contains(first.out, "CREATE TABLE \"t\""));
  CHECK(contains(first.out, "\"b\" VARCHAR"));
  CHECK(run({"rowdump", "schema", db, "u", "--version", "4"}).out ==
        run({"rowdump", "schema", db, "u"}).out);
  const Outcome none = run({"rowdump", "schema", db, "u", "--version", "5"});
  CHECK(none.exit_code == 1);
  CHECK(contains(none.err, "the newest is 4"));
  CHECK(run({"rowdump", "schema", db, "u", "--version", "0"}).exit_code == 1);
  CHECK(run({"rowdump", "schema", db, "--version", "1"}).exit_code == 2);
  CHECK(run({"rowdump", "schema", db, "u", "--version", "1", "--versions"}).exit_code == 2);
  CHECK(run({"rowdump", "schema", db, "u", "-f", "csv"}).exit_code == 2);
}

}  // namespace
}  // namespace wisp::testing
