// Reading and writing rows of one table: keys, hidden row ids, errors, limits.
#include "wisp/engine/table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

Value integer(std::int64_t v) {
  return Value(v);
}

RowBuilder row_of(const Table& table, const std::vector<std::pair<const char*, Value>>& fields) {
  RowBuilder row = table.row_builder();
  for (const auto& [name, value] : fields) {
    must(row.set_value(must(table.schema()->find(name)), value));
  }
  return row;
}

struct OneTable {
  explicit OneTable(const std::string& ddl, const DatabaseOptions& options = {})
      : db(must(Database::create(scratch.path(), options))) {
    const auto created = must(db.execute(ddl)).created_tables;
    table = must(db.table(created.at(0)));
  }
  void reopen() {
    must(db.close());
    db = must(Database::open(scratch.path()));
    table = must(db.table(table.schema()->table_name()));
  }
  ScratchDirectory scratch;
  Database db;
  Table table;
};

TEST_CASE("put, replace, erase") {
  OneTable t("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR)");
  const std::vector<Value> key{integer(1)};
  CHECK_FALSE(must(t.table.get(key)).has_value());
  RowBuilder row = row_of(t.table, {{"k", integer(1)}, {"v", Value::text("one")}});
  must(t.table.put(row));
  const auto v = must(t.table.column<std::string_view>("v"));
  CHECK((*must(t.table.get(key)).operator->()).schema().table_name() == "t");
  Row reused;
  CHECK(reused.empty());
  REQUIRE(must(t.table.get(key, reused)));
  CHECK(reused[v] == "one");
  row = row_of(t.table, {{"k", integer(1)}});
  must(t.table.put(row));
  REQUIRE(must(t.table.get(key, reused)));
  CHECK_FALSE(reused[v].has_value());
  CHECK_FALSE(reused.empty());
  must(t.table.erase(key));
  CHECK_FALSE(must(t.table.get(key, reused)));
  CHECK(reused.empty());
  must(t.table.erase(key));  // a missing row is no error

  std::string encoded;
  must(append_key(*t.table.schema(), key, encoded));
  must(t.table.put(row));
  CHECK(must(t.table.get_encoded(encoded, reused)));
  CHECK(reused.key_bytes() == encoded);
  CHECK_FALSE(must(t.table.get_encoded("no such key", reused)));
}

TEST_CASE("a key has exactly its columns, of their types") {
  OneTable t("CREATE TABLE t (a INT, b VARCHAR, v INT, PRIMARY KEY (a, b))");
  CHECK(code_of(t.table.get(std::vector<Value>{integer(1)})) == ErrorCode::kInvalidArgument);
  CHECK(code_of(t.table.get(std::vector<Value>{})) == ErrorCode::kInvalidArgument);
  CHECK(code_of(t.table.get(std::vector<Value>{integer(1), Value::text("x"), integer(1)})) ==
        ErrorCode::kInvalidArgument);
  const auto wrong = t.table.get(std::vector<Value>{Value::text("x"), Value::text("x")});
  CHECK(code_of(wrong) == ErrorCode::kConstraint);
  CHECK(says(wrong, "\"a\""));
  CHECK(code_of(t.table.erase(std::vector<Value>{integer(1), Value()})) == ErrorCode::kConstraint);
  CHECK(code_of(t.table.get(std::uint64_t{1})) == ErrorCode::kInvalidArgument);
  CHECK(code_of(t.table.erase(std::uint64_t{1})) == ErrorCode::kInvalidArgument);
  const std::string long_text(kMaxKeyBytes, 'x');
  CHECK(code_of(t.table.get(std::vector<Value>{integer(1), Value(long_text)})) ==
        ErrorCode::kLimit);
}

TEST_CASE("what a row lacks is named") {
  OneTable t("CREATE TABLE t (a INT PRIMARY KEY, name VARCHAR NOT NULL, x INT)");
  RowBuilder row = row_of(t.table, {{"a", integer(1)}});
  const auto no_name = t.table.put(row);
  CHECK(code_of(no_name) == ErrorCode::kConstraint);
  CHECK(says(no_name, "name"));
  CHECK(says(no_name, "table \"t\""));
  row = row_of(t.table, {{"name", Value::text("x")}});
  const auto no_key = t.table.put(row);
  CHECK_FALSE(no_key.has_value());
  CHECK(says(no_key, "\"a\""));
  CHECK_FALSE(must(must(t.table.scan()).next()));
}

