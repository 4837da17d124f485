// Compaction: rows of old schema versions are rewritten where nobody can tell, and dropped tables
// give their space back.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/database.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/row_rewrite.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"
#include "wisp/schema/schema_change.h"
#include "wisp/schema/text.h"

using namespace wisp;
using namespace wisp::testing;

namespace {

Value number(std::int64_t v) {
  return Value(v);
}

// Text that does not compress.
std::string noise(std::int64_t seed, std::size_t size) {
  std::string out;
  auto state = static_cast<std::uint64_t>(seed) * 0x9E3779B97F4A7C15u + 1;
  while (out.size() < size) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    out += static_cast<char>('!' + (state >> 33) % 90);
  }
  return out;
}

void put_rows(const Table& table, std::int64_t from, std::int64_t to, const std::string& text) {
  RowBuilder row = table.row_builder();
  for (std::int64_t id = from; id < to; ++id) {
    must(row.set_value(must(table.schema()->find("id")), number(id)));
    must(row.set_value(must(table.schema()->find("a")), number(id * 3)));
    must(row.set_value(must(table.schema()->find(text)), Value::text(noise(id, 300))));
    must(table.put(row, kNoSync));
  }
}

std::uintmax_t file_bytes(const std::string& db) {
  std::uintmax_t sum = 0;
  for (const auto& [path, size] : listing(db)) {
    if (path.ends_with(".sst")) sum += size;
  }
  return sum;
}

// The background may need a while, a loaded machine more.
template <typename Done>
bool eventually(Done done) {
  for (int i = 0; i < 600; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return done();
}

// Every row as a table handle reads it, as text; and the stored version of each.
struct Reading {
  std::vector<std::string> rows;
  std::vector<std::uint32_t> versions;
};

Reading read_all(const Table& table) {
  Reading out;
  Cursor cursor = must(table.scan({.verify_checksums = true}));
  while (must(cursor.next())) {
    std::string text;
    for (const ColumnIndex column : must(cursor.row().present_columns())) {
      text += table.schema()->column(column).name + "=";
      print_value(table.schema()->column(column).type, must(cursor.row().value(column)), text);
      text += ";";
    }
    out.rows.push_back(text);
    out.versions.push_back(to_underlying(cursor.row().stored_version()));
  }
  return out;
}

std::vector<std::uint32_t> times(std::size_t n, std::uint32_t version) {
  return std::vector<std::uint32_t>(n, version);
}

std::string stored_key_of(const Table& table, std::int64_t id) {
  std::string key;
  append_big_endian32(table.id(), key);
  must(append_key(*table.schema(), std::vector<Value>{number(id)}, key));
  return key;
}

// Stores bytes under a row's key past the engine. Requires: the database is closed.
void put_bytes(const std::string& path, const std::string& stored_key, const std::string& bytes) {
  auto opened = must(store::open_rocks_store(path, store::RocksOpenMode::kReadWrite, {}));
  const store::Op op{store::Op::Kind::kPut, stored_key, bytes};
  must(opened.store->write({&op, 1}, Durability::kWal));
  must(opened.store->close());
}

std::string stored_bytes(const Table& table, std::int64_t id) {
  store::Pin pin;
  REQUIRE(must(table.get_stored(stored_key_of(table, id).substr(kTableIdBytes), pin)));
  return std::string(pin.value());
}

constexpr const char* kCreate =
    "create table t (id bigint primary key, a int, big varchar, c real)";

}  // namespace

TEST_CASE(
    "compaction drops the bytes of dropped columns; rows read the same, also after reopening") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute(kCreate));
  put_rows(must(db->table("t")), 0, 500, "big");
  must(db->compact());
  const std::uintmax_t before = file_bytes(scratch.path());
  must(db->execute("alter table t drop big, add d bigint not null default 7, alter a type bigint"));
  const Reading expected = read_all(must(db->table("t")));
  CHECK(expected.versions == times(500, 1));
  CHECK(expected.rows[4] == "id=4;a=12;d=7;");
  must(db->compact());
  for (int opening = 0; opening < 2; ++opening) {
    const Reading now = read_all(must(db->table("t")));
    CHECK(now.rows == expected.rows);
    CHECK(now.versions == times(500, 2));
    CHECK(eventually([&] { return file_bytes(scratch.path()) * 10 < before; }));
    db.reset();
    db = must(Database::open(scratch.path()));
  }
}

