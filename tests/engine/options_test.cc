// Options: what each makes of RocksDB's own, as its OPTIONS file reports it, and what is refused.
#include "wisp/engine/options.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

// What RocksDB says it was opened with: the newest OPTIONS file.
std::string reported(const std::string& database) {
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator(database)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("OPTIONS-") && name > newest.filename().string()) newest = entry.path();
  }
  REQUIRE_FALSE(newest.empty());
  return read_file(newest);
}

// `setting` stands on a line of its own.
bool has_line(const std::string& text, const std::string& setting) {
  return text.find("\n  " + setting + "\n") != std::string::npos;
}

std::string reported_with(const DatabaseOptions& options) {
  const ScratchDirectory scratch;
  const Database db = must(Database::create(scratch.path(), options));
  return reported(scratch.path());
}

// Of a table that was filled and compacted.
std::string filled_files(const DatabaseOptions& options) {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path(), options));
  must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR)"));
  const Table t = must(db.table("t"));
  WriteBatch batch = db.batch();
  RowBuilder row = t.row_builder();
  for (std::int64_t k = 0; k < 2000; ++k) {
    must(row.set_value(ColumnIndex{0}, Value(k)));
    must(row.set_value(ColumnIndex{1}, Value(std::string(200, 'x') + std::to_string(k))));
    must(batch.put(t, row));
  }
  must(batch.commit());
  must(db.compact());
  std::int64_t rows = 0;
  Cursor cursor = must(t.scan());
  while (must(cursor.next())) ++rows;
  CHECK(rows == 2000);
  return must(db.store_property("rocksdb.aggregated-table-properties"));
}

std::uint64_t number_behind(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  REQUIRE(at != std::string::npos);
  return std::stoull(text.substr(at + name.size()));
}

TEST_CASE("the defaults are what options.h says") {
  const std::string text = reported_with({});
  CHECK(has_line(text, "block_size=16384"));
  CHECK(has_line(text, "filter_policy=bloomfilter:10:false"));
  CHECK(has_line(text, "compression=kLZ4Compression"));
  CHECK(has_line(text, "checksum=kXXH3"));
  CHECK(has_line(text, "write_buffer_size=67108864"));
  CHECK(has_line(text, "info_log_level=WARN_LEVEL"));
}

TEST_CASE("each option reaches RocksDB, and its files") {
  DatabaseOptions options;
  options.write_buffer_bytes = std::size_t{8} << 20;
  options.block_bytes = 4096;
  options.bloom_bits_per_key = 0;
  options.compression = Compression::kNone;
  std::string text = reported_with(options);
  CHECK(has_line(text, "write_buffer_size=8388608"));
  CHECK(has_line(text, "block_size=4096"));
  CHECK(has_line(text, "filter_policy=nullptr"));
  CHECK(has_line(text, "compression=kNoCompression"));
  const std::string plain = filled_files(options);

  options.block_bytes = std::size_t{64} << 10;
  options.bloom_bits_per_key = 16;
  options.compression = Compression::kZstd;
  text = reported_with(options);
  CHECK(has_line(text, "block_size=65536"));
  CHECK(has_line(text, "filter_policy=bloomfilter:16:false"));
  CHECK(has_line(text, "compression=kZSTD"));
  const std::string packed = filled_files(options);

  CHECK(number_behind(plain, "# data blocks=") > 8 * number_behind(packed, "# data blocks="));
  CHECK(number_behind(plain, "filter block size=") == 0);
  CHECK(number_behind(packed, "filter block size=") >= 2000 * 16 / 8);
  CHECK(number_behind(plain, "data block size=") > 4 * number_behind(packed, "data block size="));
}

