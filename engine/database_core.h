// DatabaseCore: the open database that Database, its tables, cursors, batches and snapshots share.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/engine/catalog.h"
#include "wisp/engine/database.h"
#include "wisp/engine/directory_lock.h"
#include "wisp/engine/held_versions.h"
#include "wisp/engine/options.h"
#include "wisp/engine/patch_fold.h"
#include "wisp/engine/row_ids.h"
#include "wisp/engine/row_rewrite.h"
#include "wisp/engine/store/store.h"
#include "wisp/engine/table_layouts.h"
#include "wisp/engine/write_fence.h"

namespace wisp {

// What all handles of a table share, of whatever schema version.
struct TableState {
  std::atomic<bool> dropped{false};
  // Handles of earlier versions would write NULLs that SET NOT NULL has ruled out.
  std::atomic<std::uint32_t> least_writable_version{1};
  // Shared with compactions, which may end later than the table.
  std::shared_ptr<HeldVersions> held = std::make_shared<HeldVersions>();
};

// A table as the database has it open. Never changes; DDL makes new ones.
struct OpenTable {
  std::shared_ptr<const TableLayouts> layouts;
  std::shared_ptr<RowIds> row_ids;
  std::shared_ptr<TableState> state;
  std::shared_ptr<TableVersions> versions;

  // kNotFound when it is.
  Status check_not_dropped() const;
  // Whether a handle of this version may still write. Requires: the core's write fence is held.
  Status check_writable() const;
};

// Threads: shared by all, except close().
class DatabaseCore {
 public:
  static Result<std::shared_ptr<DatabaseCore>> create(const std::string& path,
                                                      const DatabaseOptions& options);
  static Result<std::shared_ptr<DatabaseCore>> open(const std::string& path,
                                                    const DatabaseOptions& options);
  ~DatabaseCore();
  DatabaseCore(const DatabaseCore&) = delete;
  DatabaseCore& operator=(const DatabaseCore&) = delete;

  const std::string& path() const noexcept { return path_; }
  const DatabaseOptions& options() const noexcept { return options_; }
  const OpenReport& report() const noexcept { return report_; }

  // The store, or kInvalidArgument when the database is closed or its Database is gone.
  Result<store::Store*> store() const;
  // The same for a call in which a User is alive: it keeps the store open behind the Database.
  Result<store::Store*> used_store() const;
  // store(), or null.
  store::Store* open_store() const noexcept {
    return closed_.load(std::memory_order_acquire) ? nullptr : store_.get();
  }

  // As Database::catch_up.
  Status catch_up();
  Result<ExecuteOutcome> execute(std::string_view ddl);
  Result<OpenTable> alter(std::string_view table, std::span<const SchemaChange> changes);
  Result<Type> add_attributes(std::string_view type, std::span<const RowField> attributes);
  Result<OpenTable> create_table(const SchemaPtr& schema, const TableOptions& options);
  Result<OpenTable> find_table(std::string_view name) const;
  std::vector<std::string> table_names() const;
  std::vector<SchemaPtr> schemas() const;
  std::vector<Type> types() const;

  // Writers hold it shared while they check TableState and write; SET NOT NULL and DROP TABLE hold
  // it alone.
  WriteFence& write_fence() const noexcept { return write_fence_; }

  // What keeps the store open counts itself, so that it closes behind the last of them.
  enum class User : std::uint8_t { kCursor, kBatch, kSnapshot, kTransaction };
  static constexpr std::size_t kUserKinds = 4;
  void add_user(User user);
  void remove_user(User user) noexcept;

  // kBusy while there are users.
  Status close();
  // The Database is gone: close now, or when the last user goes.
  void abandon() noexcept;

 private:
  DatabaseCore(std::string path, const DatabaseOptions& options)
      : path_(std::move(path)), options_(options) {}
  std::size_t user_count() const noexcept;  // under users_mutex_
  Status close_store();
  Status check_writable() const;
  // Writes `change` and makes `next` the catalog.
  Status commit_catalog(CatalogChange& change, Catalog next);
  // `sequence` as RowRewrite::set_tables has it.
  void publish(Catalog catalog, std::uint64_t sequence);
  // Gives back what a crash may have left of dropped tables: ids between those of the tables.
  void reclaim_dropped();
  // Under ddl_mutex_: runs the statements, all or none.
  Result<ExecuteOutcome> run(std::span<const DdlStatement> statements);
  // Fails where a row has NULL in a column that `next` makes NOT NULL. Requires: the write fence.
  Status check_not_null(const Schema& before, const Schema& next) const;

  const std::string path_;
  const DatabaseOptions options_;
  OpenReport report_;
  const std::shared_ptr<PatchFold> fold_ = std::make_shared<PatchFold>();
  DirectoryLock lock_;  // before store_: released after it
  const std::shared_ptr<RowRewrite> rewrite_ = std::make_shared<RowRewrite>();
  std::unique_ptr<store::Store> store_;
  std::atomic<bool> closed_{false};  // to new calls; store_ goes behind the last user

  std::mutex users_mutex_;
  std::array<std::size_t, kUserKinds> users_{};  // by User

  mutable WriteFence write_fence_;
  std::mutex ddl_mutex_;                    // one change of the catalog at a time
  mutable std::shared_mutex tables_mutex_;  // guards what follows
  Catalog catalog_;
  std::map<std::string, OpenTable, std::less<>> tables_;
};

// Counts one user for as long as it lives, and keeps the core.
class CoreUse {
 public:
  CoreUse(std::shared_ptr<DatabaseCore> core, DatabaseCore::User user)
      : core_(std::move(core)), user_(user) {
    core_->add_user(user_);
  }
  ~CoreUse() { core_->remove_user(user_); }
  CoreUse(const CoreUse&) = delete;
  CoreUse& operator=(const CoreUse&) = delete;
  DatabaseCore& core() const noexcept { return *core_; }

 private:
  std::shared_ptr<DatabaseCore> core_;
  DatabaseCore::User user_;
};

}  // namespace wisp
