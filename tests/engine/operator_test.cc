// What operators see: statistics, properties and pins.
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

void put(const Table& table, std::int64_t k, const std::string& v) {
  RowBuilder row = table.row_builder();
  must(row.set_value(ColumnIndex{0}, Value(k)));
  must(row.set_value(ColumnIndex{1}, Value(v)));
  must(table.put(row, kNoSync));
}

std::string noise(int seed, std::size_t size) {
  std::string out;
  std::uint32_t x = static_cast<std::uint32_t>(seed) * 2654435761U + 1;
  for (std::size_t i = 0; i < size; ++i) {
    x = x * 1664525U + 1013904223U;
    out += static_cast<char>('!' + (x >> 24) % 90);
  }
  return out;
}

TEST_CASE("statistics follow writes, flushes and tables") {
  const ScratchDirectory scratch;
  DatabaseOptions options;
  options.block_cache_bytes = std::size_t{8} << 20;
  Database db = must(Database::create(scratch.path(), options));
  must(
      db.execute("CREATE TABLE small (k BIGINT PRIMARY KEY, v VARCHAR);"
                 "CREATE TABLE big (k BIGINT PRIMARY KEY, v VARCHAR)"));
  const Table big = must(db.table("big"));
  put(must(db.table("small")), 1, "x");
  const DatabaseStats empty = must(db.stats());
  CHECK(empty.cache_capacity_bytes == options.block_cache_bytes);
  CHECK(empty.file_bytes == 0);
  for (int k = 0; k < 1000; ++k) put(big, k, noise(k, 1000));
  const DatabaseStats in_memory = must(db.stats());
  CHECK(in_memory.memtable_bytes > empty.memtable_bytes + 900'000);
  must(db.flush());
  const DatabaseStats flushed = must(db.stats());
  CHECK(flushed.memtable_bytes < in_memory.memtable_bytes);
  CHECK(flushed.file_bytes > 500'000);
  CHECK(flushed.level0_files >= 1);
  CHECK(flushed.writes == WriteState::kRunning);
  CHECK(flushed.writes_reason.empty());
  CHECK(flushed.background_errors == 0);
  REQUIRE(flushed.tables.size() == 2);
  CHECK(flushed.tables[0].name == "big");
  CHECK(flushed.tables[0].size.disk_bytes > 500'000);
  CHECK(flushed.tables[1].name == "small");
  CHECK(flushed.tables[1].size.disk_bytes < 100'000);

  CHECK(must(db.store_property("rocksdb.num-files-at-level0")) ==
        std::to_string(flushed.level0_files));
  CHECK(code_of(db.store_property("rocksdb.no-such-thing")) == ErrorCode::kNotFound);
  must(db.close());
  CHECK(code_of(db.stats()) == ErrorCode::kInvalidArgument);
  CHECK(code_of(db.store_property("rocksdb.stats")) == ErrorCode::kInvalidArgument);
}

TEST_CASE("statistics tell how a sample of the rows is stored, from both ends") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  std::string ddl = "CREATE TABLE t (k BIGINT PRIMARY KEY";
  for (int i = 0; i < 300; ++i) ddl += ", c" + std::to_string(i) + " INT";
  must(db.execute(ddl + "); CREATE TABLE none (k INT PRIMARY KEY)"));
  // The first rows are full, the last ones nearly empty and of a later version.
  const auto fill = [&](std::int64_t from, std::int64_t to, std::uint32_t columns) {
    const Table t = must(db.table("t"));
    WriteBatch batch = db.batch();
    RowBuilder row = t.row_builder();
    for (std::int64_t k = from; k < to; ++k) {
      must(row.set_value(ColumnIndex{0}, Value(k)));
      for (std::uint32_t c = 1; c <= columns; ++c) {
        must(row.set_value(ColumnIndex{c}, Value(std::int64_t{c})));
      }
      must(batch.put(t, row));
    }
    must(batch.commit(kNoSync));
  };
  fill(0, 60, 300);
  must(db.execute("ALTER TABLE t ADD COLUMN more INT"));
  fill(60, 100, 2);

  const auto sample = [&](std::uint64_t rows) {
    const DatabaseStats stats = must(db.stats({rows}));
    REQUIRE(stats.tables.size() == 2);
    CHECK(stats.tables[0].sample.rows == 0);
    CHECK(stats.tables[0].name == "none");
    CHECK(stats.tables[1].unreadable_rows == 0);
    return stats.tables[1].sample;
  };
  using Encodings = std::map<std::string, std::uint64_t>;
  using Versions = std::map<std::uint32_t, std::uint64_t>;
  CHECK(sample(0).rows == 0);
  CHECK(sample(1).encodings == Encodings{{"full", 1}});
  CHECK(sample(21).encodings == Encodings{{"full", 11}, {"list", 10}});
  CHECK(sample(21).versions == Versions{{1, 11}, {2, 10}});
  // More than there are: each once.
  for (const std::uint64_t rows : {std::uint64_t{100}, std::uint64_t{150}, UINT64_MAX}) {
    CHECK(sample(rows).encodings == Encodings{{"full", 60}, {"list", 40}});
    CHECK(sample(rows).rows == 100);
  }
  CHECK(sample(100).bytes > 60 * 300);
}

TEST_CASE("pins are counted; at the cache's capacity reads go on, and give back what they took") {
  const ScratchDirectory scratch;
  DatabaseOptions options;
  options.block_cache_bytes = std::size_t{1} << 20;
  Database db = must(Database::create(scratch.path(), options));
  must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  const Table t = must(db.table("t"));
  for (int k = 0; k < 1000; ++k) put(t, k, noise(k, 4000));
  must(db.flush());
  std::vector<Row> held;
  for (int k = 0; k < 1000; ++k) {
    auto row = must(t.get(std::vector<Value>{Value(std::int64_t{k})}));
    REQUIRE(row.has_value());
    held.push_back(std::move(*row));
  }
  const DatabaseStats full = must(db.stats());
  CHECK(full.cache_pinned_bytes > full.cache_capacity_bytes);
  // Copies hold no pins; the row is the same.
  const auto v = must(t.column<std::string_view>("v"));
  for (Row& row : held) {
    Row copy = row.to_owned();
    CHECK(copy[v] == row[v]);
    row = std::move(copy);
  }
  const DatabaseStats freed = must(db.stats());
  CHECK(freed.cache_pinned_bytes < full.cache_pinned_bytes / 4);
  CHECK(freed.cache_used_bytes <= freed.cache_capacity_bytes);
}

}  // namespace
}  // namespace wisp
