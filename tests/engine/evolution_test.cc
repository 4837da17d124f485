// Schema versions in a database: ALTER and DROP TABLE, and rows of every mix of versions.
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "../../bench/allocations.h"
#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/database.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"

using namespace wisp;
using namespace wisp::testing;

namespace {

Value number(std::int64_t v) {
  return Value(v);
}

void put(const Table& table, std::int64_t id,
         const std::vector<std::pair<std::string, Value>>& fields) {
  RowBuilder row = table.row_builder();
  must(row.set_value(must(table.schema()->find("id")), number(id)));
  for (const auto& [name, value] : fields) {
    must(row.set_value(must(table.schema()->find(name)), value));
  }
  must(table.put(row));
}

Value read(const Table& table, std::int64_t id, const std::string& column) {
  const Value key[] = {number(id)};
  const auto row = must(table.get(key, {.verify_checksums = true}));
  REQUIRE(row.has_value());
  CHECK(row->checksum() == RowChecksum::kMatches);
  return must(row->value(must(table.schema()->find(column))));
}

}  // namespace

TEST_CASE("rows of all versions read as the newest, through get, multi_get, scan and reopening") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute("create table t (id bigint primary key, a int, b varchar, c real)"));
  put(must(db->table("t")), 1, {{"a", number(5)}, {"b", Value::text("gone")}, {"c", Value(1.5F)}});
  must(db->execute("alter table t drop b, add d bigint not null default 7, alter a type bigint"));
  put(must(db->table("t")), 2, {{"a", number(std::int64_t{1} << 40)}, {"d", number(8)}});
  must(
      db->execute("alter table t rename a to x, alter c type double, add b int, "
                  "alter d set default 9"));
  put(must(db->table("t")), 3, {{"x", number(6)}, {"b", number(1)}, {"d", number(9)}});

  for (int opening = 0; opening < 2; ++opening) {
    const Table t = must(db->table("t"));
    CHECK(to_underlying(t.schema()->version()) == 3);
    CHECK(read(t, 1, "x") == number(5));
    CHECK(read(t, 1, "c") == Value(1.5));
    CHECK(read(t, 1, "d") == number(7));
    CHECK(read(t, 1, "b").is_null());  // another column than the one that was dropped
    CHECK(read(t, 2, "x") == number(std::int64_t{1} << 40));
    CHECK(read(t, 2, "d") == number(8));
    CHECK(read(t, 3, "b") == number(1));
    const auto d = must(t.column<std::int64_t>("d"));
    const auto x = must(t.column<std::int64_t>("x"));
    std::vector<std::int64_t> seen;
    std::optional<Cursor> scan = must(t.scan());
    Cursor& cursor = *scan;
    while (must(cursor.next())) {
      seen.push_back(*cursor.row()[d]);
      const Row kept = cursor.keep();
      CHECK(kept[x] == cursor.row()[x]);
      // Compaction, at the end of the first round, leaves rows of the newest version only.
      CHECK(to_underlying(kept.stored_version()) == (opening == 0 ? seen.size() : 3));
    }
    CHECK(seen == std::vector<std::int64_t>{7, 8, 9});
    const std::vector<std::vector<Value>> keys = {{number(3)}, {number(1)}, {number(4)}};
    auto rows = must(t.multi_get(keys));
    CHECK(*(*rows[0])[x] == 6);
    Row moved = std::move(*rows[1]);
    rows.clear();
    CHECK(*moved[x] == 5);
    CHECK(*moved[d] == 7);
    must(db->flush());
    must(db->compact());
    CHECK(read(t, 1, "d") == number(7));
    scan.reset();
    db.reset();
    db = must(Database::open(scratch.path()));
  }
}

