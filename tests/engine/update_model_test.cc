// Random updates against a model: puts, patches of every mode and erasures through handles of every
// schema version, between ALTERs, flushes, compactions, compactions that know no catalog, and
// reopenings, with cursors held open over all of it.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"
#include "wisp/engine/patch_fold.h"
#include "wisp/engine/store/rocks/rocks_store.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr std::int64_t kIds = 24;
constexpr std::size_t kHandles = 4;
constexpr std::size_t kCursors = 3;

using Cells = std::map<ColumnId, Value>;  // NULL where a column is not in it
using Rows = std::map<std::int64_t, Cells>;

const Value& cell_of(const Cells& cells, ColumnId id) {
  static const Value null;
  const auto found = cells.find(id);
  return found == cells.end() ? null : found->second;
}

class UpdateModel {
 public:
  explicit UpdateModel(std::uint32_t seed) : random_(seed) {
    db_ = must(Database::create(scratch_.path()));
    must(
        db_->execute("create table t (id bigint primary key, c0 smallint, c1 varchar, "
                     "c2 smallint not null, c3 smallint not null default 5)"));
    take_handle();
  }

  void step() {
    const std::size_t what = below(100);
    if (what < 18) {
      put();
    } else if (what < 68) {
      update();
    } else if (what < 73) {
      must(handle().erase(key_of(any_id())));
      rows_.erase(id_);
    } else if (what < 80) {
      batch();
    } else if (what < 82) {
      alter();
    } else if (what < 85) {
      must(db_->flush());
    } else if (what < 86) {
      must(db_->compact());
    } else if (what < 87) {
      reopen(below(2) == 0);
    } else if (what < 94) {
      open_cursor();
    } else {
      check_row(any_id());
    }
  }

  void check() {
    Cursor cursor = must(newest().scan({.verify_checksums = true}));
    check_scan(cursor, newest(), rows_);
    std::vector<std::vector<Value>> keys;
    for (std::int64_t id = 0; id < kIds; ++id) keys.push_back({Value(id)});
    const auto found = must(newest().multi_get(keys));
    for (std::int64_t id = 0; id < kIds; ++id) {
      const auto expected = rows_.find(id);
      const auto& row = found[static_cast<std::size_t>(id)];
      REQUIRE(row.has_value() == (expected != rows_.end()));
      if (row) check_cells(*row, newest(), expected->second);
    }
    while (!cursors_.empty()) close_cursor();
  }

 private:
  struct Open {
    Table table;
    Cursor cursor;
    Rows rows;
  };

  std::size_t below(std::size_t n) { return random_() % n; }
  std::int64_t any_id() { return id_ = static_cast<std::int64_t>(below(kIds)); }
  static std::vector<Value> key_of(std::int64_t id) { return {Value(id)}; }
  const Table& newest() const { return handles_.back(); }
  // The newest mostly, an earlier version sometimes.
  const Table& handle() {
    return below(3) == 0 ? handles_[below(handles_.size())] : handles_.back();
  }
  void take_handle() {
    handles_.push_back(must(db_->table("t")));
    if (handles_.size() > kHandles) handles_.erase(handles_.begin());
  }

  Value any_value(const Type& type) {
    const auto number = static_cast<std::int64_t>(below(60000)) - 30000;
    if (type.kind() == TypeKind::kVarchar) {
      return Value(std::string(below(30), 'v') + std::to_string(number));
    }
    return Value(number);
  }
  bool is_there(ColumnId id) const { return newest().schema()->find_id(id).has_value(); }
  // What a row of an earlier version reads as.
  void add_later_columns(const Table& table, Cells& cells) {
    for (const Column& column : newest().schema()->columns()) {
      if (table.schema()->find_id(column.id)) continue;
      if (!column.missing_value.is_null()) cells[column.id] = column.missing_value;
    }
  }

