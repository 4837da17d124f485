// wisp create, put and erase.
#include <doctest/doctest.h>

#include <string>

#include "../engine/scratch.h"
#include "command.h"

namespace wisp::testing {
namespace {

// 716 columns as users write them, one of a declared type.
std::string wide_sql() {
  std::string sql =
      "CREATE TYPE LINE AS (sku VARCHAR(20) NOT NULL, quantity INT, prices DECIMAL(10, 2) ARRAY);\n"
      "CREATE TYPE SHOPPING_CART AS (items LINE ARRAY, vouchers MAP<VARCHAR, DOUBLE>,\n"
      "  owner ROW(name VARCHAR, active BOOLEAN));\n"
      "create table user (\n";
  const char* const types[] = {"boolean", "INT", "VARCHAR", "DOUBLE", "TIMESTAMP"};
  for (int i = 0; i < 716; ++i) {
    sql += "  anon" + std::to_string(i) + " " + (i == 8 ? "SHOPPING_CART" : types[i % 5]) + " NULL";
    sql += i == 715 ? "\n" : ",\n";
  }
  return sql + ");\n";
}

TEST_CASE("a nested value in one of 716 columns goes in and comes out") {
  const ScratchDirectory scratch;
  write_file(scratch.path("user.sql"), wide_sql());
  const std::string db = scratch.path();
  const Outcome create = run({"wisp", "create", db, scratch.path("user.sql")});
  CAPTURE(create.err);
  REQUIRE(create.exit_code == 0);
  CHECK(create.out.empty());
  const std::string row =
      "{\"anon1\":-7,\"anon7\":\"text\",\"anon8\":{\"items\":[{\"sku\":\"A-1\",\"quantity\":2,"
      "\"prices\":[1.50,null,99999999.99]},{\"sku\":\"B\"}],\"vouchers\":{\"may\":0.5,\"x "
      "y\":null},"
      "\"owner\":{\"name\":\"Z\xC3\xBC\",\"active\":true}},\"anon715\":true}";
  const Outcome put = run({"wisp", "put", db, "user", row});
  CAPTURE(put.err);
  REQUIRE(put.exit_code == 0);
  const std::string id = put.out.substr(0, put.out.size() - 1);
  const Outcome get = run({"rowdump", "get", db, "user", id});
  CHECK(get.exit_code == 0);
  // A NULL field of a ROW prints as it does everywhere: compared without such fields.
  CHECK(get.out.find("\"anon8\":{\"items\":[{\"sku\":\"A-1\",\"quantity\":2,\"prices\":[1.50,null,"
                     "99999999.99]},{\"sku\":\"B\"") != std::string::npos);
  CHECK(get.out.find("\"vouchers\":{\"may\":0.5,\"x y\":null}") != std::string::npos);
  CHECK(get.out.find("\"anon715\":true}") != std::string::npos);
  // The printed row is one that can be put again.
  const Outcome again = run({"wisp", "put", db, "user"}, {.input = get.out});
  REQUIRE(again.exit_code == 0);
  CHECK(run({"rowdump", "get", db, "user", again.out.substr(0, again.out.size() - 1)}).out ==
        get.out);
  const Outcome bad =
      run({"wisp", "put", db, "user", "{\"anon8\":{\"items\":[{\"quantity\":1}]}}"});
  CHECK(bad.exit_code == 1);
  CHECK(bad.err.find("anon8") != std::string::npos);
  CHECK(bad.err.find("nothing was stored") != std::string::npos);
}

TEST_CASE("put replaces, is all or nothing, and fills in defaults") {
  const ScratchDirectory scratch;
  const std::string db = scratch.path();
  REQUIRE(run({"wisp", "create", db, "-"},
              {.input = "CREATE TABLE t (id INT PRIMARY KEY, a INT DEFAULT 5, b VARCHAR)"})
              .exit_code == 0);
  REQUIRE(run({"wisp", "put", db, "t", "{\"id\": 1, \"b\": \"x\"}"}).exit_code == 0);
  REQUIRE(run({"wisp", "put", db, "t", "{\n \"id\": 1,\n \"a\": null\n}"}).exit_code == 0);
  CHECK(run({"rowdump", "scan", db, "t"}).out == "{\"id\":1}\n");
  // What NULL is said to be stays NULL; what is left out gets its default.
  CHECK(run({"rowdump", "scan", db, "t", "-f", "jsonl", "--all"}).out ==
        "{\"id\":1,\"a\":null,\"b\":null}\n");
  const Outcome half = run({"wisp", "put", db, "t"}, {.input = "{\"id\": 2}\n\n{\"id\": \"x\"}\n"});
  CHECK(half.exit_code == 1);
  CHECK(half.err.find("line 3") != std::string::npos);
  CHECK(run({"rowdump", "scan", db, "t"}).out == "{\"id\":1}\n");
  REQUIRE(run({"wisp", "put", db, "t", "-"}, {.input = "{\"id\": 2}\n\n{\"id\": 3}\n"}).exit_code ==
          0);
  CHECK(run({"rowdump", "scan", db, "t"}).out ==
        "{\"id\":1}\n{\"id\":2,\"a\":5}\n{\"id\":3,\"a\":5}\n");
  const Outcome erase = run({"wisp", "erase", db, "t", "2", "7", "1"});
  CHECK(erase.exit_code == 1);
  CHECK(erase.err.find("key 7") != std::string::npos);
  CHECK(run({"rowdump", "scan", db, "t"}).out == "{\"id\":3,\"a\":5}\n");
}

TEST_CASE("create is whole or nothing, and warns of what is not kept") {
  const ScratchDirectory scratch;
  const std::string db = scratch.path();
  write_file(scratch.path("a.sql"), "CREATE TYPE point AS (x DOUBLE, y DOUBLE);");
  write_file(scratch.path("b.sql"), "CREATE TABLE t (p point,\n  q INT CHECK (q > 0));");
  write_file(scratch.path("bad.sql"), "CREATE TABLE u (a INT);\nCREATE TABLE v (a INTT);");
  const Outcome bad = run({"wisp", "create", db, scratch.path("a.sql"), scratch.path("bad.sql")});
  CHECK(bad.exit_code == 1);
  CHECK(bad.err.find("bad.sql") != std::string::npos);
  CHECK(bad.err.find("line 2") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(db));
  const Outcome good = run({"wisp", "create", db, scratch.path("a.sql"), scratch.path("b.sql")});
  CHECK(good.exit_code == 0);
  CHECK(good.err.find("b.sql: warning: line 2") != std::string::npos);
  CHECK(good.err.find("CHECK") != std::string::npos);
  CHECK(run({"wisp", "create", db, scratch.path("bad.sql")}).exit_code == 1);
  CHECK(run({"rowdump", "schema", db, "u"}).exit_code == 1);
  CHECK(run({"wisp", "create", db, scratch.path("none.sql")}).exit_code == 3);
  // No file at all: an empty database.
  CHECK(run({"wisp", "create", scratch.path("empty")}).exit_code == 0);
  CHECK(run({"rowdump", "ls", scratch.path("empty")}).out.empty());
}

}  // namespace
}  // namespace wisp::testing
