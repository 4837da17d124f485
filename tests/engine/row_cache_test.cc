// DatabaseOptions::cache_rows: what stands in the cache, and that no write is ever missed there.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"
#include "wisp/engine/store/rocks/rocks_store.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr int kRows = 2000;
constexpr std::size_t kTextBytes = 300;

std::vector<Value> key_of(std::int64_t k) {
  return {Value(k)};
}

std::string text_of(std::int64_t k, std::int64_t version) {
  std::mt19937_64 random(static_cast<std::uint64_t>(k * 1000 + version));
  std::string out = std::to_string(version) + " ";
  while (out.size() < kTextBytes) out.push_back(static_cast<char>('a' + random() % 26));
  return out;
}

DatabaseOptions with_rows(std::size_t cache_bytes = std::size_t{8} << 20) {
  DatabaseOptions o;
  o.cache_rows = true;
  o.block_cache_bytes = cache_bytes;
  return o;
}

struct OneTable {
  explicit OneTable(const DatabaseOptions& options, int rows = kRows)
      : db(must(Database::create(scratch.path(), options))) {
    must(db->execute("CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT, v VARCHAR)"));
    take();
    for (int k = 0; k < rows; ++k) put(k, 0);
    must(db->compact());
  }
  // Closed and opened: nothing is cached.
  void reopen(const DatabaseOptions& options) {
    must(db->close());
    db.emplace(must(Database::open(scratch.path(), options)));
    take();
  }
  void take() {
    t = must(db->table("t"));
    n = *t.column<std::int64_t>("n");
    v = *t.column<std::string_view>("v");
  }
  RowBuilder row(std::int64_t k, std::int64_t version) const {
    RowBuilder out = t.row_builder();
    must(out.set_value(ColumnIndex{0}, Value(k)));
    out.set(n, version);
    must(out.set_value(ColumnIndex{2}, Value(text_of(k, version))));
    return out;
  }
  void put(std::int64_t k, std::int64_t version) const {
    RowBuilder built = row(k, version);
    must(t.put(built, kNoSync));
  }
  PatchBuilder patch(std::int64_t version) const {
    PatchBuilder out = t.patch_builder();
    out.set(*out.layout()->column<std::int64_t>("n"), version);
    return out;
  }
  Status update(std::int64_t k, std::int64_t version, OnMissing missing) const {
    PatchBuilder changes = patch(version);
    return t.update(key_of(k), changes, missing, kNoSync);
  }
  // The version under a key; none where there is no row.
  std::optional<std::int64_t> get(std::int64_t k) const {
    const std::optional<Row> found = must(t.get(key_of(k)));
    if (!found) return std::nullopt;
    return *(*found)[n];
  }
  std::uint64_t used() const { return must(db->stats()).cache_used_bytes; }

  ScratchDirectory scratch;
  std::optional<Database> db;
  Table t;
  ColumnHandle<std::int64_t> n;
  ColumnHandle<std::string_view> v;
};

TEST_CASE("a cached row takes its own bytes, a cached block all of the block's") {
  OneTable t(with_rows());
  for (const bool rows : {true, false}) {
    CAPTURE(rows);
    DatabaseOptions options = with_rows();
    options.cache_rows = rows;
    t.reopen(options);
    const std::uint64_t before = t.used();
    for (int pass = 0; pass < 2; ++pass) {
      for (int k = 0; k < kRows; k += 100) CHECK(t.get(k) == 0);
      const std::uint64_t each = (t.used() - before) / (kRows / 100);
      if (rows) {
        CHECK(each > kTextBytes);
        CHECK(each < kTextBytes + 300);
      } else {
        CHECK(each > 8 * 1024);
      }
    }
  }
}

TEST_CASE("a cached row needs no file any more") {
  OneTable t(with_rows());
  t.reopen(with_rows());
  CHECK(t.get(1000) == 0);
  for (const auto& [path, size] : listing(t.scratch.path())) {
    if (path.ends_with(".sst")) write_file(path, std::string(size, 'x'));
  }
  CHECK(t.get(1000) == 0);
  CHECK(code_of(t.t.get(key_of(0))) == ErrorCode::kCorruption);
  const auto found = must(t.t.multi_get(std::vector<std::vector<Value>>{key_of(1000)}));
  CHECK(*(*found[0])[t.n] == 0);
  // A snapshot's read does not rely on what is newest.
  const Snapshot snapshot = must(t.db->snapshot());
  ReadOptions read;
  read.snapshot = &snapshot;
  CHECK(code_of(t.t.get(key_of(1000), read)) == ErrorCode::kCorruption);
}

