// Reading in steady state allocates what bare RocksDB allocates, and nothing per row on top.
#include <doctest/doctest.h>
#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../../bench/allocations.h"
#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/database.h"
#include "wisp/engine/store/rocks/rocks_options.h"
#include "wisp/engine/stored_key.h"
#include "wisp/engine/struct_reader.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr int kRows = 4000;

// One thread reads, and what it allocates is counted, the libraries' allocations too. Nothing is
// done for it in the background: everything is compacted and the database is opened read-only.
class AllocationFixture {
 public:
  AllocationFixture() {
    Database db = must(Database::create(scratch.path()));
    must(
        db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, a INT, b DOUBLE, c VARCHAR, d VARCHAR)"));
    Table t = must(db.table("t"));
    RowBuilder row = t.row_builder();
    std::optional<WriteBatch> batch(db.batch());
    for (int i = 0; i < kRows; ++i) {
      row.clear();
      must(row.set_value(ColumnIndex{0}, Value(std::int64_t{i})));
      must(row.set_value(ColumnIndex{1}, Value(std::int64_t{i % 100})));
      if (i % 2 == 0) must(row.set_value(ColumnIndex{2}, Value(i / 2.0)));
      const std::string text(60 + i % 30, static_cast<char>('a' + i % 26));
      must(row.set_value(ColumnIndex{3}, Value(text)));
      must(batch->put(t, row));
    }
    must(batch->commit());
    batch.reset();
    must(db.compact());
    must(db.close());
    for (int i = 0; i < kRows; i += 3) {
      std::string key;
      append_row_id(static_cast<std::uint64_t>(i) ^ (std::uint64_t{1} << 63), key);
      keys.push_back(key);  // a BIGINT as a key has its sign bit flipped
    }
  }

  std::unique_ptr<rocksdb::DB> open_bare() const {
    const auto options =
        must(store::make_rocks_options(store::RocksOpenMode::kReadOnly, DatabaseOptions()));
    rocksdb::DB* db = nullptr;
    const auto s = rocksdb::DB::OpenForReadOnly(options, scratch.path(), &db);
    REQUIRE_MESSAGE(s.ok(), s.ToString());
    return std::unique_ptr<rocksdb::DB>(db);
  }

  // What the second of two passes allocates: the first one warms the cache and fills buffers.
  template <typename Pass>
  static std::uint64_t allocated_by(Pass&& pass) {
    pass();
    const std::uint64_t before = bench::allocations_of_this_thread();
    pass();
    return bench::allocations_of_this_thread() - before;
  }

  ScratchDirectory scratch;
  std::vector<std::string> keys;
};

TEST_CASE_FIXTURE(AllocationFixture, "get into a reused row allocates what a bare Get allocates") {
  std::uint64_t bare = 0;
  {
    const auto db = open_bare();
    rocksdb::PinnableSlice value;
    std::string key;
    bare = allocated_by([&] {
      for (const std::string& k : keys) {
        key.clear();
        append_big_endian32(1, key);
        key += k;
        value.Reset();
        REQUIRE(db->Get(rocksdb::ReadOptions(), db->DefaultColumnFamily(), key, &value).ok());
      }
    });
  }
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  Database db = must(Database::open(scratch.path(), options));
  const Table t = must(db.table("t"));
  REQUIRE(t.id() == 1);
  const auto a = must(t.column<std::int32_t>("a"));
  const auto c = must(t.column<std::string_view>("c"));
  const auto d = must(t.column<std::string_view>("d"));
  Row row;
  std::uint64_t sum = 0;
  const std::uint64_t ours = allocated_by([&] {
    for (const std::string& k : keys) {
      if (!t.get_encoded(k, row).value()) FAIL("a row is missing");
      sum += static_cast<std::uint64_t>(*row[a]) + row[c]->size() + (row[d] ? 1 : 0);
    }
  });
  CHECK(sum > 0);
  MESSAGE("allocations of " << keys.size() << " gets: bare " << bare << ", ours " << ours);
  CHECK(ours <= bare);

  // With the key as values: the encoded key reuses the row's memory too.
  std::vector<Value> key{Value(std::int64_t{0})};
  const std::uint64_t by_value = allocated_by([&] {
    for (int i = 0; i < kRows; i += 3) {
      key[0] = Value(std::int64_t{i});
      if (!t.get(key, row).value()) FAIL("a row is missing");
    }
  });
  CHECK(by_value <= bare);
}

