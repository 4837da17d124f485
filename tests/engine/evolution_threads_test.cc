// Readers, writers, ALTER, DROP and compaction at once; scripts/test --long runs it under TSan.
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

bool put(const Table& table, std::int64_t id) {
  RowBuilder row = table.row_builder();
  if (const auto extra = table.schema()->find("extra")) {
    if (!row.set_value(*extra, table.schema()->column(*extra).default_value)) return false;
  }
  return row.set_value(*table.schema()->find("id"), Value(id)) &&
         row.set_value(*table.schema()->find("a"), Value(id * 3)) &&
         row.set_value(*table.schema()->find("text"), Value::text(std::string(50, 'x'))) &&
         table.put(row, kNoSync);
}

// What every version of every row has to read as, by a handle that may have grown old meanwhile.
void read_rows(const Table& table, Failures& failures) {
  const auto a = table.column<std::int64_t>("a");
  const auto id = table.column<std::int64_t>("id");
  if (!failures.none(a) || !failures.none(id)) return;
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
  Database db = must(Database::create(scratch.path(), options));
  must(db.execute("create table t (id bigint primary key, a bigint, text varchar, old varchar)"));
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
    while (!stop) {
      (void)failures.none(db.flush());
      (void)failures.none(db.compact());
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      (void)failures.none(
          db.execute("create table u (id bigint primary key, a bigint, text varchar)"));
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
  must(db.compact());
  read_rows(must(db.table("t")), failures);
  CHECK(failures.count == 0);
}
