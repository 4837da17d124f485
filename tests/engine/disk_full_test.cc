// A disk that is full while tables are written, and files that are damaged: what writers and
// operators are told, that nothing is lost, and that writing goes on once there is space.
#include <doctest/doctest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"
#include "wisp/engine/rocks_interop.h"

namespace wisp {
namespace {

using namespace wisp::testing;

// Has no space for tables, or for logs, while they are told to be full.
class FullDisk final : public rocksdb::FileSystemWrapper {
 public:
  FullDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FullDisk"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus s = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (!s.ok()) return s;
    if (name.ends_with(".sst")) {
      const bool fits = tables_that_fit > 0 && tables_that_fit-- > 0;
      if (!fits) *file = std::make_unique<File>(std::move(*file), tables_full);
    }
    if (name.ends_with(".log")) *file = std::make_unique<File>(std::move(*file), logs_full);
    return s;
  }

  std::atomic<bool> tables_full{false};
  std::atomic<int> tables_that_fit{0};  // all the same
  std::atomic<bool> logs_full{false};

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<bool>& full)
        : FSWritableFileOwnerWrapper(std::move(file)), full_(full) {}
    using rocksdb::FSWritableFileWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (!full_) return FSWritableFileOwnerWrapper::Append(data, options, debug);
      rocksdb::IOStatus s = rocksdb::IOStatus::NoSpace("the test's disk is full");
      s.SetRetryable(true);  // as RocksDB's own file system has it
      return s;
    }

   private:
    const std::atomic<bool>& full_;
  };
};

struct OnFullDisk {
  OnFullDisk() {
    host->env = env.get();
    options.rocks_host = host;
    options.write_buffer_bytes = 64 << 10;
    options.compression = Compression::kNone;  // so that rows are most of a file
    options.rocksdb_options = "disable_auto_compactions=true";
    db.emplace(must(Database::create(scratch.path(), options)));
    must(db->execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
    table = must(db->table("t"));
  }

  Status put(std::int64_t k, const WriteOptions& write = kNoSync) const {
    RowBuilder row = table.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(k)));
    must(row.set_value(ColumnIndex{1}, Value(std::string(4000, static_cast<char>('a' + k % 26)))));
    WISP_TRY(table.put(row, write));
    return {};
  }
  DatabaseStats stats() const { return must(db->stats()); }
  void reopen() {
    must(db->close());
    open();
  }
  void open() {
    db.emplace(must(Database::open(scratch.path(), options)));
    table = must(db->table("t"));
  }
  void check_rows(std::int64_t count) const {
    Cursor cursor = must(table.scan());
    std::int64_t found = 0;
    while (must(cursor.next())) {
      REQUIRE(must(cursor.row().value(ColumnIndex{0})) == Value(found));
      ++found;
    }
    CHECK(found == count);
  }

  const ScratchDirectory scratch;
  const std::shared_ptr<FullDisk> disk = std::make_shared<FullDisk>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const std::shared_ptr<RocksHost> host = std::make_shared<RocksHost>();
  DatabaseOptions options;
  std::optional<Database> db;
  Table table;
};

void wait_a_little() {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST_CASE("a flush without space refuses writes, loses nothing, and writes go on behind it") {
  OnFullDisk d;
  d.disk->tables_full = true;
  std::int64_t next = 0;
  Status status;
  while ((status = d.put(next))) ++next;
  REQUIRE(next > 10);
  CHECK(code_of(status) == ErrorCode::kNoSpace);
  CHECK(says(status, "nothing was written"));
  for (const Durability durability : {Durability::kSync, Durability::kWal, Durability::kGroup}) {
    CHECK(code_of(d.put(next, {durability})) == ErrorCode::kNoSpace);
  }
  {
    Transaction transaction = must(d.db->begin_transaction());
    RowBuilder row = d.table.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(next)));
    must(transaction.put(d.table, row));
    CHECK(code_of(transaction.commit()) == ErrorCode::kNoSpace);
  }
  CHECK(code_of(d.db->flush()) == ErrorCode::kNoSpace);
  const DatabaseStats full = d.stats();
  CHECK(full.writes == WriteState::kRefused);
  CHECK(full.writes_reason.find("disk is full") != std::string::npos);
  CHECK(full.background_errors > 0);
  d.check_rows(next);

  d.disk->tables_full = false;
  while (!(status = d.put(next))) {
    REQUIRE(code_of(status) == ErrorCode::kNoSpace);
    wait_a_little();
  }
  ++next;
  CHECK(d.stats().writes == WriteState::kRunning);
  CHECK(d.stats().writes_reason.empty());
  // A flush waits for its files, as before.
  for (int i = 0; i < 20; ++i) {
    must(d.put(next++, {Durability::kSync}));
    must(d.db->flush());
    CHECK(must(d.db->store_property("rocksdb.num-immutable-mem-table")) == "0");
  }
  d.check_rows(next);
  d.reopen();
  CHECK(d.db->open_report().warnings.empty());
  d.check_rows(next);
}

