// Cursor: an ordered scan over the rows of a table.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "wisp/engine/row.h"
#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

struct ScanOptions {
  // Key range [from, to) in key order: values of the leading key columns, possibly fewer than all:
  // then `from` stands before and `to` ends before every key that begins with them. Empty: no
  // bound. In a DESC column larger values come first. For a table with a hidden row id: one BIGINT.
  std::vector<Value> from;
  std::vector<Value> to;
  std::uint64_t limit = UINT64_MAX;  // rows
  // As ReadOptions::verify_checksums.
  bool verify_checksums = false;
};

// An ordered scan, as of the moment it was made. Owns what it needs of the database:
// Database::close() answers kBusy while it lives. Threads: one at a time.
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
  const store::Entry& stored() const noexcept;

 private:
  friend class Table;
  struct Impl;
  explicit Cursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wisp
