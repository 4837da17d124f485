// Snapshots and transactions of the RocksDB store.
//
// RocksDB's optimistic transaction serves as the check of a commit only: it knows the watched keys
// and looks their last changes up in the memtables, flushed ones too as long as they are kept. The
// writes are a plain batch, never indexed.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/utilities/optimistic_transaction_db.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/engine/store/rocks/rocks_group_sync.h"
#include "wisp/engine/store/rocks/rocks_write_state.h"
#include "wisp/engine/store/store.h"
#include "wisp/engine/write_fence.h"

namespace wisp::store {

class RowCache;

class RocksSnapshot final : public Snapshot {
 public:
  // All of a database that does not change.
  explicit RocksSnapshot(std::shared_ptr<rocksdb::DB> moment) : moment_(std::move(moment)) {}
  explicit RocksSnapshot(rocksdb::DB* db) : db_(db), snapshot_(db->GetSnapshot()) {}
  // Owned by someone else.
  explicit RocksSnapshot(const rocksdb::Snapshot* borrowed) : snapshot_(borrowed) {}
  ~RocksSnapshot() override {
    if (db_ != nullptr) db_->ReleaseSnapshot(snapshot_);
  }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;

  // What RocksDB wants in its ReadOptions; null reads as of now.
  static const rocksdb::Snapshot* of(const Snapshot* snapshot) noexcept {
    return snapshot == nullptr ? nullptr : static_cast<const RocksSnapshot*>(snapshot)->snapshot_;
  }
  // Where it is read; null: where everything is.
  const std::shared_ptr<rocksdb::DB>& moment() const noexcept { return moment_; }

 private:
  std::shared_ptr<rocksdb::DB> moment_;
  rocksdb::DB* db_ = nullptr;
  const rocksdb::Snapshot* snapshot_ = nullptr;
};

// Adds `ops` to `batch`.
Status append_ops(std::span<const Op> ops, rocksdb::WriteBatch& batch);
bool erases_range(std::span<const Op> ops) noexcept;

// RocksDB's check does not see range tombstones, so that the ranges erased while a transaction is
// open are remembered here. Threads: shared by all.
class ErasedRanges {
 public:
  // Held shared by a commit of a transaction, alone by a write that erases ranges.
  WriteFence& fence() noexcept { return fence_; }

  // A transaction starts where `take_snapshot` says, or is gone. A range that is noted before is in
  // the snapshot; later ones are remembered.
  rocksdb::SequenceNumber start(const std::function<rocksdb::SequenceNumber()>& take_snapshot);
  void end(rocksdb::SequenceNumber at);
  // Behind a write of `ops`; `last` is at or behind its sequence number. Requires: the fence is
  // held alone.
  void note(std::span<const Op> ops, rocksdb::SequenceNumber last);
  // Requires: the fence is held.
  bool touched(std::span<const std::string> keys, rocksdb::SequenceNumber since) const;

 private:
  struct Range {
    std::string from;
    std::string to;
    rocksdb::SequenceNumber at = 0;
  };
  WriteFence fence_;
  mutable std::mutex mutex_;                     // guards what follows
  std::multiset<rocksdb::SequenceNumber> open_;  // where the open transactions started
  std::deque<Range> ranges_;
  rocksdb::SequenceNumber forgotten_ = 0;  // what was erased up to here may not be in ranges_
};

class RocksTransaction final : public Transaction {
 public:
  RocksTransaction(rocksdb::OptimisticTransactionDB& db, RocksWriteState& state,
                   ErasedRanges& erased, RocksGroupSync& group_sync, RowCache* rows,
                   std::size_t protection_bytes_per_key);
  ~RocksTransaction() override;
  RocksTransaction(const RocksTransaction&) = delete;
  RocksTransaction& operator=(const RocksTransaction&) = delete;

  const Snapshot& snapshot() const override { return *snapshot_; }
  Status watch(std::string_view key) override;
  Status commit(std::span<const Op> ops, const WriteOptions& options) override;

 private:
  rocksdb::DB& db_;
  RocksWriteState& state_;
  ErasedRanges& erased_;
  RocksGroupSync& group_sync_;
  RowCache* const rows_;  // or null
  std::unique_ptr<rocksdb::Transaction> transaction_;
  std::unique_ptr<RocksSnapshot> snapshot_;
  rocksdb::SequenceNumber start_ = 0;
  std::vector<std::string> watched_;
};

}  // namespace wisp::store