TEST_CASE("a full disk that the process does not outlive loses nothing either") {
  OnFullDisk d;
  d.disk->tables_full = true;
  std::int64_t next = 0;
  while (d.put(next)) ++next;
  d.disk->tables_full = false;
  d.reopen();
  d.check_rows(next);
  must(d.put(next++));
  d.check_rows(next);
}

TEST_CASE("a log without space: nothing is acknowledged until the database is opened again") {
  OnFullDisk d;
  std::int64_t next = 0;
  for (; next < 5; ++next) must(d.put(next));
  d.disk->logs_full = true;
  CHECK(code_of(d.put(next)) == ErrorCode::kUnknownOutcome);
  d.disk->logs_full = false;
  CHECK(code_of(d.put(next)) == ErrorCode::kIo);
  CHECK(d.stats().writes == WriteState::kRefused);
  // Closed, but perhaps for the end of the log: RocksDB may have begun a new one by now.
  const Status closed = d.db->close();
  if (!closed) CHECK(closed.error().code == ErrorCode::kIo);
  d.open();
  d.check_rows(next);
  must(d.put(next++));
}

TEST_CASE("a compaction without space is told, and writes go on") {
  OnFullDisk d;
  std::int64_t next = 0;
  for (; next < 40; ++next) must(d.put(next));
  must(d.db->flush());
  d.disk->tables_full = true;
  d.disk->tables_that_fit = 1;  // the flush in front of the compaction
  CHECK(code_of(d.db->compact()) == ErrorCode::kNoSpace);
  const DatabaseStats stats = d.stats();
  CHECK(stats.writes == WriteState::kRunning);
  CHECK(stats.writes_reason.find("a compaction failed") == 0);
  must(d.put(next++));
  d.disk->tables_full = false;
  must(d.db->compact());
  CHECK(d.stats().writes_reason.empty());
  d.check_rows(next);
}

TEST_CASE("a damaged file that a compaction meets refuses writes, with a reason") {
  OnFullDisk d;
  std::int64_t next = 0;
  for (; next < 40; ++next) must(d.put(next));
  must(d.db->flush());
  must(d.db->close());
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(d.scratch.path())) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() != ".sst") continue;
    if (largest.empty() || file_size(path) > file_size(largest)) largest = path;
  }
  std::string bytes = read_file(largest);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(largest, bytes);
  d.open();
  CHECK(d.stats().writes == WriteState::kRunning);
  CHECK(code_of(d.db->compact()) == ErrorCode::kCorruption);
  const DatabaseStats stats = d.stats();
  CHECK(stats.writes == WriteState::kRefused);
  CHECK(stats.writes_reason.find("a compaction failed") != std::string::npos);
  CHECK(code_of(d.put(next)) == ErrorCode::kIo);
  // Blocks that are whole are read as before.
  int read = 0;
  for (std::int64_t k = 0; k < next; ++k) {
    const auto row = d.table.get(std::vector<Value>{Value(k)});
    if (row) ++read;
    if (!row) CHECK(code_of(row) == ErrorCode::kCorruption);
  }
  CHECK(read > 10);
  CHECK(read < next);
  // Two scans save the rest, but for the row behind the damage: going back, its end is read there.
  int saved = 0;
  for (const bool reverse : {false, true}) {
    ScanOptions options;
    options.reverse = reverse;
    Cursor cursor = must(d.table.scan(options));
    Result<bool> more;
    while ((more = cursor.next()) && *more) ++saved;
    CHECK(code_of(more) == ErrorCode::kCorruption);
  }
  CHECK(saved <= read);
  CHECK(saved >= read - 1);
}

}  // namespace
}  // namespace wisp