TEST_CASE("handles and cursors of an earlier version") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a int)"));
  const Table old = must(db.table("t"));
  put(old, 1, {{"a", number(1)}});
  Cursor cursor = must(old.scan());
  const SchemaChange changes[] = {DropColumn{"a"},
                                  AddColumn{{.name = "z", .type = Type(TypeKind::kInteger)}}};
  const Table fresh = must(db.alter("T", changes));
  CHECK(to_underlying(fresh.schema()->version()) == 2);
  put(fresh, 2, {{"z", number(2)}});
  put(old, 3, {{"a", number(3)}});  // a row of the old version
  CHECK(read(fresh, 3, "z").is_null());
  CHECK(read(old, 1, "a") == number(1));
  REQUIRE(must(cursor.next()));  // of its time
  CHECK_FALSE(must(cursor.next()));
  CHECK(read(old, 2, "a").is_null());  // dropped when the row was written
}

TEST_CASE("handles of an earlier version read rows of later ones") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("create table t (id bigint primary key, n int not null default 1, a int, "
                 "s varchar(3), gone varchar default 'gone', list int array)"));
  const Table old = must(db.table("t"));
  put(old, 1, {{"n", number(1)}, {"a", number(10)}, {"gone", Value::text("there")}});
  must(
      db.execute("alter table t add z int default 7, drop gone, rename a to b, "
                 "alter column n drop not null, alter column s type varchar"));
  const Table fresh = must(db.table("t"));
  put(fresh, 2, {{"b", number(20)}, {"s", Value::text("longer")}, {"z", number(8)}});
  put(fresh, 3, {{"n", number(3)}, {"b", number(30)}});
  // Patches of both versions on a row of each: what is folded has the later one.
  const auto update = [](const Table& t, std::int64_t id, const char* column, const Value& value) {
    PatchBuilder patch = t.patch_builder();
    must(patch.set_value(must(t.schema()->find(column)), value));
    const Value key[] = {number(id)};
    must(t.update(key, patch));
  };
  update(fresh, 1, "z", number(9));
  update(old, 3, "a", number(31));

  const auto a = must(old.column<std::int32_t>("a"));
  const auto gone = must(old.column<std::string_view>("gone"));
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    CHECK(read(old, 1, "gone") == Value());  // the patch has made it a row of the later version
    CHECK(read(old, 1, "a") == number(10));
    CHECK(read(old, 2, "a") == number(20));
    CHECK(read(old, 2, "n").is_null());
    CHECK(read(old, 2, "s") == Value::text("longer"));
    CHECK(read(old, 2, "gone").is_null());
    CHECK(read(old, 3, "a") == number(31));
    CHECK(read(old, 3, "n") == number(3));
    CHECK(read(fresh, 1, "z") == number(9));
    ScanOptions options;
    options.where = Predicate::compare("a", Comparison::kGreater, number(15));
    Cursor cursor = must(old.scan(options));
    std::vector<std::int32_t> seen;
    while (must(cursor.next())) {
      const RowRef& row = cursor.row();
      seen.push_back(row[a].value());
      CHECK_FALSE(row[gone].has_value());
      if (row[a] == 31)
        CHECK(row.view()[a] == 31);  // the other has NULL where this version has none
      CHECK(row.stored_version() == SchemaVersion{2});
      CHECK(must(row.present_columns()).size() >= 2);
    }
    CHECK(seen == std::vector<std::int32_t>{20, 31});
    if (round == 0) must(db.flush());
    if (round == 1) must(db.compact());
  }
  // A conditional write does not take a change for none that it cannot see.
  const Value key[] = {number(3)};
  const RowToken token = must(old.get(key))->token();
  update(fresh, 3, "z", number(99));
  CHECK_FALSE(must(old.get(key))->token() == token);

  must(db.execute("alter table t alter column b type bigint"));
  const Table wide = must(db.table("t"));
  put(wide, 4, {{"b", number(std::int64_t{1} << 40)}});
  const Value wide_key[] = {number(4)};
  for (const Table& table : {old, fresh}) {
    const auto refused = table.get(wide_key);
    CHECK(code_of(refused) == ErrorCode::kUnknownSchema);
    CHECK(says(refused, &table == &old ? "column \"a\"" : "column"));
    CHECK(says(refused, "schema version 3"));
  }
  CHECK(read(old, 2, "a") == number(20));
}

