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
