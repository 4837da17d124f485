// Transactions: what they see, what they refuse, and how they end.
#include "wisp/engine/transaction.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"
#include "wisp/engine/transaction_writes.h"

namespace wisp {
namespace {

using namespace wisp::testing;

using Key = std::vector<Value>;
using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

Value integer(std::int64_t v) {
  return Value(v);
}

Key key_of(std::int64_t k) {
  return {integer(k)};
}

// Tables a and b: k INT PRIMARY KEY, v BIGINT; hidden: v BIGINT.
struct Tables {
  explicit Tables(const DatabaseOptions& options = {})
      : db(must(Database::create(scratch.path(), options))) {
    must(
        db.execute("CREATE TABLE a (k INT PRIMARY KEY, v BIGINT);"
                   "CREATE TABLE b (k INT PRIMARY KEY, v BIGINT);"
                   "CREATE TABLE hidden (v BIGINT)"));
    a = must(db.table("a"));
    b = must(db.table("b"));
    hidden = must(db.table("hidden"));
  }
  static RowBuilder row(const Table& table, std::int64_t k, std::int64_t v) {
    RowBuilder builder = table.row_builder();
    must(builder.set_value(ColumnIndex{0}, integer(k)));
    must(builder.set_value(ColumnIndex{1}, integer(v)));
    return builder;
  }
  static void put(const Table& table, std::int64_t k, std::int64_t v) {
    RowBuilder builder = row(table, k, v);
    must(table.put(builder, kNoSync));
  }
  static void put(Transaction& transaction, const Table& table, std::int64_t k, std::int64_t v) {
    RowBuilder builder = row(table, k, v);
    must(transaction.put(table, builder));
  }
  static std::optional<std::int64_t> value(const std::optional<Row>& row) {
    if (!row) return std::nullopt;
    return must(row->value(ColumnIndex{1})).as<std::int64_t>();
  }
  static std::optional<std::int64_t> read(const Table& table, std::int64_t k) {
    return value(must(table.get(key_of(k))));
  }
  static std::optional<std::int64_t> read(const Transaction& transaction, const Table& table,
                                          std::int64_t k) {
    return value(must(transaction.get(table, key_of(k), {.verify_checksums = true})));
  }
  static Pairs rest(Cursor& cursor) {
    Pairs out;
    while (must(cursor.next())) {
      out.emplace_back(must(cursor.row().value(ColumnIndex{0})).as<std::int64_t>(),
                       must(cursor.row().value(ColumnIndex{1})).as<std::int64_t>());
    }
    return out;
  }
  static Pairs scan(const Transaction& transaction, const Table& table,
                    const ScanOptions& options = {}) {
    Cursor cursor = must(transaction.scan(table, options));
    return rest(cursor);
  }