TEST_CASE("nobody who reads rows as an older version sees compaction") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kCreate));
  std::optional<Table> first = must(db.table("t"));
  put_rows(*first, 0, 20, "big");
  must(db.execute("alter table t drop c, rename a to a2"));
  std::optional<Table> second = must(db.table("t"));
  std::optional<Cursor> cursor = must(second->scan());
  must(db.execute("alter table t drop big, add e varchar default 'x'"));
  const Table third = must(db.table("t"));
  const Reading as_first = read_all(*first);
  const Reading as_second = read_all(*second);
  const Reading as_third = read_all(third);

  must(db.compact());
  CHECK(read_all(*first).versions == times(20, 1));
  CHECK(read_all(*first).rows == as_first.rows);
  first.reset();
  must(db.compact());
  CHECK(read_all(*second).versions == times(20, 2));
  CHECK(read_all(*second).rows == as_second.rows);
  CHECK(read_all(third).rows == as_third.rows);

  // A cursor holds its version on its own, and so does a row.
  second.reset();
  REQUIRE(must(cursor->next()));
  std::optional<Row> row = cursor->keep();
  must(db.compact());
  CHECK(read_all(third).versions == times(20, 2));
  std::size_t left = 0;
  while (must(cursor->next())) ++left;
  CHECK(left == 19);
  cursor.reset();
  must(db.compact());
  CHECK(read_all(third).versions == times(20, 2));
  row.reset();
  must(db.compact());
  CHECK(read_all(third).versions == times(20, 3));
  CHECK(read_all(third).rows == as_third.rows);
}

TEST_CASE("a batch that is committed late writes rows of its version, which a later one rewrites") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kCreate));
  std::optional<WriteBatch> batch = db.batch();
  {
    const Table old = must(db.table("t"));
    RowBuilder row = old.row_builder();
    must(row.set_value(must(old.schema()->find("id")), number(1)));
    must(batch->put(old, row));
  }
  must(db.execute("alter table t add d int default 4"));
  must(batch->commit());
  batch.reset();
  CHECK(read_all(must(db.table("t"))).versions == times(1, 1));
  must(db.compact());
  CHECK(read_all(must(db.table("t"))).versions == times(1, 2));
  CHECK(read_all(must(db.table("t"))).rows == std::vector<std::string>{"id=1;d=4;"});
}

TEST_CASE("damaged rows and values that are no rows stay as they are") {
  for (const bool checksums : {true, false}) {
    CAPTURE(checksums);
    const ScratchDirectory scratch;
    std::optional<Database> db = must(Database::create(scratch.path()));
    SchemaBuilder builder("t");
    builder.add("id", Type(TypeKind::kBigInt), false).key("id");
    builder.add("a", Type(TypeKind::kInteger)).add("big", Type(TypeKind::kVarchar));
    builder.add("c", Type(TypeKind::kReal));
    std::vector<std::pair<std::int64_t, std::string>> planted;
    std::vector<std::string> keys;
    {
      const Table t =
          must(db->create_table(must(builder.build()), TableOptions{.row_checksums = checksums}));
      put_rows(t, 0, 12, "big");
      std::string flipped = stored_bytes(t, 3);
      // Its checksum tells, or else the count of its characters.
      flipped[checksums ? flipped.size() / 2 : flipped.size() - 301] ^= 0x20;
      planted.emplace_back(3, flipped);
      planted.emplace_back(4, stored_bytes(t, 4).substr(0, 9));
      planted.emplace_back(5, "");
      planted.emplace_back(6, "\x07\x01 a value of another kind, with room for a checksum");
      std::string unknown = stored_bytes(t, 7);
      unknown[1] = 9;  // a schema version that the catalog does not have
      planted.emplace_back(7, unknown);
      if (checksums) planted.emplace_back(8, stored_bytes(t, 9));  // another key's row
      for (const auto& [id, bytes] : planted) keys.push_back(stored_key_of(t, id));
    }
    db.reset();
    for (std::size_t i = 0; i < planted.size(); ++i) {
      put_bytes(scratch.path(), keys[i], planted[i].second);
    }
    db = must(Database::open(scratch.path()));
    must(db->execute("alter table t drop big"));
    must(db->compact());
    const Table t = must(db->table("t"));
    for (const auto& plant : planted) {
      CAPTURE(plant.first);  // clang 14 cannot capture a structured binding
      CHECK(stored_bytes(t, plant.first) == plant.second);
    }
    for (const std::int64_t id : {0, 1, 2, 9, 10, 11}) {
      const Value key[] = {number(id)};
      const auto row = must(t.get(key, {.verify_checksums = checksums}));
      REQUIRE(row.has_value());
      CHECK(row->stored_version() == SchemaVersion{2});
    }
  }
}

