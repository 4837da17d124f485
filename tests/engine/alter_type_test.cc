// ALTER TYPE in a database: every table that uses the type changes in one write; rows and patches
// of all versions read right, in place, across reopening and compaction.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/projection.h"
#include "wisp/engine/catalog.h"
#include "wisp/engine/database.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"
#include "wisp/schema/json.h"

using namespace wisp;
using namespace wisp::testing;

namespace {

constexpr const char* kShop =
    "create type item as (sku varchar, qty int);"
    "create type shopping_cart as (items item array, best item);"
    "create table direct (id bigint primary key, v item, w int);"
    "create table listed (id bigint primary key, v item array, w int);"
    "create table mapped (id bigint primary key, v map<varchar, item>, w int);"
    "create table inside (id bigint primary key, v shopping_cart, w int);"
    "create table beside (id bigint primary key, v int, w int)";
constexpr const char* kUsers[] = {"direct", "inside", "listed", "mapped"};

std::vector<Value> key(std::int64_t id) {
  return {Value(id)};
}

// The value of column v as JSON text of an item: `note` is what stands behind its two fields.
std::string json_of(const std::string& table, int n, const std::string& note) {
  std::string item = "{\"sku\":\"s" + std::to_string(n) + "\",\"qty\":" + std::to_string(n) +
                     (note.empty() ? "" : ",\"note\":" + note) + "}";
  if (table == "direct") return item;
  if (table == "listed") return "[" + item + ",null," + item + "]";
  if (table == "mapped") return "{\"a\":" + item + ",\"b\":null}";
  return "{\"items\":[" + item + "],\"best\":" + item + "}";
}

void put(const Table& table, std::int64_t id, const std::string& json) {
  const std::size_t v = to_underlying(must(table.schema()->find("v")));
  const Type& type = table.schema()->columns()[v].type;
  RowBuilder row = table.row_builder();
  must(row.set_value(must(table.schema()->find("id")), Value(id)));
  must(row.set_value(must(table.schema()->find("v")), must(parse_json_value(type, json))));
  must(table.put(row, kNoSync));
}

std::string printed(const RowRef& row) {
  const ColumnIndex v = must(row.schema().find("v"));
  std::string out;
  print_json_value(row.schema().column(v).type, must(row.value(v)), out);
  return out;
}

std::string read(const Table& table, std::int64_t id) {
  const auto row = must(table.get(key(id), {.verify_checksums = true}));
  REQUIRE(row.has_value());
  CHECK(row->checksum() == RowChecksum::kMatches);
  // Rewritten, the row is the same.
  const ColumnIndex v = must(row->schema().find("v"));
  CHECK(must(row->view().value(v)) == must(row->value(v)));
  return printed(*row);
}

}  // namespace

TEST_CASE("rows of before and after ALTER TYPE, wherever the type stands in a column") {
  const ScratchDirectory scratch;
  std::optional<Database> db = must(Database::create(scratch.path()));
  must(db->execute(kShop));
  for (const char* name : kUsers) put(must(db->table(name)), 1, json_of(name, 1, ""));
  put(must(db->table("beside")), 1, "5");
  const ExecuteOutcome outcome = must(db->execute("alter type ITEM add attribute note varchar"));
  CHECK(outcome.altered_types == std::vector<std::string>{"item"});
  CHECK(outcome.altered_tables == std::vector<std::string>(std::begin(kUsers), std::end(kUsers)));
  for (const char* name : kUsers) put(must(db->table(name)), 2, json_of(name, 2, "\"n\""));
  must(db->execute("alter type item add attribute more int array"));
  for (int opening = 0; opening < 3; ++opening) {
    CHECK(must(db->table("beside")).schema()->version() == SchemaVersion{1});
    for (const char* name : kUsers) {
      CAPTURE(name);
      const Table t = must(db->table(name));
      CHECK(t.schema()->version() == SchemaVersion{3});
      CHECK(read(t, 1) == json_of(name, 1, "null,\"more\":null"));
      CHECK(read(t, 2) == json_of(name, 2, "\"n\",\"more\":null"));
      std::vector<std::string> scanned;
      Cursor cursor = must(t.scan());
      while (must(cursor.next())) {
        scanned.push_back(printed(cursor.row()));
        const std::uint32_t stored = to_underlying(cursor.row().stored_version());
        CHECK(stored == (opening == 2 ? 3 : scanned.size()));
      }
      CHECK(scanned == std::vector<std::string>{json_of(name, 1, "null,\"more\":null"),
                                                json_of(name, 2, "\"n\",\"more\":null")});
      ScanOptions present;
      present.where = col("v").is_not_null() && col("w").is_null();
      std::size_t found = 0;
      for (Cursor some = must(t.scan(present)); must(some.next());) ++found;
      CHECK(found == 2);
    }
    CHECK(must(db->table("inside")).schema()->named_types().size() == 2);
    db.reset();
    db = must(Database::open(scratch.path()));
    if (opening == 1) {
      must(db->flush());
      must(db->compact());
    }
  }
}