  ScratchDirectory scratch;
  Database db;
  Table a, b, hidden;
};

TEST_CASE("a transaction sees its start and its own writes; others see them with commit") {
  Tables t;
  t.put(t.a, 1, 10);
  t.put(t.a, 2, 20);
  t.put(t.b, 1, 100);
  Transaction transaction = must(t.db.begin_transaction());
  t.put(t.a, 2, 21);
  t.put(t.a, 3, 30);
  CHECK(t.read(transaction, t.a, 2) == 20);
  CHECK_FALSE(t.read(transaction, t.a, 3));
  t.put(transaction, t.a, 1, 11);
  t.put(transaction, t.a, 0, 1);
  must(transaction.erase(t.b, key_of(1)));
  CHECK(transaction.row_count() == 3);
  CHECK(transaction.size_bytes() > 0);
  CHECK(t.read(transaction, t.a, 1) == 11);
  CHECK_FALSE(t.read(transaction, t.b, 1));
  CHECK(t.scan(transaction, t.a) == Pairs{{0, 1}, {1, 11}, {2, 20}});
  CHECK(t.scan(transaction, t.b).empty());
  CHECK(t.read(t.a, 1) == 10);
  CHECK(t.read(t.b, 1) == 100);
  must(transaction.commit());
  CHECK(t.read(t.a, 0) == 1);
  CHECK(t.read(t.a, 1) == 11);
  CHECK(t.read(t.a, 2) == 21);
  CHECK_FALSE(t.read(t.b, 1));
}

TEST_CASE("an update folds into the row that the transaction sees, and is seen by its reads") {
  Tables t;
  must(t.db.execute("CREATE TABLE wide (k INT PRIMARY KEY, v BIGINT, w BIGINT, s VARCHAR)"));
  const Table wide = must(t.db.table("wide"));
  const auto patch = [&](const Table& table, std::uint32_t column, const Value& value) {
    PatchBuilder builder = table.patch_builder();
    must(builder.set_value(ColumnIndex{column}, value));
    return builder;
  };
  const auto update = [&](Transaction& transaction, std::int64_t k, std::uint32_t column,
                          const Value& value, OnMissing missing = OnMissing::kIgnore) {
    PatchBuilder builder = patch(wide, column, value);
    return transaction.update(wide, key_of(k), builder, missing);
  };
  const auto cell = [&](const std::optional<Row>& row, std::uint32_t column) {
    REQUIRE(row.has_value());
    return must(row->value(ColumnIndex{column}));
  };
  t.put(wide, 1, 10);
  t.put(wide, 2, 20);
  {
    // Pending patches below the transaction are part of what it sees.
    PatchBuilder below = patch(wide, 3, Value(std::string("below")));
    must(wide.update(key_of(1), below, OnMissing::kIgnore, kNoSync));
  }
  Transaction transaction = must(t.db.begin_transaction());
  must(update(transaction, 1, 2, integer(11)));
  must(update(transaction, 1, 1, Value()));
  must(update(transaction, 1, 1, integer(12), OnMissing::kFail));
  t.put(transaction, wide, 3, 30);
  must(update(transaction, 3, 2, integer(31), OnMissing::kFail));  // its own row
  must(update(transaction, 4, 2, integer(41), OnMissing::kCreate));
  must(update(transaction, 5, 2, integer(51)));  // no row
  CHECK(code_of(update(transaction, 5, 2, integer(51), OnMissing::kFail)) == ErrorCode::kNotFound);
  must(transaction.erase(wide, key_of(2)));
  must(update(transaction, 2, 2, integer(21)));
  CHECK(code_of(update(transaction, 2, 2, integer(21), OnMissing::kFail)) == ErrorCode::kNotFound);
  CHECK(transaction.row_count() == 4);
  const auto check = [&](const auto& get, Cursor cursor) {
    CHECK(cell(get(1), 1) == integer(12));
    CHECK(cell(get(1), 2) == integer(11));
    CHECK(cell(get(1), 3) == Value(std::string("below")));
    CHECK(cell(get(3), 1) == integer(30));
    CHECK(cell(get(3), 2) == integer(31));
    CHECK(cell(get(4), 1).is_null());
    CHECK(cell(get(4), 2) == integer(41));
    CHECK_FALSE(get(2).has_value());
    CHECK_FALSE(get(5).has_value());
    std::vector<std::int64_t> seen;
    while (must(cursor.next())) {
      seen.push_back(must(cursor.row().value(ColumnIndex{2})).as<std::int64_t>());
    }
    CHECK(seen == std::vector<std::int64_t>{11, 31, 41});
  };
  check([&](std::int64_t k) { return must(transaction.get(wide, key_of(k))); },
        must(transaction.scan(wide)));
  CHECK(t.read(wide, 1) == 10);  // nobody else sees it
  CHECK_FALSE(t.read(wide, 3));
  must(transaction.commit());
  for (int round = 0; round < 2; ++round) {
    check([&](std::int64_t k) { return must(wide.get(key_of(k), {.verify_checksums = true})); },
          must(wide.scan()));
    must(t.db.compact());
  }

  // By hidden row id, and what is refused.
  RowBuilder row = t.hidden.row_builder();
  must(row.set_value(ColumnIndex{0}, integer(1)));
  const std::uint64_t id = must(t.hidden.put(row, kNoSync));
  Transaction other = must(t.db.begin_transaction());
  PatchBuilder seven = patch(t.hidden, 0, integer(7));
  must(other.update(t.hidden, id, seven, OnMissing::kFail));
  must(other.update(t.hidden, id + 1, seven));
  CHECK(code_of(other.update(t.hidden, id + 1, seven, OnMissing::kFail)) == ErrorCode::kNotFound);
  CHECK(code_of(other.update(t.hidden, id, seven, OnMissing::kCreate)) ==
        ErrorCode::kInvalidArgument);
  CHECK(code_of(other.update(wide, std::uint64_t{1}, seven)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(other.update(wide, key_of(1), seven)) == ErrorCode::kInvalidArgument);
  CHECK(must(must(other.get(t.hidden, id))->value(ColumnIndex{0})) == integer(7));
  must(other.commit());
  CHECK(must(must(t.hidden.get(id))->value(ColumnIndex{0})) == integer(7));
  CHECK(code_of(other.update(t.hidden, id, seven)) == ErrorCode::kInvalidArgument);
}

TEST_CASE("an update conflicts as a put does, and where it found no row") {
  for (const int how : {0, 1, 2, 3}) {
    for (const bool flush : {false, true}) {
      CAPTURE(how);
      CAPTURE(flush);
      Tables t;
      t.put(t.a, 1, 10);
      t.put(t.a, 2, 20);
      Transaction transaction = must(t.db.begin_transaction());
      PatchBuilder patch = t.a.patch_builder();
      must(patch.set_value(ColumnIndex{1}, integer(5)));
      must(transaction.update(t.a, key_of(how == 3 ? 9 : 1), patch));
      PatchBuilder theirs = t.a.patch_builder();
      must(theirs.set_value(ColumnIndex{1}, integer(6)));
      if (how == 0) must(t.a.update(key_of(1), theirs, OnMissing::kIgnore, kNoSync));
      if (how == 1) must(t.a.erase(key_of(1), kNoSync));
      if (how == 2) must(t.a.update(key_of(2), theirs, OnMissing::kIgnore, kNoSync));
      if (how == 3) t.put(t.a, 9, 90);
      if (flush) must(t.db.flush());
      const auto committed = transaction.commit(kNoSync);
      if (how == 2) {
        must(Status(committed));
        CHECK(t.read(t.a, 1) == 5);
        CHECK(t.read(t.a, 2) == 6);
      } else {
        CHECK(code_of(committed) == ErrorCode::kConflict);
        if (how == 0) CHECK(t.read(t.a, 1) == 6);
        if (how == 1) CHECK_FALSE(t.read(t.a, 1));
        if (how == 3) CHECK(t.read(t.a, 9) == 90);
      }
    }
  }
}

TEST_CASE("a conflict: a row that both wrote, erased, or that a range erased") {
  for (const int how : {0, 1, 2, 3, 4}) {
    CAPTURE(how);
    Tables t;
    t.put(t.a, 1, 10);
    t.put(t.a, 2, 20);
    must(t.db.flush());
    Transaction transaction = must(t.db.begin_transaction());
    t.put(transaction, t.a, 1, 11);
    t.put(transaction, t.b, 1, 11);
    if (how == 0) t.put(t.a, 1, 10);  // the same value too
    if (how == 1) must(t.a.erase(key_of(1), kNoSync));
    if (how == 2) must(t.a.erase_range(key_of(1), key_of(2), kNoSync));
    if (how == 3) {
      WriteBatch batch = t.db.batch();
      must(batch.erase_range(t.a, {}, {}));
      must(batch.require(t.a, key_of(2), RowGuard::present()));
      must(batch.commit(kNoSync));
    }
    if (how == 4) {
      Transaction other = must(t.db.begin_transaction());
      t.put(other, t.a, 1, 12);
      must(other.commit(kNoSync));
    }
    const auto before = t.read(t.a, 1);
    CHECK(code_of(transaction.commit()) == ErrorCode::kConflict);
    CHECK(t.read(t.a, 1) == before);
    CHECK_FALSE(t.read(t.b, 1));  // nothing of it
    CHECK(code_of(transaction.commit()) == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("no conflict: other rows, rows that were only read, ranges beside") {
  Tables t;
  for (std::int64_t k = 0; k < 10; ++k) t.put(t.a, k, k);
  Transaction transaction = must(t.db.begin_transaction());
  t.put(transaction, t.a, 5, 50);
  CHECK(t.read(transaction, t.a, 1) == 1);
  t.put(t.a, 1, 100);
  t.put(t.a, 20, 20);
  must(t.a.erase_range(key_of(0), key_of(5), kNoSync));
  must(t.a.erase_range(key_of(6), {}, kNoSync));
  must(transaction.commit(kNoSync));
  CHECK(t.read(t.a, 5) == 50);
  // Ranges erased before the start do not count, also while an older one is open.
  Transaction older = must(t.db.begin_transaction());
  must(t.a.erase_range({}, {}, kNoSync));
  Transaction younger = must(t.db.begin_transaction());
  t.put(younger, t.a, 5, 51);
  must(younger.commit(kNoSync));
  CHECK(t.read(older, t.a, 5) == 50);
  t.put(older, t.a, 6, 1);
  CHECK(code_of(older.commit()) == ErrorCode::kConflict);
}

TEST_CASE("get_for_update: the row, or its absence, must still be so") {
  for (const bool present : {true, false}) {
    for (const bool changed : {true, false}) {
      CAPTURE(present);
      CAPTURE(changed);
      Tables t;
      if (present) t.put(t.a, 1, 10);
      Transaction transaction = must(t.db.begin_transaction());
      CHECK(must(transaction.get_for_update(t.a, key_of(1))).has_value() == present);
      t.put(transaction, t.b, 1, 1);
      if (changed) t.put(t.a, 1, 11);
      const auto committed = transaction.commit();
      CHECK(committed.has_value() == !changed);
      CHECK(t.read(t.b, 1).has_value() == !changed);
    }
  }
  // Reads alone can be checked.
  Tables t;
  Transaction reads = must(t.db.begin_transaction());
  CHECK_FALSE(must(reads.get_for_update(t.a, key_of(1))));
  t.put(t.a, 1, 1);
  CHECK(code_of(reads.commit()) == ErrorCode::kConflict);
}

TEST_CASE("insert, put_at, hidden row ids") {
  Tables t;
  t.put(t.a, 1, 1);
  RowBuilder value = t.hidden.row_builder();
  must(value.set_value(ColumnIndex{0}, integer(7)));
  const std::uint64_t stored = must(t.hidden.put(value));
  Transaction transaction = must(t.db.begin_transaction());
  RowBuilder row = t.row(t.a, 1, 2);
  CHECK(code_of(transaction.insert(t.a, row)) == ErrorCode::kAlreadyExists);
  must(transaction.erase(t.a, key_of(1)));
  must(transaction.insert(t.a, row));
  CHECK(code_of(transaction.insert(t.a, row)) == ErrorCode::kAlreadyExists);
  const std::uint64_t id = must(transaction.insert(t.hidden, value));
  CHECK(id > stored);
  must(value.set_value(ColumnIndex{0}, integer(8)));
  must(transaction.put_at(t.hidden, id, value));
  must(transaction.put_at(t.hidden, stored, value));
  CHECK(code_of(transaction.put_at(t.hidden, id + 1, value)) == ErrorCode::kNotFound);
  CHECK(code_of(transaction.put_at(t.hidden, 0, value)) == ErrorCode::kNotFound);
  const std::uint64_t other = must(transaction.put(t.hidden, value));
  must(transaction.erase(t.hidden, other));
  CHECK_FALSE(must(transaction.get_for_update(t.hidden, other)));
  CHECK(must(transaction.get(t.hidden, id)).has_value());
  CHECK_FALSE(must(t.hidden.get(id)).has_value());
  must(transaction.commit());
  for (const std::uint64_t i : {stored, id}) {
    CHECK(must(must(t.hidden.get(i))->value(ColumnIndex{0})) == integer(8));
  }
  CHECK(t.read(t.a, 1) == 2);
  // An insert conflicts with another one of the same key.
  Transaction first = must(t.db.begin_transaction());
  Transaction second = must(t.db.begin_transaction());
  row = t.row(t.a, 9, 1);
  must(first.insert(t.a, row));
  must(second.insert(t.a, row));
  must(first.commit());
  CHECK(code_of(second.commit()) == ErrorCode::kConflict);
}

TEST_CASE("a scan merges what the transaction wrote, both ways, in a range, while it writes") {
  Tables t;
  for (std::int64_t k = 0; k < 10; k += 2) t.put(t.a, k, k);
  Transaction transaction = must(t.db.begin_transaction());
  for (std::int64_t k = 1; k < 12; k += 3) t.put(transaction, t.a, k, -k);
  must(transaction.erase(t.a, key_of(2)));
  must(transaction.erase(t.a, key_of(8)));
  must(transaction.erase(t.a, key_of(77)));
  const Pairs all{{0, 0}, {1, -1}, {4, -4}, {6, 6}, {7, -7}, {10, -10}};
  CHECK(t.scan(transaction, t.a) == all);
  ScanOptions reverse;
  reverse.reverse = true;
  CHECK(t.scan(transaction, t.a, reverse) == Pairs(all.rbegin(), all.rend()));
  ScanOptions range;
  range.from = key_of(1);
  range.to = key_of(7);
  CHECK(t.scan(transaction, t.a, range) == Pairs{{1, -1}, {4, -4}, {6, 6}});
  range.reverse = true;
  CHECK(t.scan(transaction, t.a, range) == Pairs{{6, 6}, {4, -4}, {1, -1}});
  range.limit = 2;
  CHECK(t.scan(transaction, t.a, range) == Pairs{{6, 6}, {4, -4}});

  Cursor cursor = must(transaction.scan(t.a));
  REQUIRE(must(cursor.next()));
  REQUIRE(must(cursor.next()));
  t.put(transaction, t.a, 1, -100);  // the row under the cursor stays as it is
  CHECK(must(cursor.row().value(ColumnIndex{1})) == integer(-1));
  t.put(transaction, t.a, 0, -100);  // behind it
  t.put(transaction, t.a, 3, 33);    // before it
  must(transaction.erase(t.a, key_of(6)));
  const Row kept = cursor.keep();
  CHECK(t.rest(cursor) == Pairs{{3, 33}, {4, -4}, {7, -7}, {10, -10}});
  CHECK(must(kept.value(ColumnIndex{1})) == integer(-1));
  // Erase what is scanned.
  Cursor sweep = must(transaction.scan(t.a));
  while (must(sweep.next())) {
    const Key key{must(sweep.row().value(ColumnIndex{0}))};
    must(transaction.erase(t.a, key));
  }
  CHECK(t.scan(transaction, t.a).empty());
  must(transaction.commit());
  Cursor left = must(t.a.scan());
  CHECK(t.rest(left).empty());
}

TEST_CASE("how a transaction ends") {
  Tables t;
  t.put(t.a, 1, 1);
  std::optional<Transaction> transaction = must(t.db.begin_transaction());
  t.put(*transaction, t.a, 1, 2);
  CHECK(code_of(t.db.close()) == ErrorCode::kBusy);
  CHECK(says(t.db.close(), "1 transaction is still open"));
  std::optional<Cursor> cursor = must(transaction->scan(t.a));
  CHECK(says(t.db.close(), "1 cursor and 1 transaction are still open"));
  transaction->rollback();
  CHECK(t.rest(*cursor) == Pairs{{1, 2}});  // the cursor may live on
  cursor.reset();
  CHECK(t.read(t.a, 1) == 1);
  RowBuilder row = t.row(t.a, 1, 3);
  CHECK(code_of(transaction->put(t.a, row)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(transaction->get(t.a, key_of(1))) == ErrorCode::kInvalidArgument);
  CHECK(code_of(transaction->scan(t.a)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(transaction->commit()) == ErrorCode::kInvalidArgument);
  transaction.reset();
  // Dropped without a commit.
  transaction = must(t.db.begin_transaction());
  t.put(*transaction, t.a, 1, 2);
  transaction.reset();
  CHECK(t.read(t.a, 1) == 1);
  // An empty one.
  transaction = must(t.db.begin_transaction());
  must(transaction->commit());
  // It outlives the Database.
  transaction = must(t.db.begin_transaction());
  t.put(*transaction, t.a, 1, 5);
  { const Database gone = std::move(t.db); }
  must(transaction->commit());
  transaction.reset();
  t.db = must(Database::open(t.scratch.path()));
  CHECK(t.read(must(t.db.table("a")), 1) == 5);
}

TEST_CASE("what a transaction refuses") {
  Tables t;
  Tables other;
  Transaction transaction = must(t.db.begin_transaction());
  RowBuilder row = t.row(other.a, 1, 1);
  CHECK(code_of(transaction.put(other.a, row)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(transaction.get(other.a, key_of(1))) == ErrorCode::kInvalidArgument);
  const Snapshot snapshot = must(t.db.snapshot());
  CHECK(code_of(transaction.get(t.a, key_of(1), {.snapshot = &snapshot})) ==
        ErrorCode::kInvalidArgument);
  ScanOptions scan;
  scan.snapshot = &snapshot;
  CHECK(code_of(transaction.scan(t.a, scan)) == ErrorCode::kInvalidArgument);
  CHECK(transaction.row_count() == 0);
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  Database reader = must(Database::open(t.scratch.path(), options));
  CHECK(code_of(reader.begin_transaction()) == ErrorCode::kUnsupported);
}

TEST_CASE("a table that is dropped or made stricter meanwhile refuses the commit") {
  Tables t;
  t.put(t.a, 1, 1);
  Transaction dropped = must(t.db.begin_transaction());
  t.put(dropped, t.b, 1, 1);
  Transaction stricter = must(t.db.begin_transaction());
  t.put(stricter, t.a, 2, 2);
  must(t.db.execute("DROP TABLE b; ALTER TABLE a ALTER COLUMN v SET NOT NULL"));
  CHECK(code_of(dropped.commit()) == ErrorCode::kNotFound);
  CHECK(code_of(stricter.commit()) == ErrorCode::kInvalidArgument);
  // Adding a column does not.
  Table a = must(t.db.table("a"));
  Transaction older = must(t.db.begin_transaction());
  t.put(older, a, 3, 3);
  must(t.db.execute("ALTER TABLE a ADD COLUMN w INT"));
  must(older.commit());
  a = must(t.db.table("a"));
  CHECK(must(must(a.get(key_of(3)))->value(ColumnIndex{2})).is_null());
}

TEST_CASE("transactions and guards work where recovery has filled a memtable to the brim") {
  const ScratchDirectory scratch;
  DatabaseOptions options;
  options.write_buffer_bytes = 64 << 10;
  {
    Database db = must(Database::create(scratch.path(), options));
    must(db.execute("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR)"));
    const Table t = must(db.table("t"));
    WriteBatch batch = db.batch();
    for (std::int64_t k = 0; batch.size_bytes() < options.write_buffer_bytes * 5 / 4; ++k) {
      RowBuilder row = t.row_builder();
      must(row.set_value(ColumnIndex{0}, integer(k)));
      must(row.set_value(ColumnIndex{1}, Value(std::string(1000, 'x'))));
      must(batch.put(t, row));
    }
    must(batch.commit());  // the last record of the log
  }
  for (int opening = 0; opening < 2; ++opening) {
    Database db = must(Database::open(scratch.path(), options));
    const Table t = must(db.table("t"));
    RowBuilder row = t.row_builder();
    must(row.set_value(ColumnIndex{0}, integer(-1 - opening)));
    must(t.insert(row));
    Transaction transaction = must(db.begin_transaction());
    must(transaction.put(t, row));
    must(transaction.commit());
  }
}

TEST_CASE("a row that is written twice counts once") {
  TransactionWrites writes;
  const std::string row(100, 'r');
  CHECK(writes.size_with("key", row) == 103);
  writes.write("key", row);
  CHECK(writes.size_bytes() == 103);
  CHECK(writes.size_with("key", row) == 103);
  CHECK(writes.size_with("key", std::nullopt) == 3);
  CHECK(writes.size_with("other", std::nullopt) == 108);
  writes.write("key", std::nullopt);
  CHECK(writes.size_with("key", row) == 103);
}

TEST_CASE("a transaction as old as the store's memory conflicts rather than guess") {
  DatabaseOptions options;
  options.write_buffer_bytes = 64 * 1024;
  Tables t(options);
  t.put(t.a, 1, 1);
  Transaction old = must(t.db.begin_transaction());
  t.put(old, t.a, 1, 2);
  for (int round = 0; round < 4; ++round) {
    for (std::int64_t k = 10; k < 2000; ++k) t.put(t.a, k, k);
    must(t.db.flush());
  }
  const auto committed = old.commit();
  CHECK(code_of(committed) == ErrorCode::kConflict);
  CHECK(t.read(t.a, 1) == 1);
}

}  // namespace
}  // namespace wisp
