#include "allocations.h"

#include <cstdlib>
#include <new>

namespace wisp::bench {
namespace {
thread_local std::uint64_t count = 0;
}  // namespace

std::uint64_t allocations_of_this_thread() noexcept {
  return count;
}

namespace {

void* allocate(std::size_t size) {
  ++count;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void* allocate(std::size_t size, std::align_val_t alignment) {
  ++count;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (size + a - 1) / a * a)) return p;
  throw std::bad_alloc();
}

}  // namespace
}  // namespace wisp::bench

// The forms that the others call in the standard library.
void* operator new(std::size_t size) {
  return wisp::bench::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return wisp::bench::allocate(size, alignment);
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
