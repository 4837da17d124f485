#include "wisp/engine/database_core.h"

#include <algorithm>
#include <utility>

#include "wisp/engine/store/rocks/rocks_store.h"

namespace wisp {
namespace {

std::string count_of(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

OpenTable open_table(const CatalogTable& table) {
  return {std::make_shared<TableLayouts>(table.id, table.row_checksums, table.versions),
          std::make_shared<RowIds>(table.id, table.first_unleased_row_id)};
}

// A catalog that grows by statements, and the entries that this takes.
class CatalogDraft {
 public:
  explicit CatalogDraft(const Catalog& start) : catalog_(start) {}

  Status add_type(const Type& type) {
    if (catalog_.find_type(type.type_name()) != nullptr) {
      return fail(ErrorCode::kAlreadyExists,
                  "there is already a type " + quote_identifier(type.type_name()));
    }
    change_.put_type(catalog_.types.size(), type);
    catalog_.types.push_back(type);
    return {};
  }

  Status add_table(const SchemaPtr& schema, const TableOptions& options) {
    if (to_underlying(schema->version()) != 1) {
      return fail(ErrorCode::kInvalidArgument, "a new table starts with schema version 1",
                  "table " + quote_identifier(schema->table_name()));
    }
    if (catalog_.find_table(schema->table_name()) != nullptr) {
      return fail(ErrorCode::kAlreadyExists,
                  "there is already a table " + quote_identifier(schema->table_name()));
    }
    if (catalog_.next_table_id >= kNoTableId) {
      return fail(ErrorCode::kLimit, "the database has used up its table ids");
    }
    for (const Type& type : schema->named_types()) WISP_TRY(add_used_type(type));
    CatalogTable table;
    table.id = catalog_.next_table_id++;
    table.row_checksums = options.row_checksums;
    table.versions.push_back(schema);
    change_.put_table(table);
    catalog_.tables.push_back(std::move(table));
    return {};
  }

  const Catalog& catalog() const { return catalog_; }
  Catalog take_catalog() { return std::move(catalog_); }
  CatalogChange& change() { return change_; }

 private:
  Status add_used_type(const Type& type) {
    const Type* known = catalog_.find_type(type.type_name());
    if (known == nullptr) return add_type(type);
    if (*known == type) return {};
    return fail(ErrorCode::kAlreadyExists, "there is already another type " +
                                               quote_identifier(type.type_name()) +
                                               ", which the table would need");
  }

  Catalog catalog_;
  CatalogChange change_;
};

}  // namespace

Result<std::shared_ptr<DatabaseCore>> DatabaseCore::create(const std::string& path,
                                                           const DatabaseOptions& options) {
  if (options.mode != OpenMode::kReadWrite) {
    return fail(ErrorCode::kInvalidArgument, "a database cannot be created read-only", path);
  }
  // Before anything is made, so that a typing error leaves no half-made database.
  WISP_TRY(store::check_rocks_options(options));
  WISP_TRY(make_empty_directory(path));
  WISP_ASSIGN(std::string real, resolve_directory(path));
  std::shared_ptr<DatabaseCore> core(new DatabaseCore(std::move(real), options));
  WISP_ASSIGN(core->lock_, DirectoryLock::acquire(core->path_));
  // Someone else may have created a database here between the first look and the lock.
  WISP_ASSIGN(const bool untouched, holds_only_lock(core->path_));
  if (!untouched) return fail(ErrorCode::kAlreadyExists, "the directory is not empty", path);

  auto opened = store::open_rocks_store(core->path_, store::RocksOpenMode::kCreate, options);
  if (!opened) return fail(std::move(opened).error().within(path));
  core->store_ = std::move(opened->store);
  CatalogChange change;
  change.put_format();
  change.put_summary(core->catalog_);
  WISP_TRY(change.write(*core->store_));
  WISP_TRY(write_mark(core->path_));
  return core;
}

Result<std::shared_ptr<DatabaseCore>> DatabaseCore::open(const std::string& path,
                                                         const DatabaseOptions& options) {
  WISP_ASSIGN(std::string real, resolve_directory(path));
  std::shared_ptr<DatabaseCore> core(new DatabaseCore(std::move(real), options));
  const bool read_only = options.mode == OpenMode::kReadOnly;
  WISP_TRY(check_mark(core->path_));
  if (!read_only) {
    WISP_ASSIGN(core->lock_, DirectoryLock::acquire(core->path_));
  }
  WISP_TRY(refuse_planted_entries(core->path_));
  auto opened = store::open_rocks_store(
      core->path_, read_only ? store::RocksOpenMode::kReadOnly : store::RocksOpenMode::kReadWrite,
      options);
  if (!opened) return fail(std::move(opened).error().within(path));
  core->store_ = std::move(opened->store);
  core->report_.warnings = std::move(opened->warnings);
  auto catalog = read_catalog(*core->store_);
  if (!catalog) return fail(std::move(catalog).error().within(path));
  core->publish(std::move(*catalog));
  return core;
}

DatabaseCore::~DatabaseCore() {
  (void)close_store();
}

Result<store::Store*> DatabaseCore::store() const {
  if (closed_.load(std::memory_order_acquire) || store_ == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "the database is closed", path_);
  }
  return store_.get();
}

void DatabaseCore::publish(Catalog catalog) {
  std::map<std::string, OpenTable, std::less<>> tables;
  const std::unique_lock lock(tables_mutex_);
  for (const CatalogTable& table : catalog.tables) {
    const auto known = tables_.find(table.name());
    tables.emplace(table.name(), known != tables_.end() ? known->second : open_table(table));
  }
  tables_ = std::move(tables);
  catalog_ = std::move(catalog);
}

Status DatabaseCore::check_writable() const {
  if (options_.mode == OpenMode::kReadWrite) return {};
  return fail(ErrorCode::kUnsupported, "the database is open read-only", path_);
}

Status DatabaseCore::commit_catalog(CatalogChange& change, Catalog next) {
  if (change.empty()) return {};
  WISP_ASSIGN(store::Store* const store, this->store());
  change.put_summary(next);
  WISP_TRY(change.write(*store));
  publish(std::move(next));
  return {};
}

Result<ExecuteOutcome> DatabaseCore::execute(std::string_view ddl) {
  WISP_TRY(check_writable());
  const std::lock_guard one_at_a_time(ddl_mutex_);
  // catalog_ changes only under ddl_mutex_, so that reading it here needs no other lock.
  WISP_ASSIGN(DdlScript script, parse_ddl(ddl, catalog_.types));
  CatalogDraft draft(catalog_);
  ExecuteOutcome outcome;
  outcome.warnings = std::move(script.warnings);
  for (const DdlStatement& statement : script.statements) {
    if (const auto* create = std::get_if<CreateType>(&statement)) {
      WISP_TRY(draft.add_type(create->type));
      outcome.created_types.push_back(create->name);
      continue;
    }
    const auto& create = std::get<CreateTable>(statement);
    const std::string& name = create.schema->table_name();
    if (create.if_not_exists && draft.catalog().find_table(name) != nullptr) continue;
    WISP_TRY(draft.add_table(create.schema, TableOptions()));
    outcome.created_tables.push_back(name);
  }
  WISP_TRY(commit_catalog(draft.change(), draft.take_catalog()));
  return outcome;
}

Result<OpenTable> DatabaseCore::create_table(const SchemaPtr& schema, const TableOptions& options) {
  WISP_TRY(check_writable());
  if (schema == nullptr) return fail(ErrorCode::kInvalidArgument, "there is no schema to create");
  {
    const std::lock_guard one_at_a_time(ddl_mutex_);
    CatalogDraft draft(catalog_);
    WISP_TRY(draft.add_table(schema, options));
    WISP_TRY(commit_catalog(draft.change(), draft.take_catalog()));
  }
  return find_table(schema->table_name());
}

Result<OpenTable> DatabaseCore::find_table(std::string_view name) const {
  const std::shared_lock lock(tables_mutex_);
  if (const auto it = tables_.find(name); it != tables_.end()) return it->second;
  const std::string folded = fold_identifier(name);
  std::vector<std::string> names;
  std::vector<std::string> matches;
  names.reserve(tables_.size());
  for (const auto& [known, table] : tables_) {
    names.push_back(known);
    if (fold_identifier(known) == folded) matches.push_back(known);
  }
  if (matches.size() == 1) return tables_.find(matches[0])->second;
  if (matches.size() > 1) {
    return fail(ErrorCode::kInvalidArgument, "the table name " + quote_identifier(name) +
                                                 " is ambiguous: " + quote_identifier(matches[0]) +
                                                 " and " + quote_identifier(matches[1]));
  }
  std::string message = "there is no table " + quote_identifier(name);
  if (const auto nearest = nearest_name(name, names)) {
    message += "; did you mean " + quote_identifier(*nearest) + "?";
  }
  return fail(ErrorCode::kNotFound, std::move(message));
}

std::vector<std::string> DatabaseCore::table_names() const {
  const std::shared_lock lock(tables_mutex_);
  std::vector<std::string> names;
  names.reserve(tables_.size());
  for (const auto& [name, table] : tables_) names.push_back(name);
  return names;
}

std::vector<Type> DatabaseCore::types() const {
  const std::shared_lock lock(tables_mutex_);
  return catalog_.types;
}

void DatabaseCore::add_user(User user) {
  const std::lock_guard lock(users_mutex_);
  ++(user == User::kCursor ? cursors_ : batches_);
}

void DatabaseCore::remove_user(User user) noexcept {
  const std::lock_guard lock(users_mutex_);
  --(user == User::kCursor ? cursors_ : batches_);
  if (abandoned_ && cursors_ + batches_ == 0) (void)close_store();
}

Status DatabaseCore::close() {
  const std::lock_guard lock(users_mutex_);
  if (cursors_ + batches_ > 0) {
    std::string who;
    if (cursors_ > 0) who = count_of(cursors_, "cursor", "cursors");
    if (batches_ > 0) {
      who += (who.empty() ? "" : " and ") + count_of(batches_, "batch", "batches");
    }
    return fail(ErrorCode::kBusy,
                who + (cursors_ + batches_ == 1 ? " is still open" : " are still open"), path_);
  }
  return close_store();
}

void DatabaseCore::abandon() noexcept {
  const std::lock_guard lock(users_mutex_);
  abandoned_ = true;
  if (cursors_ + batches_ == 0) (void)close_store();
}

Status DatabaseCore::close_store() {
  if (closed_.exchange(true, std::memory_order_acq_rel) || store_ == nullptr) return {};
  // Where this fails, only the ids are lost.
  CatalogChange leases;
  for (const auto& [name, table] : tables_) table.row_ids->give_back(leases);
  if (!leases.empty()) (void)leases.write(*store_).has_value();
  Status status = store_->close();
  store_.reset();
  lock_.release();
  return status;
}

}  // namespace wisp
