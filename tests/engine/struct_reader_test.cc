// Rows as structs: key columns too, borrowed while a scan moves, and errors with key and column.
#include "wisp/engine/struct_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/database.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"
#include "wisp/schema/schema_change.h"
#include "wisp/schema/struct_schema.h"

namespace wisp {
namespace {

using namespace wisp::testing;

struct Quote {
  std::string venue;
  std::int32_t day;
  std::optional<double> bid;
  std::optional<std::string> note;
  bool operator==(const Quote&) const = default;
};

struct NoteOnly {
  std::optional<std::string_view> note;
};

class QuotesFixture {
 public:
  QuotesFixture() {
    table = must(db.create_table(must(struct_schema<Quote>("quotes", {"venue", "day"}))));
    const auto mapping = must(StructMapping<Quote>::make(table.layout()));
    RowBuilder row = table.row_builder();
    for (int i = 0; i < 30; ++i) {
      Quote q{"V" + std::to_string(i % 3), 100 + i, {}, {}};
      if (i % 4 != 0) q.bid = i / 2.0;
      if (i % 5 == 0) q.note = std::string(40, static_cast<char>('a' + i % 26));
      row.clear();
      must(mapping.write(q, row));
      must(table.put(row, kNoSync));
      quotes.push_back(q);
      if (i == 10) must(db.flush());
    }
    std::sort(quotes.begin(), quotes.end(), [](const Quote& a, const Quote& b) {
      return a.venue != b.venue ? a.venue < b.venue : a.day < b.day;
    });
  }

  ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  Table table;
  std::vector<Quote> quotes;
};

TEST_CASE_FIXTURE(QuotesFixture, "a scan gives structs, key columns included") {
  auto scan = must(table.scan<Quote>());
  std::vector<Quote> seen;
  for (const Quote& q : scan) {
    seen.push_back(q);
    CHECK(scan.cursor().row().view().bytes().data() != nullptr);
  }
  must(scan.status());
  CHECK(seen == quotes);
  // At its end it stays.
  for (const Quote& q : scan) FAIL("a row after the end: ", q.venue);

  ScanOptions options;
  options.where = col("bid") >= 10;
  options.reverse = true;
  options.limit = 3;
  seen.clear();
  auto some = must(table.scan<Quote>(options));
  for (const Quote& q : some) seen.push_back(q);
  std::vector<Quote> wanted(quotes.rbegin(), quotes.rend());
  std::erase_if(wanted, [](const Quote& q) { return !(q.bid >= 10.0); });
  wanted.resize(3);
  CHECK(seen == wanted);
}

TEST_CASE_FIXTURE(QuotesFixture, "a struct of one column points into the stored row") {
  const auto reader = must(StructReader<NoteOnly>::make(table));
  auto scan = must(reader.scan());
  std::size_t i = 0;
  for (const NoteOnly& n : scan) {
    const auto& wanted = quotes[i++].note;
    CHECK(n.note == wanted);
    if (!n.note) continue;
    const std::string_view row = scan.cursor().stored().value;
    CHECK(n.note->data() >= row.data());
    CHECK(n.note->data() + n.note->size() <= row.data() + row.size());
  }
  must(scan.status());
  CHECK(i == quotes.size());
}

TEST_CASE_FIXTURE(QuotesFixture, "multi_get hands out structs in order of the keys") {
  const auto reader = must(StructReader<Quote>::make(table));
  std::vector<std::vector<Value>> keys;
  for (const Quote& q : quotes) {
    keys.push_back({Value(q.venue), Value(std::int64_t{q.day})});
    keys.push_back({Value(q.venue), Value(std::int64_t{q.day} + 1000)});
  }
  std::size_t calls = 0;
  must(reader.multi_get(keys, [&](std::size_t i, const Quote* q) {
    CHECK(i == calls++);
    REQUIRE((q != nullptr) == (i % 2 == 0));
    if (q != nullptr) CHECK(*q == quotes[i / 2]);
  }));
  CHECK(calls == keys.size());
  keys[1].pop_back();
  CHECK(code_of(reader.multi_get(keys, [](std::size_t, const Quote*) {})) ==
        ErrorCode::kInvalidArgument);
}

struct Wrong {
  std::string venue;
  std::int32_t bid;
};

TEST_CASE_FIXTURE(QuotesFixture, "a struct that does not fit its table is refused by column") {
  CHECK(says(table.scan<Wrong>(), "\"bid\""));
}

// Every type that a key column may have, in both directions.
struct AllKeys {
  bool flag;
  std::int8_t tiny;
  std::int64_t big;
  std::uint8_t utiny;
  std::uint64_t ubig;
  float real;
  double wide;
  FixedDecimal<9, 2> fee;
  FixedDecimal<38, 4> big_fee;
  Uuid uuid;
  std::string text;
  std::optional<std::int32_t> payload;
  std::string_view tail;
  bool operator==(const AllKeys&) const = default;
};

TEST_CASE("every type of key column comes back, between value columns, in both directions") {
  for (const SortOrder order : {SortOrder::kAscending, SortOrder::kDescending}) {
    const ScratchDirectory scratch;
    Database db = must(Database::create(scratch.path()));
    const SchemaPtr plain = must(struct_schema<AllKeys>("t", {}));
    SchemaBuilder builder("t");
    for (const Column& c : plain->columns()) builder.add(c);
    for (const char* key : {"flag", "tiny", "big", "utiny", "ubig", "real", "wide", "fee",
                            "big_fee", "uuid", "text", "tail"}) {
      builder.key(key, order);
    }
    const Table table = must(db.create_table(must(builder.build())));
    AllKeys in{
        true, -3,    INT64_MIN, 200, UINT64_MAX, -1.5F, 2.25, {}, {}, {}, std::string("a\0b", 3),
        {},   "tail"};
    in.fee.value.unscaled = -12345;
    in.big_fee.value.unscaled = static_cast<Decimal::Int>(-7) << 90;
    in.uuid.bytes[15] = 9;
    in.payload = 77;
    RowBuilder row = table.row_builder();
    const auto mapping = must(StructMapping<AllKeys>::make(table.layout()));
    must(mapping.write(in, row));
    must(table.put(row, kNoSync));
    auto scan = must(table.scan<AllKeys>());
    int rows = 0;
    for (const AllKeys& out : scan) {
      CHECK(out == in);
      ++rows;
    }
    must(scan.status());
    CHECK(rows == 1);
  }
}

// Every kind of column, as it is after widening, and one that was added.
struct Widened {
  std::int64_t k = 0;
  std::optional<bool> flag;
  std::int64_t small = 0;  // born NOT NULL
  std::optional<std::uint64_t> u32;
  std::optional<std::int64_t> u16;
  std::optional<double> real;
  std::optional<double> plain;
  std::optional<Decimal> price;
  std::optional<Decimal> wide;
  std::optional<Uuid> id;
  std::optional<std::string> code;
  std::optional<std::string_view> note;
  std::optional<std::int64_t> at;
  std::optional<std::int32_t> added;
  std::optional<std::string> absent;
};
struct WithList {
  std::int64_t k = 0;
  std::optional<std::vector<std::optional<std::int32_t>>> list;
  std::optional<std::int32_t> added;
};

TEST_CASE("rows of an earlier version are read as structs of the newest") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, flag BOOLEAN, small SMALLINT NOT NULL, "
                 "u32 INTEGER UNSIGNED, u16 SMALLINT UNSIGNED, real REAL, plain DOUBLE, "
                 "price DECIMAL(9,2), wide DECIMAL(18,2), id UUID, code CHAR(4), note VARCHAR, "
                 "at TIMESTAMP, list INT ARRAY, gone INT)"));
  const Table old = must(db.table("t"));
  const auto fill = [&old](const Table& t, std::int64_t k) {
    RowBuilder row = t.row_builder();
    const auto set = [&](const char* name, const Value& value) {
      const ColumnIndex column = must(t.schema()->find(name));
      const Type& was = old.schema()->column(must(old.schema()->find(name))).type;
      must(row.set_value(column, widen_value(was, t.schema()->column(column).type, value)));
    };
    set("k", Value(k));
    set("small", Value(-k));
    if (k % 2 == 0) {
      set("flag", Value(true));
      set("u32", Value(std::uint64_t{4'000'000'000}));
      set("real", Value(1.5F));
      set("price", Value(Decimal{-12345}));
      set("wide", Value(Decimal{999'999'999'999'999'999}));
      set("id", Value(Uuid{}));
      ValueArray list;
      list.items = {Value(k), Value()};
      set("list", Value(std::move(list)));
    }
    if (k % 3 == 0) {
      set("u16", Value(std::uint64_t{65535}));
      set("plain", Value(2.5));
      set("code", Value(std::string("ab")));
      set("note", Value(std::string("note ") + std::to_string(k)));
      set("at", Value(std::int64_t{-7}));
    }
    must(t.put(row, kNoSync));
  };
  for (std::int64_t k = 0; k < 24; ++k) fill(old, k);
  must(
      db.execute("ALTER TABLE t ALTER COLUMN small TYPE BIGINT, "
                 "ALTER COLUMN u32 TYPE BIGINT UNSIGNED, ALTER COLUMN u16 TYPE BIGINT, "
                 "ALTER COLUMN real TYPE DOUBLE, ALTER COLUMN price TYPE DECIMAL(12,4), "
                 "ALTER COLUMN wide TYPE DECIMAL(30,4), ALTER COLUMN code TYPE VARCHAR, "
                 "DROP COLUMN gone, ADD COLUMN added INT DEFAULT 5, ADD COLUMN absent VARCHAR"));
  const Table t = must(db.table("t"));
  const auto check = [](const Widened& w, std::int64_t k) {
    const bool two = k % 2 == 0;
    const bool three = k % 3 == 0;
    CHECK(w.k == k);
    CHECK(w.small == -k);
    CHECK(w.flag == (two ? std::optional(true) : std::nullopt));
    CHECK(w.u32 == (two ? std::optional<std::uint64_t>(4'000'000'000) : std::nullopt));
    CHECK(w.real == (two ? std::optional(1.5) : std::nullopt));
    CHECK(w.price.has_value() == two);
    CHECK(w.wide.has_value() == two);
    if (two) {
      CHECK(w.price->unscaled == -1234500);
      const bool wide = w.wide->unscaled == Decimal::Int{999'999'999'999'999'999} * 100;
      CHECK(wide);
    }
    CHECK(w.id.has_value() == two);
    CHECK(w.u16 == (three ? std::optional<std::int64_t>(65535) : std::nullopt));
    CHECK(w.plain == (three ? std::optional(2.5) : std::nullopt));
    CHECK(w.code == (three ? std::optional<std::string>("ab") : std::nullopt));
    CHECK(w.note.has_value() == three);
    if (three) CHECK(*w.note == "note " + std::to_string(k));
    CHECK(w.at == (three ? std::optional<std::int64_t>(-7) : std::nullopt));
    CHECK(w.added == 5);
    CHECK_FALSE(w.absent.has_value());
  };
  const auto reader = must(StructReader<Widened>::make(t));
  for (int round = 0; round < 2; ++round) {
    std::int64_t k = 0;
    auto scan = must(reader.scan());
    while (must(scan.next())) {
      CHECK((to_underlying(scan.cursor().row().stored_version()) == 1) == (round == 0));
      check(scan.row(), k++);
    }
    CHECK(k == 24);
    const std::vector<std::vector<Value>> keys = {{Value(std::int64_t{6})},
                                                  {Value(std::int64_t{99})}};
    must(reader.multi_get(keys, [&](std::size_t i, const Widened* row) {
      REQUIRE((row != nullptr) == (i == 0));
      if (row != nullptr) check(*row, 6);
    }));
    auto lists = must(t.scan<WithList>());
    for (k = 0; must(lists.next()); ++k) {
      CHECK(lists.row().list.has_value() == (k % 2 == 0));
      if (k % 2 == 0) CHECK(lists.row().list->front() == k);
      CHECK(lists.row().added == 5);
    }
    CHECK(k == 24);
    if (round == 0) {
      // The same as rows of the newest version.
      for (std::int64_t again = 0; again < 24; ++again) fill(t, again);
      PatchBuilder five = t.patch_builder();
      must(five.set_value(must(t.schema()->find("added")), Value(std::int64_t{5})));
      for (std::int64_t i = 0; i < 24; ++i) {
        must(t.update(std::vector<Value>{Value(i)}, five, OnMissing::kFail, kNoSync));
      }
    }
  }
}

struct Plain {
  std::int64_t k = 0;
  std::int32_t a = 0;
};

TEST_CASE("a plain field is a column that became NOT NULL, in rows of both versions") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, a INT, b INT)"));
  const auto put = [&](const Plain& plain) {
    const Table t = must(db.table("t"));
    RowBuilder row = t.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(plain.k)));
    must(row.set_value(ColumnIndex{1}, Value(std::int64_t{plain.a})));
    must(t.put(row, kNoSync));
  };
  put({1, 11});
  CHECK(says(must(db.table("t")).scan<Plain>(), "may be NULL"));
  must(db.execute("ALTER TABLE t ALTER COLUMN a SET NOT NULL"));
  put({2, 12});
  std::int32_t sum = 0;
  auto scan = must(must(db.table("t")).scan<Plain>());
  while (must(scan.next())) sum += scan.row().a;
  CHECK(sum == 23);
}

TEST_CASE_FIXTURE(QuotesFixture, "a damaged field ends the loop with an error of key and column") {
  const Quote& victim = quotes[3];
  std::string key;
  must(append_key(*table.schema(),
                  std::vector<Value>{Value(victim.venue), Value(std::int64_t{victim.day})}, key));
  store::Pin pin;
  REQUIRE(must(table.get_stored(key, pin)));
  std::string cut(pin.value());
  REQUIRE(victim.bid.has_value());
  cut.erase(cut.size() - 8 - 4, 4);
  pin.reset();
  std::string stored_key;
  append_big_endian32(table.id(), stored_key);
  stored_key += key;
  must(db.close());
  {
    auto opened =
        must(store::open_rocks_store(scratch.path(), store::RocksOpenMode::kReadWrite, {}));
    const store::Op op{store::Op::Kind::kPut, stored_key, cut};
    must(opened.store->write({&op, 1}, Durability::kWal));
    must(opened.store->close());
  }
  db = must(Database::open(scratch.path()));
  table = must(db.table("quotes"));
  auto scan = must(table.scan<Quote>());
  std::size_t rows = 0;
  for (const Quote& q : scan) CHECK(q == quotes[rows++]);
  CHECK(rows == 3);
  REQUIRE_FALSE(scan.status().has_value());
  CHECK(scan.status().error().code == ErrorCode::kCorruption);
  CHECK(scan.status().error().where.find("key ('" + victim.venue) != std::string::npos);
  // The next loop goes on behind it.
  ++rows;
  for (const Quote& q : scan) CHECK(q == quotes[rows++]);
  must(scan.status());
  CHECK(rows == quotes.size());
}

TEST_CASE_FIXTURE(QuotesFixture, "an owned copy of a row stands alone") {
  const auto bid = must(table.column<double>("bid"));
  const auto venue = must(table.column<std::string_view>("venue"));
  std::vector<Row> kept;
  {
    Cursor cursor = must(table.scan());
    while (must(cursor.next())) kept.push_back(cursor.row().to_owned());
  }
  const std::vector<Value> key{Value(quotes[0].venue), Value(std::int64_t{quotes[0].day})};
  const Row one = must(table.get(key))->to_owned();
  must(db.close());
  REQUIRE(kept.size() == quotes.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    CHECK(kept[i][bid] == quotes[i].bid);
    CHECK(kept[i][venue] == quotes[i].venue);
    CHECK(kept[i].checksum() == RowChecksum::kMatches);
  }
  CHECK(one[venue] == quotes[0].venue);
}

}  // namespace
}  // namespace wisp
