// Partial updates: patches as they are written, folded at reads, flushes and compactions, kept as
// chains where the catalog is not there yet, and next to damage.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "child_process.h"
#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/chain.h"
#include "wisp/engine/database.h"
#include "wisp/engine/patch_fold.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"

namespace wisp {
namespace {

using namespace wisp::testing;

Value integer(std::int64_t v) {
  return Value(v);
}

constexpr const char* kItems =
    "CREATE TABLE items (id BIGINT, name VARCHAR, price DECIMAL(10,2), stock INTEGER, "
    "note VARCHAR, PRIMARY KEY (id))";

struct Items {
  explicit Items(const ScratchDirectory& scratch)
      : db(must(Database::create(scratch.path()))), table(make(db)) {}
  static Table make(Database& db) {
    must(db.execute(kItems));
    return must(db.table("items"));
  }
  void put(std::int64_t id, const std::string& name, std::int64_t stock) {
    RowBuilder row = table.row_builder();
    must(row.set_value(ColumnIndex{0}, integer(id)));
    must(row.set_value(ColumnIndex{1}, Value(name)));
    must(row.set_value(ColumnIndex{3}, integer(stock)));
    must(table.put(row));
  }
  Database db;
  Table table;
};

// The columns of a row, or "-" where there is none.
std::string show(const Table& table, std::int64_t id) {
  const std::vector<Value> key = {integer(id)};
  const auto row = must(table.get(key));
  if (!row) return "-";
  std::string out;
  for (std::uint32_t i = 1; i < table.schema()->columns().size(); ++i) {
    const Value v = must(row->value(ColumnIndex{i}));
    if (v.is_null()) continue;
    if (!out.empty()) out += ' ';
    out += table.schema()->column(ColumnIndex{i}).name + "=";
    if (const auto* text = v.get_if<std::string>()) out += *text;
    if (const auto* number = v.get_if<std::int64_t>()) out += std::to_string(*number);
  }
  return out;
}

void set_stock(const Table& table, std::int64_t id, std::int64_t stock,
               OnMissing missing = OnMissing::kIgnore) {
  PatchBuilder patch = table.patch_builder();
  must(patch.set_value(ColumnIndex{3}, integer(stock)));
  must(table.update(std::vector<Value>{integer(id)}, patch, missing));
}

void set_note(const Table& table, std::int64_t id, const std::optional<std::string>& note,
              OnMissing missing = OnMissing::kIgnore) {
  PatchBuilder patch = table.patch_builder();
  must(patch.set_value(ColumnIndex{4}, note ? Value(*note) : Value()));
  must(table.update(std::vector<Value>{integer(id)}, patch, missing));
}

std::string scanned(const Table& table) {
  std::string out;
  Cursor cursor = must(table.scan());
  while (must(cursor.next())) {
    const Value id = must(cursor.row().value(ColumnIndex{0}));
    out += std::to_string(*id.get_if<std::int64_t>()) + ";";
  }
  return out;
}

TEST_CASE("an update changes the columns it touches, whenever it is folded") {
  const ScratchDirectory scratch;
  Items items(scratch);
  items.put(1, "bolt", 10);
  const auto check = [&] {
    CHECK(show(items.table, 1) == "name=bolt stock=12 note=new");
    const std::vector<std::vector<Value>> keys = {{integer(1)}, {integer(2)}};
    const auto rows = must(items.table.multi_get(keys));
    REQUIRE(rows[0].has_value());
    CHECK_FALSE(rows[1].has_value());
    CHECK(must(rows[0]->value(ColumnIndex{3})) == integer(12));
    CHECK(rows[0]->checksum() == RowChecksum::kMatches);
    CHECK(scanned(items.table) == "1;");
  };
  set_stock(items.table, 1, 11);
  set_stock(items.table, 1, 12);
  set_note(items.table, 1, "new");
  check();
  must(items.db.flush());
  check();
  must(items.db.compact());
  check();
  // Folded: what is stored is one row again.
  store::Pin value;
  std::string key;
  must(append_key(*items.table.schema(), std::vector<Value>{integer(1)}, key));
  CHECK(must(items.table.get_stored(key, value)));
  CHECK_FALSE(is_chain(value.value()));
  // On top of files: patch in the memtable, row on disk; then NULL.
  set_note(items.table, 1, std::nullopt);
  CHECK(show(items.table, 1) == "name=bolt stock=12");
  // Written bytes follow the patch, not the row.
}

TEST_CASE("an update of a missing row: ignored, created, refused") {
  const ScratchDirectory scratch;
  Items items(scratch);
  const std::vector<Value> key = {integer(5)};
  set_stock(items.table, 5, 1);
  CHECK(show(items.table, 5) == "-");
  CHECK(scanned(items.table) == "");
  must(items.db.flush());  // the ghost is a value of its own now
  CHECK(show(items.table, 5) == "-");
  CHECK(scanned(items.table) == "");
  PatchBuilder patch = items.table.patch_builder();
  must(patch.set_value(ColumnIndex{3}, integer(7)));
  const auto refused = items.table.update(key, patch, OnMissing::kFail);
  CHECK(code_of(refused) == ErrorCode::kNotFound);
  CHECK(says(refused, "key (5)"));
  must(items.db.compact());
  CHECK(show(items.table, 5) == "-");
  set_stock(items.table, 5, 8, OnMissing::kCreate);
  CHECK(show(items.table, 5) == "stock=8");
  CHECK(scanned(items.table) == "5;");
  must(items.table.update(key, patch, OnMissing::kFail));
  CHECK(show(items.table, 5) == "stock=7");
  must(items.db.compact());
  CHECK(show(items.table, 5) == "stock=7");
  must(items.table.erase(key));
  set_note(items.table, 5, "gone");
  CHECK(show(items.table, 5) == "-");
  // An ignored patch must not come back with a later one that creates.
  must(items.db.flush());
  set_note(items.table, 6, "first");
  set_stock(items.table, 6, 2, OnMissing::kCreate);
  CHECK(show(items.table, 6) == "stock=2");
  must(items.db.compact());
  CHECK(show(items.table, 6) == "stock=2");
}

TEST_CASE("what an update refuses names the column") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("CREATE TABLE t (id BIGINT, a INTEGER NOT NULL, b INTEGER NOT NULL DEFAULT 4, "
                 "c VARCHAR(3), PRIMARY KEY (id))"));
  const Table t = must(db.table("t"));
  PatchBuilder patch = t.patch_builder();
  const auto null = patch.set_null(ColumnIndex{1});
  CHECK(code_of(null) == ErrorCode::kConstraint);
  CHECK(says(null, "\"a\""));
  const auto key = patch.set_null(ColumnIndex{0});
  CHECK(code_of(key) == ErrorCode::kInvalidArgument);
  CHECK(says(key, "\"id\""));
  const auto too_long = patch.set_value(ColumnIndex{3}, Value(std::string("four")));
  CHECK(code_of(too_long) == ErrorCode::kConstraint);
  must(patch.set_value(ColumnIndex{3}, Value(std::string("ok"))));
  const std::vector<Value> one = {integer(1)};
  const auto incomplete = t.update(one, patch, OnMissing::kCreate);
  CHECK(code_of(incomplete) == ErrorCode::kConstraint);
  CHECK(says(incomplete, "\"a\""));
  must(patch.set_value(ColumnIndex{1}, integer(3)));
  must(t.update(one, patch, OnMissing::kCreate));
  CHECK(show(t, 1) == "a=3 b=4 c=ok");

