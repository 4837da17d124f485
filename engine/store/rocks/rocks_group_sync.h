// The background sync behind Durability::kGroup.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace wisp::store {

// Calls `sync` on a thread of its own, at most `interval` after a write was noted; all writes noted
// until then share the call. The thread starts with the first write. Threads: shared by all.
class RocksGroupSync {
 public:
  RocksGroupSync(std::chrono::milliseconds interval, std::function<void()> sync)
      : interval_(interval), sync_(std::move(sync)) {}
  // Syncs what is noted and not yet synced.
  ~RocksGroupSync();
  RocksGroupSync(const RocksGroupSync&) = delete;
  RocksGroupSync& operator=(const RocksGroupSync&) = delete;

  void note_write();

 private:
  void run();

  const std::chrono::milliseconds interval_;
  const std::function<void()> sync_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool noted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wisp::store
