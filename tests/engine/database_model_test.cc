// Random operations on a whole database and on std::maps must agree: several tables that are
// altered, dropped and made again, with snapshots, transactions and cursors held open across
// writes, flushes, compactions and schema changes, and with reopenings in between.
//
// WISP_MODEL_SEED=n runs one seed alone; WISP_TEST_LONG runs twenty times as many.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "random_condition.h"
#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr int kSteps = 50'000;
constexpr unsigned kSeeds = 4;
constexpr std::int64_t kKeys = 40;
constexpr std::size_t kTables = 3;
constexpr std::size_t kMaxColumns = 12;
constexpr std::size_t kMaxAttributes = 40;

using Fields = std::map<int, Value>;  // by column number, NULLs left out
using RowPtr = std::shared_ptr<const Fields>;
using Rows = std::map<std::int64_t, RowPtr>;
using State = std::map<int, Rows>;  // by table number

struct ColumnModel {
  int number = 0;  // never reused
  std::string name;
  std::string type;
  bool not_null = false;
  std::optional<Value> default_value;
};

struct TableModel {
  int number = 0;  // never reused
  std::string name;
  bool descending = false;
  std::vector<ColumnModel> columns;  // without the key
  Table table;
};

struct OpenSnapshot {
  Snapshot snapshot;
  State state;
};

struct OpenTransaction {
  Transaction transaction;
  std::int64_t start = 0;
  State state;                                        // its own writes included
  std::map<std::pair<int, std::int64_t>, bool> keys;  // watched or written; true: written
  bool outdated = false;  // a column that it has written has become NOT NULL
};

struct OpenCursor {
  Cursor cursor;
  std::vector<std::vector<Value>> left;  // the rows to come, the next one last
};

class DatabaseModel {
 public:
  explicit DatabaseModel(unsigned seed)
      : random_(seed), db_(must(Database::create(scratch_.path(), options()))) {
    must(db_.execute("CREATE TYPE part AS (a0 INTEGER)"));
    for (auto& table : tables_) create(table);
  }

  void run(int steps) {
    for (step_ = 0; step_ < steps; ++step_) {
      CAPTURE(step_);
      step();
    }
    snapshots_.clear();
    transactions_.clear();
    cursors_.clear();
    reopen();
    for (std::size_t i = 0; i < kTables; ++i) check_scan(tables_[i], nullptr, nullptr, state_);
  }
  int commits() const { return commits_; }
  int spurious() const { return spurious_; }