struct Cells {
  std::int64_t k;
  std::optional<std::int32_t> a;
  std::optional<std::string_view> c;
};

TEST_CASE_FIXTURE(AllocationFixture, "a scan allocates nothing per row beyond the bare iterator") {
  std::uint64_t bare = 0;
  {
    const auto db = open_bare();
    rocksdb::ReadOptions read;
    read.fill_cache = false;
    read.readahead_size = std::size_t{2} << 20;
    read.total_order_seek = true;
    std::string to;
    append_big_endian32(2, to);
    const rocksdb::Slice upper(to);
    read.iterate_upper_bound = &upper;
    std::string from;
    append_big_endian32(1, from);
    bare = allocated_by([&] {
      const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(read));
      int rows = 0;
      for (it->Seek(from); it->Valid(); it->Next()) ++rows;
      REQUIRE(it->status().ok());
      REQUIRE(rows == kRows);
    });
  }
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  Database db = must(Database::open(scratch.path(), options));
  const Table t = must(db.table("t"));
  const auto a = must(t.column<std::int32_t>("a"));
  ScanOptions where;
  where.where = col("a") < 50 && col("c") > "b" && col("k") >= 0;
  // Making a scan allocates a few things; that is not per row.
  constexpr std::uint64_t kPerScan = 50;
  std::uint64_t chosen = 0;
  const std::uint64_t filtered = allocated_by([&] {
    Cursor cursor = must(t.scan(where));
    while (cursor.next().value()) chosen += cursor.row()[a] ? 1 : 0;
  });
  CHECK(chosen > kRows / 2);
  const std::uint64_t plain = allocated_by([&] {
    Cursor cursor = must(t.scan());
    while (cursor.next().value()) chosen += cursor.row()[a] ? 1 : 0;
  });
  const auto reader = must(StructReader<Cells>::make(t));
  const std::uint64_t structs = allocated_by([&] {
    auto scan = must(reader.scan());
    for (const Cells& cells : scan) chosen += cells.c ? 1 : 0;
    must(scan.status());
  });
  MESSAGE("allocations of a scan of " << kRows << " rows: bare " << bare << ", ours " << plain
                                      << ", with a predicate " << filtered << ", as structs "
                                      << structs);
  CHECK(plain <= bare + kPerScan);
  CHECK(filtered <= bare + kPerScan);
  CHECK(structs <= bare + kPerScan);
  // The count is of something: half an allocation per row would be seen.
  static_assert(kPerScan < kRows / 2);
}

struct LaterCells {
  std::int64_t k = 0;
  std::optional<std::int64_t> a;
  std::optional<double> b;
  std::optional<std::string_view> c;
  std::optional<std::int32_t> e;
};

TEST_CASE_FIXTURE(AllocationFixture, "structs from rows of an earlier version allocate no more") {
  {
    Database db = must(Database::open(scratch.path()));
    must(
        db.execute("ALTER TABLE t ADD COLUMN e INT DEFAULT 5, DROP COLUMN d, "
                   "ALTER COLUMN a TYPE BIGINT"));
    must(db.close());
  }
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  Database db = must(Database::open(scratch.path(), options));
  const Table t = must(db.table("t"));
  const auto reader = must(StructReader<LaterCells>::make(t));
  std::int64_t rows = 0;
  std::int64_t right = 0;
  const std::uint64_t structs = allocated_by([&] {
    rows = 0;
    right = 0;
    auto scan = must(reader.scan());
    for (const LaterCells& cells : scan) {
      right += cells.k == rows && cells.a == rows % 100 && cells.b.has_value() == (rows % 2 == 0) &&
               cells.c->size() == static_cast<std::size_t>(60 + rows % 30) && cells.e == 5;
      right -= to_underlying(scan.cursor().row().stored_version()) != 1;
      ++rows;
    }
    must(scan.status());
  });
  CHECK(rows == kRows);
  CHECK(right == kRows);
  MESSAGE("allocations of a scan of " << kRows << " rows of an earlier version: " << structs);
  CHECK(structs < kRows / 2);
}

}  // namespace
}  // namespace wisp