TEST_CASE("files of other settings are read on, and the options string has the last word") {
  const ScratchDirectory scratch;
  DatabaseOptions options;
  std::int64_t rows = 0;
  for (const Compression compression :
       {Compression::kLz4, Compression::kNone, Compression::kZstd}) {
    options.compression = compression;
    Database db = must(rows == 0 ? Database::create(scratch.path(), options)
                                 : Database::open(scratch.path(), options));
    if (rows == 0) must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY)"));
    const Table t = must(db.table("t"));
    RowBuilder row = t.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(rows)));
    must(t.put(row, kNoSync));
    must(db.flush());
    ++rows;
    std::int64_t found = 0;
    Cursor cursor = must(t.scan());
    while (must(cursor.next())) ++found;
    CHECK(found == rows);
  }
  options.block_bytes = 4096;
  options.rocksdb_options =
      "compression=kSnappyCompression;block_based_table_factory={block_size=32k}";
  const std::string text = reported_with(options);
  CHECK(has_line(text, "compression=kSnappyCompression"));
  CHECK(has_line(text, "block_size=32768"));
  CHECK(has_line(text, "filter_policy=bloomfilter:10:false"));  // what it does not name stays
}

TEST_CASE("a value out of its limits is refused by name, before anything is made") {
  struct Bad {
    const char* member;
    DatabaseOptions options;
  };
  std::vector<Bad> all;
  const auto bad = [&](const char* member) -> DatabaseOptions& {
    return all.emplace_back(Bad{member, {}}).options;
  };
  bad("write_buffer_bytes").write_buffer_bytes = (std::size_t{512} << 20) + 1;
  bad("write_buffer_bytes").write_buffer_bytes = 0;
  bad("write_buffer_bytes").write_buffer_bytes = (std::size_t{64} << 10) - 1;
  bad("max_row_bytes").max_row_bytes = 0;
  bad("max_row_bytes").max_row_bytes = (std::size_t{1} << 30) + 1;
  bad("max_row_bytes").max_row_bytes = std::size_t{4} << 30;
  bad("group_sync_interval").group_sync_interval = std::chrono::milliseconds(-1);
  bad("group_sync_interval").group_sync_interval = std::chrono::milliseconds::max();
  bad("mode").mode = static_cast<OpenMode>(99);
  bad("block_bytes").block_bytes = 0;
  bad("block_bytes").block_bytes = 1023;
  bad("block_bytes").block_bytes = (std::size_t{16} << 20) + 1;
  bad("bloom_bits_per_key").bloom_bits_per_key = -1;
  bad("bloom_bits_per_key").bloom_bits_per_key = 0.5;
  bad("bloom_bits_per_key").bloom_bits_per_key = 101;
  bad("bloom_bits_per_key").bloom_bits_per_key = std::numeric_limits<double>::quiet_NaN();
  bad("compression").compression = static_cast<Compression>(77);
  bad("protection_bytes_per_key").protection_bytes_per_key = 4;
  const ScratchDirectory scratch;
  {
    Database sound = must(Database::create(scratch.path("sound")));
    must(sound.close());
  }
  for (const Bad& each : all) {
    CAPTURE(each.member);
    const auto created = Database::create(scratch.path(), each.options);
    CHECK(code_of(created) == ErrorCode::kInvalidArgument);
    CHECK(says(created, std::string("DatabaseOptions::") + each.member));
    CHECK_FALSE(std::filesystem::exists(scratch.path()));
    CHECK_FALSE(says(created, "built without"));
    CHECK_FALSE(says(created, "read-only"));
    const auto opened = Database::open(scratch.path("sound"), each.options);
    CHECK(says(opened, std::string("DatabaseOptions::") + each.member));
  }
  // The limits themselves are fine.
  for (const std::size_t block_bytes : {std::size_t{1} << 10, std::size_t{16} << 20}) {
    DatabaseOptions edge;
    edge.block_bytes = block_bytes;
    edge.bloom_bits_per_key = block_bytes == 1024 ? 1 : 100;
    edge.protection_bytes_per_key = 8;
    edge.max_row_bytes = block_bytes == 1024 ? 1 : std::size_t{1} << 30;
    edge.write_buffer_bytes = std::size_t{64} << 10;
    edge.group_sync_interval = std::chrono::milliseconds(block_bytes == 1024 ? 0 : 3'600'000);
    must(Database::open(scratch.path("sound"), edge));
  }
}

}  // namespace
}  // namespace wisp
