// A database opened to read beside its writer, and what it takes in when it catches up.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../../bench/allocations.h"
#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

DatabaseOptions read_only() {
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  return options;
}

void put(const Table& table, std::int64_t k, const std::string& v) {
  RowBuilder row = table.row_builder();
  must(row.set_value(ColumnIndex{0}, Value(k)));
  must(row.set_value(ColumnIndex{1}, Value(v)));
  must(table.put(row, kNoSync));
}

TEST_CASE("a reader beside the writer follows it: rows, schema changes, new and dropped tables") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  must(
      writer.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR);"
                     "CREATE TABLE gone (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("t")), 1, "one");
  put(must(writer.table("gone")), 1, "one");
  Database reader = must(Database::open(scratch.path(), read_only()));
  const Table t = must(reader.table("t"));
  const Table gone = must(reader.table("gone"));
  const auto count = [](const Table& table) {
    Cursor cursor = must(table.scan());
    int rows = 0;
    while (must(cursor.next())) ++rows;
    return rows;
  };
  CHECK(count(t) == 1);

  put(must(writer.table("t")), 2, "two");
  must(writer.flush());
  put(must(writer.table("t")), 3, "three");
  CHECK(count(t) == 1);
  must(reader.catch_up());
  CHECK(count(t) == 3);
  CHECK(count(gone) == 1);

  must(writer.execute("ALTER TABLE t ADD COLUMN w INT DEFAULT 5; DROP TABLE gone;"));
  must(writer.execute("CREATE TABLE fresh (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("fresh")), 7, "seven");
  put(must(writer.table("t")), 4, "four");
  must(writer.compact());
  must(reader.catch_up());
  CHECK(count(must(reader.table("fresh"))) == 1);
  CHECK(code_of(reader.table("gone")) == ErrorCode::kNotFound);
  CHECK(code_of(gone.scan()) == ErrorCode::kNotFound);
  const Table newer = must(reader.table("t"));
  CHECK(count(newer) == 4);
  ScanOptions fives;
  fives.where = col("w") == 5;
  Cursor cursor = must(newer.scan(fives));
  int rows = 0;
  while (must(cursor.next())) ++rows;
  CHECK(rows == 3);
  CHECK(code_of(writer.catch_up()) == ErrorCode::kInvalidArgument);
  // Still nothing is written by the reader.
  CHECK(code_of(reader.execute("CREATE TABLE no (k INT)")) == ErrorCode::kUnsupported);
}

TEST_CASE("a reader sees what was overwritten and compacted since, without a write behind it") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  must(writer.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("t")), 1, "one");
  Database reader = must(Database::open(scratch.path(), read_only()));
  const auto seen = [&] {
    const Table t = must(reader.table("t"));
    const Value key[] = {Value(std::int64_t{1})};
    const std::optional<Row> row = must(t.get(key));
    return std::string(row->get(must(t.column<std::string_view>("v"))).value());
  };
  CHECK(seen() == "one");
  for (const std::string value : {"two", "three"}) {
    CAPTURE(value);
    // What the reader has in memory of the log by now is what a compaction overtakes.
    put(must(writer.table("t")), 1, value + " in the log");
    must(reader.catch_up());
    put(must(writer.table("t")), 1, value);
    if (value == "two") must(writer.flush());
    must(writer.compact());
    must(reader.catch_up());
    CHECK(seen() == value);
    must(writer.execute("ALTER TABLE t ADD COLUMN w" + value + " INT"));
    must(writer.flush());
    must(writer.flush());
    must(writer.compact());
    must(reader.catch_up());
    CHECK(must(reader.table("t")).schema()->find("w" + value).has_value());
  }
}

TEST_CASE("a reader follows a writer that was opened anew") {
  const ScratchDirectory scratch;
  std::optional<Database> writer = must(Database::create(scratch.path()));
  must(writer->execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer->table("t")), 1, "one");
  const Database reader = must(Database::open(scratch.path(), read_only()));
  Database follower = must(Database::open(scratch.path(), read_only()));
  const auto seen = [](const Database& db) {
    const auto row = must(must(db.table("t")).get(std::vector<Value>{Value(std::int64_t{1})}));
    return must(row->value(ColumnIndex{1})).as<std::string>();
  };
  for (const std::string value : {"two", "three"}) {
    must(writer->close());
    writer = must(Database::open(scratch.path()));
    put(must(writer->table("t")), 1, value);
    if (value == "three") must(writer->compact());
    must(follower.catch_up());
    CHECK(seen(follower) == value);
    CHECK(seen(reader) == "one");
  }
}