TEST_CASE("a builder of another table is refused") {
  OneTable t("CREATE TABLE t (a INT PRIMARY KEY); CREATE TABLE u (a INT PRIMARY KEY)");
  const Table other = must(t.db.table("u"));
  RowBuilder row = row_of(other, {{"a", integer(1)}});
  CHECK(code_of(t.table.put(row)) == ErrorCode::kInvalidArgument);
  WriteBatch batch = t.db.batch();
  CHECK(code_of(batch.put(t.table, row)) == ErrorCode::kInvalidArgument);
  CHECK(batch.row_count() == 0);
  CHECK(batch.size_bytes() == 0);
}

TEST_CASE("a row above the limit is refused") {
  DatabaseOptions options;
  options.max_row_bytes = 1000;
  OneTable t("CREATE TABLE t (v VARCHAR)", options);
  RowBuilder fits = row_of(t.table, {{"v", Value(std::string(900, 'x'))}});
  must(t.table.put(fits));
  RowBuilder large = row_of(t.table, {{"v", Value(std::string(1001, 'x'))}});
  CHECK(code_of(t.table.put(large)) == ErrorCode::kLimit);
  // Also where the builder was made with another limit.
  RowBuilder unlimited(t.table.layout());
  const std::string text(1001, 'x');
  unlimited.set(must(t.table.column<std::string_view>("v")), text);
  CHECK(code_of(t.table.put(unlimited)) == ErrorCode::kLimit);
  // A refused row uses up no row id.
  CHECK(must(t.table.put(fits)) == 2);
}

TEST_CASE("the limit of rows is that of patches too, and of what a transaction makes of them") {
  for (const std::size_t limit : {std::size_t{1000}, std::size_t{40} << 20}) {
    DatabaseOptions options;
    options.max_row_bytes = limit;
    OneTable t("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR, w VARCHAR)", options);
    const std::vector<Value> key = {integer(1)};
    RowBuilder row = row_of(t.table, {{"k", integer(1)}});
    must(t.table.put(row, kNoSync));
    const auto patch_of = [&](const char* column, std::size_t size) {
      PatchBuilder patch = t.table.patch_builder();
      must(patch.set_value(must(t.table.schema()->find(column)), Value(std::string(size, 'x'))));
      return patch;
    };
    PatchBuilder large = patch_of("v", limit);
    CHECK(code_of(t.table.update(key, large, OnMissing::kIgnore, kNoSync)) == ErrorCode::kLimit);
    PatchBuilder most = patch_of("v", limit / 10 * 9);
    must(t.table.update(key, most, OnMissing::kIgnore, kNoSync));
    PatchBuilder more = patch_of("w", limit / 10 * 9);
    Transaction transaction = must(t.db.begin_transaction());
    CHECK(code_of(transaction.update(t.table, key, more)) == ErrorCode::kLimit);
    must(transaction.update(t.table, key, most));
    must(transaction.commit(kNoSync));
  }
}

TEST_CASE("hidden row ids are ordered, never reused, and survive a reopening") {
  OneTable t("CREATE TABLE t (v INT)");
  std::uint64_t last = 0;
  std::vector<std::uint64_t> ids;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      RowBuilder row = row_of(t.table, {{"v", integer(i)}});
      const std::uint64_t id = must(t.table.put(row, kNoSync));
      CHECK(id > last);
      last = id;
      ids.push_back(id);
    }
    must(t.table.erase(last, kNoSync));
    ids.pop_back();
    t.reopen();
  }
  Cursor cursor = must(t.table.scan());
  std::vector<std::uint64_t> seen;
  while (must(cursor.next())) seen.push_back(must(cursor.row().row_id()));
  CHECK(seen == ids);

  const std::optional<Row> row = must(t.table.get(ids[1]));
  REQUIRE(row.has_value());
  CHECK((*row)[must(t.table.column<std::int32_t>("v"))] == 1);
  const std::vector<Value> as_key{integer(static_cast<std::int64_t>(ids[1]))};
  CHECK(must(t.table.get(as_key)).has_value());
  CHECK(code_of(t.table.get(std::vector<Value>{integer(-1)})) == ErrorCode::kConstraint);
  CHECK(code_of(t.table.get(std::vector<Value>{Value::text("1")})) == ErrorCode::kConstraint);
}

