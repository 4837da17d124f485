// verify_row: the complete check of a row's bytes.
#pragma once

#include "wisp/codec/row_view.h"

namespace wisp {

struct VerifyOptions {
  bool utf8 = false;  // also check that text is well-formed UTF-8 and JSON columns hold JSON text
};

// Everything that encoding guarantees: canonical form (re-encoding gives the same bytes), section
// sizes, monotone offsets, zero padding, nested values inward, types in range. Fails with
// kCorruption and the byte offset. Allocates nothing.
Status verify_row(const RowView& row, const VerifyOptions& options = {});

}  // namespace wisp
