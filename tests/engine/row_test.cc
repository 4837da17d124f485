// How long rows live: longer than tables, databases and compactions.
#include "wisp/engine/row.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

static_assert(!std::is_copy_constructible_v<Row> && !std::is_copy_assignable_v<Row>);
static_assert(std::is_nothrow_move_constructible_v<Row> && std::is_nothrow_move_assignable_v<Row>);
template <typename R>
concept ReadsText = requires(R row, const ColumnHandle<std::string_view>& c) {
  std::forward<R>(row)[c];
};
template <typename R>
concept GetsText = requires(R row, const ColumnHandle<std::string_view>& c) {
  std::forward<R>(row).get(c);
};
static_assert(ReadsText<Row&> && !ReadsText<Row&&> && GetsText<Row&> && !GetsText<Row&&>);

constexpr int kRows = 50;

std::string text_of(int i) {
  return "row " + std::to_string(i) + std::string(300, 'a' + i % 26);
}

Database filled(const std::string& path, const DatabaseOptions& options = {}) {
  Database db = must(Database::create(path, options));
  must(db.execute("CREATE TABLE t (k VARCHAR PRIMARY KEY, v VARCHAR)"));
  const Table table = must(db.table("t"));
  for (int i = 0; i < kRows; ++i) {
    RowBuilder row = table.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(std::to_string(i))));
    must(row.set_value(ColumnIndex{1}, Value(text_of(i))));
    must(table.put(row, kNoSync));
  }
  return db;
}

std::vector<Row> read_all(const Table& table) {
  std::vector<Row> rows;
  for (int i = 0; i < kRows; ++i) {
    std::optional<Row> row = must(table.get(std::vector<Value>{Value(std::to_string(i))}));
    REQUIRE(row.has_value());
    rows.push_back(std::move(*row));
  }
  return rows;
}

void check_all(const std::vector<Row>& rows, const ColumnHandle<std::string_view>& k,
               const ColumnHandle<std::string_view>& v) {
  for (int i = 0; i < kRows; ++i) {
    CHECK(rows[i][k] == std::to_string(i));
    CHECK(rows[i][v] == text_of(i));
    CHECK(rows[i].checksum() == RowChecksum::kMatches);
  }
}

TEST_CASE("rows outlive table and database, from memtable and from block cache") {
  const ScratchDirectory scratch;
  for (const bool flushed : {false, true}) {
    for (const bool cached : {false, true}) {
      CAPTURE(flushed);
      CAPTURE(cached);
      DatabaseOptions options;
      if (!cached) options.block_cache_bytes = 0;
      std::optional<Database> db(
          filled(scratch.path(std::to_string(flushed) + std::to_string(cached)), options));
      if (flushed) must(db->flush());
      std::optional<Table> table(must(db->table("t")));
      const auto k = must(table->column<std::string_view>("k"));
      const auto v = must(table->column<std::string_view>("v"));
      std::vector<Row> rows = read_all(*table);
      table.reset();
      db.reset();
      check_all(rows, k, v);
      // Released after the store, and in another thread.
      std::thread([moved = std::move(rows), &k, &v] { check_all(moved, k, v); }).join();
    }
  }
}

TEST_CASE("rows stay as they were when the table changes under them") {
  const ScratchDirectory scratch;
  DatabaseOptions options;
  options.block_cache_bytes = 4096;  // everything is evicted at once
  Database db = filled(scratch.path(), options);
  must(db.flush());
  const Table table = must(db.table("t"));
  const auto k = must(table.column<std::string_view>("k"));
  const auto v = must(table.column<std::string_view>("v"));
  std::vector<Row> rows = read_all(table);
  for (int i = 0; i < kRows; ++i) {
    must(table.erase(std::vector<Value>{Value(std::to_string(i))}, kNoSync));
  }
  must(db.compact());
  CHECK_FALSE(must(must(table.scan()).next()));
  check_all(rows, k, v);
}

TEST_CASE("a reused Row serves memtable and file, tables and databases in turn") {
  const ScratchDirectory scratch;
  Database a = filled(scratch.path("a"));
  must(a.flush());
  std::optional<Database> b(filled(scratch.path("b")));
  Row row;
  for (int i = 0; i < kRows; ++i) {
    for (const Database* db : {&a, &*b}) {
      const Table table = must(db->table("t"));
      REQUIRE(must(table.get(std::vector<Value>{Value(std::to_string(i))}, row)));
      CHECK(row[must(table.column<std::string_view>("v"))] == text_of(i));
    }
  }
  b.reset();
  const Table table = must(a.table("t"));
  REQUIRE(must(table.get(std::vector<Value>{Value::text("1")}, row)));
  CHECK(row[must(table.column<std::string_view>("v"))] == text_of(1));
}

TEST_CASE("a moved row reads the same, the one moved from is empty") {
  const ScratchDirectory scratch;
  const Database db = filled(scratch.path());
  const Table table = must(db.table("t"));
  const auto k = must(table.column<std::string_view>("k"));
  const auto v = must(table.column<std::string_view>("v"));
  Row first = std::move(*must(table.get(std::vector<Value>{Value::text("3")})));
  Row second(std::move(first));
  CHECK(first.empty());  // NOLINT: what is checked
  CHECK(second[k] == "3");
  CHECK(second[v] == text_of(3));
  first = std::move(second);
  CHECK(first[k] == "3");
  Row& same = first;
  first = std::move(same);
  CHECK(first[k] == "3");
  REQUIRE(must(table.get(std::vector<Value>{Value::text("4")}, second)));
  CHECK(second[k] == "4");
}

TEST_CASE("kept rows of a cursor outlive it; text keys that are escaped or descending too") {
  const ScratchDirectory scratch;
  std::vector<Row> kept;
  std::optional<Database> db(must(Database::create(scratch.path())));
  // DDL has no DESC in a key, so the schema is built.
  const SchemaPtr schema = must(SchemaBuilder("t")
                                    .add("a", Type::varchar())
                                    .add("b", Type::varchar())
                                    .key("a", SortOrder::kDescending)
                                    .key("b")
                                    .build());
  std::optional<Table> table(must(db->create_table(schema)));
  const auto a = must(table->column<std::string_view>("a"));
  const auto b = must(table->column<std::string_view>("b"));
  const std::vector<std::string> texts = {"", std::string(1, '\0'), std::string("x\0\xff", 3), "x",
                                          "y"};
  for (const std::string& s : texts) {
    RowBuilder row = table->row_builder();
    must(row.set_value(ColumnIndex{0}, Value::text(s == texts[2] ? "z" : s)));
    must(row.set_value(ColumnIndex{1}, Value::text(s == texts[2] ? std::string("z\0z", 3) : s)));
    must(table->put(row, kNoSync));
  }
  {
    Cursor cursor = must(table->scan());
    while (must(cursor.next())) kept.push_back(cursor.keep());
  }
  table.reset();
  db.reset();
  REQUIRE(kept.size() == 5);
  CHECK(kept[0][a] == "z");
  CHECK(kept[0][b] == std::string_view("z\0z", 3));
  CHECK(kept[1][a] == "y");
  CHECK(kept[2][a] == "x");
  CHECK(kept[2][b] == "x");
  CHECK(kept[3][a] == std::string_view("\0", 1));
  CHECK(kept[3][b] == std::string_view("\0", 1));
  CHECK(kept[4][a] == "");
  CHECK(must(kept[0].value(ColumnIndex{1})) == Value(std::string("z\0z", 3)));
}

}  // namespace
}  // namespace wisp