TEST_CASE("handles from before an ALTER do not fit the table that is taken after it") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)"));
  const Table before = must(db.table("t"));
  const auto old_id = must(before.column<std::int32_t>("id"));
  const auto old_b = must(before.column<std::int32_t>("b"));
  must(db.execute("ALTER TABLE t DROP a, ADD c INT"));
  const Table after = must(db.table("t"));
  put(after, 1, {{"b", number(7)}});

  RowBuilder row = after.row_builder();
  row.set(must(after.column<std::int32_t>("id")), 2);
  row.set(old_b, 5);
  CHECK(says(after.put(row), "does not fit"));
  CHECK(code_of(after.put(row)) == ErrorCode::kInvalidArgument);
  row.clear();
  row.set(old_id, 2);
  CHECK(says(after.put(row), "does not fit"));
  PatchBuilder patch = after.patch_builder();
  const Value key[] = {number(1)};
  for (const auto& handle : {old_b, old_id, must(after.column<std::int32_t>("id"))}) {
    patch.clear();
    patch.set(handle, 10);
    CHECK(says(after.update(key, patch), "does not fit"));
  }
  patch.clear();
  patch.set(must(after.column<std::int32_t>("b")), 9);
  must(after.update(key, patch));

  const auto found = must(after.get(key));
  std::int32_t out = 0;
  CHECK(found->read(old_b, out) == Access::kDamaged);
  CHECK(found->read(old_id, out) == Access::kDamaged);
  ScanOptions options;
  options.where = col(old_b) == 9;
  CHECK(code_of(after.scan(options)) == ErrorCode::kInvalidArgument);
  // As ever, with the table that they are of.
  const auto same = must(before.get(key));
  CHECK(same->read(old_b, out) == Access::kPresent);
  CHECK(out == 9);
  CHECK(must(before.scan(options)).next());
}

TEST_CASE("a NOT NULL column that was dropped is missed by name") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a int not null, b int)"));
  const Table old = must(db.table("t"));
  put(old, 1, {{"a", number(1)}});
  must(db.execute("alter table t drop a"));
  put(must(db.table("t")), 2, {{"b", number(2)}});
  CHECK(read(old, 1, "a") == number(1));
  const Value key[] = {number(2)};
  const auto missed = old.get(key);
  CHECK(code_of(missed) == ErrorCode::kUnknownSchema);
  CHECK(says(missed, "column \"a\""));
  CHECK(says(missed, "was dropped in schema version 2"));
}

TEST_CASE("rows of earlier versions are read in place") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a int, gone varchar, s varchar)"));
  put(must(db.table("t")), 1,
      {{"a", number(-5)}, {"gone", Value::text("away")}, {"s", Value::text("stays")}});
  const std::size_t stored_bytes = [&] {
    const Value key[] = {number(1)};
    return must(must(db.table("t")).get(key))->stored_view().bytes().size();
  }();
  must(db.execute("alter table t drop gone, alter a type bigint, add d varchar default 'fixed'"));
  const Table t = must(db.table("t"));
  put(t, 2, {{"a", number(-5)}, {"s", Value::text("stays")}, {"d", Value::text("fixed")}});
  must(db.flush());
  const auto a = must(t.column<std::int64_t>("a"));
  const auto s = must(t.column<std::string_view>("s"));
  const auto d = must(t.column<std::string_view>("d"));
  std::uint64_t gets[2];
  Row row;
  for (int round = 0; round < 2; ++round) {  // what is made once is made in the first
    for (std::int64_t id = 1; id <= 2; ++id) {
      std::string key;
      must(append_key(*t.schema(), std::vector<Value>{number(id)}, key));
      const std::uint64_t before = bench::allocations_of_this_thread();
      REQUIRE(t.get_encoded(key, row));
      const std::uint64_t got = bench::allocations_of_this_thread();
      const bool same = row[a] == -5 && row[s] == "stays" && row[d] == "fixed";
      CHECK(bench::allocations_of_this_thread() == got);
      CHECK(same);
      gets[id - 1] = got - before;
    }
  }
  CHECK(gets[0] == gets[1]);
  const Value key[] = {number(1)};
  const Row old = must(t.get(key)).value();
  CHECK(old.stored_version() == SchemaVersion{1});
  CHECK(&old.schema() == t.schema().get());
  CHECK(old.stored_view().bytes().size() == stored_bytes);
  CHECK(old.view()[d] == "fixed");  // as a row of the newest version
  CHECK(&old.view().layout() == t.layout().get());
  CHECK(must(old.present_columns()).size() == 4);
  CHECK(must(old.value(must(t.schema()->find("d")))) == Value::text("fixed"));
  CHECK_FALSE(old.is_null(must(t.schema()->find("d"))));
  Row moved = must(t.get(key)).value();
  moved = must(t.get(key)).value();
  CHECK(moved[d] == "fixed");
  CHECK(moved.view()[a] == -5);
}

