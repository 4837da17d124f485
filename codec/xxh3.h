// XXH3-64, by the widest kernel of this processor. xxHash specifies the hash and has the code; its
// shared library takes SSE2 alone, and its dispatcher AVX-512, which slows what runs beside it.
#pragma once

#include <cstdint>
#include <string_view>

#include "wisp/codec/field_kernels.h"

namespace wisp {

inline std::uint64_t xxh3_64(std::string_view bytes) noexcept {
  return internal::field_kernels->xxh3(bytes.data(), bytes.size());
}

}  // namespace wisp
