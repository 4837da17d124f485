// Whether a RocksDB store takes writes, and what a failed one means.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/status.h>

#include <atomic>
#include <mutex>
#include <string>

#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"

namespace wisp::store {

// Threads: shared by all.
class RocksWriteState {
 public:
  explicit RocksWriteState(bool read_only) : read_only_(read_only) {}

  // kUnsupported when read-only; kIo after a failure that only a new opening ends. A full disk ends
  // by itself, so that the write is left to find out.
  Status check() const;
  // Whether writes are refused by now, as far as anybody has told.
  bool refuses() const noexcept { return failed_ || disk_full_; }
  // What the caller of a write is told. A write that failed on the way to the disk makes check()
  // fail from now on: after a failed fsync nobody knows what is on the disk, and a second one that
  // succeeds proves nothing.
  Status outcome(const rocksdb::Status& status);
  // Sets stats.writes and stats.writes_reason. Requires: they are as find_stall() leaves them.
  void describe(StoreStats& stats) const;

  // As RocksDB reports it. A table file that a flush had no space for is written again by RocksDB
  // once there is some: the log has its rows. Whatever else stops RocksDB makes check() fail.
  void background_failed(rocksdb::BackgroundErrorReason reason, const rocksdb::Status& status);
  void background_recovered();
  void compaction_succeeded();

 private:
  void refuse(const std::string& reason);  // under mutex_

  const bool read_only_;
  std::atomic<bool> failed_{false};
  std::atomic<bool> disk_full_{false};  // a hint: what RocksDB answers to a write decides
  mutable std::mutex mutex_;            // guards what follows
  std::string reason_;                  // of failed_
  rocksdb::Status no_space_;            // of disk_full_
  rocksdb::Status compaction_;          // one that failed, until the next succeeds
};

}  // namespace wisp::store
