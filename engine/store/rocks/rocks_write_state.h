// Whether a RocksDB store still takes writes, and what a failed one means.
#pragma once

#include <rocksdb/status.h>

#include <atomic>
#include <mutex>
#include <string>

#include "wisp/schema/result.h"

namespace wisp::store {

// Threads: shared by all.
class RocksWriteState {
 public:
  explicit RocksWriteState(bool read_only) : read_only_(read_only) {}

  // kUnsupported when read-only; kIo after a write that failed.
  Status check() const;
  // What the caller of a write is told. A write that failed on the way to the disk makes check()
  // fail from now on: after a failed fsync nobody knows what is on the disk, and a second one that
  // succeeds proves nothing.
  Status outcome(const rocksdb::Status& status);

 private:
  const bool read_only_;
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  std::string reason_;
};

}  // namespace wisp::store
