// sqlite: rows of a real table in an in-memory database, read through prepared statements.
//
// The record bytes, which compression needs one by one, are also computed here from the documented
// record format; load() compares their sum with what the table's pages hold (dbstat), so they are
// exact. SQLite is built for at most 2,000 columns: wider tables have the computed sizes and no
// times.
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "system.h"

namespace wisp::bench {
namespace {

class Statement {
 public:
  Statement(sqlite3* db, const std::string& sql) {
    if (sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &s_, nullptr) !=
        SQLITE_OK) {
      give_up("sqlite: " + std::string(sqlite3_errmsg(db)));
    }
  }
  ~Statement() { sqlite3_finalize(s_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  operator sqlite3_stmt*() const { return s_; }

 private:
  sqlite3_stmt* s_ = nullptr;
};

class Sqlite final : public System {
 public:
  explicit Sqlite(const Columns& columns) : columns_(columns), serial_(columns.size()) {
    if (columns.size() > kMaxSqliteColumns) return;
    if (sqlite3_open(":memory:", &db_) != SQLITE_OK) give_up("sqlite: no database");
    exec("PRAGMA journal_mode = OFF");
    for (const char* table : {"rows", "updated", "scratch"}) exec(create_table(table));
    insert_ = std::make_unique<Statement>(db_, insert_sql("rows"));
    insert_scratch_ = std::make_unique<Statement>(db_, insert_sql("scratch"));
    all_ = std::make_unique<Statement>(db_, "SELECT * FROM rows WHERE rowid = ?");
  }
  ~Sqlite() override {
    insert_.reset();
    insert_scratch_.reset();
    all_.reset();
    five_.reset();
    reads_.clear();
    updates_.clear();
    sqlite3_close(db_);
  }

  std::string name() const override { return "sqlite"; }

  std::string_view encode(const RowCells& row) override {
    std::fill(serial_.begin(), serial_.end(), Serial{});
    for (const auto& c : row.ints) serial_[c.column] = integer(c.value);
    for (const auto& c : row.longs) serial_[c.column] = integer(c.value);
    for (const auto& c : row.bools) serial_[c.column] = integer(c.value ? 1 : 0);
    for (const auto& c : row.doubles) serial_[c.column] = real(c.value);
    for (const auto& c : row.texts) {
      serial_[c.column] = {2 * c.value.size() + 13, 0, c.value.data(), c.value.size()};
    }
    return write_record();
  }

  bool can(Metric m) const override {
    if (db_ == nullptr) return false;
    switch (m) {
      case Metric::kReadInt:
      case Metric::kUpdate1:
      case Metric::kReadNull:
        return !columns_.all(CellKind::kInt).empty();
      case Metric::kEncode:
      case Metric::kReadText:
      case Metric::kRead5:
      case Metric::kVisitPresent:
        return true;
      default:
        return false;
    }
  }

  void set_five(const Five& five) override {
    if (db_ == nullptr) return;
    five_ = std::make_unique<Statement>(
        db_, "SELECT " + column(five.int_a) + ", " + column(five.int_b) + ", " +
                 column(five.text_a) + ", " + column(five.text_b) + ", " + column(five.bool_a) +
                 " FROM rows WHERE rowid = ?");
  }

  void load(std::span<const RowCells> rows, const RowStore& encoded) override {
    if (db_ == nullptr) return;
    Statement insert_updated(db_, insert_sql("updated"));
    exec("BEGIN");
    std::uint64_t own = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      insert(*insert_, rows[i]);
      insert(insert_updated, rows[i]);
      own += encoded[i].size();
    }
    exec("COMMIT");
    for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), 64); ++i) {
      Digest d;
      visit(static_cast<std::uint32_t>(i), d);
      if (d != digest_of(rows[i])) give_up("sqlite: a row does not read back");
    }
    Statement payload(db_, "SELECT sum(payload) FROM dbstat WHERE name = 'rows'");
    sqlite3_step(payload);
    const auto real = static_cast<std::uint64_t>(sqlite3_column_int64(payload, 0));
    if (real != own) {
      give_up("sqlite: " + std::to_string(own) + " bytes computed, its table has " +
              std::to_string(real));
    }
  }

  std::uint64_t run(Metric m, const Batch& batch) override {
    Digest d;
    switch (m) {
      case Metric::kEncode:
        exec("BEGIN");
        for (const RowCells& row : batch.rows) insert(*insert_scratch_, row);
        exec("DELETE FROM scratch");
        exec("COMMIT");
        break;
      case Metric::kReadInt:
      case Metric::kReadNull:
      case Metric::kReadText:
        for (const Query& q : batch.queries) read(reader(q.column), q.row_index, d);
        break;
      case Metric::kRead5:
        for (const Query& q : batch.queries) read(*five_, q.row_index, d);
        break;
      case Metric::kVisitPresent:
        for (const Query& q : batch.queries) visit(q.row_index, d);
        break;
      case Metric::kUpdate1:
        exec("BEGIN");
        for (const Query& q : batch.queries) update(q);
        exec("COMMIT");
        break;
      default:
        break;
    }
    return d.sum + d.count;
  }

 private:
  struct Serial {
    std::uint64_t type = 0;  // NULL
    std::uint64_t bits = 0;
    const char* text = nullptr;
    std::size_t size_bytes = 0;
  };

  static Serial integer(std::int64_t v) {
    if (v == 0 || v == 1) return {v == 0 ? 8u : 9u, 0, nullptr, 0};
    static constexpr std::pair<int, std::uint64_t> kForms[] = {{1, 1}, {2, 2}, {3, 3},
                                                               {4, 4}, {6, 5}, {8, 6}};
    for (const auto& [size, type] : kForms) {
      const int shift = 64 - 8 * size;
      const auto bits = static_cast<std::uint64_t>(v);
      if (static_cast<std::int64_t>(bits << shift) >> shift == v) {
        return {type, bits, nullptr, static_cast<std::size_t>(size)};
      }
    }
    return {};
  }
  // A whole number of up to 48 bits in a REAL column is stored as an integer.
  static Serial real(double v) {
    if (std::nearbyint(v) == v && std::fabs(v) < 140737488355328.0) {
      return integer(static_cast<std::int64_t>(v));
    }
    std::uint64_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    return {7, bits, nullptr, 8};
  }

  std::string_view write_record() {
    std::size_t header = 0;
    for (const Serial& s : serial_) header += varint_size(s.type);
    std::size_t total = header + 1;
    while (total != header + varint_size(total)) total = header + varint_size(total);
    bytes_.clear();
    put_varint(total);
    for (const Serial& s : serial_) put_varint(s.type);
    for (const Serial& s : serial_) {
      if (s.text != nullptr) {
        bytes_.append(s.text, s.size_bytes);
      } else {
        for (std::size_t i = s.size_bytes; i-- > 0;) {
          bytes_.push_back(static_cast<char>(s.bits >> (8 * i)));
        }
      }
    }
    return bytes_;
  }
  // Big-endian groups of 7 bits; nothing here needs the ninth byte's special case.
  static std::size_t varint_size(std::uint64_t v) {
    std::size_t n = 1;
    for (; v >= 0x80; v >>= 7) ++n;
    return n;
  }
  void put_varint(std::uint64_t v) {
    for (std::size_t i = varint_size(v); i-- > 0;) {
      bytes_.push_back(static_cast<char>((v >> (7 * i) & 0x7f) | (i > 0 ? 0x80 : 0)));
    }
  }

  static std::string column(std::uint32_t i) { return "c" + std::to_string(i); }
  std::string create_table(const std::string& table) const {
    std::string sql = "CREATE TABLE " + table + " (";
    for (std::uint32_t i = 0; i < columns_.size(); ++i) {
      const CellKind kind = columns_.kinds[i];
      sql += (i > 0 ? ", " : "") + column(i) +
             (kind == CellKind::kText     ? " TEXT"
              : kind == CellKind::kDouble ? " REAL"
                                          : " INTEGER");
    }
    return sql + ")";
  }
  std::string insert_sql(const std::string& table) const {
    std::string sql = "INSERT INTO " + table + " VALUES (?";
    for (std::size_t i = 1; i < columns_.size(); ++i) sql += ", ?";
    return sql + ")";
  }
  void exec(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      give_up("sqlite: " + std::string(sqlite3_errmsg(db_)));
    }
  }
  void step(sqlite3_stmt* s, int expected) {
    if (sqlite3_step(s) != expected) give_up("sqlite: " + std::string(sqlite3_errmsg(db_)));
  }

  void insert(sqlite3_stmt* s, const RowCells& row) {
    sqlite3_clear_bindings(s);
    for (const auto& c : row.ints) sqlite3_bind_int(s, place(c.column), c.value);
    for (const auto& c : row.longs) sqlite3_bind_int64(s, place(c.column), c.value);
    for (const auto& c : row.doubles) sqlite3_bind_double(s, place(c.column), c.value);
    for (const auto& c : row.bools) sqlite3_bind_int(s, place(c.column), c.value);
    for (const auto& c : row.texts) {
      sqlite3_bind_text(s, place(c.column), c.value.data(), static_cast<int>(c.value.size()),
                        SQLITE_STATIC);
    }
    step(s, SQLITE_DONE);
    sqlite3_reset(s);
  }
  static int place(std::uint32_t column) { return static_cast<int>(column) + 1; }

  void bind_row(sqlite3_stmt* s, int place, std::uint32_t row_index) {
    sqlite3_bind_int64(s, place, std::int64_t{row_index} + 1);
  }
  void read(sqlite3_stmt* s, std::uint32_t row_index, Digest& d) {
    bind_row(s, 1, row_index);
    step(s, SQLITE_ROW);
    const int count = sqlite3_column_count(s);
    for (int i = 0; i < count; ++i) {
      switch (sqlite3_column_type(s, i)) {
        case SQLITE_INTEGER:
          d.add(static_cast<std::int32_t>(sqlite3_column_int64(s, i)));
          break;
        case SQLITE_TEXT:
          add_text(s, i, d);
          break;
        default:
          break;
      }
    }
    sqlite3_reset(s);
  }
  static void add_text(sqlite3_stmt* s, int i, Digest& d) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, i));
    d.add(std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(s, i))));
  }
  void visit(std::uint32_t row_index, Digest& d) {
    sqlite3_stmt* s = *all_;
    bind_row(s, 1, row_index);
    step(s, SQLITE_ROW);
    for (std::uint32_t c = 0; c < columns_.size(); ++c) {
      const int i = static_cast<int>(c);
      if (sqlite3_column_type(s, i) == SQLITE_NULL) continue;
      switch (columns_.kinds[c]) {
        case CellKind::kInt:
          d.add(static_cast<std::int32_t>(sqlite3_column_int(s, i)));
          break;
        case CellKind::kLong:
          d.add(static_cast<std::int64_t>(sqlite3_column_int64(s, i)));
          break;
        case CellKind::kDouble:
          d.add(sqlite3_column_double(s, i));
          break;
        case CellKind::kBool:
          d.add(sqlite3_column_int(s, i) != 0);
          break;
        case CellKind::kText:
          add_text(s, i, d);
      }
    }
    sqlite3_reset(s);
  }
  // In a table of its own, so that reads meet the rows they were made for.
  void update(const Query& q) {
    auto& s = updates_[q.column];
    if (s == nullptr) {
      s = std::make_unique<Statement>(
          db_, "UPDATE updated SET " + column(q.column) + " = ?1 WHERE rowid = ?2");
    }
    sqlite3_bind_int(*s, 1, 7);
    bind_row(*s, 2, q.row_index);
    step(*s, SQLITE_DONE);
    sqlite3_reset(*s);
  }
  sqlite3_stmt* reader(std::uint32_t c) {
    auto& s = reads_[c];
    if (s == nullptr) {
      s = std::make_unique<Statement>(db_, "SELECT " + column(c) + " FROM rows WHERE rowid = ?");
    }
    return *s;
  }

  static constexpr std::size_t kMaxSqliteColumns = 2000;
  const Columns& columns_;
  sqlite3* db_ = nullptr;
  std::unique_ptr<Statement> insert_, insert_scratch_, all_, five_;
  std::map<std::uint32_t, std::unique_ptr<Statement>> reads_, updates_;
  std::vector<Serial> serial_;
  std::string bytes_;
};

}  // namespace

SystemPtr make_sqlite(const Columns& columns) {
  return std::make_unique<Sqlite>(columns);
}

}  // namespace wisp::bench