TEST_CASE("rows never become rows of a version that stands in the log only") {
  SchemaBuilder builder("t");
  builder.add("a", Type(TypeKind::kInteger)).add("b", Type(TypeKind::kInteger));
  std::vector<SchemaPtr> versions = {must(builder.build())};
  for (const char* name : {"c", "d"}) {
    SchemaEditor editor(versions.back());
    must(editor.apply(AddColumn{{.name = name, .type = Type(TypeKind::kInteger)}}));
    versions.push_back(must(editor.finish()));
  }
  const auto layouts_of = [&](std::size_t count) {
    const std::vector<SchemaPtr> known(versions.begin(), versions.begin() + count);
    return std::make_shared<const TableLayouts>(
        5, true, std::make_shared<const TableVersions>(known), known.back()->version());
  };
  const auto held = std::make_shared<HeldVersions>();
  const auto rewrite = std::make_shared<RowRewrite>();
  const auto publish = [&](std::size_t count, std::uint64_t sequence) {
    const auto layouts = layouts_of(count);
    held->add(layouts);
    rewrite->set_tables({{5, {layouts, held}}}, sequence);
  };
  CHECK(rewrite->target_of(5).layouts == nullptr);
  publish(1, 0);
  CHECK(rewrite->target_of(5).to == SchemaVersion{1});
  CHECK(rewrite->target_of(6).layouts == nullptr);
  publish(2, 100);
  publish(3, 200);
  CHECK(rewrite->target_of(5).to == SchemaVersion{1});
  rewrite->on_flushed(99);
  CHECK(rewrite->target_of(5).to == SchemaVersion{1});
  rewrite->on_flushed(150);
  CHECK(rewrite->target_of(5).to == SchemaVersion{2});
  rewrite->on_flushed(120);  // a listener that comes late
  CHECK(rewrite->target_of(5).to == SchemaVersion{2});
  rewrite->on_flushed(200);
  CHECK(rewrite->target_of(5).to == SchemaVersion{3});
  // A table made since the last flush has no version in files; one that is dropped has none at all.
  rewrite->set_tables({{7, {layouts_of(1), held}}}, 300);
  CHECK(rewrite->target_of(5).layouts == nullptr);
  CHECK(rewrite->target_of(7).layouts == nullptr);
}

