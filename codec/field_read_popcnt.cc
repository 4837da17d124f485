// The field kernels for x86-64 with popcnt (built with -mpopcnt); SSE2 is part of x86-64.
#if defined(__x86_64__)

#include "wisp/codec/field_ops_sse_inl.h"

namespace wisp {
namespace {
using Ops = SseOps;
}  // namespace
}  // namespace wisp

#include "wisp/codec/field_read_inl.h"

namespace wisp {

constinit const FieldKernels kPopcntKernels = make_kernels("popcnt");

}  // namespace wisp

#endif