  must(db.execute("CREATE TABLE other (id BIGINT, a INTEGER, PRIMARY KEY (id))"));
  PatchBuilder foreign = must(db.table("other")).patch_builder();
  CHECK(code_of(t.update(one, foreign)) == ErrorCode::kInvalidArgument);
}

TEST_CASE("columns to update by name") {
  const ScratchDirectory scratch;
  Items items(scratch);
  items.put(1, "bolt", 10);
  const std::vector<Value> key = {integer(1)};
  const ColumnChange changes[] = {
      {"STOCK", integer(11)}, {"note", Value::text("n")}, {"name", Value()}};
  must(items.table.update(key, changes));
  CHECK(show(items.table, 1) == "stock=11 note=n");
  const ColumnChange unknown[] = {{"stok", integer(11)}};
  const auto refused = items.table.update(key, unknown);
  CHECK(code_of(refused) == ErrorCode::kInvalidArgument);
  CHECK(says(refused, "\"stock\""));
  const ColumnChange unfit[] = {{"stock", Value::text("many")}};
  CHECK(says(items.table.update(key, unfit), "\"stock\""));
  const ColumnChange one[] = {{"stock", integer(1)}};
  CHECK(code_of(items.table.update(std::vector<Value>{integer(2)}, one, OnMissing::kFail)) ==
        ErrorCode::kNotFound);
  must(items.table.update(std::vector<Value>{integer(2)}, one, OnMissing::kCreate));
  CHECK(show(items.table, 2) == "stock=1");
}

