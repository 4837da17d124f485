// RangeReclaimer: gives the space of erased key ranges back, in a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace rocksdb {
class DB;
}

namespace wisp::store {

class RocksBackground;

// Threads: shared by all, except stop() and destruction.
class RangeReclaimer {
 public:
  // Both must outlive it.
  RangeReclaimer(rocksdb::DB& db, RocksBackground& background) : db_(db), background_(background) {}
  ~RangeReclaimer() { stop(); }
  RangeReclaimer(const RangeReclaimer&) = delete;
  RangeReclaimer& operator=(const RangeReclaimer&) = delete;

  // Returns at once. Where the store fails, its own compactions do the work one day.
  // Requires: a range tombstone covers [from, to), and nobody reads or writes there any more.
  void add(std::string from, std::string to);
  // Cancels what is under way; nothing is started afterwards.
  void stop();

 private:
  struct KeyRange {
    std::string from;
    std::string to;
  };
  void work();
  void reclaim(const KeyRange& range);

  rocksdb::DB& db_;
  RocksBackground& background_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<KeyRange> ranges_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // started by the first range
};

}  // namespace wisp::store
