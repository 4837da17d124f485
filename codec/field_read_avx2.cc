// The field kernels for x86-64 with AVX2, BMI and popcnt (built with -march=x86-64-v3).
#if defined(__x86_64__)

#define XXH_INLINE_ALL  // built here, and so with AVX2

#include <immintrin.h>

#include "wisp/codec/field_ops_sse_inl.h"

namespace wisp {
namespace {

struct Ops : SseOps {
  static std::uint32_t equal32(const std::byte* list, std::uint8_t key) noexcept {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(list));
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_set1_epi8(static_cast<char>(key)))));
  }
};

}  // namespace
}  // namespace wisp

#include "wisp/codec/field_read_inl.h"

namespace wisp {

constinit const FieldKernels kAvx2Kernels = make_kernels("avx2");

}  // namespace wisp

#endif
