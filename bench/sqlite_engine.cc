// sqlite: one table with a column per field, in WAL mode, through prepared statements.
//
// As embedded databases are run for one process: exclusive locking (no system call per read),
// synchronous = NORMAL (a commit is in the log, as Wisp's kWal), FULL for put_sync.
#include <sqlite3.h>

#include <filesystem>

#include "engine_system.h"

namespace wisp::bench {
namespace {

class SqliteEngine final : public EngineSystem {
 public:
  SqliteEngine(const Columns& columns, const std::string& folder)
      : columns_(columns), folder_(folder), five_(late_columns(columns)) {}
  ~SqliteEngine() override { close(); }

  std::string name() const override { return "sqlite"; }
  // It has one, but always reads through the operating system's.
  bool has_own_cache() const override { return false; }
  bool can(EngineMetric m) const override {
    return m != EngineMetric::kGet3Verified && m != EngineMetric::kGetPatchPut3 &&
           m != EngineMetric::kGet3Pending;
  }

  void open(const EngineSettings& settings) override {
    std::filesystem::create_directories(folder_);
    if (sqlite3_open((folder_ + "/rows.db").c_str(), &db_) != SQLITE_OK) {
      give_up("sqlite: no database in " + folder_);
    }
    exec("PRAGMA locking_mode = EXCLUSIVE");
    exec("PRAGMA journal_mode = WAL");
    exec("PRAGMA synchronous = NORMAL");
    exec("PRAGMA cache_size = -" + std::to_string(settings.cache_bytes / 1024));
    exec(create_table());
    compile(get_, "SELECT " + three() + " FROM rows WHERE id = ?1");
    compile(scan_, "SELECT " + three() + " FROM rows WHERE " + column(five_.int_b) +
                       " IS NULL OR " + column(five_.int_b) + " > 0");
    compile(put_, insert_sql());
    compile(update_, "UPDATE rows SET " + column(five_.int_a) + " = ?2, " + column(five_.text_a) +
                         " = ?3, " + column(five_.bool_a) + " = ?4 WHERE id = ?1");
    compile(begin_, "BEGIN");
    compile(commit_, "COMMIT");
  }
  void close() override {
    for (sqlite3_stmt** s : {&get_, &scan_, &put_, &update_, &begin_, &commit_}) {
      sqlite3_finalize(*s);
      *s = nullptr;
    }
    sqlite3_close(db_);
    db_ = nullptr;
  }
  void settle() override { exec("PRAGMA wal_checkpoint(TRUNCATE)"); }

  Digest run(EngineMetric m, const EngineBatch& batch) override {
    Digest d;
    switch (m) {
      case EngineMetric::kGet3:
        for (const RowKey& key : batch.keys) get(key, d);
        break;
      case EngineMetric::kMultiGet3:
        for (std::size_t i = 0; i < batch.keys.size();) {
          once(begin_);
          const std::size_t end = std::min(i + kMultiGetRows, batch.keys.size());
          for (; i < end; ++i) get(batch.keys[i], d);
          once(commit_);
        }
        break;
      case EngineMetric::kScan3Where: {
        int result = 0;
        while ((result = sqlite3_step(scan_)) == SQLITE_ROW) add_three(scan_, d);
        if (result != SQLITE_DONE) refuse();
        sqlite3_reset(scan_);
        break;
      }
      case EngineMetric::kPutBatch:
        for (std::size_t i = 0; i < batch.keys.size();) {
          once(begin_);
          const std::size_t end = std::min(i + kBatchRows, batch.keys.size());
          for (; i < end; ++i) put(batch.keys[i], batch.row(i));
          once(commit_);
        }
        d.put(batch.keys.size());
        break;
      case EngineMetric::kPutSync:
        exec("PRAGMA synchronous = FULL");
        for (std::size_t i = 0; i < batch.keys.size(); ++i) put(batch.keys[i], batch.row(i));
        exec("PRAGMA synchronous = NORMAL");
        d.put(batch.keys.size());
        break;
      case EngineMetric::kUpdate3:
        for (const RowKey& key : batch.keys) update(key);
        d.put(batch.keys.size());
        break;
      default:
        break;
    }
    return d;
  }

