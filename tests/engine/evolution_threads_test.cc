// Readers, snapshots, writers, patches, transactions, ALTER, DROP and compaction at once;
// scripts/test --long runs it under TSan.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

using namespace wisp;
using namespace wisp::testing;

namespace {

constexpr std::int64_t kRows = 200;
constexpr int kAlters = 40;

// Counts what must not happen: doctest's checks are for one thread.
struct Failures {
  std::atomic<int> count{0};
  template <typename T>
  bool none(const Result<T>& result) {
    if (result) return true;
    ++count;
    return false;
  }
  void unless(bool good) {
    if (!good) ++count;
  }
};

// x and y are always written together.
bool set_pair(RowBuilder& row, const Schema& schema, std::int64_t both) {
  return row.set_value(*schema.find("x"), Value(both)) &&
         row.set_value(*schema.find("y"), Value(both));
}

bool fill(RowBuilder& row, const Table& table, std::int64_t id) {
  if (const auto extra = table.schema()->find("extra")) {
    if (!row.set_value(*extra, table.schema()->column(*extra).default_value)) return false;
  }
  return row.set_value(*table.schema()->find("id"), Value(id)) &&
         row.set_value(*table.schema()->find("a"), Value(id * 3)) &&
         row.set_value(*table.schema()->find("text"), Value::text(std::string(50, 'x'))) &&
         set_pair(row, *table.schema(), id);
}

bool put(const Table& table, std::int64_t id) {
  RowBuilder row = table.row_builder();
  return fill(row, table, id) && table.put(row, kNoSync);
}

bool patch_pair(const Table& table, std::int64_t id, std::int64_t both) {
  PatchBuilder patch = table.patch_builder();
  const Value key[] = {Value(id)};
  return patch.set_value(*table.schema()->find("x"), Value(both)) &&
         patch.set_value(*table.schema()->find("y"), Value(both)) &&
         table.update(key, patch, OnMissing::kIgnore, kNoSync);
}

// Reads one row and writes it and its neighbour. False: somebody else wrote one of them.
bool transact(Database& db, const Table& table, std::int64_t id, Failures& failures) {
  auto transaction = db.begin_transaction();
  if (!failures.none(transaction)) return false;
  const Value key[] = {Value(id)};
  const auto read = transaction->get_for_update(table, key);
  // Written since in a later version, which has lost a NOT NULL column.
  if (!read) {
    failures.unless(read.error().code == ErrorCode::kUnknownSchema);
    return false;
  }
  failures.unless(read->has_value());
  for (const std::int64_t written : {id, (id + 1) % kRows}) {
    RowBuilder row = table.row_builder();
    failures.unless(fill(row, table, written));
    (void)failures.none(transaction->put(table, row));
  }
  const Status done = transaction->commit(kNoSync);
  failures.unless(done || done.error().code == ErrorCode::kConflict);
  return done.has_value();
}

// The sum of a column at a snapshot; -1 where a row is of a later version that the handle cannot
// read.
std::int64_t sum_of_x(const Table& table, const Snapshot& snapshot, Failures& failures) {
  const auto x = table.column<std::int64_t>("x");
  auto cursor = table.scan({.snapshot = &snapshot});
  if (!failures.none(x) || !failures.none(cursor)) return -1;
  std::int64_t sum = 0;
  for (;;) {
    const auto more = cursor->next();
    if (!more) {
      failures.unless(more.error().code == ErrorCode::kUnknownSchema);
      return -1;
    }
    if (!*more) return sum;
    sum += cursor->row()[*x].value_or(1'000'000'007);
  }
}

// What every version of every row has to read as, by a handle that may have grown old meanwhile.
void read_rows(const Table& table, Failures& failures) {
  const auto a = table.column<std::int64_t>("a");
  const auto id = table.column<std::int64_t>("id");
  if (!failures.none(a) || !failures.none(id)) return;
  const auto x = table.column<std::int64_t>("x");
  const auto y = table.column<std::int64_t>("y");
  if (!failures.none(x) || !failures.none(y)) return;
  const auto extra = table.schema()->find("extra");
  auto scanned = table.scan({.verify_checksums = true});
  if (!failures.none(scanned)) return;
  Cursor cursor = std::move(*scanned);
  std::int64_t rows = 0;
  for (;;) {
    const auto more = cursor.next();
    if (!more) {
      // Written since in a later version.
      failures.unless(more.error().code == ErrorCode::kUnknownSchema);
      failures.unless(!cursor.incomplete());
      ++rows;
      continue;
    }
    if (!*more) break;
    ++rows;
    const RowRef& row = cursor.row();
    failures.unless(row[*a] == *row[*id] * 3);
    failures.unless(row[*x].has_value() && row[*x] == row[*y]);
    if (!extra) continue;
    const auto value = row.value(*extra);
    // The default that the column was added with, whatever version the row is stored in.
    if (failures.none(value)) {
      failures.unless(*value == table.schema()->column(*extra).default_value);
    }
  }
  failures.unless(rows == kRows);
}

}  // namespace

TEST_CASE("readers, writers, ALTER and compaction together") {
  const ScratchDirectory scratch;
  DatabaseOptions options;
  options.write_buffer_bytes = std::size_t{64} << 10;  // flushes and compactions of the store, too
  options.cache_rows = true;
  Database db = must(Database::create(scratch.path(), options));
  must(
      db.execute("create table t (id bigint primary key, a bigint, x bigint, y bigint, "
                 "text varchar, old varchar)"));
  for (std::int64_t id = 0; id < kRows; ++id) REQUIRE(put(must(db.table("t")), id));

  Failures failures;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&, reader] {
      while (!stop) {
        const auto table = db.table("t");
        if (!failures.none(table)) return;
        for (int i = 0; i <= reader * 3; ++i) read_rows(*table, failures);
      }
    });
  }
  threads.emplace_back([&] {
    for (std::int64_t i = 0; !stop; ++i) {
      const auto table = db.table("t");
      if (!failures.none(table)) return;
      // A handle may be one version behind by now; the row is as good.
      for (int k = 0; k < 20; ++k) failures.unless(put(*table, (i * 20 + k) % kRows));
    }
  });
  threads.emplace_back([&] {
    for (std::int64_t i = 0; !stop; ++i) {
      const auto table = db.table("t");
      if (!failures.none(table)) return;
      for (int k = 0; k < 20; ++k) {
        failures.unless(patch_pair(*table, (i * 7 + k) % kRows, i * 20 + k));
      }
    }
  });
  std::atomic<int> committed{0};
  threads.emplace_back([&] {
    for (std::int64_t i = 0; !stop; ++i) {
      const auto table = db.table("t");
      if (!failures.none(table)) return;
      if (transact(db, *table, i % kRows, failures)) ++committed;
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      const auto snapshot = db.snapshot();
      const auto table = db.table("t");
      if (!failures.none(snapshot) || !failures.none(table)) return;
      const std::int64_t first = sum_of_x(*table, *snapshot, failures);
      for (int i = 0; i < 3; ++i) {
        failures.unless(sum_of_x(*table, *snapshot, failures) == first);
      }
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      (void)failures.none(db.flush());
      (void)failures.none(db.compact());
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      (void)failures.none(db.execute(
          "create table u (id bigint primary key, a bigint, x bigint, y bigint, text varchar)"));
      const auto u = db.table("u");
      if (!failures.none(u)) return;
      for (std::int64_t id = 0; id < 100; ++id) failures.unless(put(*u, id));
      (void)failures.none(db.execute("drop table u"));
    }
  });
  must(db.execute("alter table t drop old"));
  for (int i = 0; i < kAlters; ++i) {
    must(db.execute("alter table t add extra bigint not null default " + std::to_string(i)));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    must(db.execute("alter table t drop extra"));
  }
  must(db.execute("alter table t add extra bigint not null default 77"));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(failures.count == 0);
  CHECK(committed > 0);
  must(db.compact());
  read_rows(must(db.table("t")), failures);
  CHECK(failures.count == 0);
}
