#include "wisp/engine/store/rocks/range_reclaimer.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <utility>

#include "wisp/engine/store/rocks/rocks_background.h"

namespace wisp::store {

void RangeReclaimer::add(std::string from, std::string to) {
  const std::lock_guard lock(mutex_);
  if (stopping_.load(std::memory_order_relaxed)) return;
  ranges_.push_back({std::move(from), std::move(to)});
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_one();
}

void RangeReclaimer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true, std::memory_order_relaxed);
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void RangeReclaimer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock,
                  [&] { return stopping_.load(std::memory_order_relaxed) || !ranges_.empty(); });
    if (stopping_.load(std::memory_order_relaxed)) return;
    const KeyRange range = std::move(ranges_.front());
    ranges_.pop_front();
    lock.unlock();
    reclaim(range);
    lock.lock();
  }
}

void RangeReclaimer::reclaim(const KeyRange& range) {
  const rocksdb::Slice from(range.from);
  const rocksdb::Slice to(range.to);
  // Files must not go before the tombstone is in one: a log that is damaged later would bring the
  // range back without them.
  if (!background_.flush(db_).ok()) return;
  // Whole files go without being read; compaction then finds the rest: level 0 and the tombstone.
  if (!rocksdb::DeleteFilesInRange(&db_, db_.DefaultColumnFamily(), &from, &to, false).ok()) return;
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.canceled = &stopping_;
  db_.CompactRange(options, &from, &to).PermitUncheckedError();
}

}  // namespace wisp::store
