// Scans: order, ranges, limits, and what happens at damaged rows and damaged files.
#include "wisp/engine/cursor.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/database.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"

namespace wisp {
namespace {

using namespace wisp::testing;
namespace fs = std::filesystem;

Value integer(std::int64_t v) {
  return Value(v);
}

// (a ascending, b descending), a and b from 0 to 4; v = 10 a + b.
Table grid(Database& db) {
  const SchemaPtr schema = must(SchemaBuilder("grid")
                                    .add("a", Type(TypeKind::kInteger))
                                    .add("b", Type(TypeKind::kInteger))
                                    .add("v", Type(TypeKind::kInteger))
                                    .key("a")
                                    .key("b", SortOrder::kDescending)
                                    .build());
  const Table table = must(db.create_table(schema));
  RowBuilder row = table.row_builder();
  for (int a = 0; a < 5; ++a) {
    for (int b = 0; b < 5; ++b) {
      must(row.set_value(ColumnIndex{0}, integer(a)));
      must(row.set_value(ColumnIndex{1}, integer(b)));
      must(row.set_value(ColumnIndex{2}, integer(10 * a + b)));
      must(table.put(row, kNoSync));
    }
  }
  return table;
}

std::vector<int> values(const Table& table, const ScanOptions& options) {
  const auto v = must(table.column<std::int32_t>("v"));
  Cursor cursor = must(table.scan(options));
  std::vector<int> out;
  while (must(cursor.next())) out.push_back(cursor.row()[v].value_or(-1));
  CHECK_FALSE(must(cursor.next()));  // stays at the end
  CHECK_FALSE(cursor.incomplete());
  CHECK(cursor.row().empty());
  return out;
}

TEST_CASE("ranges are half open and may name leading columns only") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  const Table table = grid(db);
  CHECK(values(table, {}).size() == 25);
  using V = std::vector<int>;
  ScanOptions o;
  o.from = {integer(1)};
  o.to = {integer(2)};
  CHECK(values(table, o) == V{14, 13, 12, 11, 10});  // b descends
  o.from = {integer(1), integer(3)};
  o.to = {integer(1), integer(1)};
  CHECK(values(table, o) == V{13, 12});
  o.from = {integer(1), integer(1)};
  o.to = {integer(1), integer(3)};  // behind one another in key order
  CHECK(values(table, o).empty());
  o.from = {integer(3), integer(1)};
  o.to = {integer(4)};
  CHECK(values(table, o) == V{31, 30});
  o.from = {integer(4), integer(2)};
  o.to = {};
  CHECK(values(table, o) == V{42, 41, 40});
  o.limit = 2;
  CHECK(values(table, o) == V{42, 41});
  o.limit = 0;
  CHECK(values(table, o).empty());
  o = {};
  o.from = {integer(7)};
  CHECK(values(table, o).empty());
  o.from = {Value::text("x")};
  CHECK(code_of(table.scan(o)) == ErrorCode::kConstraint);
  o.from = {integer(1), integer(1), integer(1)};
  CHECK(code_of(table.scan(o)) == ErrorCode::kInvalidArgument);
}

TEST_CASE("a scan sees the moment it was made in, and only its own table") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("CREATE TABLE before (v INT)"));
  const Table table = grid(db);
  must(db.execute("CREATE TABLE behind (v INT)"));
  for (const char* name : {"before", "behind"}) {
    const Table other = must(db.table(name));
    RowBuilder row = other.row_builder();
    must(row.set_value(ColumnIndex{0}, integer(99)));
    must(other.put(row, kNoSync));
  }
  Cursor cursor = must(table.scan());
  for (int a = 0; a < 5; ++a) {
    for (int b = 0; b < 5; ++b) {
      must(table.erase(std::vector<Value>{integer(a), integer(b)}, kNoSync));
    }
  }
  must(db.compact());
  int rows = 0;
  while (must(cursor.next())) ++rows;
  CHECK(rows == 25);
  CHECK(values(table, {}).empty());
}

// A store opened beside the engine, to plant what the engine would never write.
void plant(const std::string& path,
           const std::vector<std::pair<std::string, std::string>>& entries) {
  auto opened = must(store::open_rocks_store(path, store::RocksOpenMode::kReadWrite, {}));
  for (const auto& [key, value] : entries) {
    const store::Op op{store::Op::Kind::kPut, key, value};
    must(opened.store->write({&op, 1}, Durability::kWal));
  }
  must(opened.store->close());
}

std::string stored_key(const Table& table, const std::vector<Value>& key) {
  std::string out;
  append_big_endian32(table.id(), out);
  must(append_key(*table.schema(), key, out));
  return out;
}

