// Transaction: reads of one moment and writes that happen together if nobody was faster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "wisp/engine/cursor.h"
#include "wisp/engine/options.h"
#include "wisp/engine/row.h"
#include "wisp/engine/table.h"
#include "wisp/schema/result.h"

namespace wisp {

// An optimistic transaction over any tables of one database, with snapshot isolation.
//
// Reads see every write acknowledged before Database::begin_transaction(), none after, and the
// transaction's own. Nothing is locked: commit() fails with kConflict, and nothing of the
// transaction is visible, where somebody else has written or erased one of the rows that it writes,
// or has read with get_for_update(), since its start. Retry from the start then. The same happens
// where so much was written since the start that the store cannot tell (about one write buffer).
//
// What it does not prevent is write skew: two transactions that each read a row which the other one
// writes both commit. Read with get_for_update() what a decision rests on. Rows that a scan passes
// are not watched, nor are rows that it did not find.
//
// Owns what it needs of the database: Database::close() answers kBusy while it lives. Threads: one
// at a time, together with its cursors. Destroying it gives up what it wrote.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  // ---- Reading ----
  // As the functions of Table. ReadOptions::snapshot and ScanOptions::snapshot must be null
  // (kInvalidArgument): the transaction has its own.
  Result<std::optional<Row>> get(const Table& table, KeyValues key,
                                 const ReadOptions& options = {}) const;
  Result<std::optional<Row>> get(const Table& table, std::uint64_t row_id,
                                 const ReadOptions& options = {}) const;
  // The same, and commit() depends on the row: that it, or its absence, is then as it is here.
  Result<std::optional<Row>> get_for_update(const Table& table, KeyValues key,
                                            const ReadOptions& options = {});
  Result<std::optional<Row>> get_for_update(const Table& table, std::uint64_t row_id,
                                            const ReadOptions& options = {});
  // The cursor may live on when the transaction does not. A write that the transaction makes while
  // it is open is seen when the cursor comes to its key.
  Result<Cursor> scan(const Table& table, const ScanOptions& options = {}) const;

  // ---- Writing ----
  // As the functions of Table, visible to others with commit(). Row ids that are given out are used
  // up also where the transaction fails. There is no erase_range: scan and erase.
  Result<std::uint64_t> put(const Table& table, RowBuilder& row);
  Result<std::uint64_t> insert(const Table& table, RowBuilder& row);
  Status put_at(const Table& table, std::uint64_t row_id, RowBuilder& row);
  // The row as the transaction sees it is read and folded here, and commit() writes it whole: blind
  // updates are those of Table and WriteBatch. Conflicts are those of put(). Where there is no row
  // and nothing is made of that, the transaction depends on its absence as with get_for_update().
  Status update(const Table& table, KeyValues key, PatchBuilder& patch,
                OnMissing missing = OnMissing::kIgnore);
  Status update(const Table& table, std::uint64_t row_id, PatchBuilder& patch,
                OnMissing missing = OnMissing::kIgnore);
  Status erase(const Table& table, KeyValues key);
  Status erase(const Table& table, std::uint64_t row_id);

  std::size_t row_count() const noexcept;  // rows put and erased
  std::size_t size_bytes()
      const noexcept;  // keys and encoded rows; at most kMaxBatchBytes (kLimit)

  // Ends the transaction, whatever comes out; every later call fails with kInvalidArgument.
  // kConflict: see above. kInvalidArgument or kNotFound where a table was altered so that its
  // handle may not write any more, or was dropped.
  Status commit(const WriteOptions& options = {});
  // Ends it and gives up what it wrote.
  void rollback() noexcept;

 private:
  friend class Database;
  struct Impl;
  explicit Transaction(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wisp
