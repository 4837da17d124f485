// UnfilledArray: room for values that are written before they are read.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace wisp {

// Making one costs the same whatever its size: nothing is filled, and pages that nobody writes to
// stay untouched. Moving keeps the address of the values.
template <typename T>
class UnfilledArray {
 public:
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

  UnfilledArray() = default;
  explicit UnfilledArray(std::size_t size)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(size * sizeof(T))), size_(size) {}

  T* data() noexcept { return reinterpret_cast<T*>(bytes_.get()); }
  const T* data() const noexcept { return reinterpret_cast<const T*>(bytes_.get()); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T& operator[](std::size_t i) noexcept { return data()[i]; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace wisp
