#include "wisp/engine/store/rocks/rocks_group_sync.h"

namespace wisp::store {

RocksGroupSync::~RocksGroupSync() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void RocksGroupSync::note_write() {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    if (noted_) return;
    noted_ = true;
  }
  changed_.notify_one();
}

void RocksGroupSync::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return noted_ || stopping_; });
    if (!noted_) return;
    changed_.wait_for(lock, interval_, [this] { return stopping_; });
    noted_ = false;  // before the sync: a write that comes during it needs the next one
    lock.unlock();
    sync_();
    lock.lock();
  }
}

}  // namespace wisp::store