TEST_CASE("a damaged row of an earlier version") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute("create table t (id bigint primary key, s varchar)"));
  put(must(db->table("t")), 1, {{"s", Value::text("some text")}});
  std::string key;
  must(append_key(*must(db->table("t")).schema(), std::vector<Value>{number(1)}, key));
  store::Pin pin;
  REQUIRE(must(must(db->table("t")).get_stored(key, pin)));
  std::string cut(pin.value());
  cut.erase(cut.size() - kRowChecksumBytes - 4, 4);
  pin.reset();
  std::string stored_key;
  append_big_endian32(must(db->table("t")).id(), stored_key);
  stored_key += key;
  must(db->execute("alter table t add n int not null default 3"));
  db.reset();
  {
    auto opened =
        must(store::open_rocks_store(scratch.path(), store::RocksOpenMode::kReadWrite, {}));
    const store::Op op{store::Op::Kind::kPut, stored_key, cut};
    must(opened.store->write({&op, 1}, Durability::kWal));
    must(opened.store->close());
  }
  db = must(Database::open(scratch.path()));
  const Table t = must(db->table("t"));
  const Value keys[] = {number(1)};
  CHECK(code_of(t.get(keys, {.verify_checksums = true})) == ErrorCode::kCorruption);
  const Row row = must(t.get(keys)).value();
  const auto s = must(t.column<std::string_view>("s"));
  const auto n = must(t.column<std::int32_t>("n"));
  std::string_view text;
  std::int32_t value = 0;
  CHECK(row.read(s, text) == Access::kDamaged);
  CHECK(code_of(row.value(must(t.schema()->find("s")))) == ErrorCode::kCorruption);
  CHECK(row[n] == 3);
  // No row of the newest version can be made of it.
  CHECK(row.view().read(s, text) == Access::kDamaged);
  CHECK(row.view().read(n, value) == Access::kDamaged);
  std::vector<std::uint32_t> present;
  CHECK(code_of(row.view().present_columns(present)) == ErrorCode::kCorruption);
  CHECK(code_of(row.view().value(must(t.schema()->find("n")))) == ErrorCode::kCorruption);
}

TEST_CASE("writes fill NOT NULL columns that were not set with their defaults") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a int, s varchar not null default 'x')"));
  const Table old = must(db.table("t"));
  put(old, 1, {});
  must(db.execute("alter table t add z int not null default 5, add n int default 6"));
  const Table t = must(db.table("t"));
  RowBuilder row = t.row_builder();
  const auto with_id = [&](std::int64_t id) -> RowBuilder& {
    row.clear();
    must(row.set_value(must(t.schema()->find("id")), number(id)));
    return row;
  };
  must(t.put(with_id(2)));
  must(t.insert(with_id(3)));
  WriteBatch batch = db.batch();
  must(batch.put(t, with_id(4)));
  must(batch.commit());
  Transaction transaction = must(db.begin_transaction());
  must(transaction.put(t, with_id(5)));
  must(transaction.commit());
  put(t, 6, {{"a", number(1)}});
  for (std::int64_t id = 1; id <= 6; ++id) {
    CAPTURE(id);
    CHECK(read(t, id, "z") == number(5));
    CHECK(read(t, id, "s") == Value::text("x"));
    CHECK(read(t, id, "n") == (id == 1 ? number(6) : Value()));
  }
}