TEST_CASE("a lease ends and the next begins; a refused write loses nothing") {
  OneTable t("CREATE TABLE t (v INT)");
  WriteBatch batch = t.db.batch();
  RowBuilder row = row_of(t.table, {{"v", integer(1)}});
  for (std::uint64_t expected = 1; expected <= 9000; ++expected) {
    REQUIRE(must(batch.put(t.table, row)) == expected);
  }
  must(batch.commit(kNoSync));
  ScanOptions last;
  last.from = {integer(8999)};
  Cursor cursor = must(t.table.scan(last));
  CHECK(must(cursor.next()));
  CHECK(must(cursor.row().row_id()) == 8999);
}

TEST_CASE("closing gives the rest of a lease back; ids go on without a gap") {
  ScratchDirectory scratch;
  std::uint64_t expected = 1;
  for (int round = 0; round < 3; ++round) {
    Database db =
        must(round == 0 ? Database::create(scratch.path()) : Database::open(scratch.path()));
    if (round == 0) must(db.execute("CREATE TABLE t (v INT)"));
    const Table table = must(db.table("t"));
    RowBuilder row = row_of(table, {{"v", integer(round)}});
    for (int i = 0; i < 3; ++i) CHECK(must(table.put(row, kNoSync)) == expected++);
    must(db.close());
  }
}

TEST_CASE("put_at replaces an existing row and makes none") {
  OneTable t("CREATE TABLE t (v INT)");
  RowBuilder row = row_of(t.table, {{"v", integer(1)}});
  const std::uint64_t id = must(t.table.put(row));
  row = row_of(t.table, {{"v", integer(2)}});
  must(t.table.put_at(id, row));
  CHECK((*must(t.table.get(id)).operator->()).view().bytes().size() > 0);
  const std::optional<Row> replaced = must(t.table.get(id));
  CHECK((*replaced)[must(t.table.column<std::int32_t>("v"))] == 2);
  CHECK(code_of(t.table.put_at(id + 1, row)) == ErrorCode::kNotFound);
  // Nor where an update met no row and left its ghost.
  PatchBuilder patch = t.table.patch_builder();
  must(t.table.update(id + 1, patch));
  CHECK(code_of(t.table.put_at(id + 1, row)) == ErrorCode::kNotFound);
  CHECK(must(t.table.put(row)) == id + 1);
}

TEST_CASE("multi_get_encoded reads into rows again and again, as get_encoded does") {
  OneTable t("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR)");
  const auto v = must(t.table.column<std::string_view>("v"));
  std::vector<std::string> keys(300);
  for (int k = 0; k < 300; ++k) {
    must(append_key(*t.table.schema(), std::vector<Value>{integer(k)}, keys[k]));
    if (k % 3 == 0) continue;
    RowBuilder row = row_of(t.table, {{"k", integer(k)}, {"v", Value(std::to_string(k))}});
    must(t.table.put(row, kNoSync));
  }
  must(t.db.flush());
  std::mt19937 random(3);
  std::vector<Row> rows(200);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string_view> wanted;
    for (std::size_t i = 0; i < rows.size(); ++i) wanted.push_back(keys[random() % keys.size()]);
    must(t.table.multi_get_encoded(wanted, rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Row same;
      CHECK(must(t.table.get_encoded(wanted[i], same)) == !rows[i].empty());
      if (!rows[i].empty()) CHECK(rows[i][v] == same[v]);
    }
    // Rows that were read in another way are as good.
    std::shuffle(rows.begin(), rows.end(), random);
    must(t.table.get(std::vector<Value>{integer(1)}, rows[0]));
    rows[1] = rows[0].to_owned();
    rows[2] = Row();
  }
  // All or none.
  const std::string_view two[] = {keys[1], "not a key"};
  must(t.table.multi_get_encoded(two, std::span(rows).first(2)));
  CHECK(!rows[0].empty());
  CHECK(rows[1].empty());
  must(t.db.execute("DROP TABLE t"));
  CHECK(code_of(t.table.multi_get_encoded(two, std::span(rows).first(2))) == ErrorCode::kNotFound);
  CHECK(rows[0].empty());
}