TEST_CASE("updates in a batch happen with the rest of it") {
  const ScratchDirectory scratch;
  Items items(scratch);
  items.put(1, "a", 1);
  items.put(2, "b", 2);
  WriteBatch batch = items.db.batch();
  PatchBuilder patch = items.table.patch_builder();
  must(patch.set_value(ColumnIndex{3}, integer(20)));
  must(batch.update(items.table, std::vector<Value>{integer(2)}, patch));
  must(batch.erase(items.table, std::vector<Value>{integer(1)}));
  CHECK(batch.row_count() == 2);
  CHECK(show(items.table, 2) == "name=b stock=2");
  must(batch.commit());
  CHECK(show(items.table, 1) == "-");
  CHECK(show(items.table, 2) == "name=b stock=20");
}

TEST_CASE("updates in a batch by hidden row id") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("CREATE TABLE log (a INT, b INT);"
                 "CREATE TABLE keyed (k BIGINT PRIMARY KEY, a INT)"));
  const Table log = must(db.table("log"));
  RowBuilder row = log.row_builder();
  must(row.set_value(ColumnIndex{0}, integer(1)));
  const std::uint64_t first = must(log.put(row, kNoSync));
  const std::uint64_t second = must(log.put(row, kNoSync));
  PatchBuilder patch = log.patch_builder();
  must(patch.set_value(ColumnIndex{1}, integer(7)));
  WriteBatch batch = db.batch();
  must(batch.update(log, first, patch));
  must(batch.update(log, second, patch, OnMissing::kFail));
  must(batch.update(log, second + 1, patch));  // nothing there
  const std::size_t size = batch.size_bytes();
  CHECK(code_of(batch.update(log, first, patch, OnMissing::kCreate)) ==
        ErrorCode::kInvalidArgument);
  const Table keyed = must(db.table("keyed"));
  PatchBuilder of_keyed = keyed.patch_builder();
  must(of_keyed.set_value(ColumnIndex{1}, integer(7)));
  CHECK(code_of(batch.update(keyed, std::uint64_t{1}, of_keyed)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(batch.update(log, first, of_keyed)) == ErrorCode::kInvalidArgument);
  CHECK(batch.size_bytes() == size);
  CHECK(batch.row_count() == 3);
  CHECK(must(must(log.get(first))->value(ColumnIndex{1})).is_null());
  must(batch.commit(kNoSync));
  for (int round = 0; round < 2; ++round) {
    for (const std::uint64_t id : {first, second}) {
      const auto found = must(log.get(id));
      CHECK(must(found->value(ColumnIndex{0})) == integer(1));
      CHECK(must(found->value(ColumnIndex{1})) == integer(7));
    }
    CHECK_FALSE(must(log.get(second + 1)).has_value());
    must(db.compact());
  }
}

