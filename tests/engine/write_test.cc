// Snapshots, inserts, guards, ranges and durability: what a write promises and what a read sees.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

using Key = std::vector<Value>;

Value integer(std::int64_t v) {
  return Value(v);
}

Key key_of(std::int64_t k) {
  return {integer(k)};
}

// Tables a and b: k INT PRIMARY KEY, v BIGINT; hidden: v BIGINT.
struct Tables {
  Tables() : db(must(Database::create(scratch.path()))) {
    must(
        db.execute("CREATE TABLE a (k INT PRIMARY KEY, v BIGINT);"
                   "CREATE TABLE b (k INT PRIMARY KEY, v BIGINT);"
                   "CREATE TABLE hidden (v BIGINT)"));
    take();
  }
  void take() {
    a = must(db.table("a"));
    b = must(db.table("b"));
    hidden = must(db.table("hidden"));
  }
  void reopen() {
    must(db.close());
    db = must(Database::open(scratch.path()));
    take();
  }
  RowBuilder row(const Table& table, std::int64_t k, std::int64_t v) const {
    RowBuilder builder = table.row_builder();
    must(builder.set_value(ColumnIndex{0}, integer(k)));
    must(builder.set_value(ColumnIndex{1}, integer(v)));
    return builder;
  }
  void put(const Table& table, std::int64_t k, std::int64_t v) const {
    RowBuilder builder = row(table, k, v);
    must(table.put(builder, kNoSync));
  }
  std::optional<std::int64_t> read(const Table& table, std::int64_t k,
                                   const ReadOptions& options = {}) const {
    const std::optional<Row> row = must(table.get(key_of(k), options));
    if (!row) return std::nullopt;
    return row->get(must(table.column<std::int64_t>("v")));
  }
  std::vector<std::int64_t> keys(const Table& table, const Snapshot* snapshot = nullptr) const {
    ScanOptions options;
    options.snapshot = snapshot;
    Cursor cursor = must(table.scan(options));
    std::vector<std::int64_t> out;
    while (must(cursor.next())) {
      out.push_back(must(cursor.row().value(ColumnIndex{0})).as<std::int64_t>());
    }
    return out;
  }

  ScratchDirectory scratch;
  Database db;
  Table a, b, hidden;
};

using Keys = std::vector<std::int64_t>;

// ---- Snapshots ----

TEST_CASE("a snapshot sees all tables as they were, through flushes and compactions") {
  Tables t;
  t.put(t.a, 1, 10);
  t.put(t.b, 1, 20);
  std::optional<Snapshot> snapshot = must(t.db.snapshot());
  const ReadOptions then{.verify_checksums = true, .snapshot = &*snapshot};
  t.put(t.a, 1, 11);
  t.put(t.a, 2, 12);
  must(t.b.erase(key_of(1), kNoSync));
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    CHECK(t.read(t.a, 1, then) == 10);
    CHECK_FALSE(t.read(t.a, 2, then));
    CHECK(t.read(t.b, 1, then) == 20);
    CHECK(t.keys(t.a, &*snapshot) == Keys{1});
    CHECK(t.keys(t.b, &*snapshot) == Keys{1});
    const std::vector<Key> keys = {key_of(1), key_of(2)};
    const auto found = must(t.a.multi_get(keys, then));
    REQUIRE(found[0].has_value());
    CHECK(must(found[0]->value(ColumnIndex{1})) == integer(10));
    CHECK_FALSE(found[1].has_value());
    CHECK(t.read(t.a, 1) == 11);
    CHECK(t.keys(t.a) == Keys{1, 2});
    CHECK(t.keys(t.b).empty());
    if (round == 0) must(t.db.flush());
    if (round == 1) must(t.db.compact());
  }
  // A cursor outlives the snapshot it was made from.
  ScanOptions scan;
  scan.snapshot = &*snapshot;
  Cursor cursor = must(t.a.scan(scan));
  snapshot.reset();
  t.put(t.a, 0, 0);
  must(t.db.compact());
  REQUIRE(must(cursor.next()));
  CHECK(must(cursor.row().value(ColumnIndex{1})) == integer(10));
  CHECK_FALSE(must(cursor.next()));
}