TEST_CASE("multi_get answers in order, missing ones too") {
  OneTable t("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR)");
  for (int k = 0; k < 500; k += 2) {
    RowBuilder row = row_of(t.table, {{"k", integer(k)}, {"v", Value(std::to_string(k))}});
    must(t.table.put(row, kNoSync));
    if (k == 200) must(t.db.flush());
  }
  std::vector<std::vector<Value>> keys;
  for (int k = 499; k >= 0; --k) keys.push_back({integer(k)});
  const auto v = must(t.table.column<std::string_view>("v"));
  const std::vector<std::optional<Row>> rows = must(t.table.multi_get(keys));
  REQUIRE(rows.size() == 500);
  for (int i = 0; i < 500; ++i) {
    const int k = 499 - i;
    CHECK(rows[i].has_value() == (k % 2 == 0));
    if (rows[i]) CHECK((*rows[i])[v] == std::to_string(k));
  }
  CHECK(must(t.table.multi_get({})).empty());
  keys.push_back({Value::text("x")});
  CHECK(code_of(t.table.multi_get(keys)) == ErrorCode::kConstraint);
}

TEST_CASE("key columns read as every type a handle may have") {
  OneTable t(
      "CREATE TABLE t (b BOOLEAN, i1 TINYINT, i2 SMALLINT, i4 INTEGER, i8 BIGINT, u1 TINYINT "
      "UNSIGNED,"
      "r REAL, d DOUBLE, n DECIMAL(20, 2), g UUID, s VARCHAR, z VARBINARY, day DATE, v INT,"
      "PRIMARY KEY (b, i1, i2, i4, i8, u1, r, d, n, g, s, z, day))");
  Uuid uuid;
  uuid.bytes[3] = 9;
  const std::string zeros("a\0b\0", 4);
  RowBuilder row = row_of(t.table, {{"b", Value(true)},
                                    {"i1", integer(-1)},
                                    {"i2", integer(-300)},
                                    {"i4", integer(70000)},
                                    {"i8", integer(INT64_MIN)},
                                    {"u1", Value(std::uint64_t{255})},
                                    {"r", Value(1.5f)},
                                    {"d", Value(-2.25)},
                                    {"n", Value(Decimal{-12345})},
                                    {"g", Value(uuid)},
                                    {"s", Value::text("text")},
                                    {"z", Value(zeros)},
                                    {"day", integer(-5)},
                                    {"v", integer(1)}});
  must(t.table.put(row));
  Cursor cursor = must(t.table.scan());
  REQUIRE(must(cursor.next()));
  const RowRef& r = cursor.row();
  CHECK(r[must(t.table.column<bool>("b"))] == true);
  CHECK(r[must(t.table.column<std::int8_t>("i1"))] == -1);
  CHECK(r[must(t.table.column<std::int64_t>("i1"))] == -1);
  CHECK(r[must(t.table.column<std::int16_t>("i2"))] == -300);
  CHECK(r[must(t.table.column<std::int32_t>("i4"))] == 70000);
  CHECK(r[must(t.table.column<std::int64_t>("i8"))] == INT64_MIN);
  CHECK(r[must(t.table.column<std::uint8_t>("u1"))] == 255);
  CHECK(r[must(t.table.column<float>("r"))] == 1.5f);
  CHECK(r[must(t.table.column<double>("r"))] == 1.5);
  CHECK(r[must(t.table.column<double>("d"))] == -2.25);
  CHECK(r[must(t.table.column<Decimal>("n"))] == Decimal{-12345});
  CHECK(r[must(t.table.column<Uuid>("g"))] == uuid);
  CHECK(r[must(t.table.column<std::string_view>("s"))] == "text");
  CHECK(r[must(t.table.column<std::string_view>("z"))] == zeros);
  CHECK(r[must(t.table.column<std::int32_t>("day"))] == -5);
  CHECK(r[must(t.table.column<std::int32_t>("v"))] == 1);
  CHECK(must(r.present_columns()).size() == 14);
  for (std::uint32_t c = 0; c < 13; ++c) {
    CHECK_FALSE(r.is_null(ColumnIndex{c}));
    CHECK_FALSE(must(r.value(ColumnIndex{c})).is_null());
  }
  CHECK(code_of(r.row_id()) == ErrorCode::kInvalidArgument);
  CHECK(r.checksum() == RowChecksum::kMatches);
}