TEST_CASE("DROP TABLE gives the space back in the background") {
  for (const bool compacted : {false, true}) {
    CAPTURE(compacted);
    const ScratchDirectory scratch;
    Database db = must(Database::create(scratch.path()));
    must(db.execute(kCreate));
    must(db.execute("create table u (id bigint primary key, a int, big varchar)"));
    put_rows(must(db.table("t")), 0, 3000, "big");
    put_rows(must(db.table("u")), 0, 50, "big");
    must(compacted ? db.compact() : db.flush());
    const Reading others = read_all(must(db.table("u")));
    const std::uintmax_t before = file_bytes(scratch.path());
    CHECK(before > 500'000);
    const Table dropped = must(db.table("t"));
    std::optional<Cursor> cursor = must(dropped.scan());
    REQUIRE(must(cursor->next()));
    must(db.execute("drop table t"));
    // What was opened before goes on to its end, and holds its files.
    std::size_t left = 0;
    while (must(cursor->next())) ++left;
    CHECK(left == 2999);
    cursor.reset();
    CHECK(eventually([&] { return file_bytes(scratch.path()) < before / 10; }));
    CHECK(read_all(must(db.table("u"))).rows == others.rows);
  }
}

TEST_CASE("what closing cut short of giving space back, opening goes on with") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute("create table first (a int)"));
  must(db->execute(kCreate));
  must(db->execute("create table u (id bigint primary key, a int, big varchar)"));
  put_rows(must(db->table("t")), 0, 3000, "big");
  put_rows(must(db->table("u")), 0, 20, "big");
  must(db->compact());
  const std::uintmax_t before = file_bytes(scratch.path());
  const std::uint32_t id = must(db->table("t")).id();
  const Reading others = read_all(must(db->table("u")));
  must(db->execute("drop table t"));
  CHECK(eventually([&] { return file_bytes(scratch.path()) < before / 10; }));
  db.reset();
  {
    // As a crash before the files went: rows of the id under a range tombstone.
    auto opened =
        must(store::open_rocks_store(scratch.path(), store::RocksOpenMode::kReadWrite, {}));
    std::string prefix;
    append_big_endian32(id, prefix);
    for (int i = 0; i < 3000; ++i) {
      const std::string key = prefix + noise(i, 12);
      const std::string value = noise(i, 300);
      const store::Op op{store::Op::Kind::kPut, key, value};
      must(opened.store->write({&op, 1}, Durability::kWal));
    }
    must(opened.store->compact());
    const std::string end = table_end(id);
    const store::Op op{store::Op::Kind::kEraseRange, prefix, end};
    must(opened.store->write({&op, 1}, Durability::kWal));
    must(opened.store->close());
  }
  CHECK(file_bytes(scratch.path()) > before / 2);
  db = must(Database::open(scratch.path()));
  CHECK(eventually([&] { return file_bytes(scratch.path()) < before / 10; }));
  CHECK(read_all(must(db->table("u"))).rows == others.rows);
}
TEST_CASE("patches that made no row leave nothing behind") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kCreate));
  const Table t = must(db.table("t"));
  const auto update = [&](std::int64_t id, OnMissing missing) {
    PatchBuilder patch = t.patch_builder();
    must(patch.set_value(ColumnIndex{1}, number(7)));
    const Value key[] = {number(id)};
    must(t.update(key, patch, missing, {.durability = Durability::kWal}));
  };
  const auto a_of = [&](std::int64_t id, const ReadOptions& options = {}) {
    const Value key[] = {number(id)};
    const auto row = must(t.get(key, options));
    return row ? must(row->value(ColumnIndex{1})) : Value::text("no row");
  };
  const auto is_stored = [&](std::int64_t id) {
    store::Pin pin;
    return must(t.get_stored(stored_key_of(t, id).substr(kTableIdBytes), pin));
  };
  RowBuilder row = t.row_builder();
  must(row.set_value(ColumnIndex{0}, number(1)));
  must(row.set_value(ColumnIndex{1}, number(1)));
  must(t.put(row));
  std::optional<Snapshot> before = must(db.snapshot());
  const Value first[] = {number(1)};
  must(t.erase(first));
  for (const std::int64_t id : {1, 2, 3}) update(id, OnMissing::kIgnore);
  must(db.flush());
  for (const std::int64_t id : {1, 2, 3}) CHECK(is_stored(id));
  must(db.compact());
  update(3, OnMissing::kCreate);  // on what may be a ghost or nothing
  must(db.compact());
  for (const std::int64_t id : {1, 2}) {
    CHECK_FALSE(is_stored(id));
    CHECK(a_of(id) == Value::text("no row"));
  }
  CHECK(a_of(3) == number(7));
  CHECK(a_of(1, {.snapshot = &*before}) == number(1));
  before.reset();
  update(2, OnMissing::kCreate);
  must(db.compact());
  CHECK(a_of(1) == Value::text("no row"));
  CHECK(a_of(2) == number(7));
  CHECK(must(db.table_stats(t)).estimated_rows == 2);
}