 private:
  DatabaseOptions options() {
    DatabaseOptions o;
    o.cache_rows = one_in(2);
    o.write_buffer_bytes = 256 * 1024;
    o.block_cache_bytes = 64 * 1024;
    return o;
  }

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  void step() {
    TableModel& table = tables_[below(kTables)];
    const std::size_t dice = below(10'000);
    if (dice < 5) return reopen();
    if (dice < 15) return must(db_.compact());
    if (dice < 40) return must(db_.flush());
    if (dice < 65) return alter(table);
    if (dice < 70) return drop(table);
    if (dice < 150) return open_something(table);
    if (dice < 230) return close_something();
    if (dice < 700) return check_old(table);
    if (dice < 900) return check_scan(table, nullptr, nullptr, state_);
    if (dice < 2200 && !transactions_.empty()) return in_transaction(table);
    if (dice < 5500) return write(table);
    check_get(table, random_key(), {}, state_);
  }

  // ---- The schema ----

  static std::string key_clause(const TableModel& table) {
    return table.descending ? "PRIMARY KEY (k DESC)" : "PRIMARY KEY (k)";
  }

  void create(TableModel& table) {
    table = TableModel();
    table.number = next_number_++;
    table.name = "t" + std::to_string(table.number);
    table.descending = one_in(2);
    std::string ddl = "CREATE TABLE " + table.name + " (k BIGINT";
    for (std::size_t n = 1 + below(4); n > 0; --n) {
      table.columns.push_back(new_column());
      ddl += ", " + table.columns.back().name + " " + table.columns.back().type;
    }
    must(db_.execute(ddl + ", " + key_clause(table) + ")"));
    table.table = must(db_.table(table.name));
    state_[table.number];
  }
  ColumnModel new_column() {
    static const std::array<const char*, 5> kTypes = {"INTEGER", "VARCHAR", "BIGINT", "BOOLEAN",
                                                      "PART ARRAY"};
    ColumnModel column;
    column.number = next_number_++;
    column.name = "c" + std::to_string(column.number);
    column.type = kTypes[below(kTypes.size())];
    return column;
  }

  Value random_value(const ColumnModel& column) {
    if (column.type == "VARCHAR") return Value(std::string(below(30), 'q') + "x");
    if (column.type == "BOOLEAN") return Value(one_in(2));
    if (column.type == "PART ARRAY") return random_parts();
    const std::int64_t small = static_cast<std::int64_t>(below(2000)) - 1000;
    return Value(column.type == "BIGINT" && one_in(2) ? small << 33 : small);
  }

  Value random_parts() {
    ValueArray parts;
    for (std::size_t n = below(4); n > 0; --n) {
      ValueRow part;
      for (std::size_t a = 0; a < attributes_; ++a) {
        part.fields.push_back(one_in(2) ? Value() : Value(static_cast<std::int64_t>(below(2000))));
      }
      parts.items.push_back(one_in(5) ? Value() : Value(std::move(part)));
    }
    return Value(std::move(parts));
  }

  // ALTER TYPE: all tables have the type as it is now, and NULL where it is new.
  void alter_type() {
    if (attributes_ >= kMaxAttributes) return;
    must(db_.execute("ALTER TYPE part ADD ATTRIBUTE a" + std::to_string(attributes_++) +
                     " INTEGER"));
    for (TableModel& table : tables_) {
      table.table = must(db_.table(table.name));
      change_rows(table, [&](Fields& fields) {
        for (const ColumnModel& column : table.columns) {
          const auto it = fields.find(column.number);
          if (column.type != "PART ARRAY" || it == fields.end()) continue;
          ValueArray parts = it->second.as<ValueArray>();
          for (Value& part : parts.items) {
            if (part.is_null()) continue;
            ValueRow row = part.as<ValueRow>();
            row.fields.resize(attributes_);
            part = Value(std::move(row));
          }
          it->second = Value(std::move(parts));
        }
      });
    }
  }

  // Does to every row that is known of `table`, now or as of an earlier moment, what ALTER does.
  template <typename Change>
  void change_rows(const TableModel& table, const Change& change) {
    const auto change_state = [&](State& state) {
      for (auto& [key, row] : state[table.number]) {
        Fields fields = *row;
        change(fields);
        row = std::make_shared<const Fields>(std::move(fields));
      }
    };
    change_state(state_);
    for (OpenSnapshot& open : snapshots_) change_state(open.state);
    for (OpenTransaction& open : transactions_) change_state(open.state);
  }

  void alter(TableModel& table) {
    const std::string head = "ALTER TABLE " + table.name + " ";
    const std::size_t which = below(table.columns.size());
    ColumnModel& column = table.columns[which];
    switch (below(9)) {
      case 0: {
        if (table.columns.size() >= kMaxColumns) return;
        ColumnModel added = new_column();
        std::string ddl = head + "ADD COLUMN " + added.name + " " + added.type;
        if (added.type != "PART ARRAY" && one_in(2)) {
          const Value value = random_value(added);
          ddl += " DEFAULT " + literal(added, value);
          added.default_value = value;
          change_rows(table, [&](Fields& fields) { fields[added.number] = value; });
        }
        must(db_.execute(ddl));
        table.columns.push_back(added);
        break;
      }
      case 1: {
        if (table.columns.size() < 2) return;
        must(db_.execute(head + "DROP COLUMN " + column.name));
        change_rows(table, [&](Fields& fields) { fields.erase(column.number); });
        table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(which));
        break;
      }
      case 2: {
        const std::string name = "r" + std::to_string(next_number_++);
        must(db_.execute(head + "RENAME COLUMN " + column.name + " TO " + name));
        column.name = name;
        break;
      }
      case 3:
        return alter_type();
      case 4: {
        const std::string name = "s" + std::to_string(next_number_++);
        must(db_.execute(head + "RENAME TO " + name));
        table.name = name;
        break;
      }
      case 5:
        if (column.type == "PART ARRAY") return;
        if (one_in(3)) {
          must(db_.execute(head + "ALTER COLUMN " + column.name + " DROP DEFAULT"));
          column.default_value.reset();
        } else {
          column.default_value = random_value(column);  // of no row that is there
          must(db_.execute(head + "ALTER COLUMN " + column.name + " SET DEFAULT " +
                           literal(column, *column.default_value)));
        }
        break;
      case 6:
        return set_not_null(table, column);
      case 7:
        must(db_.execute(head + "ALTER COLUMN " + column.name + " DROP NOT NULL"));
        column.not_null = false;
        break;
      default:
        if (column.type != "INTEGER") return;
        must(db_.execute(head + "ALTER COLUMN " + column.name + " TYPE BIGINT"));
        column.type = "BIGINT";
    }
    table.table = must(db_.table(table.name));
  }

