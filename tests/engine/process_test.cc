// Two processes: the lock, reading beside a live writer, kill -9, a disk that is full.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "child_process.h"
#include "scratch.h"
#include "wisp/engine/database.h"
#include "wisp/engine/directory_lock.h"

namespace wisp {
namespace {

using namespace wisp::testing;
namespace fs = std::filesystem;

Value integer(std::int64_t v) {
  return Value(v);
}

DatabaseOptions read_only() {
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  return options;
}

std::string text_of(std::int64_t i) {
  return "text " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 90), 'x');
}

void fill(RowBuilder& row, std::int64_t i) {
  row.clear();
  must(row.set_value(ColumnIndex{0}, integer(i)));
  must(row.set_value(ColumnIndex{1}, Value(text_of(i))));
}

void wait_for_ever() {
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(60));
}

// ---- The lock ----

TEST_CASE("role: holds the database" * doctest::skip()) {
  if (role_path().empty()) return;
  const Database db = must(Database::open(role_path()));
  tell("open");
  wait_for_ever();
}

TEST_CASE("one writer at a time, in this process or another") {
  const ScratchDirectory scratch;
  {
    const Database db = must(Database::create(scratch.path()));
    const auto second = Database::open(scratch.path());
    CHECK(code_of(second) == ErrorCode::kBusy);
    CHECK(says(second, "this process"));
    const auto lock = DirectoryLock::acquire(scratch.path());
    CHECK(code_of(lock) == ErrorCode::kBusy);
    // RocksDB's own lock is lost when its file is opened and closed; ours is not.
    { std::ifstream touch(fs::path(scratch.path()) / "LOCK"); }
    { std::ifstream touch(fs::path(scratch.path()) / "LOCK.wisp"); }
    CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kBusy);
  }
  ChildProcess child("role: holds the database", scratch.path());
  REQUIRE(child.hear() == "open");
  const auto busy = Database::open(scratch.path());
  CHECK(code_of(busy) == ErrorCode::kBusy);
  CHECK(says(busy, "process " + std::to_string(child.pid())));
  child.kill_hard();
  must(Database::open(scratch.path()));
}

// ---- Reading beside a writer ----

constexpr std::int64_t kFlushedRows = 300;
constexpr std::int64_t kLoggedRows = 200;

TEST_CASE("role: writes and holds" * doctest::skip()) {
  if (role_path().empty()) return;
  Database db = must(Database::open(role_path()));
  must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  const Table table = must(db.table("t"));
  RowBuilder row = table.row_builder();
  for (std::int64_t i = 0; i < kFlushedRows + kLoggedRows; ++i) {
    fill(row, i);
    must(table.put(row, kNoSync));
    if (i + 1 == kFlushedRows) must(db.flush());
  }
  tell("written");
  wait_for_ever();
}

TEST_CASE("a reader beside a live writer sees its log and leaves no trace") {
  const ScratchDirectory scratch;
  must(must(Database::create(scratch.path())).close());
  ChildProcess child("role: writes and holds", scratch.path());
  REQUIRE(child.hear() == "written");
  const auto before = listing(scratch.path());
  const auto tmp_before = listing(scratch.root().string());
  {
    Database db = must(Database::open(scratch.path(), read_only()));
    CHECK(db.open_report().warnings.empty());
    const Table table = must(db.table("t"));
    Cursor cursor = must(table.scan());
    const auto v = must(table.column<std::string_view>("v"));
    std::int64_t rows = 0;
    while (must(cursor.next())) {
      CHECK(cursor.row()[v] == text_of(rows));
      ++rows;
    }
    CHECK(rows == kFlushedRows + kLoggedRows);
    CHECK(must(table.get(std::vector<Value>{integer(rows - 1)})).has_value());
    const std::vector<std::vector<Value>> keys = {
        {integer(0)}, {integer(rows - 1)}, {integer(rows)}};
    const auto found = must(table.multi_get(keys));
    CHECK(found[0].has_value());
    CHECK(found[1].has_value());
    CHECK_FALSE(found[2].has_value());
    CHECK(must(db.table_stats(table)).estimated_rows > 100);

    RowBuilder row = table.row_builder();
    fill(row, 1);
    CHECK(code_of(table.put(row)) == ErrorCode::kUnsupported);
    CHECK(code_of(table.erase(std::vector<Value>{integer(1)})) == ErrorCode::kUnsupported);
    CHECK(code_of(db.execute("CREATE TABLE u (x INT)")) == ErrorCode::kUnsupported);
    CHECK(code_of(db.flush()) == ErrorCode::kUnsupported);
    CHECK(code_of(db.compact()) == ErrorCode::kUnsupported);
    // Several readers are fine.
    must(Database::open(scratch.path(), read_only()));
    CHECK(listing(scratch.path()) == before);
  }
  CHECK(listing(scratch.path()) == before);
  CHECK(listing(scratch.root().string()) == tmp_before);
  child.kill_hard();
  // And after the writer's death, before anybody recovered the log.
  const auto dead = listing(scratch.path());
  {
    const Database db = must(Database::open(scratch.path(), read_only()));
    Cursor cursor = must(must(db.table("t")).scan());
    std::int64_t rows = 0;
    while (must(cursor.next())) ++rows;
    CHECK(rows == kFlushedRows + kLoggedRows);
  }
  CHECK(listing(scratch.path()) == dead);
}

