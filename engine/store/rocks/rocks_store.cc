#include "wisp/engine/store/rocks/rocks_store.h"

#include <rocksdb/db.h>
#include <rocksdb/table_properties.h>
#include <rocksdb/utilities/optimistic_transaction_db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include "wisp/engine/store/rocks/range_reclaimer.h"
#include "wisp/engine/store/rocks/rocks_background.h"
#include "wisp/engine/store/rocks/rocks_follower.h"
#include "wisp/engine/store/rocks/rocks_group_sync.h"
#include "wisp/engine/store/rocks/rocks_merge.h"
#include "wisp/engine/store/rocks/rocks_open.h"
#include "wisp/engine/store/rocks/rocks_options.h"
#include "wisp/engine/store/rocks/rocks_pin.h"
#include "wisp/engine/store/rocks/rocks_rewrite.h"
#include "wisp/engine/store/rocks/rocks_slice.h"
#include "wisp/engine/store/rocks/rocks_stall.h"
#include "wisp/engine/store/rocks/rocks_transaction.h"
#include "wisp/engine/store/rocks/rocks_write_state.h"
#include "wisp/engine/store/rocks/row_cache.h"

namespace wisp::store {
namespace {

// Sequential reads ask the disk for this much at once; more did not help, less did.
constexpr std::size_t kScanReadaheadBytes = std::size_t{2} << 20;
// A scan of fewer entries is a point read in disguise: it may use the cache and reads no megabytes.
constexpr std::uint64_t kShortScanEntries = 1000;
// Keys handed to RocksDB at a time; it works in groups of 32 itself.
constexpr std::size_t kMultiGetChunk = 128;
// A write batch is reused per thread unless one large write has blown it up.
constexpr std::size_t kKeptBatchBytes = std::size_t{1} << 20;

// An empty batch whose memory is kept between the writes of a thread.
rocksdb::WriteBatch& thread_batch(std::size_t protection_bytes_per_key) {
  static thread_local rocksdb::WriteBatch batch;
  static thread_local std::size_t protection = 0;
  if (protection != protection_bytes_per_key) {
    batch = rocksdb::WriteBatch(0, 0, protection_bytes_per_key, 0);
    protection = protection_bytes_per_key;
  }
  batch.Clear();
  return batch;
}

class RocksCursor final : public Cursor {
 public:
  // `db` is kept open where this shares it.
  RocksCursor(std::shared_ptr<rocksdb::DB> db, const Range& range)
      : db_(std::move(db)),
        from_(range.from),
        to_(range.to),
        from_slice_(slice_of(from_)),
        to_slice_(slice_of(to_)),
        reverse_(range.reverse) {
    rocksdb::ReadOptions read;
    const bool is_short = range.expected_entries < kShortScanEntries;
    read.snapshot = RocksSnapshot::of(range.snapshot);
    read.iterate_upper_bound = &to_slice_;
    if (reverse_) read.iterate_lower_bound = &from_slice_;
    read.fill_cache = is_short;  // a long scan would push everything else out
    read.readahead_size = is_short ? 0 : kScanReadaheadBytes;
    read.total_order_seek = true;  // whatever prefix extractor an operator sets
    it_.reset(db_->NewIterator(read));
    if (reverse_) {
      it_->SeekToLast();  // in front of the upper bound
    } else {
      it_->Seek(from_slice_);
    }
  }

  bool next(Entry& out) override {
    if (started_) {
      if (!is_at_entry_) return false;
      if (reverse_) {
        it_->Prev();
      } else {
        it_->Next();
      }
    }
    started_ = true;
    is_at_entry_ = it_->Valid();
    if (!is_at_entry_) return false;
    out.key = view_of(it_->key());
    out.value = view_of(it_->value());
    return true;
  }

  Status status() const override {
    const rocksdb::Status s = it_->status();
    if (s.ok()) return {};
    return fail(to_error(s));
  }