TEST_CASE("a reader's snapshot keeps its moment while the reader catches up") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  must(writer.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("t")), 1, "one");
  Database reader = must(Database::open(scratch.path(), read_only()));
  const Table t = must(reader.table("t"));
  const auto seen = [&](const Snapshot* snapshot) {
    const std::vector<Value> key = {Value(std::int64_t{1})};
    const auto row = must(t.get(key, {.snapshot = snapshot}));
    const std::vector<std::vector<Value>> keys = {key};
    const auto rows = must(t.multi_get(keys, {.snapshot = snapshot}));
    REQUIRE((row.has_value() && rows[0].has_value()));
    ScanOptions options;
    options.snapshot = snapshot;
    Cursor cursor = must(t.scan(options));
    REQUIRE(must(cursor.next()));
    const Value value = must(row->value(ColumnIndex{1}));
    CHECK(must(rows[0]->value(ColumnIndex{1})) == value);
    CHECK(must(cursor.row().value(ColumnIndex{1})) == value);
    return value.as<std::string>();
  };
  const Snapshot first = must(reader.snapshot());
  std::vector<Row> kept;
  for (const std::string value : {"two", "three"}) {
    put(must(writer.table("t")), 1, value);
    must(writer.compact());
    const Snapshot before = must(reader.snapshot());
    const std::string was = seen(nullptr);
    Cursor cursor = must(t.scan());
    must(reader.catch_up());
    CHECK(seen(nullptr) == value);
    CHECK(seen(&before) == was);
    CHECK(seen(&first) == "one");
    REQUIRE(must(cursor.next()));
    CHECK(must(cursor.row().value(ColumnIndex{1})).as<std::string>() == was);
    kept.push_back(cursor.keep());
  }
  CHECK(must(kept[0].value(ColumnIndex{1})).as<std::string>() == "one");
}

// Puts rows 0, 1, 2, ... each with the number of its batch in a row of its own, and flushes on the
// way, until it is told to stop.
class BusyWriter {
 public:
  explicit BusyWriter(Database db) : db_(std::move(db)) {
    must(
        db_.execute("CREATE TABLE log (k BIGINT PRIMARY KEY, v VARCHAR);"
                    "CREATE TABLE last (k BIGINT PRIMARY KEY, v VARCHAR)"));
    thread_ = std::thread([this] { run(); });
  }
  ~BusyWriter() {
    stop_ = true;
    thread_.join();
  }
  std::int64_t written() const { return written_; }

 private:
  void run() {
    const Table log = must(db_.table("log"));
    const Table last = must(db_.table("last"));
    RowBuilder row = log.row_builder();
    RowBuilder newest = last.row_builder();
    const std::string padding(100, 'x');
    for (std::int64_t i = 0; !stop_; ++i) {
      WriteBatch batch = db_.batch();
      row.clear();
      must(row.set_value(ColumnIndex{0}, Value(i)));
      must(row.set_value(ColumnIndex{1}, Value(padding)));
      must(batch.put(log, row));
      newest.clear();
      must(newest.set_value(ColumnIndex{0}, Value(std::int64_t{0})));
      must(newest.set_value(ColumnIndex{1}, Value(std::to_string(i))));
      must(batch.put(last, newest));
      must(batch.commit());
      written_ = i + 1;
      if (i % 50 == 49) must(db_.flush());
    }
  }

  Database db_;
  std::atomic<bool> stop_{false};
  std::atomic<std::int64_t> written_{0};
  std::thread thread_;
};

// The rows of a moment are all up to some batch, and that batch is the newest; how many.
std::int64_t whole_batches(const Database& reader) {
  const Snapshot moment = must(reader.snapshot());
  const auto newest =
      must(must(reader.table("last"))
               .get(std::vector<Value>{Value(std::int64_t{0})}, {.snapshot = &moment}));
  ScanOptions options;
  options.snapshot = &moment;
  Cursor cursor = must(must(reader.table("log")).scan(options));
  std::int64_t rows = 0;
  while (must(cursor.next())) {
    REQUIRE(must(cursor.row().value(ColumnIndex{0})) == Value(rows));
    ++rows;
  }
  const std::string last = newest ? must(newest->value(ColumnIndex{1})).as<std::string>() : "-1";
  REQUIRE(last == std::to_string(rows - 1));
  return rows;
}

TEST_CASE("a reader beside a writer that flushes all the time sees all up to some write") {
  const ScratchDirectory scratch;
  BusyWriter writer(must(Database::create(scratch.path())));
  Database follower = must(Database::open(scratch.path(), read_only()));
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    const std::int64_t written = writer.written();
    if (i % 4 == 0) {
      const Database fresh = must(Database::open(scratch.path(), read_only()));
      CHECK(whole_batches(fresh) >= written);
    }
    const std::int64_t before = writer.written();
    must(follower.catch_up());
    CHECK(whole_batches(follower) >= before);
  }
}

TEST_CASE("readers go on while their database catches up") {
  const ScratchDirectory scratch;
  BusyWriter writer(must(Database::create(scratch.path())));
  for (const bool rows : {false, true}) {
    DatabaseOptions options = read_only();
    options.cache_rows = rows;
    Database follower = must(Database::open(scratch.path(), options));
    std::atomic<bool> stop{false};
    std::thread reading([&] {
      std::int64_t most = 0;
      while (!stop) {
        const std::int64_t seen = whole_batches(follower);
        CHECK(seen >= most);
        most = seen;
      }
    });
    for (int i = 0; i < 40; ++i) must(follower.catch_up());
    stop = true;
    reading.join();
  }
}

