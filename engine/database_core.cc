#include "wisp/engine/database_core.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "wisp/engine/catalog_draft.h"
#include "wisp/engine/null_check.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"
#include "wisp/schema/named_types.h"

namespace wisp {
namespace {

std::string count_of(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

std::shared_ptr<const TableLayouts> newest_layouts(const CatalogTable& table,
                                                   std::shared_ptr<const TableVersions> versions) {
  return std::make_shared<TableLayouts>(table.id, table.row_checksums, std::move(versions),
                                        table.versions.back()->version());
}

OpenTable open_table(const CatalogTable& table) {
  OpenTable open{nullptr, std::make_shared<RowIds>(table.id, table.first_unleased_row_id),
                 std::make_shared<TableState>(), std::make_shared<TableVersions>(table.versions)};
  open.layouts = newest_layouts(table, open.versions);
  open.state->held->add(open.layouts);
  return open;
}

// The same table with the versions that it has by now.
OpenTable reopen_table(const CatalogTable& table, const OpenTable& earlier) {
  if (earlier.layouts->version() == table.versions.back()->version()) return earlier;
  earlier.versions->extend(table.versions);
  OpenTable open = earlier;
  open.layouts = newest_layouts(table, open.versions);
  open.state->held->add(open.layouts);
  return open;
}

bool sets_not_null(const DdlStatement& statement) {
  const auto* alter = std::get_if<AlterTable>(&statement);
  return alter != nullptr &&
         std::any_of(alter->changes.begin(), alter->changes.end(), [](const SchemaChange& change) {
           const auto* set = std::get_if<SetNotNull>(&change);
           return set != nullptr && set->not_null;
         });
}

}  // namespace

Status OpenTable::check_not_dropped() const {
  if (!state->dropped.load(std::memory_order_acquire)) return {};
  return fail(ErrorCode::kNotFound, "the table was dropped", layouts->describe());
}

Status OpenTable::check_writable() const {
  WISP_TRY(check_not_dropped());
  const std::uint32_t least = state->least_writable_version.load(std::memory_order_acquire);
  if (to_underlying(layouts->schema()->version()) >= least) return {};
  return fail(ErrorCode::kInvalidArgument,
              "a column became NOT NULL after this handle was taken; take the table from the "
              "database again",
              layouts->describe());
}

Result<std::shared_ptr<DatabaseCore>> DatabaseCore::create(const std::string& path,
                                                           const DatabaseOptions& options) {
  if (options.mode == OpenMode::kReadOnly) {
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

  auto opened = store::open_rocks_store(core->path_, store::RocksOpenMode::kCreate, options,
                                        core->fold_, core->rewrite_);
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
      options, core->fold_, core->rewrite_);
  if (!opened) return fail(std::move(opened).error().within(path));
  core->store_ = std::move(opened->store);
  core->report_.warnings = std::move(opened->warnings);
  auto catalog = read_catalog(*core->store_);
  if (!catalog) return fail(std::move(catalog).error().within(path));
  // Recovery has flushed what it replayed.
  core->publish(std::move(*catalog), 0);
  if (!read_only) core->reclaim_dropped();
  return core;
}

DatabaseCore::~DatabaseCore() {
  (void)close_store();
}

Result<store::Store*> DatabaseCore::store() const {
  if (store::Store* const store = open_store()) return store;
  return fail(ErrorCode::kInvalidArgument, "the database is closed", path_);
}

Result<store::Store*> DatabaseCore::used_store() const {
  if (store_ != nullptr) return store_.get();
  return fail(ErrorCode::kInvalidArgument, "the database is closed", path_);
}

Status DatabaseCore::catch_up() {
  const std::lock_guard ddl(ddl_mutex_);
  WISP_ASSIGN(store::Store* const store, this->store());
  WISP_ASSIGN(const auto ahead, store->look_ahead());
  if (ahead == nullptr) return {};
  auto catalog = read_catalog(*store, ahead.get());
  if (!catalog) return fail(std::move(catalog).error().within(path_));
  // What handles know comes before the rows: none may be of a version that is not known yet, or be
  // missed in a table that is gone.
  {
    const std::shared_lock lock(tables_mutex_);
    for (const auto& [name, table] : tables_) {
      const auto same = [id = table.layouts->table_id()](const CatalogTable& t) {
        return t.id == id;
      };
      if (std::none_of(catalog->tables.begin(), catalog->tables.end(), same)) {
        table.state->dropped.store(true);
      }
    }
  }
  publish(std::move(*catalog), 0);
  store->show_ahead();
  return {};
}

void DatabaseCore::publish(Catalog catalog, std::uint64_t sequence) {
  std::map<std::uint32_t, RowRewrite::OpenVersion> for_rewrite;
  std::map<std::string, OpenTable, std::less<>> tables;
  const std::unique_lock lock(tables_mutex_);
  std::map<std::uint32_t, const OpenTable*> known;
  for (const auto& [name, table] : tables_) known.emplace(table.layouts->table_id(), &table);
  for (const CatalogTable& table : catalog.tables) {
    const auto earlier = known.find(table.id);
    tables.emplace(table.name(), earlier != known.end() ? reopen_table(table, *earlier->second)
                                                        : open_table(table));
  }
  PatchFold::Tables by_id;
  for (const auto& [name, table] : tables) by_id.emplace(table.layouts->table_id(), table.layouts);
  fold_->publish(std::move(by_id));
  for (const auto& [name, table] : tables) {
    for_rewrite.emplace(table.layouts->table_id(),
                        RowRewrite::OpenVersion{table.layouts, table.state->held});
  }
  rewrite_->set_tables(for_rewrite, sequence);
  tables_ = std::move(tables);
  catalog_ = std::move(catalog);
}

void DatabaseCore::reclaim_dropped() {
  std::uint32_t free = kCatalogTableId + 1;
  const auto reclaim_before = [&](std::uint32_t id) {
    if (free >= id) return;
    std::string from;
    append_big_endian32(free, from);
    std::string to;
    append_big_endian32(id, to);
    const auto left = store_->estimate(from, to);
    if (left && left->file_bytes > 0) store_->reclaim(std::move(from), std::move(to));
  };
  for (const CatalogTable& table : catalog_.tables) {
    reclaim_before(table.id);
    free = table.id + 1;
  }
  reclaim_before(catalog_.next_table_id);
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
  publish(std::move(next), store->last_sequence());
  return {};
}

Result<ExecuteOutcome> DatabaseCore::execute(std::string_view ddl) {
  WISP_TRY(check_writable());
  const std::lock_guard one_at_a_time(ddl_mutex_);
  // catalog_ changes only under ddl_mutex_, so that reading it here needs no other lock.
  WISP_ASSIGN(DdlScript script, parse_ddl(ddl, catalog_.types, schemas()));
  WISP_ASSIGN(ExecuteOutcome outcome, run(script.statements));
  outcome.warnings = std::move(script.warnings);
  return outcome;
}

Result<OpenTable> DatabaseCore::alter(std::string_view name,
                                      std::span<const SchemaChange> changes) {
  WISP_TRY(check_writable());
  const std::lock_guard one_at_a_time(ddl_mutex_);
  WISP_ASSIGN(const OpenTable table, find_table(name));
  AlterTable alter;
  alter.table = table.layouts->schema()->table_name();
  SchemaEditor editor(table.layouts->schema());
  for (const SchemaChange& change : changes) {
    if (auto status = editor.apply(change); !status) {
      return fail(std::move(status).error().within(table.layouts->describe()));
    }
    alter.changes.push_back(change);
  }
  WISP_ASSIGN(alter.schema, editor.finish());
  const std::string now = alter.schema->table_name();
  const DdlStatement statement(std::move(alter));
  WISP_TRY(run({&statement, 1}));
  return find_table(now);
}

Result<Type> DatabaseCore::add_attributes(std::string_view name,
                                          std::span<const RowField> attributes) {
  WISP_TRY(check_writable());
  const std::lock_guard one_at_a_time(ddl_mutex_);
  const Type* const known = catalog_.find_type(name);
  if (known == nullptr) {
    std::vector<std::string> names;
    for (const Type& type : catalog_.types) names.push_back(type.type_name());
    std::string message = "there is no type " + quote_identifier(name);
    if (const auto nearest = nearest_name(name, names)) {
      message += "; did you mean " + quote_identifier(*nearest) + "?";
    }
    return fail(ErrorCode::kNotFound, std::move(message));
  }
  Type type = *known;
  for (const RowField& attribute : attributes) {
    auto next = add_attribute(type, attribute);
    if (!next) return fail(std::move(next).error().within("type " + quote_identifier(name)));
    type = std::move(*next);
  }
  if (attributes.empty()) return type;
  AlterType alter;
  alter.name = type.type_name();
  WISP_ASSIGN(alter.change, change_type(type, catalog_.types, schemas()));
  const DdlStatement statement(std::move(alter));
  WISP_TRY(run({&statement, 1}));
  return type;
}

Status DatabaseCore::check_not_null(const Schema& before, const Schema& next) const {
  std::vector<ColumnIndex> columns;
  for (const Column& column : next.columns()) {
    const auto index = before.find_id(column.id);
    if (!index && column.keeps_presence && column.missing_value.is_null()) {
      return fail(ErrorCode::kConstraint,
                  "the column is added by the same text and would be NULL in older rows",
                  "column " + quote_identifier(column.name));
    }
    if (index && before.column(*index).nullable && !column.nullable) columns.push_back(*index);
  }
  if (columns.empty()) return {};
  WISP_ASSIGN(const OpenTable table, find_table(before.table_name()));
  WISP_ASSIGN(store::Store* const store, this->store());
  store::Range range;
  range.from = table.layouts->key_prefix();
  range.to = table_end(table.layouts->table_id());
  WISP_ASSIGN(const auto entries, store->scan(range));
  NullCheck check(table.layouts);
  store::Entry entry;
  while (entries->next(entry)) WISP_TRY(check.row(entry, columns));
  return entries->status();
}

Result<ExecuteOutcome> DatabaseCore::run(std::span<const DdlStatement> statements) {
  CatalogDraft draft(catalog_);
  ExecuteOutcome outcome;
  const bool fenced =
      std::any_of(statements.begin(), statements.end(), [](const DdlStatement& statement) {
        return sets_not_null(statement) || std::holds_alternative<DropTable>(statement);
      });
  std::unique_lock fence(write_fence_, std::defer_lock);
  if (fenced) fence.lock();
  std::vector<std::pair<std::shared_ptr<TableState>, std::uint32_t>> least_writable;
  std::vector<std::shared_ptr<TableState>> dropped;
  std::vector<std::uint32_t> dropped_ids;
  for (const DdlStatement& statement : statements) {
    if (const auto* alter = std::get_if<AlterTable>(&statement)) {
      const CatalogTable* table = draft.catalog().find_table(alter->table);
      if (table != nullptr && sets_not_null(statement)) {
        const auto stored = std::find_if(catalog_.tables.begin(), catalog_.tables.end(),
                                         [&](const CatalogTable& t) { return t.id == table->id; });
        if (stored != catalog_.tables.end()) {
          WISP_TRY(check_not_null(*stored->versions.back(), *alter->schema));
          WISP_ASSIGN(const OpenTable open, find_table(stored->name()));
          least_writable.emplace_back(open.state, to_underlying(alter->schema->version()));
        }
      }
      WISP_TRY(draft.alter_table(*alter));
      outcome.altered_tables.push_back(alter->table);
      continue;
    }
    if (const auto* drop = std::get_if<DropTable>(&statement)) {
      const CatalogTable* table = draft.catalog().find_table(drop->table);
      if (table != nullptr) {
        dropped_ids.push_back(table->id);
        const std::shared_lock lock(tables_mutex_);
        for (const auto& [name, open] : tables_) {
          if (open.layouts->table_id() == table->id) dropped.push_back(open.state);
        }
      }
      WISP_TRY(draft.drop_table(drop->table));
      outcome.dropped_tables.push_back(drop->table);
      continue;
    }
    if (const auto* alter = std::get_if<AlterType>(&statement)) {
      WISP_TRY(draft.alter_type(alter->change));
      outcome.altered_types.push_back(alter->name);
      for (const SchemaPtr& schema : alter->change.schemas) {
        outcome.altered_tables.push_back(schema->table_name());
      }
      continue;
    }
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
  for (const auto& [state, version] : least_writable) {
    state->least_writable_version.store(version, std::memory_order_release);
  }
  for (const auto& state : dropped) state->dropped.store(true, std::memory_order_release);
  for (const std::uint32_t id : dropped_ids) {
    std::string from;
    append_big_endian32(id, from);
    store_->reclaim(std::move(from), table_end(id));
  }
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

std::vector<SchemaPtr> DatabaseCore::schemas() const {
  const std::shared_lock lock(tables_mutex_);
  std::vector<SchemaPtr> schemas;
  schemas.reserve(tables_.size());
  for (const auto& [name, table] : tables_) schemas.push_back(table.layouts->schema());
  return schemas;
}

std::vector<Type> DatabaseCore::types() const {
  const std::shared_lock lock(tables_mutex_);
  // ALTER TYPE may have made a type use one that was created behind it.
  NamedTypes in_order;
  for (const Type& type : catalog_.types) {
    if (!in_order.add(type)) return catalog_.types;  // a catalog that contradicts itself
  }
  return in_order.types();
}

std::size_t DatabaseCore::user_count() const noexcept {
  return std::accumulate(users_.begin(), users_.end(), std::size_t{0});
}

void DatabaseCore::add_user(User user) {
  const std::lock_guard lock(users_mutex_);
  ++users_[static_cast<std::size_t>(user)];
}

void DatabaseCore::remove_user(User user) noexcept {
  const std::lock_guard lock(users_mutex_);
  --users_[static_cast<std::size_t>(user)];
  if (closed_.load(std::memory_order_relaxed) && user_count() == 0) (void)close_store();
}

Status DatabaseCore::close() {
  static constexpr const char* kNames[kUserKinds][2] = {{"cursor", "cursors"},
                                                        {"batch", "batches"},
                                                        {"snapshot", "snapshots"},
                                                        {"transaction", "transactions"}};
  const std::lock_guard lock(users_mutex_);
  const std::size_t count = user_count();
  if (count == 0) return close_store();
  std::string who;
  for (std::size_t i = 0; i < kUserKinds; ++i) {
    if (users_[i] == 0) continue;
    who += (who.empty() ? "" : " and ") + count_of(users_[i], kNames[i][0], kNames[i][1]);
  }
  return fail(ErrorCode::kBusy, who + (count == 1 ? " is still open" : " are still open"), path_);
}

void DatabaseCore::abandon() noexcept {
  const std::lock_guard lock(users_mutex_);
  closed_.store(true, std::memory_order_release);
  if (user_count() == 0) (void)close_store();
}

Status DatabaseCore::close_store() {
  closed_.store(true, std::memory_order_release);
  if (store_ == nullptr) return {};
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