 private:
  const std::shared_ptr<rocksdb::DB> db_;
  std::string from_;
  std::string to_;
  rocksdb::Slice from_slice_;  // the iterator points to them
  rocksdb::Slice to_slice_;
  const bool reverse_;
  std::unique_ptr<rocksdb::Iterator> it_;
  bool started_ = false;
  bool is_at_entry_ = false;
};

class EmptyCursor final : public Cursor {
 public:
  bool next(Entry&) override { return false; }
  Status status() const override { return {}; }
};

class RocksDbStore final : public Store {
 public:
  // Read-only.
  RocksDbStore(std::unique_ptr<RocksFollower> follower, std::shared_ptr<rocksdb::Cache> cache,
               const DatabaseOptions& options)
      : cache_(std::move(cache)),
        follower_(std::move(follower)),
        background_(std::make_shared<RocksBackground>(/*read_only=*/true)) {
    cache_rows(options);
  }
  RocksDbStore(std::unique_ptr<rocksdb::OptimisticTransactionDB> db,
               std::shared_ptr<rocksdb::Cache> cache, const DatabaseOptions& options,
               std::shared_ptr<RocksBackground> background, std::shared_ptr<Rewrite> rewrite)
      : cache_(std::move(cache)),
        transactions_(db.get()),
        owned_(std::move(db)),
        db_(transactions_->GetBaseDB()),
        background_(std::move(background)),
        protection_bytes_per_key_(options.protection_bytes_per_key),
        rewrite_(std::move(rewrite)) {
    reclaimer_.emplace(*db_, *background_);
    group_sync_.emplace(options.group_sync_interval, [this] { (void)sync(); });
    cache_rows(options);
  }
  ~RocksDbStore() override {
    if (owned_ != nullptr) (void)close();
  }

  Result<bool> get(std::string_view key, Pin& out, const Snapshot* snapshot) override;
  void multi_get(std::span<const Lookup> keys, const Snapshot* snapshot,
                 const MultiGetSink& sink) override;
  Result<std::unique_ptr<Cursor>> scan(const Range& range) override;
  using Store::write;
  Status write(std::span<const Op> ops, const WriteOptions& options) override;
  std::uint64_t last_sequence() const override { return view()->GetLatestSequenceNumber(); }
  void reclaim(std::string from, std::string to) override;
  std::unique_ptr<Snapshot> snapshot() override;
  Result<std::unique_ptr<Transaction>> begin() override;
  Status sync() override;
  Status flush() override;
  Status compact() override;
  Result<SizeEstimate> estimate(std::string_view from, std::string_view to) override;
  StoreStats stats() override;
  Result<std::string> property(std::string_view name) override;
  Result<std::unique_ptr<Snapshot>> look_ahead() override;
  void show_ahead() override { follower_->show_ahead(row_cache()); }
  Status close() override;

 private:
  // Where reads go: those without a snapshot, and with one (or null). Borrowed where this writes.
  std::shared_ptr<rocksdb::DB> view() const {
    if (follower_ == nullptr) [[likely]] {
      return {std::shared_ptr<rocksdb::DB>(), db_};
    }
    return follower_->moment();
  }
  std::shared_ptr<rocksdb::DB> view(const Snapshot* snapshot) const {
    const auto* of = static_cast<const RocksSnapshot*>(snapshot);
    return of == nullptr || of->moment() == nullptr ? view() : of->moment();
  }
  void cache_rows(const DatabaseOptions& options);
  RowCache* row_cache() noexcept { return row_cache_ ? &*row_cache_ : nullptr; }