TEST_CASE("handles of a follower go on while it passes ALTERs and rewritten rows") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  must(writer.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("t")), 1, "one");
  Database follower = must(Database::open(scratch.path(), read_only()));
  const Table t = must(follower.table("t"));
  const auto v = must(t.column<std::string_view>("v"));
  std::atomic<bool> stop{false};
  std::vector<std::string> wrong;  // of the reading thread
  std::thread reading([&] {
    const Value key[] = {Value(std::int64_t{1})};
    while (!stop) {
      const auto row = t.get(key);
      if (!row) {
        wrong.push_back(row.error().to_string());
      } else if (!*row || (**row)[v].value_or("") != "one") {
        wrong.emplace_back("another row");
      }
    }
  });
  for (int i = 0; i < 20; ++i) {
    must(writer.execute("ALTER TABLE t ADD COLUMN c" + std::to_string(i) + " INT"));
    put(must(writer.table("t")), 1, "one");
    must(follower.catch_up());
  }
  stop = true;
  reading.join();
  CHECK_MESSAGE(wrong.empty(), wrong.size(), " wrong reads, the first: ", wrong.front());
  CHECK(must(follower.table("t")).schema()->columns().size() == 22);
}

TEST_CASE("a table that is dropped and made again is gone for its handles, never empty") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  must(writer.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("t")), 1, "one");
  Database follower = must(Database::open(scratch.path(), read_only()));
  for (int i = 0; i < 40; ++i) {
    const Table t = must(follower.table("t"));
    std::atomic<bool> missed{false};
    std::thread reading([&] {
      const Value key[] = {Value(std::int64_t{1})};
      for (;;) {
        const auto row = t.get(key);
        auto cursor = t.scan();
        if (row && !*row) missed = true;
        if (cursor && !cursor->next().value_or(false)) missed = true;
        if (!row || !cursor) {
          const Error& error = row ? cursor.error() : row.error();
          if (error.code != ErrorCode::kNotFound) missed = true;
          return;
        }
      }
    });
    must(writer.execute("DROP TABLE t; CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
    put(must(writer.table("t")), 1, "one");
    must(follower.catch_up());
    reading.join();
    CHECK_FALSE(missed);
  }
}

TEST_CASE("catching up with nothing reads no catalog; with rows alone it leaves the tables") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  std::string sql = "CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR";
  for (int c = 0; c < 1000; ++c) sql += ", c" + std::to_string(c) + " INT";
  must(writer.execute(sql + ")"));
  Database follower = must(Database::open(scratch.path(), read_only()));
  const LayoutPtr layout = must(follower.table("t")).layout();
  const std::uint64_t before = bench::allocations_of_this_thread();
  must(follower.catch_up());
  CHECK(bench::allocations_of_this_thread() - before < 500);
  CHECK(must(follower.table("t")).layout() == layout);
  put(must(writer.table("t")), 1, "one");
  must(follower.catch_up());
  CHECK(must(follower.table("t")).layout() == layout);
  must(writer.execute("ALTER TABLE t ADD COLUMN c INT"));
  must(follower.catch_up());
  CHECK(must(follower.table("t")).layout() != layout);
}

TEST_CASE("a database that lacks a file cannot be opened to read") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
    const Table t = must(db.table("t"));
    for (int file = 0; file < 3; ++file) {
      put(t, file, "some row");
      must(db.flush());
    }
    must(db.close());
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    if (entry.path().extension() == ".sst") files.push_back(entry.path());
  }
  REQUIRE(files.size() >= 3);
  const auto refused = [&] {
    const auto db = Database::open(scratch.path(), read_only());
    REQUIRE(!db);
    CHECK(db.error().code == ErrorCode::kCorruption);
    return db.error().to_string();
  };
  for (const std::filesystem::path& file : files) {
    CAPTURE(file);
    const std::filesystem::path kept = file.string() + ".kept";
    std::filesystem::copy_file(file, kept);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 5);
    refused();
    std::filesystem::remove(file);
    CHECK(refused().find(file.stem().string()) != std::string::npos);
    std::filesystem::rename(kept, file);
  }
  CHECK(must(Database::open(scratch.path(), read_only())).table_names().size() == 1);
}

TEST_CASE("catching up with damage fails and changes nothing") {
  const ScratchDirectory scratch;
  Database writer = must(Database::create(scratch.path()));
  must(writer.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  put(must(writer.table("t")), 1, "one");
  must(writer.flush());
  Database reader = must(Database::open(scratch.path(), read_only()));
  put(must(writer.table("t")), 2, "two");
  must(writer.flush());
  must(writer.close());
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    // The second flush's file; the reader has that of the first one open.
    if (entry.path().extension() == ".sst") std::filesystem::remove(entry.path());
  }
  CHECK(code_of(reader.catch_up()) == ErrorCode::kCorruption);
  const Table t = must(reader.table("t"));
  CHECK(must(t.get(std::vector<Value>{Value(std::int64_t{1})})).has_value());
  CHECK(!must(t.get(std::vector<Value>{Value(std::int64_t{2})})).has_value());
}

}  // namespace
}  // namespace wisp
