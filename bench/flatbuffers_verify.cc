#include "flatbuffers_verify.h"

#include "row_700_generated.h"
#include "row_70_generated.h"

namespace wisp::bench {
namespace {

// flatbuffers_rows.cc computes the places of fields; they must be those of the generated classes.
#define WISP_BENCH_INT(n) static_assert(Row::VT_C##n == 4 + 2 * n);
#define WISP_BENCH_TEXT(n) WISP_BENCH_INT(n)
#define WISP_BENCH_BOOL(n) WISP_BENCH_INT(n)
namespace check_70 {
using wispbench70::Row;
#include "row_70_columns.inc"
}  // namespace check_70
namespace check_700 {
using wispbench700::Row;
#include "row_700_columns.inc"
}  // namespace check_700

}  // namespace

GeneratedVerifier generated_verifier(std::size_t columns) {
  if (columns == 70) {
    return [](flatbuffers::Verifier& v) { return wispbench70::VerifyRowBuffer(v); };
  }
  if (columns == 700) {
    return [](flatbuffers::Verifier& v) { return wispbench700::VerifyRowBuffer(v); };
  }
  return nullptr;
}

}  // namespace wisp::bench