TEST_CASE("close counts snapshots; one outlives the Database") {
  Tables t;
  t.put(t.a, 1, 1);
  {
    const Snapshot one = must(t.db.snapshot());
    const Snapshot two = must(t.db.snapshot());
    CHECK(code_of(t.db.close()) == ErrorCode::kBusy);
    CHECK(says(t.db.close(), "2 snapshots are still open"));
    CHECK(t.read(t.a, 1) == 1);
  }
  std::optional<Snapshot> last = must(t.db.snapshot());
  t.put(t.a, 1, 2);
  { const Database gone = std::move(t.db); }
  CHECK(t.read(t.a, 1, {.snapshot = &*last}) == 1);
  last.reset();  // now it closes
  CHECK(code_of(t.a.get(key_of(1))) == ErrorCode::kInvalidArgument);
  t.db = must(Database::open(t.scratch.path()));
  t.take();
  CHECK(t.read(t.a, 1) == 2);
}

TEST_CASE("a snapshot of another database is refused; a closed one makes none") {
  Tables t;
  Tables other;
  const Snapshot snapshot = must(other.db.snapshot());
  CHECK(code_of(t.a.get(key_of(1), {.snapshot = &snapshot})) == ErrorCode::kInvalidArgument);
  ScanOptions scan;
  scan.snapshot = &snapshot;
  CHECK(code_of(t.a.scan(scan)) == ErrorCode::kInvalidArgument);
  const std::vector<Key> keys = {key_of(1)};
  CHECK(code_of(t.a.multi_get(keys, {.snapshot = &snapshot})) == ErrorCode::kInvalidArgument);
  must(t.db.close());
  CHECK(code_of(t.db.snapshot()) == ErrorCode::kInvalidArgument);
}

TEST_CASE("a database that is open read-only is its own snapshot") {
  Tables t;
  t.put(t.a, 1, 1);
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  Database reader = must(Database::open(t.scratch.path(), options));
  const Table a = must(reader.table("a"));
  const Snapshot snapshot = must(reader.snapshot());
  t.put(t.a, 1, 2);
  CHECK(t.read(a, 1, {.snapshot = &snapshot}) == 1);
  CHECK(t.keys(a, &snapshot) == Keys{1});
  CHECK(code_of(a.erase(key_of(1), RowGuard::present())) == ErrorCode::kUnsupported);
  CHECK(code_of(a.erase_range({}, {})) == ErrorCode::kUnsupported);
  CHECK(code_of(reader.sync()) == ErrorCode::kUnsupported);
}

// ---- Inserts and guards ----

TEST_CASE("insert refuses a row that is there") {
  Tables t;
  RowBuilder row = t.row(t.a, 7, 1);
  must(t.a.insert(row));
  row = t.row(t.a, 7, 2);
  const auto again = t.a.insert(row);
  CHECK(code_of(again) == ErrorCode::kAlreadyExists);
  CHECK(says(again, "table \"a\", key (7)"));
  CHECK(t.read(t.a, 7) == 1);
  must(t.a.upsert(row));
  CHECK(t.read(t.a, 7) == 2);
  must(t.db.flush());
  CHECK(code_of(t.a.insert(row)) == ErrorCode::kAlreadyExists);
  must(t.a.erase(key_of(7)));
  must(t.a.insert(row));
  CHECK(t.read(t.a, 7) == 2);
}

TEST_CASE("guards: absent, present, unchanged") {
  Tables t;
  RowBuilder row = t.row(t.a, 1, 5);
  CHECK(code_of(t.a.put(row, RowGuard::present())) == ErrorCode::kNotFound);
  CHECK(code_of(t.a.put(row, RowGuard::unchanged({}))) == ErrorCode::kConflict);
  CHECK(code_of(t.a.erase(key_of(1), RowGuard::present())) == ErrorCode::kNotFound);
  CHECK(t.keys(t.a).empty());
  must(t.a.put(row, RowGuard::absent()));
  CHECK(code_of(t.a.put(row, RowGuard::absent())) == ErrorCode::kAlreadyExists);
  must(t.a.put(row, RowGuard::present()));

  const RowToken read = must(t.a.get(key_of(1)))->token();
  row = t.row(t.a, 1, 6);
  must(t.a.put(row, RowGuard::unchanged(read)));
  const auto stale = t.a.put(row, RowGuard::unchanged(read));
  CHECK(code_of(stale) == ErrorCode::kConflict);
  CHECK(says(stale, "key (1)"));
  CHECK(code_of(t.a.erase(key_of(1), RowGuard::unchanged(read))) == ErrorCode::kConflict);
  CHECK(t.read(t.a, 1) == 6);
  // A token stands for contents: it survives flushes and reopenings, and a change back.
  const RowToken six = must(t.a.get(key_of(1)))->token();
  must(t.db.compact());
  t.reopen();
  t.put(t.a, 1, 7);
  t.put(t.a, 1, 6);
  must(t.a.erase(key_of(1), RowGuard::unchanged(six)));
  CHECK(code_of(t.a.erase(key_of(1), RowGuard::unchanged(six))) == ErrorCode::kConflict);
}