  template <typename Writer>
  void put_with(const Table& table, std::int64_t id, Writer&& write) {
    RowBuilder row = table.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(id)));
    Cells cells;
    add_later_columns(table, cells);
    for (std::uint32_t i = 1; i < table.schema()->column_count(); ++i) {
      const Column& column = table.schema()->column(ColumnIndex{i});
      if (column.nullable && below(2) == 0) continue;
      const Value value = any_value(column.type);
      must(row.set_value(ColumnIndex{i}, value));
      if (is_there(column.id)) cells[column.id] = value;
    }
    write(row);
    rows_[id] = std::move(cells);
  }
  void put() {
    const Table& table = handle();
    put_with(table, any_id(), [&](RowBuilder& row) { must(table.put(row, kNoSync)); });
  }

  struct Change {
    ColumnId id{};
    Value value;
  };
  std::vector<Change> random_patch(const Table& table, PatchBuilder& patch) {
    std::vector<Change> changes;
    for (std::uint32_t i = 1; i < table.schema()->column_count(); ++i) {
      const Column& column = table.schema()->column(ColumnIndex{i});
      if (below(3) != 0) continue;
      const Value value = column.nullable && below(3) == 0 ? Value() : any_value(column.type);
      must(patch.set_value(ColumnIndex{i}, value));
      changes.push_back({column.id, value});
    }
    return changes;
  }
  static bool creates(const Table& table, const std::vector<Change>& changes) {
    for (std::uint32_t i = 1; i < table.schema()->column_count(); ++i) {
      const Column& column = table.schema()->column(ColumnIndex{i});
      if (column.nullable || !column.default_value.is_null()) continue;
      bool is_set = false;
      for (const Change& change : changes) is_set = is_set || change.id == column.id;
      if (!is_set) return false;
    }
    return true;
  }
  // What the update of this row must give.
  std::optional<ErrorCode> expected_error(const Table& table, std::int64_t id, OnMissing missing,
                                          const std::vector<Change>& changes) const {
    if (missing == OnMissing::kFail && !rows_.contains(id)) return ErrorCode::kNotFound;
    if (missing == OnMissing::kCreate && !creates(table, changes)) return ErrorCode::kConstraint;
    return std::nullopt;
  }
  void change_model(const Table& table, std::int64_t id, OnMissing missing,
                    const std::vector<Change>& changes) {
    auto row = rows_.find(id);
    if (row == rows_.end()) {
      if (missing != OnMissing::kCreate) return;
      row = rows_.emplace(id, Cells()).first;
      add_later_columns(table, row->second);
      for (std::uint32_t i = 1; i < table.schema()->column_count(); ++i) {
        const Column& column = table.schema()->column(ColumnIndex{i});
        if (column.nullable || !is_there(column.id)) continue;
        row->second[column.id] = column.default_value;
      }
    }
    for (const Change& change : changes) {
      if (is_there(change.id)) row->second[change.id] = change.value;
    }
  }
  void update() {
    const Table& table = handle();
    const auto missing = static_cast<OnMissing>(below(3));
    PatchBuilder patch = table.patch_builder();
    const std::vector<Change> changes = random_patch(table, patch);
    const std::int64_t id = any_id();
    const auto error = reads_old(table, id, missing) ? std::optional(ErrorCode::kUnknownSchema)
                                                     : expected_error(table, id, missing, changes);
    const Status done = table.update(key_of(id), patch, missing, kNoSync);
    if (error && *error == ErrorCode::kUnknownSchema) {
      // Looking at a row of a later version may fail or not, as it is folded by now or not.
      if (!done) return;
    } else if (error) {
      CHECK(code_of(done) == *error);
      return;
    } else {
      must(done);
    }
    if (missing == OnMissing::kFail && !rows_.contains(id)) FAIL("updated a missing row");
    change_model(table, id, missing, changes);
  }
  bool reads_old(const Table& table, std::int64_t id, OnMissing missing) const {
    return missing == OnMissing::kFail && rows_.contains(id) &&
           table.schema()->version() != newest().schema()->version();
  }

  void batch() {
    WriteBatch batch = db_->batch();
    const Table& table = newest();
    const std::size_t count = 1 + below(5);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t id = any_id();
      if (below(4) == 0) {
        must(batch.erase(table, key_of(id)));
        rows_.erase(id);
      } else if (below(3) == 0) {
        put_with(table, id, [&](RowBuilder& row) { must(batch.put(table, row)); });
      } else {
        const auto missing = below(2) == 0 ? OnMissing::kCreate : OnMissing::kIgnore;
        PatchBuilder patch = table.patch_builder();
        const std::vector<Change> changes = random_patch(table, patch);
        const auto error = expected_error(table, id, missing, changes);
        const Status added = batch.update(table, key_of(id), patch, missing);
        CHECK(added.has_value() != error.has_value());
        if (added) change_model(table, id, missing, changes);
      }
    }
    must(batch.commit(kNoSync));
  }

  void alter() {
    const Schema& schema = *newest().schema();
    const auto column = static_cast<std::uint32_t>(1 + below(schema.column_count() - 1));
    const Column& old = schema.column(ColumnIndex{column});
    const std::string fresh = "c" + std::to_string(next_name_++);
    const auto number = std::to_string(below(2000));
    std::string action;
    switch (below(7)) {
      case 0:
        action = "add " + fresh + " varchar";
        break;
      case 1:
        action = "add " + fresh + " smallint default " + number;
        break;
      case 2:
        action = "add " + fresh + " smallint not null default " + number;
        break;
      case 3:
        if (schema.column_count() < 4) return;
        action = "drop " + old.name;
        break;
      case 4:
        action = "rename " + old.name + " to " + fresh;
        break;
      case 5:
        if (old.type.kind() != TypeKind::kSmallInt && old.type.kind() != TypeKind::kInteger) return;
        action = "alter " + old.name + " type " +
                 (old.type.kind() == TypeKind::kSmallInt ? "int" : "bigint");
        break;
      default:
        action = "alter " + old.name + " set default '" + number + "'";
    }
    must(db_->execute("alter table t " + action));
    take_handle();
    const Table& before = handles_[handles_.size() - 2];
    for (auto& row : rows_) add_later_columns(before, row.second);
  }

  // `bare`: all files are compacted in between by a store that knows no catalog, as recovery does.
  void reopen(bool bare) {
    while (!cursors_.empty()) close_cursor();
    handles_.clear();
    must(db_->close());
    db_.reset();
    if (bare) {
      auto opened = must(store::open_rocks_store(scratch_.path(), store::RocksOpenMode::kReadWrite,
                                                 {}, std::make_shared<PatchFold>()));
      must(opened.store->compact());
      must(opened.store->close());
    }
    db_ = must(Database::open(scratch_.path()));
    take_handle();
  }

  void open_cursor() {
    if (cursors_.size() == kCursors) return close_cursor();
    cursors_.push_back({newest(), must(newest().scan()), rows_});
  }
  void close_cursor() {
    const std::size_t which = below(cursors_.size());
    check_scan(cursors_[which].cursor, cursors_[which].table, cursors_[which].rows);
    cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  static void check_scan(Cursor& cursor, const Table& table, const Rows& rows) {
    auto expected = rows.begin();
    while (must(cursor.next())) {
      REQUIRE(expected != rows.end());
      CHECK(must(cursor.row().value(ColumnIndex{0})) == Value(expected->first));
      check_cells(cursor.row(), table, expected->second);
      ++expected;
    }
    CHECK(expected == rows.end());
  }
  static void check_cells(const RowRef& row, const Table& table, const Cells& cells) {
    CHECK(row.checksum() == RowChecksum::kMatches);
    for (std::uint32_t i = 1; i < table.schema()->column_count(); ++i) {
      const Column& column = table.schema()->column(ColumnIndex{i});
      CAPTURE(column.name);
      CHECK(must(row.value(ColumnIndex{i})) == cell_of(cells, column.id));
    }
  }
  void check_row(std::int64_t id) {
    CAPTURE(id);
    const auto row = must(newest().get(key_of(id), {.verify_checksums = true}));
    const auto expected = rows_.find(id);
    REQUIRE(row.has_value() == (expected != rows_.end()));
    if (row) check_cells(*row, newest(), expected->second);
  }

  ScratchDirectory scratch_;
  std::mt19937 random_;
  std::optional<Database> db_;
  std::vector<Table> handles_;  // oldest first; the last one is of the newest version
  std::vector<Open> cursors_;
  Rows rows_;
  std::int64_t id_ = 0;
  int next_name_ = 4;
};

TEST_CASE("random updates across schema versions agree with a map") {
  const bool is_long = std::getenv("WISP_TEST_LONG") != nullptr;
  const std::uint32_t seeds = is_long ? 300 : 5;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    UpdateModel model(seed);
    for (int step = 0; step < 1000; ++step) {
      CAPTURE(step);
      model.step();
      if (step % 100 == 99) model.check();
    }
  }
}

}  // namespace
}  // namespace wisp
