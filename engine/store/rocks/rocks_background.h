// What RocksDB's background threads report, and flushes that can be relied on.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <memory>

#include "wisp/engine/store/rocks/rocks_write_state.h"

namespace wisp::store {

// One of the listeners that a database is opened with. Threads: shared by all.
class RocksBackground final : public rocksdb::EventListener {
 public:
  explicit RocksBackground(bool read_only) : state_(read_only) {}

  RocksWriteState& state() noexcept { return state_; }
  // Writes what the memtables hold by now to files, and waits for it.
  rocksdb::Status flush(rocksdb::DB& db);

  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override;
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override;

 private:
  RocksWriteState state_;
  std::atomic<bool> had_error_{false};
  std::atomic<rocksdb::SequenceNumber> flushed_{0};  // files have everything up to here
};

}  // namespace wisp::store
