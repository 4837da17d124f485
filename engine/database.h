// Database: a directory of tables in one embedded store.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/engine/options.h"
#include "wisp/engine/row_forms.h"
#include "wisp/engine/snapshot.h"
#include "wisp/engine/store/store.h"
#include "wisp/engine/table.h"
#include "wisp/engine/transaction.h"
#include "wisp/engine/write_batch.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/result.h"
#include "wisp/schema/schema_change.h"

namespace wisp {

class DatabaseCore;

// What opening had to say.
struct OpenReport {
  // One sentence each; empty after a clean opening. A log that was cut off is reported here.
  std::vector<std::string> warnings;
};

struct TableStats {
  std::uint64_t estimated_rows = 0;  // overwritten and erased rows may still be counted
  std::uint64_t disk_bytes = 0;      // approximate: in files
  std::uint64_t memtable_bytes = 0;  // approximate: not yet flushed
};

struct StatsOptions {
  // Of each table read about so many rows to see how they are encoded: half from its first keys on,
  // half from its last ones back. 0: none. What stands in the middle may be otherwise; `rowdump
  // stats` reads all.
  std::uint64_t sampled_rows = 0;
};

// What an operator watches: of the store (store/store.h says what each figure is), and by table.
// Reading it costs microseconds and one look into the file list per table, and a scan of the sample
// where one is asked for.
struct DatabaseStats : store::StoreStats {
  struct OfTable {
    std::string name;
    TableStats size;
    RowForms sample;                    // of StatsOptions::sampled_rows at most
    std::uint64_t unreadable_rows = 0;  // met beside them: damaged
  };
  std::vector<OfTable> tables;  // sorted by name
};

struct ExecuteOutcome {
  std::vector<std::string> created_tables;
  std::vector<std::string> created_types;
  // By their names before; once per ALTER TABLE, and per ALTER TYPE of a type that they use.
  std::vector<std::string> altered_tables;
  std::vector<std::string> altered_types;
  std::vector<std::string> dropped_tables;
  std::vector<Diagnostic> warnings;  // constraints that were accepted but are not kept
};

// Threads: shared by all, except close() and destruction: no other thread may then be in a call of
// the Database or of one of its tables. Destroying a Database closes it when nothing uses it any
// more; cursors, batches, snapshots and transactions own the core, so every destruction order is
// safe. Once it is gone, cursors, snapshots, batches and transactions go on; reads and writes of a
// Table without one of them fail with kInvalidArgument.
class Database {
 public:
  // Makes a new database in `path`, which must not exist or be an empty directory.
  static Result<Database> create(const std::string& path, const DatabaseOptions& options = {});
  // Opens an existing one. kBusy when another process has it open for writing; refuses a directory
  // with a symbolic link in it, or one that is not a Wisp database (nothing is written to it then).
  static Result<Database> open(const std::string& path, const DatabaseOptions& options = {});
  static bool exists(const std::string& path);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Runs CREATE TABLE, CREATE TYPE, ALTER TABLE, ALTER TYPE and DROP TABLE statements (ddl.h), all
  // or nothing, as one synced write whose cost does not follow the number of rows. SET NOT NULL
  // alone reads all rows first; writers wait meanwhile, and it fails with kConstraint where one is
  // NULL. A table created here cannot be changed or dropped by the same call (kUnsupported). Table
  // handles taken before keep their schema version and go on working: in rows written since in a
  // later version, columns that were dropped are NULL, and added ones are not seen. Such a row is
  // kUnknownSchema for them, naming the column, where a NOT NULL column was dropped or a column got
  // another type (a longer text excepted): take the table again. They may write, except after SET
  // NOT NULL (kInvalidArgument). Handles of a dropped table
  // fail with kNotFound; the space of its rows is given back in the background.
  Result<ExecuteOutcome> execute(std::string_view ddl);
  // The same as an API: the changes together make one new version.
  Result<Table> alter(std::string_view table, std::span<const SchemaChange> changes);
  // The same for a named ROW type (exact name), as ALTER TYPE ... ADD ATTRIBUTE: every table that
  // uses it gets a new version in the same write. Values written before have NULL in the
  // attributes. Gives the type as it is now; fails as add_attribute() of type_change.h does.
  Result<Type> add_attributes(std::string_view type, std::span<const RowField> attributes);
  // Named ROW types in `schema` become types of the database. Fails with kAlreadyExists for a table
  // of that name, or a type of that name that is another type.
  Result<Table> create_table(const SchemaPtr& schema, const TableOptions& options = {});

  // By name: exact, else the only one that matches ignoring case. The error suggests the nearest.
  Result<Table> table(std::string_view name) const;
  std::vector<std::string> table_names() const;  // sorted
  std::vector<SchemaPtr> schemas() const;        // the newest of each table
  std::vector<Type> types() const;               // of CREATE TYPE, each behind those it uses
  Result<TableStats> table_stats(const Table& table) const;
  Result<DatabaseStats> stats(const StatsOptions& options = {}) const;
  // One of RocksDB's own properties ("rocksdb.stats", "rocksdb.levelstats" ...); kNotFound for
  // another name. For looking at: what they say may change with RocksDB.
  Result<std::string> store_property(std::string_view name) const;

  // Of a database opened with OpenMode::kReadOnly: takes in what its writer has written and
  // changed since, up to one moment. Cursors, rows and snapshots keep the moment that they were
  // made in; table handles keep their version, as after execute(). Costs next to nothing where
  // nothing was written, else as much as opening: the files, and the log that is not flushed yet.
  // On failure it knows what it knew. kInvalidArgument for a database that is open for writing.
  Status catch_up();

  WriteBatch batch();
  Result<Snapshot> snapshot() const;
  Result<Transaction> begin_transaction();
  // Makes every acknowledged write durable, as Durability::kSync does.
  Status sync();
  // Writes memtables to files.
  Status flush();
  // Rewrites all files now, as the store does by itself little by little. Rows of earlier schema
  // versions become rows of the oldest version that a handle, cursor, batch or row of the table
  // still has, and so lose the bytes of dropped columns; nobody sees a difference. A row that
  // patches are pending for is folded by one compaction, and rewritten or, where it is none,
  // dropped by the next.
  Status compact();

  const std::string& path() const noexcept;  // without symbolic links
  const OpenReport& open_report() const noexcept;
  // Closes; kBusy with the number of live cursors, batches, snapshots and transactions, and then
  // nothing has changed. Does not flush: the log is replayed at the next opening.
  Status close();

 private:
  explicit Database(std::shared_ptr<DatabaseCore> core);
  std::shared_ptr<DatabaseCore> core_;
};

}  // namespace wisp
