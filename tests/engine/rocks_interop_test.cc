// A host's cache, memory budget, rate limiter and logger serve several databases.
#include "wisp/engine/rocks_interop.h"

#include <doctest/doctest.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

class CountingLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override { ++lines; }
  std::atomic<int> lines{0};
};

void fill(Database& db, int rows) {
  must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  const Table t = must(db.table("t"));
  RowBuilder row = t.row_builder();
  for (int k = 0; k < rows; ++k) {
    must(row.set_value(ColumnIndex{0}, Value(std::int64_t{k})));
    must(row.set_value(ColumnIndex{1}, Value(std::string(1000, static_cast<char>('a' + k % 26)))));
    must(t.put(row, kNoSync));
  }
}

// Memory that goes bad: once armed, the next log record loses a bit where it stands in the batch,
// behind the write to the log and in front of the one to the memtable.
class BadMemory final : public rocksdb::FileSystemWrapper {
 public:
  BadMemory() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "BadMemory"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus s = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (s.ok() && name.ends_with(".log")) {
      *file = std::make_unique<Log>(std::move(*file), armed);
    }
    return s;
  }

  std::atomic<bool> armed{false};

 private:
  class Log final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Log(std::unique_ptr<rocksdb::FSWritableFile> file, std::atomic<bool>& armed)
        : FSWritableFileOwnerWrapper(std::move(file)), armed_(armed) {}
    using rocksdb::FSWritableFileWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      rocksdb::IOStatus s = FSWritableFileOwnerWrapper::Append(data, options, debug);
      // A large piece is handed over without a copy.
      if (data.size() > 20'000 && armed_.exchange(false)) {
        const_cast<char*>(data.data())[data.size() / 2] ^= 1;
      }
      return s;
    }

   private:
    std::atomic<bool>& armed_;
  };
};