TEST_CASE("every kind of write is seen at once") {
  OneTable t(with_rows(), 100);
  const auto cache_all = [&] {
    for (std::int64_t k = 0; k < 100; ++k) (void)t.get(k);
  };
  cache_all();
  t.put(1, 1);
  CHECK(t.get(1) == 1);
  must(t.update(1, 2, OnMissing::kIgnore));
  CHECK(t.get(1) == 2);
  must(t.update(1, 3, OnMissing::kFail));
  CHECK(t.get(1) == 3);
  must(t.t.erase(key_of(1), kNoSync));
  CHECK(t.get(1) == std::nullopt);
  RowBuilder built = t.row(1, 4);
  must(t.t.insert(built, kNoSync));
  CHECK(t.get(1) == 4);
  {
    WriteBatch batch = t.db->batch();
    RowBuilder second = t.row(2, 5);
    must(batch.put(t.t, second));
    must(batch.erase(t.t, key_of(3)));
    PatchBuilder patch = t.patch(6);
    must(batch.update(t.t, key_of(4), patch));
    must(batch.commit(kNoSync));
    CHECK(t.get(2) == 5);
    CHECK(t.get(3) == std::nullopt);
    CHECK(t.get(4) == 6);
  }
  {
    Transaction transaction = must(t.db->begin_transaction());
    RowBuilder second = t.row(5, 7);
    must(transaction.put(t.t, second));
    CHECK(t.get(5) == 0);
    must(transaction.commit(kNoSync));
    CHECK(t.get(5) == 7);
  }
  cache_all();
  must(t.t.erase_range(key_of(10), key_of(20), kNoSync));
  for (std::int64_t k = 8; k < 22; ++k) {
    CAPTURE(k);
    CHECK(t.get(k).has_value() == (k < 10 || k >= 20));
  }
  t.put(12, 8);
  CHECK(t.get(12) == 8);
  must(t.db->compact());
  CHECK(t.get(12) == 8);
  // Rows of an earlier version read as of the newest.
  must(t.db->execute("ALTER TABLE t ADD COLUMN added INTEGER DEFAULT 9"));
  CHECK(t.get(12) == 8);
  const Table newer = must(t.db->table("t"));
  const std::optional<Row> row = must(newer.get(key_of(12)));
  CHECK((*row)[*newer.column<std::int32_t>("added")] == 9);
  // What is cached is of another version than what stands in the files from here on.
  must(t.db->compact());
  const std::optional<Row> kept = must(newer.get(key_of(12)));
  CHECK((*kept)[*newer.column<std::int32_t>("added")] == 9);
  must(t.update(12, 10, OnMissing::kFail));
  CHECK(t.get(12) == 10);
}

TEST_CASE("multi_get mixes cached rows, others and none") {
  OneTable t(with_rows(), 1000);
  t.reopen(with_rows());
  for (std::int64_t k = 0; k < 1000; k += 3) (void)t.get(k);
  std::vector<std::vector<Value>> keys;
  for (std::int64_t k = 600; k >= -5; --k) keys.push_back(key_of(2 * k));
  for (int pass = 0; pass < 2; ++pass) {
    const auto rows = must(t.t.multi_get(keys));
    REQUIRE(rows.size() == keys.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t k = 2 * (600 - static_cast<std::int64_t>(i));
      CAPTURE(k);
      REQUIRE(rows[i].has_value() == (k >= 0 && k < 1000));
      if (rows[i]) CHECK((*rows[i])[t.v] == text_of(k, 0));
    }
  }
}

TEST_CASE("rows that are held outlive their writing over, the cache's room and the database") {
  OneTable t(with_rows(std::size_t{64} << 10));
  std::vector<Row> held;
  for (std::int64_t k = 0; k < kRows; k += 10) {
    (void)t.get(k);
    held.push_back(std::move(*must(t.t.get(key_of(k)))));
  }
  CHECK(must(t.db->stats()).cache_pinned_bytes > held.size() * kTextBytes);
  for (std::int64_t k = 0; k < kRows; ++k) t.put(k, 1);
  for (std::int64_t k = 0; k < kRows; ++k) CHECK(t.get(k) == 1);
  must(t.db->close());
  t.t = Table();
  t.db.reset();
  for (std::size_t i = 0; i < held.size(); ++i) {
    CHECK(held[i][t.v] == text_of(static_cast<std::int64_t>(10 * i), 0));
  }
}

