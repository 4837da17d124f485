// Cursor: an ordered scan over the rows of a table.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "wisp/codec/predicate.h"
#include "wisp/engine/options.h"
#include "wisp/engine/row.h"
#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

struct ScanOptions {
  // Key range [from, to) in key order: values of the leading key columns, possibly fewer than all:
  // then `from` stands before and `to` ends before every key that begins with them. Empty: no
  // bound. In a DESC column larger values come first. For a table with a hidden row id: one BIGINT.
  std::vector<Value> from{};
  std::vector<Value> to{};
  // Only keys that begin with these values of the leading key columns, within [from, to).
  std::vector<Value> prefix{};
  // From the end of the range to its beginning. Costs about half more a row.
  bool reverse = false;
  // Only rows for which this is true, evaluated on their bytes as of the table's version. A field
  // that decides and is damaged is an error of its row, naming the column.
  std::optional<Predicate> where{};
  std::uint64_t limit = UINT64_MAX;  // rows that are given out
  // As in ReadOptions. The snapshot need not outlive the cursor.
  bool verify_checksums = false;
  const Snapshot* snapshot = nullptr;
};

// An ordered scan, as of the moment it was made or of its snapshot. Owns what it needs of the
// database: Database::close() answers kBusy while it lives. Threads: one at a time.
class Cursor {
 public:
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  // Moves to the next row; false at the end. A row that is damaged (kCorruption, kUnknownSchema) is
  // an error that names its key; calling again goes on behind it. A store that fails is an error
  // once; the scan is incomplete() then and at its end.
  Result<bool> next();
  // Whether the store failed, so that rows are missing from the scan.
  bool incomplete() const noexcept;
  // The row under the cursor. Valid until the next call of next() or keep() or the cursor's end.
  const RowRef& row() const noexcept;
  // A copy that owns its bytes. Requires: next() gave true.
  Row keep() const;
  // What is stored under the cursor, also where next() refused the row: the key without its table
  // id, the row with its checksum. Empty at the end. Valid as row() is.
  store::Entry stored() const noexcept;

 private:
  friend class Table;
  friend class Transaction;
  struct Impl;
  explicit Cursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wisp