TEST_CASE("patches and rows of any mix of schema versions fold right") {
  const ScratchDirectory scratch;
  Items items(scratch);
  const Table old = items.table;
  items.put(1, "nut", 1);
  set_stock(old, 1, 2);
  must(items.db.execute("ALTER TABLE items ADD COLUMN color VARCHAR DEFAULT 'red'"));
  must(items.db.execute("ALTER TABLE items ALTER COLUMN stock TYPE BIGINT"));
  Table now = must(items.db.table("items"));
  CHECK(show(now, 1) == "name=nut stock=2 color=red");
  PatchBuilder patch = now.patch_builder();
  must(patch.set_value(must(now.schema()->find("stock")), integer(std::int64_t{1} << 40)));
  must(now.update(std::vector<Value>{integer(1)}, patch));
  CHECK(show(now, 1) == "name=nut stock=1099511627776 color=red");
  // A handle of the first version: its patch meets a row of a later one.
  set_note(old, 1, "late");
  CHECK(show(now, 1) == "name=nut stock=1099511627776 note=late color=red");
  must(items.db.flush());
  set_stock(old, 1, -5);
  CHECK(show(now, 1) == "name=nut stock=-5 note=late color=red");
  must(items.db.compact());
  CHECK(show(now, 1) == "name=nut stock=-5 note=late color=red");
  must(items.db.execute("ALTER TABLE items DROP COLUMN note"));
  now = must(items.db.table("items"));
  set_note(old, 1, "of a column that is gone");
  CHECK(show(now, 1) == "name=nut stock=-5 color=red");
  // Created by an old patch: columns added since have what older rows have.
  set_stock(old, 3, 33, OnMissing::kCreate);
  CHECK(show(now, 3) == "stock=33 color=red");
  must(items.db.compact());
  CHECK(show(now, 1) == "name=nut stock=-5 color=red");
  CHECK(show(now, 3) == "stock=33 color=red");
}

// Opens the store below the database; patches are folded without a catalog, as in recovery.
std::unique_ptr<store::Store> bare_store(const std::string& path) {
  return must(store::open_rocks_store(path, store::RocksOpenMode::kReadWrite, {},
                                      std::make_shared<PatchFold>()))
      .store;
}

std::string stored_key_of(const Table& table, std::int64_t id) {
  std::string key;
  append_big_endian32(table.id(), key);
  must(append_key(*table.schema(), std::vector<Value>{integer(id)}, key));
  return key;
}

TEST_CASE("folded without the catalog, a row becomes a chain that reads the same") {
  const ScratchDirectory scratch;
  std::string key;
  {
    Items items(scratch);
    items.put(1, "nail", 1);
    set_stock(items.table, 1, 2);
    set_stock(items.table, 7, 3);  // no row
    set_note(items.table, 8, "made", OnMissing::kCreate);
    key = stored_key_of(items.table, 1);
    must(items.db.close());
  }
  {
    const auto store = bare_store(scratch.path());
    must(store->compact());
    store::Pin value;
    REQUIRE(must(store->get(key, value)));
    CHECK(is_chain(value.value()));
    must(store->close());
  }
  Database db = must(Database::open(scratch.path()));
  const Table t = must(db.table("items"));
  CHECK(show(t, 1) == "name=nail stock=2");
  CHECK(show(t, 7) == "-");
  CHECK(show(t, 8) == "note=made");
  CHECK(scanned(t) == "1;8;");
  set_note(t, 1, "more");
  set_stock(t, 7, 4);
  CHECK(show(t, 1) == "name=nail stock=2 note=more");
  must(db.compact());
  CHECK(show(t, 1) == "name=nail stock=2 note=more");
  CHECK(show(t, 7) == "-");
  store::Pin value;
  CHECK(must(t.get_stored(std::string_view(key).substr(kTableIdBytes), value)));
  CHECK_FALSE(is_chain(value.value()));
}