TEST_CASE("an update of a missing row makes none, for guards too") {
  Tables t;
  PatchBuilder patch = t.a.patch_builder();
  must(patch.set_value(ColumnIndex{1}, integer(5)));
  must(t.a.update(key_of(1), patch));
  CHECK(code_of(t.a.erase(key_of(1), RowGuard::present())) == ErrorCode::kNotFound);
  CHECK(code_of(t.a.update(key_of(1), patch, OnMissing::kFail)) == ErrorCode::kNotFound);
  RowBuilder row = t.row(t.a, 1, 6);
  must(t.a.insert(row));
  const RowToken six = must(t.a.get(key_of(1)))->token();
  must(t.a.update(key_of(1), patch));
  CHECK(code_of(t.a.put(row, RowGuard::unchanged(six))) == ErrorCode::kConflict);
  must(t.a.update(key_of(1), patch, OnMissing::kFail));
  must(t.a.put(row, RowGuard::present()));
  must(t.a.put(row, RowGuard::unchanged(six)));
}

TEST_CASE("guards of hidden row ids") {
  Tables t;
  RowBuilder row = t.hidden.row_builder();
  must(row.set_value(ColumnIndex{0}, integer(1)));
  const std::uint64_t id = must(t.hidden.insert(row));
  const RowToken one = must(t.hidden.get(id))->token();
  must(row.set_value(ColumnIndex{0}, integer(2)));
  must(t.hidden.put_at(id, row, RowGuard::unchanged(one)));
  CHECK(code_of(t.hidden.put_at(id, row, RowGuard::unchanged(one))) == ErrorCode::kConflict);
  CHECK(code_of(t.hidden.put_at(id + 1, row)) == ErrorCode::kNotFound);
  CHECK(code_of(t.hidden.put_at(0, row)) == ErrorCode::kNotFound);
  CHECK(code_of(t.hidden.put_at(id + 1, row, RowGuard::absent())) == ErrorCode::kInvalidArgument);
  CHECK(code_of(t.hidden.erase(id, RowGuard::unchanged(one))) == ErrorCode::kConflict);
  must(t.hidden.erase(id, RowGuard::present()));
  CHECK(code_of(t.hidden.erase(id, RowGuard::present())) == ErrorCode::kNotFound);
  CHECK_FALSE(must(must(t.hidden.scan()).next()));
}

TEST_CASE("a token is of one schema version, in whatever version the row is stored") {
  Tables t;
  t.put(t.a, 1, 5);
  const RowToken before = must(t.a.get(key_of(1)))->token();
  must(t.db.execute("ALTER TABLE a ADD COLUMN w INT"));
  t.take();
  CHECK(code_of(t.a.erase(key_of(1), RowGuard::unchanged(before))) == ErrorCode::kConflict);
  const RowToken after = must(t.a.get(key_of(1)))->token();
  must(t.db.compact());  // rewrites the row
  must(t.a.erase(key_of(1), RowGuard::unchanged(after)));
}

TEST_CASE("a batch with guards happens whole or not at all, across tables") {
  Tables t;
  t.put(t.a, 1, 1);
  const RowToken one = must(t.a.get(key_of(1)))->token();
  WriteBatch batch = t.db.batch();
  RowBuilder row = t.row(t.b, 5, 50);
  must(batch.insert(t.b, row));
  must(batch.require(t.a, key_of(1), RowGuard::unchanged(one)));
  must(batch.erase_range(t.a, {}, {}));
  CHECK(batch.row_count() == 2);
  t.put(t.a, 1, 2);
  CHECK(code_of(batch.commit()) == ErrorCode::kConflict);
  CHECK(t.keys(t.b).empty());
  CHECK(t.keys(t.a) == Keys{1});
  CHECK(batch.row_count() == 2);  // it keeps its rows
  t.put(t.a, 1, 1);
  must(batch.commit());
  CHECK(t.keys(t.a).empty());
  CHECK(t.keys(t.b) == Keys{5});
  // Empty again: neither rows nor guards are left.
  must(batch.insert(t.b, row));
  CHECK(code_of(batch.commit()) == ErrorCode::kAlreadyExists);
  batch.clear();
  must(batch.commit());
  // Guards alone are a check.
  must(batch.require(t.a, key_of(1), RowGuard::present()));
  CHECK(code_of(batch.commit()) == ErrorCode::kNotFound);
  batch.clear();
  must(batch.require(t.b, key_of(5), RowGuard::present()));
  must(batch.commit());
  // A range erases what the batch has put before, not what it puts after.
  row = t.row(t.a, 1, 1);
  must(batch.put(t.a, row));
  must(batch.erase_range(t.a, {}, {}));
  row = t.row(t.a, 2, 2);
  must(batch.put(t.a, row));
  must(batch.commit());
  CHECK(t.keys(t.a) == Keys{2});
  // Across a reference to another database.
  Tables other;
  CHECK(code_of(batch.require(other.a, key_of(1), RowGuard::present())) ==
        ErrorCode::kInvalidArgument);
  CHECK(code_of(batch.erase_range(other.a, {}, {})) == ErrorCode::kInvalidArgument);
}