TEST_CASE("role: writes and compacts" * doctest::skip()) {
  if (role_path().empty()) return;
  DatabaseOptions options;
  options.write_buffer_bytes = 64 * 1024;
  Database db = must(Database::open(role_path(), options));
  const Table table = must(db.table("t"));
  RowBuilder row = table.row_builder();
  tell("open");
  for (std::int64_t round = 0;; ++round) {
    WriteBatch batch = db.batch();
    for (std::int64_t i = 0; i < 200; ++i) {
      fill(row, i);
      must(batch.put(table, row));
    }
    must(batch.commit(kNoSync));
    if (round % 20 == 19) must(db.compact());
  }
}

TEST_CASE("readers open again and again beside a writer that replaces its files") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
    const Table table = must(db.table("t"));
    WriteBatch batch = db.batch();
    RowBuilder row = table.row_builder();
    for (std::int64_t i = 0; i < 200; ++i) {
      fill(row, i);
      must(batch.put(table, row));
    }
    must(batch.commit());
  }
  ChildProcess child("role: writes and compacts", scratch.path());
  REQUIRE(child.hear() == "open");
  for (int i = 0; i < 15; ++i) {
    const Database db = must(Database::open(scratch.path(), read_only()));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    const Table table = must(db.table("t"));
    Cursor cursor = must(table.scan());
    std::int64_t rows = 0;
    while (must(cursor.next())) {
      CHECK(must(cursor.row().value(ColumnIndex{1})) == Value(text_of(rows)));
      ++rows;
    }
    CHECK(rows == 200);
  }
}

// ---- kill -9 ----

TEST_CASE("role: writes batches until killed" * doctest::skip()) {
  if (role_path().empty()) return;
  DatabaseOptions options;
  options.write_buffer_bytes = 64 * 1024;  // so that flushes are interrupted too
  Database db = must(Database::open(role_path(), options));
  const Table left = must(db.table("l"));
  const Table right = must(db.table("r"));
  const Table ids = must(db.table("ids"));
  RowBuilder row = left.row_builder();
  RowBuilder id_row = ids.row_builder();
  Cursor cursor = must(left.scan());
  std::int64_t i = 0;
  while (must(cursor.next())) ++i;
  WriteBatch batch = db.batch();
  RowBuilder right_row = right.row_builder();
  for (;; ++i) {
    fill(row, i);
    fill(right_row, i);
    must(batch.put(left, row));
    must(batch.put(right, right_row));
    must(id_row.set_value(ColumnIndex{0}, integer(i)));
    const std::uint64_t id = must(batch.put(ids, id_row));
    must(batch.commit(i % 2 == 0 ? WriteOptions() : kNoSync));
    tell(std::to_string(i) + " " + std::to_string(id));
  }
}

