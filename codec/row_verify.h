// verify_row: the complete check of a row's bytes.
#pragma once

#include "wisp/codec/row_view.h"

namespace wisp {

struct VerifyOptions {
  // Also look into text: well-formed UTF-8, JSON in JSON columns, no more than the n characters (or
  // bytes) of VARCHAR(n), CHAR(n) and VARBINARY(n).
  bool utf8 = false;
};

// Everything that encoding guarantees: canonical form (re-encoding gives the same bytes), section
// sizes, monotone offsets, zero padding, nested values inward, no NULL where a type or column has
// none, numbers within the limits of their types. Fails with kCorruption and the byte offset.
// Allocates nothing (but an error, and what reading JSON takes). Cost follows what is present.
Status verify_row(const RowView& row, const VerifyOptions& options = {});

}  // namespace wisp