TEST_CASE("guards of a batch that takes its tables in turn name their own tables") {
  Tables t;
  t.put(t.a, 3, 0);
  t.put(t.b, 4, 0);
  const auto taken = [&](std::int64_t in_a, std::int64_t in_b) {
    WriteBatch batch = t.db.batch();
    for (int i = 10; i < 14; ++i) {
      RowBuilder of_a = t.row(t.a, i, 0);
      must(batch.insert(t.a, of_a));
      RowBuilder of_b = t.row(t.b, i, 0);
      must(batch.insert(t.b, of_b));
    }
    RowBuilder of_a = t.row(t.a, in_a, 0);
    must(batch.insert(t.a, of_a));
    RowBuilder of_b = t.row(t.b, in_b, 0);
    must(batch.insert(t.b, of_b));
    return batch.commit(kNoSync);
  };
  CHECK(says(taken(3, 5), "table \"a\", key (3)"));
  CHECK(says(taken(5, 4), "table \"b\", key (4)"));
  must(taken(5, 5));
}

TEST_CASE("racing guards: one insert wins, no increment is lost") {
  Tables t;
  t.put(t.a, 0, 0);
  constexpr int kThreads = 4;
  constexpr std::int64_t kEach = 300;
  std::atomic<std::int64_t> inserted{0};
  std::atomic<std::int64_t> conflicts{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&] {
      RowBuilder row = t.a.row_builder();
      const auto v = t.a.column<std::int64_t>("v").value();
      for (std::int64_t i = 0; i < kEach; ++i) {
        row.clear();
        if (!row.set_value(ColumnIndex{0}, integer(i + 1))) ++failures;
        auto outcome = t.a.insert(row, kNoSync);
        if (outcome) {
          ++inserted;
        } else if (outcome.error().code != ErrorCode::kAlreadyExists) {
          ++failures;
        }
        for (;;) {
          Row read;
          if (!t.a.get(key_of(0), read).value_or(false)) ++failures;
          row.clear();
          (void)row.set_value(ColumnIndex{0}, integer(0)).has_value();
          (void)row.set_value(ColumnIndex{1}, integer(*read[v] + 1)).has_value();
          auto put = t.a.put(row, RowGuard::unchanged(read.token()), kNoSync);
          if (put) break;
          if (put.error().code != ErrorCode::kConflict) ++failures;
          ++conflicts;
        }
      }
    });
  }
  // Flushes take the memtables away that conflicts are found in.
  for (int i = 0; i < 5; ++i) {
    must(t.db.flush());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(inserted == kEach);
  CHECK(t.read(t.a, 0) == kThreads * kEach);
  MESSAGE("conflicts: ", conflicts.load());
}

TEST_CASE("plain writes and guarded ones do not overtake each other") {
  // Every plain put makes the row larger; a guarded one may only follow what it has read.
  Tables t;
  t.put(t.a, 0, 0);
  std::atomic<bool> done{false};
  std::thread plain([&] {
    RowBuilder row = t.a.row_builder();
    for (std::int64_t i = 1; i <= 3000; ++i) {
      row.clear();
      (void)row.set_value(ColumnIndex{0}, integer(0)).has_value();
      (void)row.set_value(ColumnIndex{1}, integer(i * 1000)).has_value();
      (void)t.a.put(row, kNoSync).has_value();
    }
    done = true;
  });
  const auto v = must(t.a.column<std::int64_t>("v"));
  bool overtaken = false;
  std::int64_t last = 0;
  while (!done) {
    Row read;
    must(t.a.get(key_of(0), read));
    const std::int64_t now = *read[v];
    // A guarded write that overtook a plain one would have taken its row back to an earlier one.
    if (now < last) overtaken = true;
    last = now;
    RowBuilder row = t.row(t.a, 0, now + 1);
    (void)t.a.put(row, RowGuard::unchanged(read.token()), kNoSync).has_value();
  }
  plain.join();
  CHECK_FALSE(overtaken);
  CHECK(*t.read(t.a, 0) >= 3'000'000);
}