TEST_CASE("a batch is seen as a whole and across tables") {
  OneTable t("CREATE TABLE t (k INT PRIMARY KEY, v INT); CREATE TABLE u (v INT)");
  const Table u = must(t.db.table("u"));
  WriteBatch batch = t.db.batch();
  RowBuilder row = row_of(t.table, {{"k", integer(1)}, {"v", integer(1)}});
  must(batch.put(t.table, row));
  RowBuilder other = row_of(u, {{"v", integer(5)}});
  const std::uint64_t id = must(batch.put(u, other));
  CHECK(batch.row_count() == 2);
  CHECK(batch.size_bytes() > 0);
  CHECK_FALSE(must(t.table.get(std::vector<Value>{integer(1)})).has_value());
  must(batch.commit());
  CHECK(batch.row_count() == 0);
  CHECK(must(t.table.get(std::vector<Value>{integer(1)})).has_value());
  CHECK(must(u.get(id)).has_value());

  // In order: the last of several writes of one row wins.
  must(batch.put(t.table, row));
  must(batch.erase(t.table, std::vector<Value>{integer(1)}));
  must(batch.erase(u, id));
  must(batch.commit());
  CHECK_FALSE(must(t.table.get(std::vector<Value>{integer(1)})).has_value());
  CHECK_FALSE(must(u.get(id)).has_value());

  must(batch.put(t.table, row));
  batch.clear();
  must(batch.commit());
  CHECK_FALSE(must(t.table.get(std::vector<Value>{integer(1)})).has_value());

  const ScratchDirectory elsewhere;
  Database db = must(Database::create(elsewhere.path()));
  WriteBatch foreign = db.batch();
  CHECK(code_of(foreign.put(t.table, row)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(foreign.erase(u, id)) == ErrorCode::kInvalidArgument);
}

TEST_CASE("a table without row checksums says so and stores eight bytes less") {
  OneTable t("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR)");
  const SchemaPtr schema =
      must(SchemaBuilder("bare").add("k", Type(TypeKind::kInteger)).key("k").build());
  TableOptions options;
  options.row_checksums = false;
  const Table bare = must(t.db.create_table(schema, options));
  CHECK_FALSE(bare.has_row_checksums());
  CHECK(t.table.has_row_checksums());
  RowBuilder row = row_of(bare, {{"k", integer(1)}});
  must(bare.put(row));
  std::string encoded;
  must(append_key(*schema, std::vector<Value>{integer(1)}, encoded));
  const std::optional<Row> found = must(bare.get(std::vector<Value>{integer(1)}));
  CHECK(found->checksum() == RowChecksum::kNone);
  store::Pin stored;
  REQUIRE(must(bare.get_stored(encoded, stored)));
  CHECK(stored.value().size() == found->view().bytes().size());

  RowBuilder checked = row_of(t.table, {{"k", integer(1)}});
  must(t.table.put(checked));
  REQUIRE(must(t.table.get_stored(encoded, stored)));
  CHECK(stored.value().size() ==
        must(t.table.get(std::vector<Value>{integer(1)}))->view().bytes().size() + 8);
  CHECK_FALSE(must(t.table.get_stored("none", stored)));
  must(t.db.close());
  t.db = must(Database::open(t.scratch.path()));
  CHECK_FALSE(must(t.db.table("bare")).has_row_checksums());
}

TEST_CASE("many threads write and read one table") {
  OneTable t("CREATE TABLE t (v INT)");
  constexpr int kThreads = 4;
  constexpr int kRows = 300;
  std::vector<std::vector<std::uint64_t>> ids(kThreads);
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      RowBuilder row = t.table.row_builder();
      const auto v = *t.table.column<std::int32_t>("v");
      Row read;
      for (int i = 0; i < kRows; ++i) {
        row.clear();
        row.set(v, n * kRows + i);
        const auto id = t.table.put(row, kNoSync);
        if (!id) return;
        const auto found = t.table.get_encoded(std::string(8, '\0'), read);
        if (!found) return;
        ids[n].push_back(*id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int n = 0; n < kThreads; ++n) {
    REQUIRE(ids[n].size() == kRows);
    for (int i = 0; i < kRows; ++i) {
      const std::optional<Row> row = must(t.table.get(ids[n][i]));
      REQUIRE(row.has_value());
      CHECK((*row)[must(t.table.column<std::int32_t>("v"))] == n * kRows + i);
    }
  }
}

}  // namespace
}  // namespace wisp
