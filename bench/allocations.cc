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

void* try_allocate(std::size_t size) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}
void* try_allocate(std::size_t size, std::align_val_t alignment) noexcept {
  ++count;
  const auto a = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(a, (size + a - 1) / a * a);
}
template <typename... How>
void* allocate(How... how) {
  if (void* p = try_allocate(how...)) return p;
  throw std::bad_alloc();
}

}  // namespace
}  // namespace wisp::bench

// All forms: under a sanitizer the others do not come through these.
void* operator new(std::size_t size) {
  return wisp::bench::allocate(size);
}
void* operator new[](std::size_t size) {
  return wisp::bench::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return wisp::bench::allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return wisp::bench::allocate(size, alignment);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return wisp::bench::try_allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return wisp::bench::try_allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return wisp::bench::try_allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return wisp::bench::try_allocate(size, alignment);
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
void operator delete(void* p, const std::nothrow_t&) noexcept {
  std::free(p);
}
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(p);
}
void operator delete[](void* p) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, const std::nothrow_t&) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(p);
}
