// WriteBatch: several writes that become visible together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "wisp/engine/options.h"
#include "wisp/engine/table.h"
#include "wisp/schema/result.h"

namespace wisp {

// More than this in one batch is refused with kLimit: a batch is one record of the write-ahead log.
inline constexpr std::size_t kMaxBatchBytes = std::size_t{1} << 30;

// Several writes that happen together or not at all, across tables. Rows are encoded when they are
// added; a row that is refused leaves the batch as it was. Owns what it needs of the database:
// Database::close() answers kBusy while it lives. Threads: one at a time. Reusable after commit,
// which empties it, or clear().
class WriteBatch {
 public:
  WriteBatch(WriteBatch&&) noexcept;
  WriteBatch& operator=(WriteBatch&&) noexcept;
  ~WriteBatch();

  // As Table::put; the row becomes visible with commit().
  Result<std::uint64_t> put(const Table& table, RowBuilder& row);
  // As Table::insert; it is commit() that fails with kAlreadyExists.
  Result<std::uint64_t> insert(const Table& table, RowBuilder& row);
  // As Table::update; with OnMissing::kFail it is commit() that fails with kNotFound.
  Status update(const Table& table, KeyValues key, PatchBuilder& patch,
                OnMissing missing = OnMissing::kIgnore);
  // By hidden row id; kCreate is kInvalidArgument, as there.
  Status update(const Table& table, std::uint64_t row_id, PatchBuilder& patch,
                OnMissing missing = OnMissing::kIgnore);
  Status erase(const Table& table, KeyValues key);
  Status erase(const Table& table, std::uint64_t row_id);
  // As Table::erase_range: rows that the batch has put before are erased too.
  Status erase_range(const Table& table, KeyValues from, KeyValues to);
  // commit() writes only if the guard holds of this row, which the batch need not write. Guards,
  // those of insert and update too, see the state before the batch: none of its own writes.
  Status require(const Table& table, KeyValues key, const RowGuard& guard);
  Status require(const Table& table, std::uint64_t row_id, const RowGuard& guard);

  std::size_t row_count() const noexcept;   // puts, updates and erases; a range counts once
  std::size_t size_bytes() const noexcept;  // keys and encoded rows
  // Forgets the rows and keeps the memory.
  void clear();
  // Fails as the first guard that does not hold. On failure nothing of the batch is visible (except
  // kUnknownOutcome) and the batch keeps its rows.
  Status commit(const WriteOptions& options = {});

 private:
  friend class Database;
  struct Impl;
  explicit WriteBatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wisp