TEST_CASE("views, handles and projections of a row that is older than the attribute") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kShop));
  put(must(db.table("inside")), 1, json_of("inside", 7, ""));
  must(db.execute("alter type item add attribute note varchar"));
  const Table t = must(db.table("inside"));
  put(t, 2, json_of("inside", 8, "\"n\""));
  const ColumnIndex v = must(t.schema()->find("v"));
  const auto cart = must(t.column<NestedRowView>("v"));
  const LayoutPtr cart_row = t.layout()->nested(v)->row;
  const auto items = must(cart_row->column<ArrayView>("items"));
  const auto best = must(cart_row->column<NestedRowView>("best"));
  const LayoutPtr item_row = cart_row->nested(must(cart_row->find("best", NameMatch::kExact)))->row;
  const auto sku = must(item_row->column<std::string_view>("sku"));
  const auto qty = must(item_row->column<std::int32_t>("qty"));
  const auto note = must(item_row->column<std::string_view>("note"));
  const auto projection = must(Projection::make(t.layout(), {{v}}));
  for (std::int64_t id = 1; id <= 2; ++id) {
    const std::optional<std::string_view> expected_note =
        id == 2 ? std::optional<std::string_view>("n") : std::nullopt;
    const Row row = must(t.get(key(id))).value();
    CHECK(row.stored_version() == SchemaVersion{static_cast<std::uint32_t>(id)});
    const auto check = [&](const NestedRowView& seen) {
      const auto one = seen.get(best);
      REQUIRE(one);
      CHECK(one->get(sku) == (id == 1 ? "s7" : "s8"));
      CHECK(one->get(qty) == 6 + id);
      CHECK(one->get(note) == expected_note);
      const auto list = seen.get(items);
      REQUIRE(list);
      REQUIRE(list->size() == 1);
      CHECK(list->get<NestedRowView>(0)->get(note) == expected_note);
      CHECK(list->get<NestedRowView>(0)->get(qty) == 6 + id);
    };
    check(row[cart].value());
    ProjectedRow projected(projection);
    if (id == 1) {
      const auto mapping =
          must(ColumnMapping::make(Layout::make(t.schema_of(SchemaVersion{1})), t.layout()));
      const EarlierProjection earlier(projection, mapping);
      const RowView stored = must(RowView::open(*mapping->from(), row.stored_view().bytes()));
      projected.read(stored, earlier);
      check(projected.get<NestedRowView>(0).value());
    } else {
      projected.read(row.stored_view());
      check(projected.get<NestedRowView>(0).value());
    }
    check(row.view()[cart].value());
  }
}

