// Snapshot: the rows of all tables at one moment.
#pragma once

#include <memory>

namespace wisp {

// Reads that name it (ReadOptions::snapshot, ScanOptions::snapshot) see every write acknowledged
// before Database::snapshot() and none after, in all tables. Schemas are not part of it: a table
// handle reads old rows as of its own version, and a table dropped since is gone. Costs nothing to
// make; while it lives, compaction keeps the rows it sees. Owns what it needs of the database:
// Database::close() answers kBusy while it lives. Threads: shared by all.
class Snapshot {
 public:
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

 private:
  friend class Database;
  friend class Cursor;
  friend class Table;
  struct Impl;
  explicit Snapshot(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace wisp
