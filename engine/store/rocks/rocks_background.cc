#include "wisp/engine/store/rocks/rocks_background.h"

#include <chrono>
#include <cstdint>
#include <thread>

namespace wisp::store {
namespace {

constexpr std::chrono::milliseconds kLookAgain{1};

}  // namespace

rocksdb::Status RocksBackground::flush(rocksdb::DB& db) {
  const rocksdb::SequenceNumber last = db.GetLatestSequenceNumber();
  rocksdb::Status s = db.Flush(rocksdb::FlushOptions());
  if (!s.ok() || !had_error_.load(std::memory_order_acquire)) return s;
  // Once it has recovered from an error, RocksDB 7.8 no longer waits in Flush().
  while (flushed_.load(std::memory_order_acquire) < last) {
    std::uint64_t memtables = 0;
    if (!db.GetIntProperty(rocksdb::DB::Properties::kNumImmutableMemTable, &memtables) ||
        memtables == 0) {
      break;
    }
    if (state_.refuses()) {
      // Says so itself where that is still true.
      if (rocksdb::Status again = db.Flush(rocksdb::FlushOptions()); !again.ok()) return again;
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return s;
}

// Memtables are flushed in order, so that everything before the largest is in files, too.
void RocksBackground::OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) {
  flushed_.store(info.largest_seqno, std::memory_order_release);
}

void RocksBackground::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  if (info.status.ok()) state_.compaction_succeeded();
}

void RocksBackground::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                        rocksdb::Status* status) {
  had_error_.store(true, std::memory_order_release);
  state_.background_failed(reason, *status);
}

void RocksBackground::OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) {
  if (info.new_bg_error.ok()) state_.background_recovered();
}

}  // namespace wisp::store