TEST_CASE("handles and patches of before ALTER TYPE") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kShop));
  for (const char* name : kUsers) {
    CAPTURE(name);
    const Table old = must(db.table(name));
    put(old, 1, json_of(name, 1, ""));
  }
  std::vector<Table> olds;
  for (const char* name : kUsers) olds.push_back(must(db.table(name)));
  const Snapshot snapshot = must(db.snapshot());
  must(db.execute("alter type item add attribute note varchar"));
  for (std::size_t i = 0; i < olds.size(); ++i) {
    const char* name = kUsers[i];
    CAPTURE(name);
    const Table& old = olds[i];
    const Table fresh = must(db.table(name));
    CHECK(read(old, 1) == json_of(name, 1, ""));
    put(old, 2, json_of(name, 2, ""));  // a row of the old version
    CHECK(read(fresh, 2) == json_of(name, 2, "null"));
    put(fresh, 3, json_of(name, 3, "\"x\""));
    const auto newer = old.get(key(3));
    CHECK(code_of(newer) == ErrorCode::kUnknownSchema);
    CHECK(says(newer, std::string("table \"") + name + "\""));
    CHECK(says(newer, "column \"v\""));
    // A patch of the old version on a newer row, and the other way round.
    const ColumnIndex v = must(old.schema()->find("v"));
    const auto value = [&](const Table& t, int n, const std::string& note) {
      return must(parse_json_value(t.schema()->column(v).type, json_of(name, n, note)));
    };
    PatchBuilder before = old.patch_builder();
    must(before.set_value(v, value(old, 4, "")));
    must(old.update(key(3), before));
    CHECK(read(fresh, 3) == json_of(name, 4, "null"));
    PatchBuilder after = fresh.patch_builder();
    must(after.set_value(v, value(fresh, 5, "\"y\"")));
    must(fresh.update(key(2), after));
    CHECK(read(fresh, 2) == json_of(name, 5, "\"y\""));
    // A patch of another column moves the value along as it is.
    const ColumnChange other[] = {{"w", Value(std::int64_t{1})}};
    must(fresh.update(key(1), other));
    CHECK(read(fresh, 1) == json_of(name, 1, "null"));
    // Made of an old patch alone.
    must(before.set_value(v, value(old, 6, "")));
    must(old.update(key(9), before, OnMissing::kCreate));
    CHECK(read(fresh, 9) == json_of(name, 6, "null"));
    CHECK(read(old, 9) == json_of(name, 6, ""));
    CHECK(printed(*must(old.get(key(1), {.snapshot = &snapshot}))) == json_of(name, 1, ""));
    // A value of the old type does not fit the new one.
    RowBuilder row = fresh.row_builder();
    CHECK(code_of(row.set_value(v, value(old, 1, ""))) == ErrorCode::kConstraint);
  }
  must(db.flush());
  must(db.compact());
  const std::string expected[] = {"", "1 null", "5 \"y\"", "4 null"};
  for (int round = 0; round < 2; ++round) {
    for (const char* name : kUsers) {
      CAPTURE(name);
      for (std::int64_t id = 1; id <= 3; ++id) {
        const std::string& e = expected[id];
        CHECK(read(must(db.table(name)), id) == json_of(name, e[0] - '0', e.substr(2)));
      }
    }
    olds.clear();  // from here on nobody reads the old version
    must(db.compact());
  }
  const Row row = must(must(db.table("direct")).get(key(9))).value();
  CHECK(row.stored_version() == SchemaVersion{2});
}

TEST_CASE("the seed case: a cart in one of 716 columns") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  std::string sql =
      "create type SHOPPING_CART as (sku varchar, qty int);"
      "create table user (id bigint primary key";
  for (int i = 1; i < 716; ++i) {
    sql += ", anon" + std::to_string(i) + (i % 3 == 0 ? " SHOPPING_CART NULL" : " INT NULL");
  }
  must(db.execute(sql + ")"));
  const auto put_user = [&](std::int64_t id, std::vector<Value> fields) {
    const Table t = must(db.table("user"));
    RowBuilder row = t.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(id)));
    must(row.set_value(ColumnIndex{9}, Value(ValueRow{std::move(fields)})));
    must(row.set_value(ColumnIndex{10}, Value(id)));
    must(t.put(row, kNoSync));
  };
  put_user(1, {Value::text("tea"), Value(std::int64_t{2})});
  const RowField attributes[] = {{0, "price", Type::decimal(10, 2)}, {0, "gift", Type()}};
  const Type type = must(db.add_attributes("SHOPPING_CART", attributes));
  CHECK(type.fields().size() == 4);
  CHECK(must(db.table("user")).schema()->version() == SchemaVersion{2});
  put_user(2, {Value::text("tea"), Value(std::int64_t{2}), Value(Decimal{150}), Value(true)});
  const Table t = must(db.table("user"));
  CHECK(must(must(t.get(key(1)))->value(ColumnIndex{9})) ==
        Value(ValueRow{{Value::text("tea"), Value(std::int64_t{2}), Value(), Value()}}));
  CHECK(must(must(t.get(key(2)))->value(ColumnIndex{9})) ==
        Value(ValueRow{
            {Value::text("tea"), Value(std::int64_t{2}), Value(Decimal{150}), Value(true)}}));
  CHECK(must(must(t.get(key(1)))->present_columns()).size() == 3);
}

