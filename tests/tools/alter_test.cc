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
  CHECK(name.exit_code == 2);  // the statement is wrong, whatever the data
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
  CHECK(run({"wisp", "alter", db, scratch.path("none.sql")}).exit_code == 3);
  CHECK(run({"wisp", "alter", scratch.path("none"), "DROP TABLE t"}).exit_code == 3);
  CHECK_FALSE(std::filesystem::exists(scratch.path("none")));
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