TEST_CASE("damage keeps its neighbours, and the database writable") {
  const ScratchDirectory scratch;
  Items items(scratch);
  items.put(1, "a", 1);
  items.put(2, "b", 2);
  items.put(3, "c", 3);
  const std::string keys[] = {stored_key_of(items.table, 1), stored_key_of(items.table, 2)};
  must(items.db.close());
  {
    const auto store = bare_store(scratch.path());
    // Not even a patch; and a row that lost a bit under its patch.
    const store::Op bad_patch{store::Op::Kind::kPatch, keys[0], "not a patch"};
    must(store->write({&bad_patch, 1}, Durability::kSync));
    store::Pin value;
    REQUIRE(must(store->get(keys[1], value)));
    std::string damaged(value.value());
    damaged[damaged.size() / 2] ^= 1;
    const store::Op bad_row{store::Op::Kind::kPut, keys[1], damaged};
    must(store->write({&bad_row, 1}, Durability::kSync));
    value.reset();
    must(store->close());
  }
  Database db = must(Database::open(scratch.path()));
  const Table t = must(db.table("items"));
  for (const std::int64_t id : {1, 2}) {
    set_stock(t, id, 10);
    set_stock(t, 3, 30);
    const std::vector<Value> key = {integer(id)};
    const auto broken = t.get(key);
    CHECK(says(broken, "key (" + std::to_string(id) + ")"));
    must(db.compact());
    CHECK_FALSE(t.get(key).has_value());
    CHECK(show(t, 3) == "name=c stock=30");
  }
  // Everything is still there, byte by byte; a put makes the row whole again.
  store::Pin value;
  REQUIRE(must(t.get_stored(std::string_view(keys[0]).substr(kTableIdBytes), value)));
  const Chain chain = must(Chain::read(value.value()));
  CHECK(chain.base.has_value());
  REQUIRE(chain.patches.size() == 2);
  CHECK(chain.patches[0] == "not a patch");
  RowBuilder row = t.row_builder();
  must(row.set_value(ColumnIndex{0}, integer(1)));
  must(row.set_value(ColumnIndex{3}, integer(100)));
  must(t.put(row));
  CHECK(show(t, 1) == "stock=100");
}

std::string example_of_format_page() {
  std::istringstream page(read_file(WISP_FORMAT_PAGE));
  std::string out;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) inside = line == "```chain";
    if (!inside || line.starts_with("```")) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      out += static_cast<char>(std::stoi(word, nullptr, 16));
    }
  }
  return out;
}

TEST_CASE("chains: any bytes are read or refused") {
  Chain chain;
  const std::string base = "base", a = "one", b;
  chain.base = base;
  chain.patches = {a, b};
  std::string bytes;
  chain.append(bytes);
  CHECK(bytes == example_of_format_page());
  const Chain again = must(Chain::read(bytes));
  CHECK(again.base == base);
  CHECK(again.patches == std::vector<std::string_view>{a, b});
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const auto part = Chain::read(std::string_view(bytes).substr(0, size));
    const bool at_border = size == 10 || size == 17;
    CHECK_MESSAGE(part.has_value() == at_border, size);
  }
  std::string ghost;
  Chain().append(ghost);
  CHECK(ghost == std::string("\x07\0", 2));
  CHECK_FALSE(must(Chain::read(ghost)).base.has_value());
  CHECK(code_of(Chain::read(std::string("\x0f\0", 2))) == ErrorCode::kCorruption);
  CHECK(code_of(Chain::read(std::string("\x07\x04", 2))) == ErrorCode::kCorruption);
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    damaged[1 + random() % (bytes.size() - 1)] = static_cast<char>(random());
    const auto read = Chain::read(damaged);
    if (read) CHECK(read->patches.size() <= bytes.size());
  }
}

// ---- kill -9 ----

