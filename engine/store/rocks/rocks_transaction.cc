#include "wisp/engine/store/rocks/rocks_transaction.h"

#include <rocksdb/utilities/write_batch_with_index.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "wisp/engine/store/rocks/rocks_options.h"
#include "wisp/engine/store/rocks/rocks_slice.h"
#include "wisp/engine/store/rocks/row_cache.h"

namespace wisp::store {
namespace {

// More erased ranges than this while a transaction is open, and the oldest are forgotten.
constexpr std::size_t kRememberedRanges = 1000;

}  // namespace

Status append_ops(std::span<const Op> ops, rocksdb::WriteBatch& batch) {
  rocksdb::Status s;
  for (const Op& op : ops) {
    switch (op.kind) {
      case Op::Kind::kPut:
        s = batch.Put(slice_of(op.key), slice_of(op.value));
        break;
      case Op::Kind::kPatch:
        s = batch.Merge(slice_of(op.key), slice_of(op.value));
        break;
      case Op::Kind::kErase:
        s = batch.Delete(slice_of(op.key));
        break;
      case Op::Kind::kEraseRange:
        s = batch.DeleteRange(slice_of(op.key), slice_of(op.value));
        break;
    }
    if (!s.ok()) return fail(to_error(s));
  }
  return {};
}

bool erases_range(std::span<const Op> ops) noexcept {
  return std::any_of(ops.begin(), ops.end(),
                     [](const Op& op) { return op.kind == Op::Kind::kEraseRange; });
}

// ---- Ranges erased meanwhile ----

rocksdb::SequenceNumber ErasedRanges::start(
    const std::function<rocksdb::SequenceNumber()>& take_snapshot) {
  const std::lock_guard lock(mutex_);
  return *open_.insert(take_snapshot());
}

void ErasedRanges::end(rocksdb::SequenceNumber at) {
  const std::lock_guard lock(mutex_);
  open_.erase(open_.find(at));
  while (!ranges_.empty() && (open_.empty() || ranges_.front().at <= *open_.begin())) {
    ranges_.pop_front();
  }
}

void ErasedRanges::note(std::span<const Op> ops, rocksdb::SequenceNumber last) {
  const std::lock_guard lock(mutex_);
  if (open_.empty()) return;
  for (const Op& op : ops) {
    if (op.kind != Op::Kind::kEraseRange) continue;
    ranges_.push_back({std::string(op.key), std::string(op.value), last});
    if (ranges_.size() <= kRememberedRanges) continue;
    forgotten_ = ranges_.front().at;
    ranges_.pop_front();
  }
}

bool ErasedRanges::touched(std::span<const std::string> keys, rocksdb::SequenceNumber since) const {
  const std::lock_guard lock(mutex_);
  if (since < forgotten_) return true;
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return range.at > since && std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
             return range.from <= key && key < range.to;
           });
  });
}

// ---- The transaction ----

RocksTransaction::RocksTransaction(rocksdb::OptimisticTransactionDB& db, RocksWriteState& state,
                                   ErasedRanges& erased, RocksGroupSync& group_sync, RowCache* rows,
                                   std::size_t protection_bytes_per_key)
    : db_(*db.GetBaseDB()), state_(state), erased_(erased), group_sync_(group_sync), rows_(rows) {
  rocksdb::OptimisticTransactionOptions options;
  options.set_snapshot = true;
  rocksdb::WriteOptions write;
  write.protection_bytes_per_key = protection_bytes_per_key;
  start_ = erased_.start([&] {
    transaction_.reset(db.BeginTransaction(write, options));
    return transaction_->GetSnapshot()->GetSequenceNumber();
  });
  snapshot_ = std::make_unique<RocksSnapshot>(transaction_->GetSnapshot());
}

RocksTransaction::~RocksTransaction() {
  erased_.end(start_);
}

Status RocksTransaction::watch(std::string_view key) {
  // Without a value to fill this only takes the key down, as of the snapshot.
  const rocksdb::Status s =
      transaction_->GetForUpdate(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), slice_of(key),
                                 static_cast<std::string*>(nullptr));
  if (!s.ok()) return fail(to_error(s));
  watched_.emplace_back(key);
  return {};
}

Status RocksTransaction::commit(std::span<const Op> ops, const WriteOptions& options) {
  WISP_TRY(state_.check());
  WISP_TRY(append_ops(ops, *transaction_->GetWriteBatch()->GetWriteBatch()));
  rocksdb::WriteOptions& write = *transaction_->GetWriteOptions();
  write.sync = options.durability == Durability::kSync;
  write.no_slowdown = !options.wait_in_stall;
  std::unique_lock alone(erased_.fence(), std::defer_lock);
  std::shared_lock<WriteFence> shared;
  if (erases_range(ops)) {
    alone.lock();
  } else {
    WISP_ASSIGN(shared, pass(erased_.fence(), options.wait_in_stall));
  }
  if (erased_.touched(watched_, start_)) {
    return fail(ErrorCode::kConflict, "a row that the write depends on was erased meanwhile");
  }
  const RowCache::Writing writing(rows_, ops);
  const rocksdb::Status s = transaction_->Commit();
  if (s.IsBusy()) {
    return fail(ErrorCode::kConflict, "a row that the write depends on was changed meanwhile");
  }
  if (s.IsTryAgain()) {
    return fail(ErrorCode::kConflict,
                "too much was written since the start to tell whether a row changed meanwhile");
  }
  if (alone.owns_lock()) erased_.note(ops, db_.GetLatestSequenceNumber());
  if (s.ok() && options.durability == Durability::kGroup) group_sync_.note_write();
  return state_.outcome(s);
}

}  // namespace wisp::store
