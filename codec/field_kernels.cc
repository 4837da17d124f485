#include "wisp/codec/field_kernels.h"

namespace wisp {

namespace {

bool has_popcnt() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("popcnt");
#else
  return false;
#endif
}

}  // namespace

namespace internal {
constinit const FieldKernels* field_kernels = &kPortableKernels;
}  // namespace internal

#if defined(__x86_64__) && !defined(WISP_PORTABLE)
namespace {
// Runs while the library is loaded; reads before that use the portable kernels.
[[maybe_unused]] const bool kChosen = [] {
  if (has_popcnt()) internal::field_kernels = &kPopcntKernels;
  return true;
}();
}  // namespace
#endif

std::size_t available_kernels(const FieldKernels* out[2]) noexcept {
  out[0] = &kPortableKernels;
#if defined(__x86_64__)
  if (has_popcnt()) {
    out[1] = &kPopcntKernels;
    return 2;
  }
#endif
  return 1;
}

void use_kernels(const FieldKernels& kernels) noexcept {
  internal::field_kernels = &kernels;
}

}  // namespace wisp