TEST_CASE("SET NOT NULL looks at the rows and stops handles that could break it") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a int)"));
  const Table old = must(db.table("t"));
  put(old, 1, {{"a", number(1)}});
  put(old, 2, {});
  const auto refused = db.execute("alter table t alter a set not null");
  CHECK(code_of(refused) == ErrorCode::kConstraint);
  CHECK(refused.error().to_string().find("key (2)") != std::string::npos);
  CHECK(must(db.table("t")).schema()->version() == SchemaVersion{1});
  CHECK(code_of(db.execute("alter table t add n int; alter table t alter n set not null")) ==
        ErrorCode::kConstraint);
  put(old, 2, {{"a", number(2)}});
  must(db.execute("alter table t alter a set not null"));
  RowBuilder row = old.row_builder();
  must(row.set_value(must(old.schema()->find("id")), number(3)));
  CHECK(code_of(old.put(row)) == ErrorCode::kInvalidArgument);
  WriteBatch batch = db.batch();
  must(batch.put(old, row));
  CHECK(code_of(batch.commit()) == ErrorCode::kInvalidArgument);
  const Table fresh = must(db.table("t"));
  RowBuilder without = fresh.row_builder();
  must(without.set_value(must(fresh.schema()->find("id")), number(3)));
  CHECK(code_of(fresh.put(without)) == ErrorCode::kConstraint);
  CHECK(code_of(without.set_value(must(fresh.schema()->find("a")), Value())) ==
        ErrorCode::kConstraint);
  put(fresh, 3, {{"a", number(3)}});
  CHECK(read(fresh, 1, "a") == number(1));
}

TEST_CASE("only SET NOT NULL looks at rows") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute("create table t (id bigint primary key, a int, b int)"));
  put(must(db->table("t")), 1, {{"a", number(1)}});
  const std::uint32_t id = must(db->table("t")).id();
  const SchemaPtr schema = must(db->table("t")).schema();
  db.reset();
  {
    // A row that nobody can read: who looks at the rows fails.
    auto opened =
        must(store::open_rocks_store(scratch.path(), store::RocksOpenMode::kReadWrite, {}));
    std::string key;
    append_big_endian32(id, key);
    must(append_key(*schema, std::vector<Value>{number(2)}, key));
    const store::Op op{store::Op::Kind::kPut, key, "x"};
    must(opened.store->write({&op, 1}, Durability::kWal));
    must(opened.store->close());
  }
  db = must(Database::open(scratch.path()));
  CHECK(code_of(db->execute("alter table t alter a set not null")) == ErrorCode::kCorruption);
  must(db->execute("alter table t add c int not null default 4"));
  must(db->execute("alter table t alter c drop not null"));
  must(db->execute("alter table t alter a set default 5, alter b set default 6"));
  must(db->execute("alter table t alter a drop default"));
  must(db->execute("alter table t rename a to x, rename to u"));
  must(db->execute("alter table u alter x type bigint"));
  must(db->execute("alter table u drop b"));
  const Table u = must(db->table("u"));
  CHECK(read(u, 1, "x") == number(1));
  CHECK(read(u, 1, "c") == number(4));
  CHECK(u.schema()->version() == SchemaVersion{8});
}

TEST_CASE("RENAME TABLE and DROP TABLE; ids do not come again") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute("create table t (a int); create table u (a int)"));
  const Table t = must(db->table("t"));
  RowBuilder row = t.row_builder();
  must(row.set_value(ColumnIndex{0}, number(4)));
  must(t.put(row));
  CHECK(code_of(db->execute("alter table t rename to u")) == ErrorCode::kAlreadyExists);
  must(db->execute("alter table t rename to v"));
  CHECK(code_of(db->table("t")) == ErrorCode::kNotFound);
  const Table v = must(db->table("v"));
  CHECK(v.id() == t.id());
  CHECK(must(v.get(1)).has_value());
  must(db->execute("drop table v; create table t (a int)"));
  CHECK(db->table_names() == std::vector<std::string>{"t", "u"});
  CHECK(code_of(v.get(1)) == ErrorCode::kNotFound);
  CHECK(code_of(v.scan()) == ErrorCode::kNotFound);
  CHECK(code_of(t.put(row)) == ErrorCode::kNotFound);
  CHECK(code_of(t.scan()) == ErrorCode::kNotFound);
  const std::uint32_t id = must(db->table("t")).id();
  CHECK(id > must(db->table("u")).id());
  db.reset();
  db = must(Database::open(scratch.path()));
  CHECK(db->table_names() == std::vector<std::string>{"t", "u"});
  CHECK_FALSE(must(must(db->table("t")).get(1)).has_value());
  CHECK(code_of(db->execute("create table w (a int); alter table w add b int")) ==
        ErrorCode::kUnsupported);
  CHECK(code_of(db->table("w")) == ErrorCode::kNotFound);
}