  const std::shared_ptr<rocksdb::Cache> cache_;    // or null
  std::optional<RowCache> row_cache_;              // in cache_
  const std::unique_ptr<RocksFollower> follower_;  // read-only: what is read; else null
  // Of a store that writes; the rest is behind it, since it works there.
  rocksdb::OptimisticTransactionDB* transactions_ = nullptr;
  std::unique_ptr<rocksdb::DB> owned_;
  rocksdb::DB* db_ = nullptr;  // without the layer of transactions
  const std::shared_ptr<RocksBackground> background_;
  RocksWriteState& state_ = background_->state();
  rocksdb::ReadOptions newest_;  // reads without a snapshot
  const std::size_t protection_bytes_per_key_ = 0;
  const std::shared_ptr<Rewrite> rewrite_;  // or null
  std::optional<RangeReclaimer> reclaimer_;
  ErasedRanges erased_;
  std::optional<RocksGroupSync> group_sync_;
};

// A point read then caches its row alone, not the block around it.
void RocksDbStore::cache_rows(const DatabaseOptions& options) {
  if (!options.cache_rows) return;
  row_cache_.emplace(cache_);
  newest_.fill_cache = false;
}

Result<bool> RocksDbStore::get(std::string_view key, Pin& out, const Snapshot* snapshot) {
  RocksPin& holder = RocksPin::behind(out, cache_);
  RowCache* const rows = snapshot == nullptr ? row_cache() : nullptr;
  RowCache::Place place;
  if (rows != nullptr && rows->find(key, holder.slice(), place)) {
    holder.show_in(out);
    return true;
  }
  const std::shared_ptr<rocksdb::DB> db = view(snapshot);  // behind find(): not older than it
  const auto get = [&](const rocksdb::ReadOptions& read) {
    return db->Get(read, db->DefaultColumnFamily(), slice_of(key), &holder.slice());
  };
  const auto get_at = [&] {
    rocksdb::ReadOptions read;
    read.snapshot = RocksSnapshot::of(snapshot);
    return get(read);
  };
  rocksdb::Status s = snapshot == nullptr ? get(newest_) : get_at();
  if (s.ok() && rows != nullptr) s = rows->add(place, key, holder.slice());
  if (s.ok()) [[likely]] {
    holder.show_in(out);
    return true;
  }
  holder.slice().Reset();
  if (s.IsNotFound()) return false;
  return fail(to_error(s));
}

void RocksDbStore::multi_get(std::span<const Lookup> keys, const Snapshot* snapshot,
                             const MultiGetSink& sink) {
  RowCache* const rows = snapshot == nullptr ? row_cache() : nullptr;
  rocksdb::ReadOptions read;
  read.snapshot = RocksSnapshot::of(snapshot);
  read.fill_cache = rows == nullptr;
  const std::size_t chunk = std::min(keys.size(), kMultiGetChunk);
  std::vector<rocksdb::Slice> slices(chunk);
  std::vector<rocksdb::Status> statuses(chunk);
  std::vector<RowCache::Place> places(rows == nullptr ? 0 : chunk);
  for (std::size_t begin = 0; begin < keys.size(); begin += kMultiGetChunk) {
    const std::size_t count = std::min(keys.size() - begin, kMultiGetChunk);
    // Fresh ones each time: an unpinned PinnableSlice must not be used again after it was moved
    // from.
    std::vector<rocksdb::PinnableSlice> values(count);
    std::vector<rocksdb::PinnableSlice> cached(places.size());
    const auto ask = [&] {
      std::size_t asked = 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (rows == nullptr || !cached[i].IsPinned())
          slices[asked++] = slice_of(keys[begin + i].key);
      }
      if (asked == 0) return;
      const std::shared_ptr<rocksdb::DB> db = view(snapshot);
      db->MultiGet(read, db->DefaultColumnFamily(), asked, slices.data(), values.data(),
                   statuses.data());
    };
    for (std::size_t i = 0; i < places.size() && i < count; ++i) {
      rows->find(keys[begin + i].key, cached[i], places[i]);
    }
    ask();
    // A chunk is read as of one moment: what was cached must have been the newest until now.
    const auto is_old = [&](std::size_t i) {
      return cached[i].IsPinned() && !RowCache::is_newest(places[i]);
    };
    for (std::size_t i = 0; i < cached.size(); ++i) {
      if (!is_old(i)) continue;
      cached = std::vector<rocksdb::PinnableSlice>(cached.size());
      values = std::vector<rocksdb::PinnableSlice>(count);
      ask();
      break;
    }
    for (std::size_t i = 0, next = 0; i < count; ++i) {
      const bool was_cached = rows != nullptr && cached[i].IsPinned();
      rocksdb::PinnableSlice& value = was_cached ? cached[i] : values[next];
      rocksdb::Status s;
      if (!was_cached) s = std::move(statuses[next++]);
      const auto& [key, pin] = keys[begin + i];
      if (!was_cached && s.ok() && rows != nullptr) s = rows->add(places[i], key, value);
      RocksPin& holder = RocksPin::behind(*pin, cache_);
      if (s.ok()) [[likely]] {
        holder.slice() = std::move(value);
        holder.show_in(*pin);
        sink(begin + i, true);
      } else if (s.IsNotFound()) {
        sink(begin + i, false);
      } else {
        sink(begin + i, fail(to_error(s)));
      }
    }
  }
}

Result<std::unique_ptr<Cursor>> RocksDbStore::scan(const Range& range) {
  // RocksDB asserts that bounds are in order.
  if (range.from >= range.to) return std::unique_ptr<Cursor>(new EmptyCursor);
  return std::unique_ptr<Cursor>(new RocksCursor(view(range.snapshot), range));
}

Status RocksDbStore::write(std::span<const Op> ops, const WriteOptions& options) {
  WISP_TRY(state_.check());
  if (ops.empty()) return {};
  rocksdb::WriteBatch& batch = thread_batch(protection_bytes_per_key_);
  WISP_TRY(append_ops(ops, batch));  // on failure nothing has left our memory
  rocksdb::WriteOptions write;
  write.sync = options.durability == Durability::kSync;
  write.no_slowdown = !options.wait_in_stall;
  std::unique_lock alone(erased_.fence(), std::defer_lock);
  if (erases_range(ops)) alone.lock();
  const RowCache::Writing writing(row_cache(), ops);
  const rocksdb::Status s = db_->Write(write, &batch);
  if (alone.owns_lock()) erased_.note(ops, db_->GetLatestSequenceNumber());
  if (batch.GetDataSize() > kKeptBatchBytes) {
    batch = rocksdb::WriteBatch(0, 0, protection_bytes_per_key_, 0);
  }
  if (s.ok() && options.durability == Durability::kGroup) group_sync_->note_write();
  return state_.outcome(s);
}

std::unique_ptr<Snapshot> RocksDbStore::snapshot() {
  if (follower_ != nullptr) return std::make_unique<RocksSnapshot>(follower_->moment());
  return std::make_unique<RocksSnapshot>(db_);
}

Result<std::unique_ptr<Transaction>> RocksDbStore::begin() {
  WISP_TRY(state_.check());
  return std::unique_ptr<Transaction>(std::make_unique<RocksTransaction>(
      *transactions_, state_, erased_, *group_sync_, row_cache(), protection_bytes_per_key_));
}

Status RocksDbStore::sync() {
  WISP_TRY(state_.check());
  return state_.outcome(db_->SyncWAL());
}

void RocksDbStore::reclaim(std::string from, std::string to) {
  if (reclaimer_ && from < to) reclaimer_->add(std::move(from), std::move(to));
}

Status RocksDbStore::flush() {
  WISP_TRY(state_.check());
  const std::uint64_t sequence = last_sequence();
  const rocksdb::Status s = background_->flush(*db_);
  if (!s.ok()) return fail(to_error(s));
  // The listener may come later than this returns, and a compaction may follow at once.
  if (rewrite_ != nullptr) rewrite_->on_flushed(sequence);
  return {};
}

Status RocksDbStore::compact() {
  WISP_TRY(flush());
  // What a compaction that runs by now still writes would count as compacted below, but may have
  // been rewritten for readers who are gone: wait for its end.
  rocksdb::Status paused = db_->PauseBackgroundWork();
  if (paused.ok()) paused = db_->ContinueBackgroundWork();
  if (!paused.ok()) return fail(to_error(paused));
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Status s = db_->CompactRange(options, nullptr, nullptr);
  if (!s.ok()) return fail(to_error(s));
  return {};
}

Result<SizeEstimate> RocksDbStore::estimate(std::string_view from, std::string_view to) {
  SizeEstimate out;
  if (from >= to) return out;
  const std::shared_ptr<rocksdb::DB> db = view();
  const rocksdb::Range range(slice_of(from), slice_of(to));
  rocksdb::SizeApproximationOptions sizes;
  sizes.include_files = true;
  sizes.include_memtables = false;
  rocksdb::Status s =
      db->GetApproximateSizes(sizes, db->DefaultColumnFamily(), &range, 1, &out.file_bytes);
  if (!s.ok()) return fail(to_error(s));
  db->GetApproximateMemTableStats(range, &out.entries, &out.memtable_bytes);

  rocksdb::TablePropertiesCollection files;
  s = db->GetPropertiesOfTablesInRange(db->DefaultColumnFamily(), &range, 1, &files);
  if (!s.ok()) return fail(to_error(s));
  double entries = 0;
  double bytes = 0;
  for (const auto& [name, properties] : files) {
    entries += static_cast<double>(properties->num_entries - properties->num_deletions);
    bytes += static_cast<double>(properties->data_size + properties->index_size +
                                 properties->filter_size);
  }
  if (bytes > 0) {
    const double share = std::min(1.0, static_cast<double>(out.file_bytes) / bytes);
    out.entries += static_cast<std::uint64_t>(entries * share);
  }
  return out;
}

StoreStats RocksDbStore::stats() {
  const std::shared_ptr<rocksdb::DB> db = view();
  const auto number = [&](const std::string& name) {
    std::uint64_t value = 0;
    return db->GetIntProperty(name, &value) ? value : 0;
  };
  using Names = rocksdb::DB::Properties;
  StoreStats out;
  out.cache_capacity_bytes = number(Names::kBlockCacheCapacity);
  out.cache_used_bytes = number(Names::kBlockCacheUsage);
  out.cache_pinned_bytes = number(Names::kBlockCachePinnedUsage);
  out.memtable_bytes = number(Names::kSizeAllMemTables);
  out.file_bytes = number(Names::kLiveSstFilesSize);
  std::string level0;
  if (db->GetProperty(Names::kNumFilesAtLevelPrefix + "0", &level0)) {
    std::from_chars(level0.data(), level0.data() + level0.size(), out.level0_files);
  }
  out.pending_compaction_bytes = number(Names::kEstimatePendingCompactionBytes);
  out.running_compactions = number(Names::kNumRunningCompactions);
  out.running_flushes = number(Names::kNumRunningFlushes);
  out.background_errors = number(Names::kBackgroundErrors);
  out.delayed_write_rate_bytes = number(Names::kActualDelayedWriteRate);
  out.unflushed_memtables = number(Names::kNumImmutableMemTable);
  find_stall(*db, out);
  state_.describe(out);
  return out;
}

Result<std::string> RocksDbStore::property(std::string_view name) {
  std::string value;
  if (view()->GetProperty(slice_of(name), &value)) return value;
  return fail(ErrorCode::kNotFound, "the store has no property " + std::string(name));
}

Result<std::unique_ptr<Snapshot>> RocksDbStore::look_ahead() {
  if (follower_ == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "the database is open for writing: it is up to date");
  }
  WISP_ASSIGN(auto moment, follower_->look_ahead());
  std::unique_ptr<Snapshot> ahead;
  if (moment != nullptr) ahead = std::make_unique<RocksSnapshot>(std::move(moment));
  return ahead;
}

