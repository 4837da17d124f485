// IndexedRange: what can be asked for by position, as a range for `for`.
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace wisp {

// get(0) to get(size - 1). Its iterators point into it.
template <typename Get>
class IndexedRange {
 public:
  IndexedRange(std::size_t size, Get get) : size_(size), get_(std::move(get)) {}

  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = decltype(std::declval<const Get&>()(std::size_t{}));
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    value_type operator*() const { return range_->get_(at_); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    void operator++(int) noexcept { ++at_; }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) noexcept {
      return i.at_ == i.range_->size();
    }

   private:
    friend class IndexedRange;
    explicit Iterator(const IndexedRange* range) : range_(range) {}
    const IndexedRange* range_ = nullptr;
    std::size_t at_ = 0;
  };
  Iterator begin() const noexcept { return Iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_;
  Get get_;
};

}  // namespace wisp
