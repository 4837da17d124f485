#include "wisp/engine/store/rocks/rocks_write_state.h"

#include "wisp/engine/store/rocks/rocks_options.h"

namespace wisp::store {
namespace {

const char* name_of(rocksdb::BackgroundErrorReason reason) noexcept {
  using Reason = rocksdb::BackgroundErrorReason;
  switch (reason) {
    case Reason::kFlush:
    case Reason::kFlushNoWAL:
      return "a flush";
    case Reason::kCompaction:
      return "a compaction";
    case Reason::kManifestWrite:
    case Reason::kManifestWriteNoWAL:
      return "a write to the list of files";
    case Reason::kWriteCallback:
    case Reason::kMemTable:
      break;
  }
  return "a write";
}

}  // namespace

Status RocksWriteState::check() const {
  if (read_only_) return fail(ErrorCode::kUnsupported, "the database is open read-only");
  if (!failed_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return fail(ErrorCode::kIo,
              "refused because " + reason_ + "; close the database and open it again");
}

void RocksWriteState::refuse(const std::string& reason) {
  if (failed_.load(std::memory_order_relaxed)) return;
  reason_ = reason;
  failed_.store(true, std::memory_order_release);
}

Status RocksWriteState::outcome(const rocksdb::Status& status) {
  if (status.ok()) {
    if (disk_full_.load(std::memory_order_relaxed)) background_recovered();
    return {};
  }
  // Refused before anything was done.
  if (status.IsInvalidArgument() || status.IsNotSupported()) return fail(to_error(status));
  const std::lock_guard lock(mutex_);
  // What does not wait (no_slowdown), or would wait for a compaction that fails, ends like this,
  // before anything was done.
  if (status.IsIncomplete()) {
    if (compaction_.ok()) {
      return fail(ErrorCode::kBusy, "writes are stalled, and this one was not to wait");
    }
    return fail(compaction_.IsNoSpace() ? ErrorCode::kNoSpace : ErrorCode::kBusy,
                "writes are stalled behind a compaction that failed: " + compaction_.ToString());
  }
  // A status with a severity is RocksDB's refusal of a write, before anything was done. Only where
  // the list of files could not be written it is the outcome of a write, and failed_ is set then.
  if (status.IsNoSpace() && status.severity() == rocksdb::Status::kHardError &&
      !failed_.load(std::memory_order_relaxed)) {
    no_space_ = status;
    disk_full_.store(true, std::memory_order_relaxed);
    return fail(ErrorCode::kNoSpace,
                "the disk is full, and nothing was written: " + status.ToString());
  }
  refuse("an earlier write failed (" + status.ToString() + ")");
  return fail(
      ErrorCode::kUnknownOutcome,
      "the store failed under the write, which may or may not survive: " + status.ToString());
}

void RocksWriteState::describe(StoreStats& stats) const {
  if (const Status writable = check(); !writable) {
    stats.writes = WriteState::kRefused;
    stats.writes_reason = writable.error().message;
    return;
  }
  const std::lock_guard lock(mutex_);
  if (disk_full_.load(std::memory_order_relaxed)) {
    stats.writes = WriteState::kRefused;
    stats.writes_reason =
        "the disk is full; writes go on once there is space (" + no_space_.ToString() + ")";
  } else if (!compaction_.ok()) {
    if (!stats.writes_reason.empty()) stats.writes_reason += "; ";
    stats.writes_reason += "a compaction failed (" + compaction_.ToString() + ")";
  }
}

void RocksWriteState::background_failed(rocksdb::BackgroundErrorReason reason,
                                        const rocksdb::Status& status) {
  const std::lock_guard lock(mutex_);
  if (reason == rocksdb::BackgroundErrorReason::kFlushNoWAL && status.IsNoSpace()) {
    no_space_ = status;
    disk_full_.store(true, std::memory_order_relaxed);
  } else if (reason == rocksdb::BackgroundErrorReason::kCompaction &&
             status.severity() < rocksdb::Status::kHardError) {
    compaction_ = status;
  } else {
    refuse(name_of(reason) + (" failed (" + status.ToString()) + ")");
  }
}

void RocksWriteState::background_recovered() {
  disk_full_.store(false, std::memory_order_relaxed);
}

void RocksWriteState::compaction_succeeded() {
  const std::lock_guard lock(mutex_);
  compaction_ = rocksdb::Status::OK();
}

}  // namespace wisp::store
