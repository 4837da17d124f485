// Write stalls: what writers and operators are told while flushes do not get on, and that writing
// goes on behind it with nothing lost.
#include <doctest/doctest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"
#include "wisp/engine/rocks_interop.h"

namespace wisp {
namespace {

using namespace wisp::testing;

// Holds back what is written to table files while the gate is shut: flushes and compactions.
class SlowDisk final : public rocksdb::FileSystemWrapper {
 public:
  SlowDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "SlowDisk"; }

  void shut() {
    const std::lock_guard lock(mutex_);
    is_shut_ = true;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_shut_ = false;
    opened_.notify_all();
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (name.ends_with(".sst")) {
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [this] { return !is_shut_; });
    }
    return FileSystemWrapper::NewWritableFile(name, options, file, debug);
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_shut_ = false;
};

struct StalledDatabase {
  StalledDatabase() {
    host->env = env.get();
    options.rocks_host = host;
    options.write_buffer_bytes = 64 << 10;
    // Slowed with three memtables behind the one that is written, stopped with four.
    options.rocksdb_options = "max_write_buffer_number=4;disable_auto_compactions=true";
    db.emplace(must(Database::create(scratch.path(), options)));
    must(db->execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
    table = must(db->table("t"));
  }
  ~StalledDatabase() { disk->open(); }  // closing waits for flushes

  RowBuilder row(std::int64_t k) const {
    RowBuilder row = table.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(k)));
    must(row.set_value(ColumnIndex{1}, Value(std::string(8000, static_cast<char>('a' + k % 26)))));
    return row;
  }
  Status put(std::int64_t k, const WriteOptions& write) const {
    RowBuilder one = row(k);
    WISP_TRY(table.put(one, write));
    return {};
  }
  DatabaseStats stats() const { return must(db->stats()); }

  const ScratchDirectory scratch;
  const std::shared_ptr<SlowDisk> disk = std::make_shared<SlowDisk>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const std::shared_ptr<RocksHost> host = std::make_shared<RocksHost>();
  DatabaseOptions options;
  std::optional<Database> db;
  Table table;
};

TEST_CASE("a stall is a state with a reason; who does not wait is told, who waits gets through") {
  StalledDatabase s;
  CHECK(s.stats().writes == WriteState::kRunning);
  CHECK(s.stats().writes_reason.empty());
  s.disk->shut();

  // Until the first that is refused, which is slowed only.
  const WriteOptions at_once{Durability::kWal, /*wait_in_stall=*/false};
  std::int64_t next = 0;
  Status status;
  while (next < 100 && (status = s.put(next, at_once))) ++next;
  REQUIRE(next > 20);
  REQUIRE(code_of(status) == ErrorCode::kBusy);
  CHECK(says(status, "stalled"));
  DatabaseStats stats = s.stats();
  CHECK(stats.writes == WriteState::kSlowed);
  CHECK(stats.delayed_write_rate_bytes > 0);
  CHECK(stats.unflushed_memtables == 3);
  CHECK(stats.writes_reason == "3 memtables wait to be flushed");

  // One that waits goes on, slowly; then nothing does.
  std::vector<std::future<Status>> waiting;
  std::int64_t blocked = -1;
  for (int i = 0; i < 100 && blocked < 0; ++i) {
    const std::int64_t k = next++;
    const Durability durability = i % 3 == 0   ? Durability::kSync
                                  : i % 3 == 1 ? Durability::kWal
                                               : Durability::kGroup;
    std::future<Status> done =
        std::async(std::launch::async, [&s, k, durability] { return s.put(k, {durability}); });
    while (blocked < 0 && done.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
      if (s.stats().writes == WriteState::kStopped) blocked = k;
    waiting.push_back(std::move(done));
  }
  REQUIRE(blocked >= 0);
  stats = s.stats();
  CHECK(stats.writes == WriteState::kStopped);
  CHECK(stats.unflushed_memtables == 4);
  CHECK(stats.writes_reason == "4 memtables wait to be flushed");
  CHECK(stats.background_errors == 0);
  // The last one waits; of every durability, and whatever it is part of.
  for (const Durability durability : {Durability::kSync, Durability::kWal, Durability::kGroup}) {
    const std::int64_t k = next++;
    waiting.push_back(
        std::async(std::launch::async, [&s, k, durability] { return s.put(k, {durability}); }));
  }
  CHECK(waiting.back().wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
  CHECK(waiting[waiting.size() - 4].wait_for(std::chrono::milliseconds(0)) ==
        std::future_status::timeout);

  // Those that do not wait are refused whole, beside writers that do.
  constexpr std::int64_t kRefused = 1'000'000;
  for (const Durability durability : {Durability::kSync, Durability::kWal, Durability::kGroup}) {
    const WriteOptions write{durability, false};
    CHECK(code_of(s.put(kRefused, write)) == ErrorCode::kBusy);
    RowBuilder row = s.row(kRefused);
    CHECK(code_of(s.table.insert(row, write)) == ErrorCode::kBusy);
    WriteBatch batch = s.db->batch();
    must(batch.put(s.table, row));
    CHECK(code_of(batch.commit(write)) == ErrorCode::kBusy);
    CHECK(batch.row_count() == 1);
    Transaction transaction = must(s.db->begin_transaction());
    must(transaction.put(s.table, row));
    CHECK(code_of(transaction.commit(write)) == ErrorCode::kBusy);
  }
  // Reads go on.
  CHECK(must(s.table.get(std::vector<Value>{Value(std::int64_t{0})})).has_value());
  CHECK_FALSE(must(s.table.get(std::vector<Value>{Value(kRefused)})).has_value());

  s.disk->open();
  for (std::future<Status>& each : waiting) must(each.get());
  must(s.db->flush());
  CHECK(s.stats().writes == WriteState::kRunning);
  must(s.put(next++, at_once));

  must(s.db->close());
  s.db.emplace(must(Database::open(s.scratch.path(), s.options)));
  s.table = must(s.db->table("t"));
  std::int64_t found = 0;
  Cursor cursor = must(s.table.scan());
  while (must(cursor.next())) {
    CHECK(must(cursor.row().value(ColumnIndex{0})) == Value(found));
    ++found;
  }
  CHECK(found == next);
}

TEST_CASE("refused for good is another state than a stall") {
  StalledDatabase s;
  must(s.put(1, kNoSync));
  DatabaseOptions options = s.options;
  options.mode = OpenMode::kReadOnly;
  const Database reader = must(Database::open(s.scratch.path(), options));
  const DatabaseStats stats = must(reader.stats());
  CHECK(stats.writes == WriteState::kRefused);
  CHECK(stats.writes_reason.find("read-only") != std::string::npos);
}

}  // namespace
}  // namespace wisp