// ---- Ranges ----

TEST_CASE("erase_range") {
  Tables t;
  const auto fill = [&] {
    for (std::int64_t k = -5; k <= 5; ++k) t.put(t.a, k, k);
    t.put(t.b, 0, 0);
  };
  fill();
  must(t.a.erase_range(key_of(-2), key_of(3)));
  CHECK(t.keys(t.a) == Keys{-5, -4, -3, 3, 4, 5});
  must(t.a.erase_range(key_of(3), key_of(3)));
  must(t.a.erase_range(key_of(5), key_of(-5)));
  CHECK(t.keys(t.a) == Keys{-5, -4, -3, 3, 4, 5});
  must(t.a.erase_range({}, key_of(-4)));
  CHECK(t.keys(t.a) == Keys{-4, -3, 3, 4, 5});
  must(t.a.erase_range(key_of(4), {}));
  CHECK(t.keys(t.a) == Keys{-4, -3, 3});
  CHECK_FALSE(t.read(t.a, 4));
  {
    const Snapshot snapshot = must(t.db.snapshot());
    must(t.a.erase_range({}, {}));
    CHECK(t.keys(t.a).empty());
    CHECK(t.keys(t.a, &snapshot) == Keys{-4, -3, 3});
    must(t.db.compact());
    CHECK(t.keys(t.a, &snapshot) == Keys{-4, -3, 3});
  }
  CHECK(t.keys(t.b) == Keys{0});  // the neighbours stay
  fill();
  CHECK(t.keys(t.a).size() == 11);
  t.reopen();
  CHECK(t.keys(t.a).size() == 11);
  const Key wrong{Value::text("x")};
  CHECK(code_of(t.a.erase_range(wrong, {})) == ErrorCode::kConstraint);
  CHECK(code_of(t.a.erase_range({}, Key{integer(1), integer(1)})) == ErrorCode::kInvalidArgument);
}

TEST_CASE("erase_range by the leading columns, descending, and by row id") {
  ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("CREATE TABLE t (n INT, s VARCHAR, PRIMARY KEY (s, n));"
                 "CREATE TABLE hidden (v INT)"));
  const Table table = must(db.table("t"));
  RowBuilder row = table.row_builder();
  for (const char* s : {"a", "b", "c"}) {
    for (std::int64_t n = 0; n < 3; ++n) {
      row.clear();
      must(row.set_value(ColumnIndex{0}, integer(n)));
      must(row.set_value(ColumnIndex{1}, Value::text(s)));
      must(table.put(row, kNoSync));
    }
  }
  must(table.erase_range(Key{Value::text("a"), integer(1)}, Key{Value::text("c")}, kNoSync));
  std::vector<std::string> left;
  Cursor cursor = must(table.scan());
  while (must(cursor.next())) {
    left.push_back(must(cursor.row().value(ColumnIndex{1})).as<std::string>());
  }
  CHECK(left == std::vector<std::string>{"a", "c", "c", "c"});

  const Table hidden = must(db.table("hidden"));
  RowBuilder value = hidden.row_builder();
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(must(hidden.put(value, kNoSync)));
  must(hidden.erase_range(key_of(static_cast<std::int64_t>(ids[1])),
                          key_of(static_cast<std::int64_t>(ids[3])), kNoSync));
  CHECK(must(hidden.get(ids[0])).has_value());
  CHECK_FALSE(must(hidden.get(ids[1])).has_value());
  CHECK_FALSE(must(hidden.get(ids[2])).has_value());
  CHECK(must(hidden.get(ids[3])).has_value());
}

// ---- Durability ----

TEST_CASE("every durability is readable at once and after a reopening") {
  Tables t;
  std::int64_t k = 0;
  for (const Durability durability : {Durability::kSync, Durability::kWal, Durability::kGroup}) {
    ++k;
    RowBuilder row = t.row(t.a, k, k);
    must(t.a.put(row, {durability}));
    ++k;
    row = t.row(t.a, k, k);
    must(t.a.insert(row, {durability}));
    WriteBatch batch = t.db.batch();
    ++k;
    row = t.row(t.a, k, k);
    must(batch.put(t.a, row));
    must(batch.commit({durability}));
    CHECK(t.keys(t.a).size() == static_cast<std::size_t>(k));
  }
  must(t.db.sync());
  t.reopen();
  CHECK(t.keys(t.a).size() == static_cast<std::size_t>(k));
}

}  // namespace
}  // namespace wisp