  void set_not_null(TableModel& table, ColumnModel& column) {
    const std::string ddl =
        "ALTER TABLE " + table.name + " ALTER COLUMN " + column.name + " SET NOT NULL";
    const Rows& rows = state_[table.number];
    // Else it would seldom be allowed.
    if (one_in(2)) {
      for (const auto& [k, row] : rows) {
        if (row->contains(column.number)) continue;
        PatchBuilder patch = table.table.patch_builder();
        const Value value = random_value(column);
        must(patch.set_value(must(table.table.schema()->find(column.name)), value));
        must(table.table.update(key_of(k), patch, OnMissing::kIgnore, kNoSync));
        Fields fields = *row;
        fields[column.number] = value;
        state_[table.number][k] = shared(std::move(fields));
        touch(table, k);
      }
    }
    const bool allowed = std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
      return row.second->contains(column.number);
    });
    const auto done = db_.execute(ddl);
    REQUIRE(done.has_value() == allowed);
    if (!allowed) {
      REQUIRE(done.error().code == ErrorCode::kConstraint);
      return;
    }
    column.not_null = true;
    for (OpenTransaction& open : transactions_) {
      open.outdated |= std::any_of(open.keys.begin(), open.keys.end(), [&](const auto& key) {
        return key.first.first == table.number && key.second;
      });
    }
    table.table = must(db_.table(table.name));
  }

  static std::string literal(const ColumnModel& column, const Value& value) {
    if (column.type == "VARCHAR") return "'" + value.as<std::string>() + "'";
    if (column.type == "BOOLEAN") return value.as<bool>() ? "TRUE" : "FALSE";
    return std::to_string(value.as<std::int64_t>());
  }

  void drop(TableModel& table) {
    const Table dropped = table.table;
    must(db_.execute("DROP TABLE " + table.name));
    REQUIRE(code_of(dropped.get(key_of(0))) == ErrorCode::kNotFound);
    for (std::int64_t k = 0; k < kKeys; ++k) touch(table, k);
    state_.erase(table.number);
    dropped_.push_back(table.number);
    create(table);
  }

  void reopen() {
    if (snapshots_.size() + transactions_.size() + cursors_.size() > 0) {
      REQUIRE(code_of(db_.close()) == ErrorCode::kBusy);
      snapshots_.clear();
      transactions_.clear();
      cursors_.clear();
    }
    must(db_.close());
    db_ = must(Database::open(scratch_.path(), options()));
    REQUIRE(db_.open_report().warnings.empty());
    for (TableModel& table : tables_) table.table = must(db_.table(table.name));
  }

  // ---- Rows ----

  std::int64_t random_key() { return static_cast<std::int64_t>(below(kKeys)); }
  static std::vector<Value> key_of(std::int64_t k) { return {Value(k)}; }
  void touch(const TableModel& table, std::int64_t k) { touched_[{table.number, k}] = step_; }

  Fields random_fields(const TableModel& table) {
    Fields fields;
    for (const ColumnModel& column : table.columns) {
      if (column.not_null && column.default_value && one_in(3)) {
        fields[column.number] = *column.default_value;
      } else if (column.not_null || one_in(2)) {
        fields[column.number] = random_value(column);
      }
    }
    return fields;
  }
  static RowPtr shared(Fields fields) { return std::make_shared<const Fields>(std::move(fields)); }

  // The default of a NOT NULL column is left to the builder.
  static RowBuilder builder_of(const TableModel& table, std::int64_t k, const Fields& fields) {
    RowBuilder row = table.table.row_builder();
    must(row.set_value(ColumnIndex{0}, Value(k)));
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ColumnModel& column = table.columns[c];
      const auto it = fields.find(column.number);
      if (it == fields.end() || (column.not_null && it->second == column.default_value)) continue;
      must(row.set_value(index_of(c), it->second));
    }
    return row;
  }
  static ColumnIndex index_of(std::size_t c) {
    return ColumnIndex{static_cast<std::uint32_t>(c + 1)};
  }

  static RowPtr find(const State& state, const TableModel& table, std::int64_t k) {
    const auto rows = state.find(table.number);
    if (rows == state.end()) return nullptr;
    const auto it = rows->second.find(k);
    return it == rows->second.end() ? nullptr : it->second;
  }

  static std::vector<Value> values_of(const TableModel& table, std::int64_t k,
                                      const Fields& fields) {
    std::vector<Value> out = {Value(k)};
    for (const ColumnModel& column : table.columns) {
      const auto it = fields.find(column.number);
      out.push_back(it == fields.end() ? Value() : it->second);
    }
    return out;
  }

  static void check_row(const RowRef& row, const std::vector<Value>& values) {
    REQUIRE(row.schema().column_count() == values.size());
    for (std::size_t c = 0; c < values.size(); ++c) {
      const ColumnIndex column{static_cast<std::uint32_t>(c)};
      if (must(row.value(column)) == values[c]) continue;
      CAPTURE(c);
      REQUIRE(must(row.value(column)) == values[c]);
    }
  }

  void check_found(const TableModel& table, std::int64_t k, const std::optional<Row>& found,
                   const State& state) {
    const RowPtr expected = find(state, table, k);
    REQUIRE(found.has_value() == (expected != nullptr));
    if (found) check_row(*found, values_of(table, k, *expected));
  }
  void check_get(const TableModel& table, std::int64_t k, const ReadOptions& options,
                 const State& state) {
    check_found(table, k, must(table.table.get(key_of(k), options)), state);
  }

  // Rows of the table as a scan gives them, in a random range or all.
  std::vector<std::vector<Value>> random_range(const TableModel& table, const State& state,
                                               ScanOptions& options) {
    std::vector<std::pair<std::int64_t, RowPtr>> rows;
    if (const auto it = state.find(table.number); it != state.end()) {
      rows.assign(it->second.begin(), it->second.end());
    }
    if (table.descending) std::reverse(rows.begin(), rows.end());
    const auto before = [&](std::int64_t a, std::int64_t b) {
      return table.descending ? a > b : a < b;
    };
    std::optional<std::int64_t> from, to;
    if (one_in(3)) options.from = key_of(*(from = random_key()));
    if (one_in(3)) options.to = key_of(*(to = random_key()));
    std::optional<std::int64_t> only;
    if (one_in(10)) options.prefix = key_of(*(only = random_key()));
    std::optional<Condition> condition;
    if (one_in(3)) {
      condition = random_condition(*table.table.schema(), random_);
      options.where = condition->predicate;
    }
    options.reverse = one_in(2);
    std::vector<std::vector<Value>> out;
    for (const auto& [k, row] : rows) {
      if ((from && before(k, *from)) || (to && !before(k, *to)) || (only && k != *only)) continue;
      std::vector<Value> values = values_of(table, k, *row);
      if (condition && condition->truth(values) != true) continue;
      out.push_back(std::move(values));
    }
    if (options.reverse) std::reverse(out.begin(), out.end());
    if (one_in(4)) {
      options.limit = below(10);
      if (out.size() > options.limit) out.resize(options.limit);
    }
    return out;
  }

  void check_scan(const TableModel& table, const Snapshot* snapshot, const Transaction* transaction,
                  const State& state) {
    ScanOptions options;
    const std::vector<std::vector<Value>> expected = random_range(table, state, options);
    options.snapshot = snapshot;
    Cursor cursor = transaction == nullptr ? must(table.table.scan(options))
                                           : must(transaction->scan(table.table, options));
    for (const std::vector<Value>& values : expected) {
      REQUIRE(must(cursor.next()));
      check_row(cursor.row(), values);
    }
    REQUIRE_FALSE(must(cursor.next()));
  }

  // ---- Writes ----

  void write(TableModel& table) {
    const std::int64_t k = random_key();
    Rows& rows = state_[table.number];
    const RowPtr old = find(state_, table, k);
    Fields fields = random_fields(table);
    RowBuilder row = builder_of(table, k, fields);
    switch (below(12)) {
      case 0:
        must(table.table.erase(key_of(k), kNoSync));
        rows.erase(k);
        touch(table, k);
        return;
      case 1: {
        const auto inserted = table.table.insert(row, kNoSync);
        REQUIRE(inserted.has_value() == (old == nullptr));
        if (old != nullptr) REQUIRE(inserted.error().code == ErrorCode::kAlreadyExists);
        if (old != nullptr) return;
        break;
      }
      case 2: {
        const auto put = table.table.put(row, RowGuard::present(), kNoSync);
        REQUIRE(put.has_value() == (old != nullptr));
        if (old == nullptr) REQUIRE(put.error().code == ErrorCode::kNotFound);
        if (old == nullptr) return;
        break;
      }
      case 3:
        if (!guarded(table, k, row)) return;
        break;
      case 4:
      case 5:
      case 6:
        return update(table, k);
      case 7:
        if (one_in(10)) return erase_range(table);
        return batch();
      default:
        must(table.table.put(row, kNoSync));
    }
    rows[k] = shared(std::move(fields));
    touch(table, k);
  }

  // Reads a row, perhaps writes it, and writes it only where it is unchanged.
  bool guarded(TableModel& table, std::int64_t k, RowBuilder& row) {
    const std::optional<Row> read = must(table.table.get(key_of(k)));
    if (!read) return false;
    const RowToken token = read->token();
    const Fields before = *find(state_, table, k);
    if (one_in(2)) update(table, k);
    const bool unchanged = *find(state_, table, k) == before;
    const auto put = table.table.put(row, RowGuard::unchanged(token), kNoSync);
    REQUIRE(put.has_value() == unchanged);
    if (!unchanged) REQUIRE(put.error().code == ErrorCode::kConflict);
    return unchanged;
  }

  // What `patch` does, as a change of Fields. `set`: the values in it.
  Fields random_patch(const TableModel& table, PatchBuilder& patch, Fields fields, Fields& set) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const int number = table.columns[c].number;
      if (!one_in(3)) continue;
      if (one_in(4) && !table.columns[c].not_null) {
        must(patch.set_null(index_of(c)));
        fields.erase(number);
      } else {
        const Value value = random_value(table.columns[c]);
        must(patch.set_value(index_of(c), value));
        set[number] = value;
        fields[number] = value;
      }
    }
    return fields;
  }

  OnMissing random_mode() {
    static constexpr std::array kModes = {OnMissing::kIgnore, OnMissing::kCreate, OnMissing::kFail};
    return kModes[below(kModes.size())];
  }

  // Whether a patch may create a row: it, or a default, has a value for every NOT NULL column.
  // `after` gets the defaults where it does create one. `set`: the values in the patch.
  static bool completes(const TableModel& table, const Fields& set, bool creates, Fields& after) {
    for (const ColumnModel& column : table.columns) {
      if (!column.not_null || set.contains(column.number)) continue;
      if (!column.default_value) return false;
      if (creates) after[column.number] = *column.default_value;
    }
    return true;
  }

  static bool is_complete(const TableModel& table, const Fields& fields) {
    return std::all_of(table.columns.begin(), table.columns.end(), [&](const ColumnModel& c) {
      return !c.not_null || fields.contains(c.number);
    });
  }

  void update(TableModel& table, std::int64_t k) {
    const RowPtr old = find(state_, table, k);
    PatchBuilder patch = table.table.patch_builder();
    Fields set;
    Fields after = random_patch(table, patch, old == nullptr ? Fields() : *old, set);
    const OnMissing missing = random_mode();
    const auto updated = table.table.update(key_of(k), patch, missing, kNoSync);
    if (missing == OnMissing::kCreate && !completes(table, set, old == nullptr, after)) {
      REQUIRE(code_of(updated) == ErrorCode::kConstraint);
      return;
    }
    if (old == nullptr && missing == OnMissing::kFail) {
      REQUIRE(code_of(updated) == ErrorCode::kNotFound);
      return;
    }
    must(updated);
    touch(table, k);
    if (old == nullptr && missing == OnMissing::kIgnore) return;
    state_[table.number][k] = shared(std::move(after));
  }

  void erase_range(TableModel& table) {
    std::int64_t from = random_key();
    std::int64_t to = random_key();
    if (table.descending ? from < to : from > to) std::swap(from, to);
    must(table.table.erase_range(key_of(from), key_of(to), kNoSync));
    for (std::int64_t k = from; k != to; k += table.descending ? -1 : 1) {
      state_[table.number].erase(k);
      touch(table, k);
    }
  }

  void batch() {
    WriteBatch batch = db_.batch();
    State after = state_;
    std::vector<std::pair<const TableModel*, std::int64_t>> written;
    std::optional<ErrorCode> refused;
    for (std::size_t n = below(8); n > 0; --n) {
      const TableModel& table = tables_[below(kTables)];
      const std::int64_t k = random_key();
      const bool was_there = find(state_, table, k) != nullptr;
      Rows& rows = after[table.number];
      const Fields fields = random_fields(table);
      RowBuilder row = builder_of(table, k, fields);
      switch (below(6)) {
        case 0:
          must(batch.erase(table.table, key_of(k)));
          rows.erase(k);
          break;
        case 1:
          must(batch.require(table.table, key_of(k),
                             was_there ? RowGuard::present() : RowGuard::absent()));
          continue;
        case 2:
          must(batch.insert(table.table, row));
          if (was_there && !refused) refused = ErrorCode::kAlreadyExists;
          rows[k] = shared(fields);
          break;
        default:
          must(batch.put(table.table, row));
          rows[k] = shared(fields);
      }
      written.emplace_back(&table, k);
    }
    if (one_in(5)) return;  // dropped
    const auto committed = batch.commit(kNoSync);
    REQUIRE(committed.has_value() == !refused.has_value());
    if (refused) {
      REQUIRE(committed.error().code == *refused);
      return;
    }
    state_ = std::move(after);
    for (const auto& [table, k] : written) touch(*table, k);
  }

  // ---- What is held open ----

  void open_something(TableModel& table) {
    switch (below(3)) {
      case 0:
        if (snapshots_.size() < 3) snapshots_.push_back({must(db_.snapshot()), state_});
        return;
      case 1:
        if (transactions_.size() < 3) {
          transactions_.push_back({must(db_.begin_transaction()), step_, state_, {}});
        }
        return;
      default: {
        if (cursors_.size() >= 3) return;
        ScanOptions options;
        std::vector<std::vector<Value>> rows = random_range(table, state_, options);
        std::reverse(rows.begin(), rows.end());
        cursors_.push_back({must(table.table.scan(options)), std::move(rows)});
      }
    }
  }

  void close_something() {
    switch (below(4)) {
      case 0:
        if (!snapshots_.empty()) snapshots_.erase(snapshots_.begin());
        return;
      case 1:
        if (!cursors_.empty()) cursors_.erase(cursors_.begin());
        return;
      default:
        if (transactions_.empty()) return;
        if (one_in(4)) {
          transactions_.front().transaction.rollback();
        } else {
          commit(transactions_.front());
        }
        transactions_.erase(transactions_.begin());
    }
  }

  void commit(OpenTransaction& open) {
    bool conflict = false;
    bool table_gone = false;
    for (const auto& [where, written] : open.keys) {
      const auto touched = touched_.find(where);
      if (touched != touched_.end() && touched->second >= open.start) conflict = true;
      if (written && std::count(dropped_.begin(), dropped_.end(), where.first) > 0) {
        table_gone = true;
      }
    }
    const auto committed = open.transaction.commit(kNoSync);
    ++commits_;
    if (open.outdated) {
      REQUIRE_FALSE(committed.has_value());
      const ErrorCode code = committed.error().code;
      REQUIRE((code == ErrorCode::kInvalidArgument || code == ErrorCode::kNotFound));
      return;
    }
    if (table_gone) {
      REQUIRE(code_of(committed) == ErrorCode::kNotFound);
      return;
    }
    if (!committed) REQUIRE(committed.error().code == ErrorCode::kConflict);
    if (conflict) REQUIRE_FALSE(committed.has_value());
    if (!committed) {
      if (!conflict) ++spurious_;  // flushed too much since its start to tell
      return;
    }
    for (const auto& [where, written] : open.keys) {
      if (!written) continue;
      const auto row = open.state[where.first].find(where.second);
      if (row == open.state[where.first].end()) {
        state_[where.first].erase(where.second);
      } else {
        state_[where.first][where.second] = row->second;
      }
      touched_[where] = step_;
    }
  }

  void in_transaction(TableModel& table) {
    OpenTransaction& open = transactions_[below(transactions_.size())];
    const std::int64_t k = random_key();
    const std::pair where(table.number, k);
    const Fields fields = random_fields(table);
    RowBuilder row = builder_of(table, k, fields);
    switch (below(10)) {
      case 0:
      case 1:
        must(open.transaction.put(table.table, row));
        break;
      case 2: {
        const bool was_there = find(open.state, table, k) != nullptr;
        const auto inserted = open.transaction.insert(table.table, row);
        REQUIRE(inserted.has_value() == !was_there);
        if (was_there) REQUIRE(inserted.error().code == ErrorCode::kAlreadyExists);
        if (was_there) return;
        break;
      }
      case 3:
        must(open.transaction.erase(table.table, key_of(k)));
        open.state[table.number].erase(k);
        open.keys[where] = true;
        return;
      case 4:
        check_found(table, k, must(open.transaction.get_for_update(table.table, key_of(k))),
                    open.state);
        open.keys.emplace(where, false);
        return;
      case 5:
        return check_scan(table, nullptr, &open.transaction, open.state);
      case 6:
      case 7:
        return update_in(open, table, k);
      default:
        check_found(table, k, must(open.transaction.get(table.table, key_of(k))), open.state);
        return;
    }
    open.state[table.number][k] = shared(fields);
    open.keys[where] = true;
  }

  void update_in(OpenTransaction& open, TableModel& table, std::int64_t k) {
    const std::pair where(table.number, k);
    const RowPtr old = find(open.state, table, k);
    PatchBuilder patch = table.table.patch_builder();
    Fields set;
    Fields after = random_patch(table, patch, old == nullptr ? Fields() : *old, set);
    const OnMissing missing = random_mode();
    const bool creatable = completes(table, set, old == nullptr, after);
    const auto updated = open.transaction.update(table.table, key_of(k), patch, missing);
    if (missing == OnMissing::kCreate && !creatable) {
      REQUIRE(code_of(updated) == ErrorCode::kConstraint);
      return;
    }
    if (old == nullptr && missing == OnMissing::kFail) {
      REQUIRE(code_of(updated) == ErrorCode::kNotFound);
      return;
    }
    if (old != nullptr && !is_complete(table, after)) {  // a row of before SET NOT NULL
      REQUIRE(code_of(updated) == ErrorCode::kConflict);
      return;
    }
    must(updated);
    if (old == nullptr && missing == OnMissing::kIgnore) {
      open.keys.emplace(where, false);
      return;
    }
    open.state[table.number][k] = shared(std::move(after));
    open.keys[where] = true;
  }

  // Reads through what is held open.
  void check_old(const TableModel& table) {
    if (!cursors_.empty() && one_in(2)) {
      OpenCursor& open = cursors_[below(cursors_.size())];
      const bool expected = !open.left.empty();
      REQUIRE(must(open.cursor.next()) == expected);
      if (!expected) return;
      check_row(open.cursor.row(), open.left.back());
      open.left.pop_back();
      return;
    }
    if (snapshots_.empty()) return;
    const OpenSnapshot& open = snapshots_[below(snapshots_.size())];
    if (one_in(4)) return check_scan(table, &open.snapshot, nullptr, open.state);
    ReadOptions options;
    options.verify_checksums = one_in(2);
    options.snapshot = &open.snapshot;
    check_get(table, random_key(), options, open.state);
  }

  ScratchDirectory scratch_;
  std::mt19937 random_;
  Database db_;
  std::array<TableModel, kTables> tables_;
  int next_number_ = 0;
  std::size_t attributes_ = 1;  // of the type part
  State state_;
  std::int64_t step_ = 0;
  std::map<std::pair<int, std::int64_t>, std::int64_t> touched_;  // by table and key: the last step
  std::vector<int> dropped_;
  int commits_ = 0;
  int spurious_ = 0;
  std::vector<OpenSnapshot> snapshots_;
  std::vector<OpenTransaction> transactions_;
  std::vector<OpenCursor> cursors_;
};

TEST_CASE("a database behaves as maps, through everything that can be held open") {
  unsigned first = 1;
  unsigned count = std::getenv("WISP_TEST_LONG") != nullptr ? 20 * kSeeds : kSeeds;
  if (const char* only = std::getenv("WISP_MODEL_SEED")) {
    first = static_cast<unsigned>(std::atoi(only));
    count = 1;
  }
  int commits = 0;
  int spurious = 0;
  for (unsigned seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    DatabaseModel model(seed);
    model.run(kSteps);
    commits += model.commits();
    spurious += model.spurious();
  }
  MESSAGE(commits, " transactions ended, ", spurious, " refused for want of memory");
  CHECK(2 * spurious < commits);
}

}  // namespace
}  // namespace wisp
