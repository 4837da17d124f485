// Scans with a direction, a prefix and a predicate give what the same rows in memory give.
#include <doctest/doctest.h>

#include <algorithm>
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

Value integer(std::int64_t v) {
  return Value(v);
}

struct TripRow {
  std::string line;
  int stop = 0;
  std::optional<int> delay;
};

// (line ascending, stop descending), delay NULL for every third row.
class TripsFixture {
 public:
  TripsFixture() {
    must(db.execute("CREATE TABLE early (v INT)"));
    must(
        db.execute("CREATE TABLE trips (line VARCHAR, stop INT, delay INT, "
                   "PRIMARY KEY (line, stop DESC))"));
    must(db.execute("CREATE TABLE late (v INT)"));
    table = must(db.table("trips"));
    for (const char* name : {"early", "late"}) {
      const Table other = must(db.table(name));
      RowBuilder row = other.row_builder();
      must(row.set_value(ColumnIndex{0}, integer(1)));
      must(other.put(row, kNoSync));
    }
    RowBuilder row = table.row_builder();
    for (const char* line : {"", "10", "1", "11", "2", "\xef\xbf\xbf"}) {
      for (int stop = -2; stop < 6; ++stop) {
        row.clear();
        TripRow trip{line, stop, {}};
        if (rows.size() % 3 != 0) trip.delay = stop * stop - 3;
        must(row.set_value(ColumnIndex{0}, Value::text(trip.line)));
        must(row.set_value(ColumnIndex{1}, integer(stop)));
        if (trip.delay) must(row.set_value(ColumnIndex{2}, integer(*trip.delay)));
        must(table.put(row, kNoSync));
        rows.push_back(trip);
        // Rows in files and in the memtable, so that the iterator merges.
        if (rows.size() == 20) must(db.flush());
      }
    }
    std::sort(rows.begin(), rows.end(), before);
  }

  static bool before(const TripRow& a, const TripRow& b) {
    return a.line != b.line ? a.line < b.line : a.stop > b.stop;
  }

  using Keys = std::vector<std::pair<std::string, int>>;

  Keys scan(const ScanOptions& options) {
    const auto line = must(table.column<std::string_view>("line"));
    const auto stop = must(table.column<std::int32_t>("stop"));
    Cursor cursor = must(table.scan(options));
    Keys out;
    while (must(cursor.next())) {
      out.emplace_back(*cursor.row()[line], *cursor.row()[stop]);
      const Row kept = cursor.keep();
      CHECK(kept[stop] == cursor.row()[stop]);
    }
    CHECK_FALSE(must(cursor.next()));
    CHECK(cursor.row().empty());
    return out;
  }

  template <typename Wanted>
  Keys wanted(Wanted&& wants, const ScanOptions& options) const {
    Keys out;
    for (const TripRow& row : rows) {
      if (wants(row)) out.emplace_back(row.line, row.stop);
    }
    if (options.reverse) std::reverse(out.begin(), out.end());
    if (out.size() > options.limit) out.resize(options.limit);
    return out;
  }

  ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  Table table;
  std::vector<TripRow> rows;
};

TEST_CASE_FIXTURE(TripsFixture, "direction, range, prefix, limit and predicate in all mixtures") {
  std::mt19937 random(20261121);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const char* lines[] = {"", "1", "10", "11", "12", "2", "\xef\xbf\xbf", "\xef\xbf\xbf!"};
  std::size_t given = 0;
  for (int round = 0; round < 600; ++round) {
    ScanOptions options;
    TripRow from, to, prefix;
    const int from_parts = below(3), to_parts = below(3), prefix_parts = below(3);
    const auto bound = [&](TripRow& row, int parts, std::vector<Value>& values) {
      row = {lines[below(8)], below(9) - 3, {}};
      if (parts > 0) values.push_back(Value::text(row.line));
      if (parts > 1) values.push_back(integer(row.stop));
    };
    bound(from, from_parts, options.from);
    bound(to, to_parts, options.to);
    if (below(2) == 0) bound(prefix, prefix_parts, options.prefix);
    options.reverse = below(2) == 0;
    if (below(3) == 0) options.limit = static_cast<std::uint64_t>(below(12));
    const int least = below(12) - 4;
    const bool filtered = below(2) == 0;
    if (filtered) options.where = col("delay") >= least || col("stop") == 5;

    const auto wants = [&](const TripRow& row) {
      if (from_parts == 1 && row.line < from.line) return false;
      if (from_parts == 2 && before(row, from)) return false;
      if (to_parts == 1 && row.line >= to.line) return false;
      if (to_parts == 2 && !before(row, to)) return false;
      if (!options.prefix.empty() && row.line != prefix.line) return false;
      if (options.prefix.size() > 1 && row.stop != prefix.stop) return false;
      return !filtered || (row.delay && *row.delay >= least) || row.stop == 5;
    };
    CAPTURE(round);
    const Keys got = scan(options);
    CHECK(got == wanted(wants, options));
    given += got.size();
  }
  CHECK(given > 2000);
}