// Against a map of what every row has to read as after each change.
TEST_CASE("random chains of changes") {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const ScratchDirectory scratch;
    std::optional<Database> db = must(Database::create(scratch.path()));
    must(
        db->execute("create table t (id bigint primary key, c0 smallint, c1 varchar, "
                    "c2 smallint not null)"));
    struct Kind {
      bool text = false;
      int width = 16;
    };
    std::map<std::string, Kind> columns = {{"c0", {}}, {"c1", {true}}, {"c2", {}}};
    std::map<std::int64_t, std::map<std::string, Value>> rows;
    int next = 3;
    std::int64_t next_id = 1;
    for (int step = 0; step < 40; ++step) {
      auto at = columns.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(pick(columns.size())));
      const std::string name = at->first;
      const std::string fresh = "c" + std::to_string(next++);
      std::string action;
      switch (pick(5)) {
        case 0: {
          const std::int64_t value = static_cast<std::int64_t>(pick(2000)) - 1000;
          const bool text = pick(2) == 0;
          const bool not_null = pick(2) == 0;
          const Value missing = text ? Value::text(std::to_string(value)) : number(value);
          action = "add " + fresh + (text ? " varchar" : " smallint") +
                   (not_null ? " not null" : "") + " default '" + std::to_string(value) + "'";
          columns[fresh] = {text};
          for (auto& [id, row] : rows) row[fresh] = missing;
          break;
        }
        case 1:
          if (columns.size() == 1) continue;
          action = "drop " + name;
          columns.erase(name);
          for (auto& [id, row] : rows) row.erase(name);
          break;
        case 2:
          action = "rename " + name + " to " + fresh;
          columns[fresh] = columns[name];
          columns.erase(name);
          for (auto& [id, row] : rows) {
            row[fresh] = row[name];
            row.erase(name);
          }
          break;
        case 3:
          if (at->second.text || at->second.width == 64) continue;
          action = "alter " + name + " type " + (at->second.width == 16 ? "int" : "bigint");
          at->second.width *= 2;
          break;
        default:
          action = "alter " + name + " drop not null";
      }
      must(db->execute("alter table t " + action));
      if (pick(8) == 0) {
        db.reset();
        db = must(Database::open(scratch.path()));
      }
      const Table t = must(db->table("t"));
      for (int i = 0; i < 3; ++i) {
        const std::int64_t id = next_id++;
        std::vector<std::pair<std::string, Value>> fields;
        for (const auto& [column, kind] : columns) {
          const bool nullable = t.schema()->column(must(t.schema()->find(column))).nullable;
          Value value;
          if (!nullable || pick(2) == 0) {
            const auto v = static_cast<std::int64_t>(pick(60000)) - 30000;
            value = kind.text ? Value::text(std::to_string(v)) : number(v);
            fields.emplace_back(column, value);
          }
          rows[id][column] = value;
        }
        put(t, id, fields);
      }
      if (pick(4) == 0) must(db->compact());  // rows become rows of the newest version
      Cursor cursor = must(t.scan());
      auto expected = rows.begin();
      while (must(cursor.next())) {
        REQUIRE(expected != rows.end());
        for (const auto& cell : expected->second) {
          const std::string& column = cell.first;
          CAPTURE(column);
          const ColumnIndex index = must(t.schema()->find(column));
          CHECK(must(cursor.row().value(index)) == cell.second);
          CHECK(must(cursor.row().view().value(index)) == cell.second);
          CHECK(cursor.row().is_null(index) == cell.second.is_null());
        }
        ++expected;
      }
      CHECK(expected == rows.end());
    }
  }
}
