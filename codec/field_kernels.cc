#include "wisp/codec/field_kernels.h"

#include <array>

namespace wisp {

namespace {

struct Available {
  std::array<const FieldKernels*, 3> tables{&kPortableKernels};
  std::size_t count = 1;
};

Available find_available() noexcept {
  Available out;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool popcnt = __builtin_cpu_supports("popcnt");
  if (popcnt) out.tables[out.count++] = &kPopcntKernels;
  if (popcnt && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2")) {
    out.tables[out.count++] = &kAvx2Kernels;
  }
#endif
  return out;
}

}  // namespace

namespace internal {
constinit const FieldKernels* field_kernels = &kPortableKernels;
}  // namespace internal

#if !defined(WISP_PORTABLE)
namespace {
// Runs while the library is loaded; reads before that use the portable kernels.
[[maybe_unused]] const bool kChosen = [] {
  const Available available = find_available();
  internal::field_kernels = available.tables[available.count - 1];
  return true;
}();
}  // namespace
#endif

std::span<const FieldKernels* const> available_kernels() noexcept {
  static const Available available = find_available();
  return {available.tables.data(), available.count};
}

void use_kernels(const FieldKernels& kernels) noexcept {
  internal::field_kernels = &kernels;
}

}  // namespace wisp
