// The key-value seam: what Wisp asks of a store, and nothing else. RocksDB stands behind it today
// (store/rocks); a remote store must fit later, so nothing here assumes long snapshots, infallible
// commits or that a value is in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/schema/result.h"

namespace wisp::store {

// A value held in place. No heap: a pointer, a length, and how to let go of it.
// Valid until: release or destruction, whatever happens to the store. Threads: exclusive to move and
// destroy, shared to read.
class Pin {
 public:
  using ReleaseFn = void (*)(void* a, void* b) noexcept;

  Pin() = default;
  Pin(const char* data, std::size_t size, ReleaseFn release, void* a, void* b) noexcept
      : data_(data), size_(size), release_(release), a_(a), b_(b) {}
  Pin(Pin&& o) noexcept { *this = std::move(o); }
  Pin& operator=(Pin&& o) noexcept {
    if (this != &o) {
      reset();
      data_ = std::exchange(o.data_, nullptr);
      size_ = std::exchange(o.size_, 0);
      release_ = std::exchange(o.release_, nullptr);
      a_ = o.a_;
      b_ = o.b_;
    }
    return *this;
  }
  Pin(const Pin&) = delete;  // one owner: release happens once
  Pin& operator=(const Pin&) = delete;
  ~Pin() { reset(); }

  void reset() noexcept {
    if (release_ != nullptr) std::exchange(release_, nullptr)(a_, b_);
    data_ = nullptr;
    size_ = 0;
  }
  std::string_view value() const noexcept { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  ReleaseFn release_ = nullptr;
  void* a_ = nullptr;
  void* b_ = nullptr;
};

}  // namespace wisp::store
