// Creating, opening, closing; DDL; what survives a reopening.
#include "wisp/engine/database.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "scratch.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr const char* kUserDdl =
    "CREATE TYPE shopping_cart AS (item VARCHAR, quantity INTEGER);"
    "CREATE TABLE user (id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, age INT, cart SHOPPING_CART)";

TEST_CASE("a row written is a row read, also after a reopening") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    const ExecuteOutcome outcome = must(db.execute(kUserDdl));
    CHECK(outcome.created_tables == std::vector<std::string>{"user"});
    CHECK(outcome.created_types.size() == 1);
    const Table table = must(db.table("USER"));
    RowBuilder row = table.row_builder();
    const auto name = must(table.column<std::string_view>("name"));
    const auto age = must(table.column<std::int32_t>("age"));
    must(row.set_value(must(table.schema()->find("id")), Value(std::int64_t{7})));
    row.set(name, "Ada");
    row.set(age, 36);
    must(table.put(row));
    must(db.close());
  }
  Database db = must(Database::open(scratch.path()));
  CHECK(db.open_report().warnings.empty());
  CHECK(db.table_names() == std::vector<std::string>{"user"});
  CHECK(db.types().size() == 1);
  const Table table = must(db.table("user"));
  const std::vector<Value> key{Value(std::int64_t{7})};
  const std::optional<Row> row = must(table.get(key));
  REQUIRE(row.has_value());
  CHECK((*row)[must(table.column<std::string_view>("name"))] == "Ada");
  CHECK((*row)[must(table.column<std::int32_t>("age"))] == 36);
  CHECK((*row)[must(table.column<std::int64_t>("id"))] == 7);
  Cursor cursor = must(table.scan());
  REQUIRE(must(cursor.next()));
  CHECK(must(cursor.row().value(must(table.schema()->find("name")))) == Value::text("Ada"));
  CHECK_FALSE(must(cursor.next()));
}

}  // namespace
}  // namespace wisp