TEST_CASE("damaged rows are errors that name their key, and the scan goes on behind them") {
  const ScratchDirectory scratch;
  std::optional<Database> db(must(Database::create(scratch.path())));
  Table table = grid(*db);
  store::Pin good;
  const std::string good_key = stored_key(table, {integer(0), integer(0)});
  REQUIRE(must(table.get_stored(good_key.substr(kTableIdBytes), good)));
  const std::string good_value(good.value());
  good.reset();
  std::string unknown_version = good_value;
  unknown_version[1] = 77;
  std::string garbled_key;
  append_big_endian32(table.id(), garbled_key);
  garbled_key += "zz";
  const std::string none_key = stored_key(table, {integer(2), integer(2)});
  must(db->close());
  db.reset();
  plant(scratch.path(), {{stored_key(table, {integer(1), integer(1)}), ""},
                         {none_key, "1234567"},
                         {stored_key(table, {integer(3), integer(3)}), std::string(40, '\xff')},
                         {stored_key(table, {integer(4), integer(4)}), unknown_version},
                         {garbled_key, std::string(20, '\xee')}});
  db.emplace(must(Database::open(scratch.path())));
  table = must(db->table("grid"));
  Cursor cursor = must(table.scan());
  std::vector<Error> errors;
  int rows = 0;
  for (;;) {
    const auto more = cursor.next();
    if (!more) {
      errors.push_back(more.error());
      CHECK(cursor.row().empty());
      CHECK_FALSE(cursor.stored().key.empty());
      REQUIRE(errors.size() < 10);
      continue;
    }
    if (!*more) break;
    ++rows;
  }
  CHECK(rows == 21);
  REQUIRE(errors.size() == 5);
  const char* places[] = {"key x'7a7a'", "key (1, 1)", "key (2, 2)", "key (3, 3)", "key (4, 4)"};
  for (int e = 0; e < 5; ++e) {
    CHECK(errors[e].where.starts_with("table \"grid\", " + std::string(places[e])));
  }
  CHECK(errors[1].code == ErrorCode::kCorruption);
  CHECK(errors[2].code == ErrorCode::kCorruption);
  CHECK(errors[4].code == ErrorCode::kUnknownSchema);
  CHECK_FALSE(cursor.incomplete());

  Row row;
  CHECK(code_of(table.get(std::vector<Value>{integer(2), integer(2)}, row)) ==
        ErrorCode::kCorruption);
  CHECK(row.empty());
  const std::vector<std::vector<Value>> keys = {{integer(0), integer(1)}, {integer(2), integer(2)}};
  CHECK(says(table.multi_get(keys), "key (2, 2)"));
  store::Pin raw;
  CHECK(must(table.get_stored(none_key.substr(kTableIdBytes), raw)));
  CHECK(raw.value() == "1234567");
}

TEST_CASE("a checksum finds what the row's own form does not, where it is asked for") {
  const ScratchDirectory scratch;
  std::optional<Database> db(must(Database::create(scratch.path())));
  Table table = grid(*db);
  store::Pin pin;
  REQUIRE(must(
      table.get_stored(stored_key(table, {integer(1), integer(1)}).substr(kTableIdBytes), pin)));
  const std::string of_1_1(pin.value());
  pin.reset();
  db.reset();
  // A good row under another key.
  plant(scratch.path(), {{stored_key(table, {integer(2), integer(2)}), of_1_1}});
  db.emplace(must(Database::open(scratch.path())));
  table = must(db->table("grid"));
  const std::vector<Value> key{integer(2), integer(2)};
  const std::optional<Row> row = must(table.get(key));
  CHECK((*row)[must(table.column<std::int32_t>("v"))] == 11);
  CHECK(row->checksum() == RowChecksum::kDiffers);
  ReadOptions verify;
  verify.verify_checksums = true;
  CHECK(code_of(table.get(key, verify)) == ErrorCode::kCorruption);
  CHECK(must(table.get(std::vector<Value>{integer(1), integer(1)}, verify)).has_value());
  CHECK(code_of(table.multi_get(std::vector<std::vector<Value>>{key}, verify)) ==
        ErrorCode::kCorruption);
  ScanOptions options;
  options.verify_checksums = true;
  Cursor cursor = must(table.scan(options));
  int rows = 0;
  int errors = 0;
  for (;;) {
    const auto more = cursor.next();
    if (!more) {
      ++errors;
      CHECK(more.error().code == ErrorCode::kCorruption);
    } else if (*more) {
      ++rows;
    } else {
      break;
    }
  }
  CHECK(rows == 24);
  CHECK(errors == 1);
}