TEST_CASE("what was acknowledged survives kill -9, whole batches only") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute(
        "CREATE TABLE l (k BIGINT PRIMARY KEY, v VARCHAR);"
        "CREATE TABLE r (k BIGINT PRIMARY KEY, v VARCHAR); CREATE TABLE ids (n BIGINT)"));
  }
  std::mt19937 random(std::random_device{}());
  std::map<std::uint64_t, std::int64_t> acknowledged;  // row id -> row
  std::int64_t last = -1;
  for (int cycle = 0; cycle < 8; ++cycle) {
    ChildProcess child("role: writes batches until killed", scratch.path());
    const auto hear = [&] {
      const std::string line = child.hear();
      const std::size_t space = line.find(' ');
      if (space == std::string::npos) return false;
      last = std::stoll(line);
      const bool is_new = acknowledged.emplace(std::stoull(line.substr(space)), last).second;
      CHECK(is_new);  // no row id twice
      return true;
    };
    const int lines = 1 + static_cast<int>(random() % 400);
    for (int n = 0; n < lines; ++n) REQUIRE(hear());
    child.kill_hard();
    while (hear()) {
    }

    const Database db = must(Database::open(scratch.path()));
    std::int64_t counts[2] = {0, 0};
    int side = 0;
    for (const char* name : {"l", "r"}) {
      const Table table = must(db.table(name));
      const auto k = must(table.column<std::int64_t>("k"));
      const auto v = must(table.column<std::string_view>("v"));
      ScanOptions options;
      options.verify_checksums = true;
      Cursor cursor = must(table.scan(options));
      while (must(cursor.next())) {
        REQUIRE(cursor.row()[k] == counts[side]);
        REQUIRE(cursor.row()[v] == text_of(counts[side]));
        ++counts[side];
      }
      ++side;
    }
    CHECK(counts[0] == counts[1]);
    CHECK(counts[0] >= last + 1);
    CHECK(counts[0] <= last + 2);  // at most the one that nobody heard of
    const Table ids = must(db.table("ids"));
    const auto n = must(ids.column<std::int64_t>("n"));
    for (const auto& [id, value] : acknowledged) {
      const std::optional<Row> row = must(ids.get(id));
      REQUIRE(row.has_value());
      REQUIRE((*row)[n] == value);
    }
  }
}

// ---- A write that fails ----

TEST_CASE("role: writes to a full disk" * doctest::skip()) {
  if (role_path().empty()) return;
  ::signal(SIGXFSZ, SIG_IGN);
  Database db = must(Database::open(role_path()));
  const Table table = must(db.table("t"));
  RowBuilder row = table.row_builder();
  fill(row, 0);
  must(table.put(row));
  // Files may not grow any more, as on a full disk.
  const rlimit limit{64 * 1024, 64 * 1024};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return;
  std::int64_t i = 1;
  Result<std::uint64_t> put;
  for (; i < 100'000; ++i) {
    fill(row, i);
    put = table.put(row);
    if (!put) break;
  }
  tell("acknowledged " + std::to_string(i - 1));
  tell(put ? "none" : std::string(error_code_name(put.error().code)));
  for (int again = 0; again < 3; ++again) {
    fill(row, i);
    put = table.put(row);
    tell(put ? "none" : std::string(error_code_name(put.error().code)));
  }
  tell(must(table.get(std::vector<Value>{integer(0)})).has_value() ? "readable" : "lost");
}

TEST_CASE("after a write that failed nothing is acknowledged any more") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  }
  ChildProcess child("role: writes to a full disk", scratch.path());
  const std::string acknowledged = child.hear();
  REQUIRE(acknowledged.rfind("acknowledged ", 0) == 0);
  CHECK(child.hear() == error_code_name(ErrorCode::kUnknownOutcome));
  for (int again = 0; again < 3; ++again) CHECK(child.hear() == error_code_name(ErrorCode::kIo));
  CHECK(child.hear() == "readable");
  child.wait();
  const std::int64_t last = std::stoll(acknowledged.substr(13));
  CHECK(last > 10);
  const Database db = must(Database::open(scratch.path()));
  const Table table = must(db.table("t"));
  for (std::int64_t i = 0; i <= last; ++i) {
    CHECK(must(table.get(std::vector<Value>{integer(i)})).has_value());
  }
  RowBuilder row = table.row_builder();
  fill(row, last + 100);
  must(table.put(row));
  CHECK(must(table.get(std::vector<Value>{integer(last + 100)})).has_value());
}

}  // namespace
}  // namespace wisp