TEST_CASE("ALTER TYPE is refused as a whole") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kShop));
  const auto unchanged = [&] {
    for (const SchemaPtr& schema : db.schemas()) CHECK(schema->version() == SchemaVersion{1});
    CHECK(db.types()[0].fields().size() == 2);
  };
  const auto later =
      db.execute("alter type item add attribute a int; alter table direct drop nothing");
  CHECK(code_of(later) == ErrorCode::kInvalidArgument);
  unchanged();
  const auto same_text = db.execute(
      "create table fresh (id int primary key, i item);"
      "alter type item add attribute a int");
  CHECK(code_of(same_text) == ErrorCode::kUnsupported);
  CHECK(says(same_text, "\"fresh\""));
  unchanged();
  const RowField good{0, "a", Type(TypeKind::kInteger)};
  const RowField not_null{0, "b", Type(TypeKind::kInteger), false};
  const RowField both[] = {good, not_null};
  const auto second = db.add_attributes("item", both);
  CHECK(code_of(second) == ErrorCode::kConstraint);
  CHECK(says(second, "type \"item\""));
  CHECK(says(second, "attribute \"b\""));
  unchanged();
  CHECK(says(db.add_attributes("itme", {&good, 1}), "did you mean \"item\"?"));
  CHECK(code_of(db.add_attributes("ITEM", {&good, 1})) == ErrorCode::kNotFound);
  must(db.add_attributes("item", {}));
  unchanged();
  // Of a type that the same text creates, which no table uses yet.
  const ExecuteOutcome outcome =
      must(db.execute("create type later as (x int); alter type later add attribute y item;"
                      "alter type item add attribute z int"));
  CHECK(outcome.altered_types == std::vector<std::string>{"later", "item"});
  must(db.close());
  db = must(Database::open(scratch.path()));
  CHECK(db.types().back().fields()[1].type.fields().size() == 3);
}

TEST_CASE("types stand behind those that they have come to use") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("create type a as (x int); create type b as (x int);"
                 "create table t (id int primary key, a a)"));
  must(db.execute("alter type a add attribute b b"));
  const std::vector<Type> types = db.types();
  REQUIRE(types.size() == 2);
  CHECK(types[0].type_name() == "b");
  CHECK(types[1].type_name() == "a");
  // What a dump prints can be run again.
  std::string sql;
  for (const Type& type : types) sql += type.definition_sql() + ";";
  const ScratchDirectory other;
  Database copy = must(Database::create(other.path()));
  must(copy.execute(sql + must(db.table("t")).schema()->to_sql()));
  CHECK(copy.types() == types);
}

TEST_CASE("nobody sees a type half-changed") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kShop));
  for (const char* name : kUsers) put(must(db.table(name)), 1, json_of(name, 1, ""));
  std::atomic<bool> done{false};
  std::thread reader([&] {
    std::size_t looks = 0;
    while (!done.load() || looks == 0) {
      std::optional<SchemaVersion> version;
      for (const SchemaPtr& schema : db.schemas()) {
        if (schema->table_name() == "beside") continue;
        if (!version) version = schema->version();
        CHECK(schema->version() == *version);
      }
      for (const char* name : kUsers) {
        const auto row = must(must(db.table(name)).get(key(1)));
        REQUIRE(row.has_value());
        CHECK(printed(*row).find("\"sku\":\"s1\",\"qty\":1") != std::string::npos);
      }
      ++looks;
    }
  });
  for (int i = 0; i < 12; ++i) {
    must(db.execute("alter type item add attribute a" + std::to_string(i) + " int"));
    if (i % 4 == 3) {
      must(db.flush());
      must(db.compact());
    }
  }
  done.store(true);
  reader.join();
  CHECK(must(db.table("inside")).schema()->version() == SchemaVersion{13});
}

TEST_CASE("versions of a table whose types contradict each other are a damaged catalog") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("create table t (id int primary key, v row(a int))"));
  }
  auto store =
      must(store::open_rocks_store(scratch.path(), store::RocksOpenMode::kReadWrite, {})).store;
  CatalogTable table = must(read_catalog(*store)).tables[0];
  const SchemaPtr first = table.versions[0];
  const auto with_type = [&](Type type) {
    SchemaBuilder builder("t");
    builder.add(first->columns()[0]);
    Column column = first->columns()[1];
    column.type = std::move(type);
    builder.add(column).key("id").version(SchemaVersion{2});
    CatalogTable next = table;
    next.versions.push_back(must(builder.build()));
    CatalogChange change;
    change.put_table(next);
    must(change.write(*store));
    return read_catalog(*store);
  };
  must(with_type(Type::row({{1, "a", Type(TypeKind::kInteger)}, {2, "b", Type()}})));
  for (const Type& type :
       {Type::row({{1, "a", Type(TypeKind::kBigInt)}}), Type::row({{2, "b", Type()}}),
        Type::array(Type(TypeKind::kInteger)), Type(TypeKind::kInteger), Type::varchar()}) {
    const auto read = with_type(type);
    CHECK(code_of(read) == ErrorCode::kCorruption);
    CHECK(says(read, "column \"v\""));
  }
  must(store->close());
}