TEST_CASE_FIXTURE(TripsFixture, "a scan that cannot be made says why") {
  ScanOptions options;
  options.where = col("dely") > 1;
  CHECK(code_of(table.scan(options)) == ErrorCode::kInvalidArgument);
  CHECK(says(table.scan(options), "table \"trips\""));
  CHECK(says(table.scan(options), "\"delay\""));
  options = {};
  options.prefix = {integer(1)};
  CHECK(code_of(table.scan(options)) == ErrorCode::kConstraint);
}

TEST_CASE("rows of earlier versions are asked as rows of the newest") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("CREATE TABLE t (k INT PRIMARY KEY, a INT)"));
  const auto put = [&](int k) {
    const Table t = must(db.table("t"));
    RowBuilder row = t.row_builder();
    must(row.set_value(ColumnIndex{0}, integer(k)));
    must(row.set_value(ColumnIndex{1}, integer(k * 10)));
    must(t.put(row, kNoSync));
  };
  put(1);
  must(db.execute("ALTER TABLE t ADD COLUMN b INT DEFAULT 7"));
  put(2);
  const Table t = must(db.table("t"));
  const auto k = must(t.column<std::int32_t>("k"));
  const auto keys = [&](const Predicate& where) {
    ScanOptions options;
    options.where = where;
    Cursor cursor = must(t.scan(options));
    std::vector<int> out;
    while (must(cursor.next())) out.push_back(*cursor.row()[k]);
    return out;
  };
  CHECK(keys(col("b") == 7) == std::vector<int>{1});
  CHECK(keys(col("b").is_null()) == std::vector<int>{2});
  CHECK(keys(col("a") >= 10 && col("k") < 3) == std::vector<int>{1, 2});
}

TEST_CASE("a damaged field that decides is an error of its row, and the scan goes on") {
  const ScratchDirectory scratch;
  std::optional<Database> db(must(Database::create(scratch.path())));
  must(db->execute("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR, w VARCHAR)"));
  Table table = must(db->table("t"));
  RowBuilder row = table.row_builder();
  for (int k = 0; k < 5; ++k) {
    must(row.set_value(ColumnIndex{0}, integer(k)));
    must(row.set_value(ColumnIndex{1}, Value::text("some text")));
    must(row.set_value(ColumnIndex{2}, Value::text("more")));
    must(table.put(row, kNoSync));
  }
  std::string key;
  must(append_key(*table.schema(), std::vector<Value>{integer(3)}, key));
  store::Pin pin;
  REQUIRE(must(table.get_stored(key, pin)));
  // Its last text is cut off; the checksum is not looked at.
  std::string cut(pin.value());
  cut.erase(cut.size() - 8 - 4, 4);
  pin.reset();
  const std::uint32_t id = table.id();
  db.reset();
  {
    auto opened =
        must(store::open_rocks_store(scratch.path(), store::RocksOpenMode::kReadWrite, {}));
    std::string stored_key;
    append_big_endian32(id, stored_key);
    stored_key += key;
    const store::Op op{store::Op::Kind::kPut, stored_key, cut};
    must(opened.store->write({&op, 1}, Durability::kWal));
    must(opened.store->close());
  }
  db.emplace(must(Database::open(scratch.path())));
  table = must(db->table("t"));
  const auto count = [&](const Predicate& where, bool reverse, std::vector<Error>& errors) {
    ScanOptions options;
    options.where = where;
    options.reverse = reverse;
    Cursor cursor = must(table.scan(options));
    int rows = 0;
    for (;;) {
      const auto more = cursor.next();
      if (!more) {
        errors.push_back(more.error());
        CHECK(cursor.row().empty());
        CHECK(cursor.stored().key == key);
        REQUIRE(errors.size() < 5);
      } else if (!*more) {
        return rows;
      } else {
        ++rows;
      }
    }
  };
  for (const bool reverse : {false, true}) {
    std::vector<Error> errors;
    CHECK(count(col("w") == "more", reverse, errors) == 4);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].code == ErrorCode::kCorruption);
    CHECK(errors[0].where.find("key (3)") != std::string::npos);
    CHECK(errors[0].where.find("column \"w\"") != std::string::npos);
    // Where another column decides, the damage is not met.
    errors.clear();
    CHECK(count(col("k") != 3 && col("w") == "more", reverse, errors) == 4);
    CHECK(errors.empty());
  }
}

}  // namespace
}  // namespace wisp