 private:
  static std::string column(std::uint32_t i) { return "c" + std::to_string(i); }
  std::string three() const {
    return column(five_.int_a) + ", " + column(five_.text_a) + ", " + column(five_.bool_a);
  }
  std::string create_table() const {
    std::string sql = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY";
    for (std::uint32_t c = 0; c < columns_.size(); ++c) {
      sql += ", " + column(c) + (columns_.kinds[c] == CellKind::kText ? " TEXT" : " INTEGER");
    }
    return sql + ")";
  }
  std::string insert_sql() const {
    std::string sql = "INSERT OR REPLACE INTO rows VALUES (?";
    for (std::size_t i = 0; i < columns_.size(); ++i) sql += ", ?";
    return sql + ")";
  }
  [[noreturn]] void refuse() { give_up("sqlite: " + std::string(sqlite3_errmsg(db_))); }
  void exec(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) refuse();
  }
  void compile(sqlite3_stmt*& s, const std::string& sql) {
    if (sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr) !=
        SQLITE_OK) {
      refuse();
    }
  }
  void once(sqlite3_stmt* s) {
    if (sqlite3_step(s) != SQLITE_DONE) refuse();
    sqlite3_reset(s);
  }

  static void add_three(sqlite3_stmt* s, Digest& d) {
    if (sqlite3_column_type(s, 0) != SQLITE_NULL) {
      d.add(static_cast<std::int32_t>(sqlite3_column_int(s, 0)));
    }
    if (sqlite3_column_type(s, 1) != SQLITE_NULL) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, 1));
      d.add(std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(s, 1))));
    }
    if (sqlite3_column_type(s, 2) != SQLITE_NULL) d.add(sqlite3_column_int(s, 2) != 0);
  }
  void get(const RowKey& key, Digest& d) {
    sqlite3_bind_int64(get_, 1, key.id);
    if (sqlite3_step(get_) != SQLITE_ROW) refuse();
    add_three(get_, d);
    sqlite3_reset(get_);
  }
  void put(const RowKey& key, const RowCells& row) {
    sqlite3_clear_bindings(put_);
    sqlite3_bind_int64(put_, 1, key.id);
    for (const auto& c : row.ints) sqlite3_bind_int(put_, place(c.column), c.value);
    for (const auto& c : row.bools) sqlite3_bind_int(put_, place(c.column), c.value ? 1 : 0);
    for (const auto& c : row.texts) {
      sqlite3_bind_text(put_, place(c.column), c.value.data(), static_cast<int>(c.value.size()),
                        SQLITE_STATIC);
    }
    once(put_);
  }
  void update(const RowKey& key) {
    const ThreeFields set = new_fields(key);
    sqlite3_bind_int64(update_, 1, key.id);
    sqlite3_bind_int(update_, 2, set.number);
    sqlite3_bind_text(update_, 3, set.text.data(), static_cast<int>(set.text.size()),
                      SQLITE_STATIC);
    sqlite3_bind_int(update_, 4, set.flag ? 1 : 0);
    once(update_);
  }
  static int place(std::uint32_t column) { return static_cast<int>(column) + 2; }

  const Columns& columns_;
  std::string folder_;
  Five five_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* get_ = nullptr;
  sqlite3_stmt* scan_ = nullptr;
  sqlite3_stmt* put_ = nullptr;
  sqlite3_stmt* update_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

}  // namespace

EngineSystemPtr make_sqlite_engine(const Columns& columns, const std::string& folder) {
  return std::make_unique<SqliteEngine>(columns, folder);
}

}  // namespace wisp::bench
