// Equality and hash of rows.
//
// Encoding is canonical: rows of one schema version are equal exactly when their bytes are. Rows
// that were damaged, or never verified, compare as their bytes.
#pragma once

#include <cstdint>

#include "wisp/codec/row_view.h"

namespace wisp {

// Whether two rows of one layout hold the same values (NaN equals itself, -0 differs from 0).
bool rows_equal(const RowView& a, const RowView& b) noexcept;

// XXH3-64 of the canonical bytes: equal rows of one schema version have equal hashes.
std::uint64_t row_hash(const RowView& row) noexcept;

}  // namespace wisp