TEST_CASE("erased ranges leave the cached rows of other tables alone") {
  OneTable t(with_rows(), 100);
  must(t.db->execute("CREATE TABLE other (k BIGINT PRIMARY KEY, n BIGINT)"));
  const Table other = must(t.db->table("other"));
  RowBuilder row = other.row_builder();
  must(row.set_value(ColumnIndex{0}, Value(std::int64_t{1})));
  must(other.put(row, kNoSync));
  must(t.db->compact());
  t.reopen(with_rows());
  const Table again = must(t.db->table("other"));
  CHECK(t.get(50) == 0);
  REQUIRE(must(again.get(key_of(1))).has_value());
  must(t.t.erase_range(key_of(40), key_of(60), kNoSync));
  for (const auto& [path, size] : listing(t.scratch.path())) {
    if (path.ends_with(".sst")) write_file(path, std::string(size, 'x'));
  }
  CHECK(must(again.get(key_of(1))).has_value());
  CHECK_FALSE(t.t.get(key_of(70)).has_value());
  CHECK(t.get(50) == std::nullopt);
}

TEST_CASE("a follower's cached rows go when it catches up") {
  OneTable t(with_rows(), 100);
  DatabaseOptions options = with_rows();
  options.mode = OpenMode::kReadOnly;
  Database follower = must(Database::open(t.scratch.path(), options));
  const Table seen = must(follower.table("t"));
  const auto version = [&] {
    const std::optional<Row> row = must(seen.get(key_of(7)));
    return *(*row)[t.n];
  };
  CHECK(version() == 0);
  t.put(7, 1);
  CHECK(version() == 0);
  must(follower.catch_up());
  CHECK(version() == 1);
  const auto used = [&] { return must(follower.stats()).cache_used_bytes; };
  const std::uint64_t before = used();
  must(follower.catch_up());  // nothing new: what is cached stays
  CHECK(version() == 1);
  CHECK(used() == before);
  t.put(7, 2);
  must(follower.catch_up());
  CHECK(version() == 2);
  CHECK(used() > before);
}

TEST_CASE("rows are not cached without a cache") {
  const ScratchDirectory scratch;
  for (const char* rocksdb : {"", "block_based_table_factory={no_block_cache=true}"}) {
    DatabaseOptions options = with_rows(*rocksdb == '\0' ? 0 : 1 << 20);
    options.rocksdb_options = rocksdb;
    const auto refused = Database::create(scratch.path() + "/db", options);
    CHECK(code_of(refused) == ErrorCode::kInvalidArgument);
    CHECK(says(refused, "cache_rows"));
  }
}