TEST_CASE("role: updates rows" * doctest::skip()) {
  if (role_path().empty()) return;
  DatabaseOptions options;
  // Larger than a memtable: opening replays a log of several, and flushes while it does.
  options.rocksdb_options = "write_buffer_size=65536;max_write_buffer_number=8";
  Database db = must(Database::open(role_path(), options));
  const Table t = must(db.table("items"));
  PatchBuilder patch = t.patch_builder();
  WriteOptions no_sync;
  no_sync.durability = Durability::kWal;
  for (std::int64_t round = 1; round <= 40; ++round) {
    for (std::int64_t id = 0; id < 100; ++id) {
      patch.clear();
      must(patch.set_value(ColumnIndex{3}, integer(round)));
      must(patch.set_value(ColumnIndex{4}, Value(std::string(100, 'x') + std::to_string(round))));
      must(t.update(std::vector<Value>{integer(id)}, patch,
                    id % 10 == 0 ? OnMissing::kCreate : OnMissing::kIgnore, no_sync));
    }
    tell(std::to_string(round));
  }
}

TEST_CASE("kill -9 with a log larger than the memtable: acknowledged patches fold right") {
  const ScratchDirectory scratch;
  {
    Items items(scratch);
    for (std::int64_t id = 0; id < 100; id += 2) items.put(id, "row " + std::to_string(id), 0);
    must(items.db.close());
  }
  for (int attempt = 0; attempt < 3; ++attempt) {
    CAPTURE(attempt);
    ChildProcess child("role: updates rows", scratch.path());
    std::string heard;
    for (int i = 0; i < 5 + 14 * attempt; ++i) heard = child.hear();
    child.kill_hard();
    REQUIRE_FALSE(heard.empty());
    const std::int64_t acknowledged = std::stoll(heard);
    Database db = must(Database::open(scratch.path()));
    const Table t = must(db.table("items"));
    for (std::int64_t id = 0; id < 100; ++id) {
      CAPTURE(id);
      const auto row = must(t.get(std::vector<Value>{integer(id)}));
      REQUIRE(row.has_value() == (id % 2 == 0 || id % 10 == 0));
      if (!row) continue;
      const Value stock = must(row->value(ColumnIndex{3}));
      CHECK(*stock.get_if<std::int64_t>() >= acknowledged);
      const Value note = must(row->value(ColumnIndex{4}));
      CHECK(*note.get_if<std::string>() ==
            std::string(100, 'x') + std::to_string(*stock.get_if<std::int64_t>()));
    }
    must(db.close());
  }
}

TEST_CASE("a batch that updates a row which is erased before the commit writes nothing") {
  const ScratchDirectory scratch;
  Items items(scratch);
  items.put(1, "bolt", 10);
  items.put(2, "nut", 20);
  PatchBuilder patch = items.table.patch_builder();
  must(patch.set_value(must(items.table.schema()->find("stock")), integer(11)));
  const std::vector<Value> first = {integer(1)};
  const std::vector<Value> second = {integer(2)};
  WriteBatch batch = items.db.batch();
  must(batch.update(items.table, second, patch));
  must(batch.update(items.table, first, patch, OnMissing::kFail));
  must(items.table.erase(first));
  const std::string before = show(items.table, 2);
  const Status refused = batch.commit();
  CHECK(code_of(refused) == ErrorCode::kNotFound);
  CHECK(says(refused, "1"));
  CHECK(batch.row_count() == 2);
  CHECK(show(items.table, 2) == before);
  CHECK_FALSE(must(items.table.get(first)).has_value());
  // A patch that was ignored makes no row; once there is one, the same batch goes through.
  must(items.table.update(first, patch));
  CHECK(code_of(batch.commit()) == ErrorCode::kNotFound);
  items.put(1, "bolt", 10);
  must(batch.commit());
  CHECK(must(must(items.table.get(first))->value(must(items.table.schema()->find("stock")))) ==
        integer(11));
}

}  // namespace
}  // namespace wisp
