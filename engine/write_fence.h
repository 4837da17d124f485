// WriteFence: lets writers pass together; one change of the schema, or one erased range, alone.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "wisp/schema/result.h"

namespace wisp {

// A shared mutex (for std::shared_lock and std::unique_lock) on which the one who wants it alone
// cannot starve: std::shared_mutex lets new shared owners in for as long as there is one, which
// with busy writers is always. Who comes while someone waits to be alone comes after him. A thread
// must not take it twice. Threads: shared by all.
class WriteFence {
 public:
  void lock_shared() {
    // Passed by without a lock as long as nobody waits to be alone.
    if (closing_.load(std::memory_order_acquire)) const std::lock_guard wait(turn_);
    passing_.lock_shared();
  }
  bool try_lock_shared() {
    return !closing_.load(std::memory_order_acquire) && passing_.try_lock_shared();
  }
  void unlock_shared() { passing_.unlock_shared(); }

  void lock() {
    turn_.lock();
    closing_.store(true, std::memory_order_release);
    passing_.lock();
  }
  void unlock() {
    passing_.unlock();
    closing_.store(false, std::memory_order_release);
    turn_.unlock();
  }

 private:
  std::shared_mutex passing_;
  std::mutex turn_;  // held from waiting to be alone to the end of it
  std::atomic<bool> closing_{false};
};

// The fence held shared; kBusy where it would have to be waited for and `wait` is false.
inline Result<std::shared_lock<WriteFence>> pass(WriteFence& fence, bool wait) {
  if (wait) return std::shared_lock(fence);
  std::shared_lock lock(fence, std::try_to_lock);
  if (lock.owns_lock()) return lock;
  return fail(ErrorCode::kBusy,
              "a change of the schema or an erased range is in front of this write");
}

}  // namespace wisp