TEST_CASE("no bytes under a key make a reader crash") {
  const ScratchDirectory scratch;
  std::mt19937 random(20261120);
  constexpr int kPlanted = 3000;
  std::optional<Database> db(must(Database::create(scratch.path())));
  must(
      db->execute("CREATE TABLE t (k VARCHAR, n INT, d DECIMAL(20, 3), v VARCHAR, b BOOLEAN,"
                  "x BIGINT, a INT ARRAY, PRIMARY KEY (k, n))"));
  Table table = must(db->table("t"));
  const SchemaPtr schema = table.schema();
  RowBuilder builder = table.row_builder();
  std::string good;
  must(builder.set_value(ColumnIndex{0}, Value::text("k")));
  must(builder.set_value(ColumnIndex{1}, integer(1)));
  must(builder.set_value(ColumnIndex{3}, Value::text("some text")));
  must(builder.set_value(ColumnIndex{5}, integer(1234567)));
  must(builder.finish_row(good));
  must(db->close());
  std::vector<std::pair<std::string, std::string>> entries;
  for (int i = 0; i < kPlanted; ++i) {
    std::string key;
    append_big_endian32(table.id(), key);
    std::string value = i % 2 == 0 ? good + "checksum" : std::string(random() % 60, '\0');
    if (i % 2 == 1) {
      for (char& c : value) c = static_cast<char>(random());
      if (value.size() > 1) value[1] = 1;  // past the version check
    } else {
      value[random() % value.size()] = static_cast<char>(random());
    }
    if (i % 3 == 0) {
      must(append_key(*schema, std::vector<Value>{Value(std::to_string(i)), integer(i)}, key));
    } else {
      for (std::size_t n = random() % 12; n > 0; --n) key += static_cast<char>(random());
    }
    entries.emplace_back(std::move(key), std::move(value));
  }
  plant(scratch.path(), entries);
  *db = must(Database::open(scratch.path()));
  table = must(db->table("t"));
  Cursor cursor = must(table.scan());
  int errors = 0;
  int rows = 0;
  for (;;) {
    const auto more = cursor.next();
    if (!more) {
      ++errors;
      CHECK_FALSE(more.error().to_string().empty());
      continue;
    }
    if (!*more) break;
    ++rows;
    const RowRef& row = cursor.row();
    for (std::uint32_t c = 0; c < schema->column_count(); ++c) {
      (void)row.value(ColumnIndex{c}).has_value();
      (void)row.is_null(ColumnIndex{c});
    }
    (void)row.present_columns().has_value();
    (void)row[*table.column<std::string_view>("k")].has_value();
    (void)row[*table.column<std::int32_t>("n")].has_value();
    CHECK(cursor.keep().key_bytes() == row.key_bytes());
    (void)row.checksum();
  }
  CHECK(rows + errors > kPlanted / 2);
  CHECK(errors > 0);
  CHECK(rows > 0);
}

TEST_CASE("a damaged file is an error, once, and the scan says it is incomplete") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR)"));
    const Table table = must(db.table("t"));
    std::mt19937 random(7);
    WriteBatch batch = db.batch();
    for (int k = 0; k < 2000; ++k) {
      RowBuilder row = table.row_builder();
      must(row.set_value(ColumnIndex{0}, integer(k)));
      std::string text;
      for (int i = 0; i < 100; ++i) text += static_cast<char>('a' + random() % 26);
      must(row.set_value(ColumnIndex{1}, Value(text)));
      must(batch.put(table, row));
    }
    must(batch.commit());
    must(db.compact());
  }
  fs::path largest;
  for (const auto& entry : fs::directory_iterator(scratch.path())) {
    if (entry.path().extension() != ".sst") continue;
    if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
  }
  std::string bytes = read_file(largest);
  bytes[bytes.size() / 2] ^= 0x40;
  write_file(largest, bytes);

  const Database db = must(Database::open(scratch.path()));
  const Table table = must(db.table("t"));
  Cursor cursor = must(table.scan());
  int rows = 0;
  int errors = 0;
  for (int step = 0; step < 5000; ++step) {
    const auto more = cursor.next();
    if (!more) {
      CHECK(more.error().code == ErrorCode::kCorruption);
      ++errors;
      continue;
    }
    if (!*more) break;
    ++rows;
  }
  CHECK(errors == 1);
  CHECK(rows > 0);
  CHECK(rows < 2000);
  CHECK(cursor.incomplete());
  int unreadable = 0;
  for (int k = 0; k < 2000; ++k) {
    const auto row = table.get(std::vector<Value>{integer(k)});
    if (!row) {
      CHECK(row.error().code == ErrorCode::kCorruption);
      CHECK(says(row, "key (" + std::to_string(k) + ")"));
      ++unreadable;
    }
  }
  CHECK(unreadable > 0);
  CHECK(unreadable < 1000);
}

}  // namespace
}  // namespace wisp
