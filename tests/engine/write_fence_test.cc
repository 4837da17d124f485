// Who waits to be alone comes before those who come later; and that with real writers.
#include "wisp/engine/write_fence.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

using namespace wisp;
using namespace wisp::testing;

TEST_CASE("the fence: those who come later wait for the one who waits to be alone") {
  constexpr auto kLongEnough = std::chrono::milliseconds(100);
  WriteFence fence;
  std::atomic<bool> was_alone{false};
  std::atomic<bool> later_came_after{false};
  std::atomic<bool> later_entered{false};
  fence.lock_shared();
  std::thread alone([&] {
    const std::unique_lock lock(fence);
    was_alone = true;
  });
  std::this_thread::sleep_for(kLongEnough);
  std::thread later([&] {
    const std::shared_lock lock(fence);
    later_came_after = was_alone.load();
    later_entered = true;
  });
  std::this_thread::sleep_for(kLongEnough);
  CHECK_FALSE(was_alone);
  CHECK_FALSE(later_entered);
  fence.unlock_shared();
  alone.join();
  later.join();
  CHECK(later_came_after);
  fence.lock_shared();  // open again, for several
  std::thread([&] { const std::shared_lock lock(fence); }).join();
  fence.unlock_shared();
}

TEST_CASE("the fence: who does not wait is told, also while someone waits to be alone") {
  WriteFence fence;
  std::thread alone;
  std::atomic<bool> was_alone{false};
  {
    const auto first = pass(fence, /*wait=*/false);
    REQUIRE(first);
    CHECK(pass(fence, /*wait=*/false));
    alone = std::thread([&] {
      const std::unique_lock lock(fence);
      was_alone = true;
    });
    while (pass(fence, /*wait=*/false)) std::this_thread::yield();
    CHECK_FALSE(was_alone);
    CHECK(code_of(pass(fence, /*wait=*/false)) == ErrorCode::kBusy);
  }
  alone.join();
  const std::unique_lock lock(fence);
  CHECK(code_of(pass(fence, /*wait=*/false)) == ErrorCode::kBusy);
}

TEST_CASE("the fence: alone is alone") {
  WriteFence fence;
  std::atomic<int> inside{0};
  std::atomic<int> mistakes{0};
  std::uint64_t changes = 0;  // guarded by being alone
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 4000; ++i) {
        if ((i + t) % 16 == 0) {
          const std::unique_lock lock(fence);
          if (inside.load() != 0) ++mistakes;
          ++changes;
        } else {
          const std::shared_lock lock(fence);
          ++inside;
          --inside;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(mistakes == 0);
  CHECK(changes == 1000);
}

TEST_CASE("SET NOT NULL gets its turn between writers that never pause") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a int not null default 1)"));
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> written{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < 6; ++w) {
    writers.emplace_back([&, w] {
      for (std::int64_t i = 0; !stop; ++i) {
        const auto table = db.table("t");  // a new handle: the old one may be ruled out
        if (!table) {
          ++failures;
          return;
        }
        RowBuilder row = table->row_builder();
        (void)row.set_value(ColumnIndex{0}, Value(i * 6 + w)).has_value();
        (void)row.set_value(ColumnIndex{1}, Value(std::int64_t{5})).has_value();
        // Synced, so that several are always inside the fence, asleep.
        const auto put = table->put(row, {.durability = Durability::kSync});
        if (!put && put.error().code != ErrorCode::kInvalidArgument) ++failures;
        ++written;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    must(db.execute("alter table t alter a drop not null"));
    must(db.execute("alter table t alter a set not null"));
  }
  const std::uint64_t before = written;
  while (written < before + 20) std::this_thread::yield();  // and so do the writers
  stop = true;
  for (std::thread& writer : writers) writer.join();
  CHECK(failures == 0);
}

TEST_CASE("erase_range gets its turn between inserts that never pause") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("create table busy (id bigint primary key);"
                 "create table other (id bigint primary key)"));
  const Table busy = must(db.table("busy"));
  const Table other = must(db.table("other"));
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> written{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < 6; ++w) {
    writers.emplace_back([&, w] {
      RowBuilder row = busy.row_builder();
      for (std::int64_t i = 0; !stop; ++i) {
        (void)row.set_value(ColumnIndex{0}, Value(i * 6 + w)).has_value();
        // Synced, so that several are always inside the fence, asleep.
        if (!busy.insert(row, {.durability = Durability::kSync})) ++failures;
        ++written;
      }
    });
  }
  while (written < 100) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) must(other.erase_range({}, {}, kNoSync));
  const std::uint64_t before = written;
  while (written < before + 20) std::this_thread::yield();
  stop = true;
  for (std::thread& writer : writers) writer.join();
  CHECK(failures == 0);
}