Status RocksDbStore::close() {
  if (owned_ == nullptr) return {};  // the follower's moments go with those who hold them
  reclaimer_->stop();
  group_sync_.reset();
  const rocksdb::Status s = owned_->Close();
  owned_.reset();
  db_ = nullptr;
  if (!s.ok() && !s.IsNotSupported()) return fail(to_error(s));
  return {};
}

}  // namespace

Status check_rocks_options(const DatabaseOptions& options) {
  WISP_TRY(make_rocks_options(RocksOpenMode::kReadWrite, options));
  return {};
}

Result<RocksStore> open_rocks_store(const std::string& path, RocksOpenMode mode,
                                    const DatabaseOptions& options,
                                    std::shared_ptr<const Fold> fold,
                                    const std::shared_ptr<Rewrite>& rewrite) {
  WISP_ASSIGN(rocksdb::Options rocks, make_rocks_options(mode, options));
  if (fold != nullptr) rocks.merge_operator = make_merge_operator(std::move(fold));
  RocksStore out;
  if (mode == RocksOpenMode::kReadOnly) {
    WISP_ASSIGN(auto follower, RocksFollower::open(rocks, path, out.warnings));
    out.store = std::make_unique<RocksDbStore>(std::move(follower), cache_of(rocks), options);
  } else {
    if (rewrite != nullptr) attach_rewrite(rewrite, rocks);
    auto background = std::make_shared<RocksBackground>(/*read_only=*/false);
    rocks.listeners.push_back(background);
    WISP_ASSIGN(auto db, open_writable(rocks, path, out.warnings));
    out.store = std::make_unique<RocksDbStore>(std::move(db), cache_of(rocks), options,
                                               std::move(background), rewrite);
  }
  return out;
}

}  // namespace wisp::store