TEST_CASE("protection bytes find memory that goes bad under a write; without them nothing does") {
  for (const std::uint32_t protection : {0U, 8U}) {
    for (const bool in_transaction : {false, true}) {
      CAPTURE(protection);
      CAPTURE(in_transaction);
      const ScratchDirectory scratch;
      const auto memory = std::make_shared<BadMemory>();
      const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(memory);
      auto host = std::make_shared<RocksHost>();
      host->env = env.get();
      DatabaseOptions options;
      options.rocks_host = host;
      options.protection_bytes_per_key = protection;
      options.rocksdb_options = "writable_file_max_buffer_size=4096";
      Database db = must(Database::create(scratch.path(), options));
      must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
      const Table t = must(db.table("t"));
      RowBuilder row = t.row_builder();
      must(row.set_value(ColumnIndex{0}, Value(std::int64_t{1})));
      must(row.set_value(ColumnIndex{1}, Value(std::string(100'000, 'x'))));
      const auto write = [&]() -> Status {
        if (!in_transaction) {
          WISP_TRY(t.put(row, kNoSync));
          return {};
        }
        WISP_ASSIGN(Transaction transaction, db.begin_transaction());
        WISP_TRY(transaction.put(t, row));
        return transaction.commit(kNoSync);
      };
      memory->armed = true;
      const Status status = write();
      REQUIRE_FALSE(memory->armed);  // a bit was lost
      ReadOptions verify;
      verify.verify_checksums = true;
      const std::vector<Value> key{Value(std::int64_t{1})};
      if (protection == 0) {
        must(Status(status));
        // Only the row's own checksum tells, and only a reader who asks.
        CHECK(must(t.get(key)).has_value());
        CHECK(code_of(t.get(key, verify)) == ErrorCode::kCorruption);
      } else {
        CHECK(code_of(status) == ErrorCode::kUnknownOutcome);
        CHECK(code_of(t.put(row, kNoSync)) == ErrorCode::kIo);
        must(db.close());
        // The log has the row as it was meant.
        db = must(Database::open(scratch.path(), options));
        CHECK(must(must(db.table("t")).get(key, verify)).has_value());
      }
    }
  }
}

TEST_CASE("what a host shares is used by all its databases, and outlives none of its rows") {
  const ScratchDirectory scratch;
  auto host = std::make_shared<RocksHost>();
  host->block_cache = rocksdb::NewLRUCache(std::size_t{4} << 20);
  host->write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(std::size_t{64} << 20);
  host->rate_limiter.reset(rocksdb::NewGenericRateLimiter(std::int64_t{1} << 30));
  const auto logger = std::make_shared<CountingLogger>();
  logger->SetInfoLogLevel(rocksdb::INFO_LEVEL);
  host->logger = logger;
  DatabaseOptions options;
  options.rocks_host = host;
  options.block_cache_bytes = 0;  // counts for nothing beside the host's cache

  Database first = must(Database::create(scratch.path("first"), options));
  Database second = must(Database::create(scratch.path("second"), options));
  fill(first, 500);
  fill(second, 500);
  CHECK(host->write_buffer_manager->memory_usage() > 1'000'000);
  must(first.flush());
  must(second.flush());
  CHECK(host->rate_limiter->GetTotalBytesThrough() > 0);
  CHECK(logger->lines > 0);
  CHECK_FALSE(std::filesystem::exists(scratch.path("first") + "/LOG"));

  CHECK(must(first.stats()).cache_capacity_bytes == std::size_t{4} << 20);
  const std::size_t before = host->block_cache->GetUsage();
  std::vector<Row> rows;
  for (const Database* db : {&first, &second}) {
    const Table t = must(db->table("t"));
    auto row = must(t.get(std::vector<Value>{Value(std::int64_t{7})}));
    REQUIRE(row.has_value());
    rows.push_back(std::move(*row));
  }
  CHECK(host->block_cache->GetUsage() > before + 2000);
  CHECK(host->block_cache->GetPinnedUsage() > 2000);
  const auto v = must(must(first.table("t")).column<std::string_view>("v"));
  must(first.close());
  must(second.close());
  options.rocks_host.reset();
  host->block_cache.reset();
  host.reset();
  for (const Row& row : rows) CHECK(row[v] == std::string(1000, 'h'));
}

TEST_CASE("databases that cache rows in one cache find their own, whatever kind of cache it is") {
  constexpr std::size_t kCapacity = std::size_t{4} << 20;
  for (const bool clock : {false, true}) {
    CAPTURE(clock);
    const ScratchDirectory scratch;
    auto host = std::make_shared<RocksHost>();
    host->block_cache = clock ? rocksdb::HyperClockCacheOptions(kCapacity, 1024).MakeSharedCache()
                              : rocksdb::NewLRUCache(kCapacity);
    DatabaseOptions options;
    options.rocks_host = host;
    options.cache_rows = true;
    std::vector<Database> all;
    std::vector<Table> tables;
    for (const std::string name : {"first", "second", "third"}) {
      all.push_back(must(Database::create(scratch.path(name), options)));
      must(all.back().execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
      tables.push_back(must(all.back().table("t")));
    }
    const auto text = [](std::size_t d, std::int64_t k, int turn) {
      return std::to_string(d) + "," + std::to_string(k) + "," + std::to_string(turn) +
             std::string(500, 'x');
    };
    for (int turn = 0; turn < 2; ++turn) {
      for (std::size_t d = 0; d < all.size(); ++d) {
        RowBuilder row = tables[d].row_builder();
        for (std::int64_t k = 0; k < 200; ++k) {
          must(row.set_value(ColumnIndex{0}, Value(k)));
          must(row.set_value(ColumnIndex{1}, Value(text(d, k, turn))));
          must(tables[d].put(row, kNoSync));
        }
        must(all[d].flush());
      }
      for (int pass = 0; pass < 2; ++pass) {
        for (std::int64_t k = 0; k < 200; ++k) {
          for (std::size_t d = 0; d < all.size(); ++d) {
            const auto row = must(tables[d].get(std::vector<Value>{Value(k)}));
            REQUIRE(row.has_value());
            CHECK((*row)[must(tables[d].column<std::string_view>("v"))] == text(d, k, turn));
          }
        }
      }
    }
    CHECK(host->block_cache->GetUsage() > 600 * 500);
  }
}

TEST_CASE(
    "a strict cache bounds pins: reads fail while it is full, and work when rows are let go") {
  constexpr std::size_t kCapacity = std::size_t{256} << 10;
  for (const bool cache_rows : {false, true}) {
    CAPTURE(cache_rows);
    const ScratchDirectory scratch;
    auto host = std::make_shared<RocksHost>();
    host->block_cache = rocksdb::NewLRUCache(kCapacity, /*num_shard_bits=*/0, /*strict=*/true);
    DatabaseOptions options;
    options.rocks_host = host;
    options.cache_rows = cache_rows;
    Database db = must(Database::create(scratch.path(), options));
    fill(db, 2000);
    must(db.compact());
    const Table t = must(db.table("t"));
    std::vector<Row> held;
    int refused = 0;
    for (std::int64_t k = 0; k < 2000; ++k) {
      auto row = t.get(std::vector<Value>{Value(k)});
      if (row) {
        REQUIRE(row->has_value());
        held.push_back(std::move(**row));
      } else {
        ++refused;
        CHECK(row.error().code == ErrorCode::kIo);
        CHECK(says(row, "cache"));
      }
      CHECK(host->block_cache->GetUsage() <= kCapacity);
    }
    CHECK(refused > 0);
    CHECK(held.size() > 100);
    if (cache_rows) {
      const std::vector<std::vector<Value>> last = {{Value(std::int64_t{1999})}};
      CHECK(code_of(t.multi_get(last)) == ErrorCode::kIo);
    }
    for (Row& row : held) row = row.to_owned();
    for (std::int64_t k = 0; k < 2000; k += 100) {
      CHECK(must(t.get(std::vector<Value>{Value(k)})).has_value());
    }
  }
}

}  // namespace
}  // namespace wisp
