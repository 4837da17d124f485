#include "wisp/engine/store/rocks/rocks_write_state.h"

#include "wisp/engine/store/rocks/rocks_options.h"

namespace wisp::store {

Status RocksWriteState::check() const {
  if (read_only_) return fail(ErrorCode::kUnsupported, "the database is open read-only");
  if (!failed_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return fail(ErrorCode::kIo, "refused because an earlier write failed (" + reason_ +
                                  "); close the database and open it again");
}

Status RocksWriteState::outcome(const rocksdb::Status& status) {
  if (status.ok()) return {};
  // Refused before anything was done.
  if (status.IsInvalidArgument() || status.IsNotSupported()) return fail(to_error(status));
  // Only what does not wait (no_slowdown) ends like this, before anything was done.
  if (status.IsIncomplete()) {
    return fail(ErrorCode::kBusy, "writes are stalled, and this one was not to wait");
  }
  const std::lock_guard lock(mutex_);
  if (!failed_.load(std::memory_order_relaxed)) {
    reason_ = status.ToString();
    failed_.store(true, std::memory_order_release);
  }
  return fail(
      ErrorCode::kUnknownOutcome,
      "the store failed under the write, which may or may not survive: " + status.ToString());
}

}  // namespace wisp::store
