#include "wisp/engine/database.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "wisp/engine/database_core.h"
#include "wisp/engine/directory_lock.h"
#include "wisp/engine/snapshot_impl.h"
#include "wisp/engine/stored_key.h"
#include "wisp/engine/table_impl.h"
#include "wisp/engine/transaction_impl.h"
#include "wisp/engine/write_batch_impl.h"

namespace wisp {

namespace {

// Half of the rows from each end of the table; none is counted twice.
Status sample_rows(const Table& table, std::uint64_t rows, DatabaseStats::OfTable& out) {
  std::string last;  // the last key of the first half
  for (const bool reverse : {false, true}) {
    ScanOptions options;
    options.reverse = reverse;
    options.limit = reverse ? rows / 2 : rows - rows / 2;
    WISP_ASSIGN(Cursor cursor, table.scan(options));
    // Counted here, too: the limit does not count rows that cannot be read.
    for (std::uint64_t i = 0; i < options.limit; ++i) {
      auto moved = cursor.next();
      if (!moved && moved.error().code != ErrorCode::kCorruption &&
          moved.error().code != ErrorCode::kUnknownSchema) {
        return fail(std::move(moved).error());
      }
      if (moved && !*moved) break;
      const std::string_view key = cursor.stored().key;
      if (reverse && key <= last) break;
      if (!reverse) last = key;
      if (moved) {
        out.sample.add(cursor.row());
      } else {
        ++out.unreadable_rows;
      }
    }
  }
  return {};
}

}  // namespace

Database::Database(std::shared_ptr<DatabaseCore> core) : core_(std::move(core)) {}
Database::Database(Database&&) noexcept = default;

Database& Database::operator=(Database&& other) noexcept {
  if (this == &other) return *this;
  if (core_ != nullptr) core_->abandon();
  core_ = std::move(other.core_);
  return *this;
}

Database::~Database() {
  if (core_ != nullptr) core_->abandon();
}

Result<Database> Database::create(const std::string& path, const DatabaseOptions& options) {
  WISP_ASSIGN(auto core, DatabaseCore::create(path, options));
  return Database(std::move(core));
}

Result<Database> Database::open(const std::string& path, const DatabaseOptions& options) {
  WISP_ASSIGN(auto core, DatabaseCore::open(path, options));
  return Database(std::move(core));
}

bool Database::exists(const std::string& path) {
  const auto real = resolve_directory(path);
  return real && check_mark(*real).has_value();
}

Result<ExecuteOutcome> Database::execute(std::string_view ddl) {
  return core_->execute(ddl);
}

Result<Table> Database::alter(std::string_view table, std::span<const SchemaChange> changes) {
  WISP_ASSIGN(OpenTable altered, core_->alter(table, changes));
  return Table(std::make_shared<Table::Impl>(core_, std::move(altered)));
}

Result<Type> Database::add_attributes(std::string_view type, std::span<const RowField> attributes) {
  return core_->add_attributes(type, attributes);
}

Result<Table> Database::create_table(const SchemaPtr& schema, const TableOptions& options) {
  WISP_ASSIGN(OpenTable table, core_->create_table(schema, options));
  return Table(std::make_shared<Table::Impl>(core_, std::move(table)));
}

Result<Table> Database::table(std::string_view name) const {
  WISP_TRY(core_->store());
  WISP_ASSIGN(OpenTable table, core_->find_table(name));
  return Table(std::make_shared<Table::Impl>(core_, std::move(table)));
}

std::vector<std::string> Database::table_names() const {
  return core_->table_names();
}
std::vector<SchemaPtr> Database::schemas() const {
  return core_->schemas();
}
std::vector<Type> Database::types() const {
  return core_->types();
}

Result<TableStats> Database::table_stats(const Table& table) const {
  WISP_ASSIGN(store::Store* const store, core_->store());
  std::string from;
  append_big_endian32(table.id(), from);
  WISP_ASSIGN(const store::SizeEstimate size, store->estimate(from, table_end(table.id())));
  return TableStats{size.entries, size.file_bytes, size.memtable_bytes};
}

Result<DatabaseStats> Database::stats(const StatsOptions& options) const {
  WISP_ASSIGN(store::Store* const store, core_->store());
  DatabaseStats out{store->stats(), {}};
  for (const std::string& name : table_names()) {
    const auto of = table(name);
    if (!of) continue;  // dropped meanwhile
    WISP_ASSIGN(const TableStats size, table_stats(*of));
    DatabaseStats::OfTable& entry = out.tables.emplace_back();
    entry.name = name;
    entry.size = size;
    if (options.sampled_rows == 0) continue;
    const Status sampled = sample_rows(*of, options.sampled_rows, entry);
    if (!sampled && sampled.error().code == ErrorCode::kNotFound) {
      out.tables.pop_back();  // dropped meanwhile
    } else if (!sampled) {
      return fail(sampled.error());
    }
  }
  return out;
}

Result<std::string> Database::store_property(std::string_view name) const {
  WISP_ASSIGN(store::Store* const store, core_->store());
  return store->property(name);
}

Status Database::catch_up() {
  return core_->catch_up();
}

WriteBatch Database::batch() {
  return WriteBatch(std::make_unique<WriteBatch::Impl>(core_));
}

Result<Snapshot> Database::snapshot() const {
  // Counts as a user before the store is asked: nothing can close it in between.
  auto impl = std::make_unique<Snapshot::Impl>(core_);
  WISP_ASSIGN(store::Store* const store, core_->store());
  impl->state = store->snapshot();
  return Snapshot(std::move(impl));
}

Result<Transaction> Database::begin_transaction() {
  auto impl = std::make_unique<Transaction::Impl>(core_);
  WISP_ASSIGN(store::Store* const store, core_->store());
  WISP_ASSIGN(impl->store, store->begin());
  return Transaction(std::move(impl));
}

Status Database::sync() {
  WISP_ASSIGN(store::Store* const store, core_->store());
  return store->sync();
}

Status Database::flush() {
  WISP_ASSIGN(store::Store* const store, core_->store());
  return store->flush();
}

Status Database::compact() {
  WISP_ASSIGN(store::Store* const store, core_->store());
  return store->compact();
}

const std::string& Database::path() const noexcept {
  return core_->path();
}
const OpenReport& Database::open_report() const noexcept {
  return core_->report();
}
Status Database::close() {
  return core_->close();
}

}  // namespace wisp