// Each key is one writer's: what it has acknowledged is the least that any later read may find.
TEST_CASE("no read misses a write that ended before it began") {
  constexpr int kWriters = 2;
  constexpr int kKeys = 24;  // few, so that reads and writes of one row meet
  const int writes = std::getenv("WISP_TEST_LONG") != nullptr ? 20'000 : 4'000;
  for (const std::size_t cache_bytes : {std::size_t{4} << 10, std::size_t{1} << 20}) {
    CAPTURE(cache_bytes);
    OneTable t(with_rows(cache_bytes), kKeys);
    std::array<std::atomic<std::int64_t>, kKeys> acknowledged{};
    std::atomic<int> running{kWriters};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int w = 0; w < kWriters; ++w) {
      threads.emplace_back([&, w] {
        std::mt19937 random(static_cast<unsigned>(w));
        WriteBatch batch = t.db->batch();
        for (int i = 1; i <= writes; ++i) {
          const int k = static_cast<int>(random() % (kKeys / kWriters)) * kWriters + w;
          const std::int64_t version = i;
          RowBuilder row = t.row(k, version);
          bool done = true;
          switch (random() % 5) {
            case 0:
              done = t.update(k, version, OnMissing::kIgnore).has_value();
              break;
            case 1: {
              auto transaction = t.db->begin_transaction();
              done = transaction && transaction->put(t.t, row) && transaction->commit(kNoSync);
              break;
            }
            case 2:
              // The range is empty of keys: it makes all cached rows unreachable, no more.
              done = t.t.erase_range(key_of(1000), key_of(2000), kNoSync).has_value();
              [[fallthrough]];
            default:
              done = done && batch.put(t.t, row) && batch.commit(kNoSync);
          }
          if (!done) ++wrong;
          acknowledged[k].store(version);
        }
        --running;
      });
    }
    for (int r = 0; r < 2; ++r) {
      threads.emplace_back([&, r] {
        std::mt19937 random(static_cast<unsigned>(100 + r));
        Row row;
        std::vector<std::vector<Value>> both(2);
        while (running.load() > 0) {
          const auto k = static_cast<std::int64_t>(random() % kKeys);
          const std::int64_t other = (k + 1) % kKeys;
          const std::int64_t least = acknowledged[k].load();
          const std::int64_t other_least = acknowledged[other].load();
          if (random() % 2 == 0) {
            const Result<bool> found = t.t.get(key_of(k), row);
            if (!found || !*found || row[t.n] < least) ++wrong;
          } else {
            both[0] = key_of(k);
            both[1] = key_of(other);
            const auto rows = t.t.multi_get(both);
            if (!rows || !(*rows)[0] || (*(*rows)[0])[t.n] < least ||
                (*(*rows)[1])[t.n] < other_least) {
              ++wrong;
            }
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    for (int k = 0; k < kKeys; ++k) CHECK(t.get(k) == acknowledged[k].load());
  }
}

// One row, whose versions only rise: who has seen one never sees an earlier one.
TEST_CASE("what anybody has seen is the least that is found later") {
  OneTable t(with_rows(), 1);
  const bool is_long = std::getenv("WISP_TEST_LONG") != nullptr;
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(is_long ? 20'000 : 1'500);
  std::atomic<std::int64_t> seen{0};
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread writer([&] {
    for (std::int64_t version = 1; std::chrono::steady_clock::now() < until; ++version) {
      // An erased range in front of it goes by another way.
      const bool erased = version % 4 == 0;
      if (erased && !t.t.erase_range(key_of(0), key_of(1), kNoSync)) ++wrong;
      RowBuilder row = t.row(0, version);
      if (!t.t.put(row, kNoSync)) ++wrong;
      std::this_thread::sleep_for(std::chrono::microseconds(30));
    }
    stop = true;
  });
  // A row that is gone in between is no step back.
  const auto look = [&](const ReadOptions& options) {
    const std::int64_t least = seen.load();
    Row row;
    const Result<bool> found = t.t.get(key_of(0), row, options);
    if (!found) ++wrong;
    if (!found || !*found) return;
    const std::int64_t version = *row[t.n];
    if (options.snapshot == nullptr && version < least) ++wrong;
    std::int64_t last = seen.load();
    while (last < version && !seen.compare_exchange_weak(last, version)) {
    }
  };
  std::thread with_snapshots([&] {
    while (!stop) {
      const Result<Snapshot> snapshot = t.db->snapshot();
      ReadOptions options;
      options.snapshot = &*snapshot;
      look(options);
      look({});
    }
  });
  while (!stop) look({});
  writer.join();
  with_snapshots.join();
  CHECK(wrong == 0);
  CHECK(seen > 100);
}

TEST_CASE("multi_get finds a batch whole or not at all, whatever is cached") {
  OneTable t(with_rows(), 2);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'000);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread writer([&] {
    WriteBatch batch = t.db->batch();
    for (std::int64_t version = 1; std::chrono::steady_clock::now() < until; ++version) {
      for (std::int64_t k = 0; k < 2; ++k) {
        RowBuilder row = t.row(k, version);
        if (!batch.put(t.t, row)) ++wrong;
      }
      if (!batch.commit(kNoSync)) ++wrong;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    stop = true;
  });
  std::thread single([&] {
    for (std::int64_t k = 0; !stop; k = 1 - k) (void)t.get(k);
  });
  const std::vector<std::vector<Value>> both = {key_of(0), key_of(1)};
  while (!stop) {
    const auto rows = t.t.multi_get(both);
    if (!rows || (*(*rows)[0])[t.n] != (*(*rows)[1])[t.n]) ++wrong;
  }
  writer.join();
  single.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace wisp
