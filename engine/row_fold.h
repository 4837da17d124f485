// Folding: a stored row and the patches behind it become one stored row.
#pragma once

#include <string>
#include <string_view>

#include "wisp/engine/chain.h"
#include "wisp/engine/table_layouts.h"
#include "wisp/schema/result.h"

namespace wisp {

// Appends the folded stored value (checksum included) to `out`, in the highest schema version among
// the row and the patches; false, and nothing appended, where there is no row: it was missing and
// no patch creates one. Checksums of all parts are verified, since the result gets a new one. Fails
// with kUnknownSchema for a version that `table` does not have, with kCorruption, and with
// kConstraint where a NOT NULL column has no value, as no sound row of the newest state has; `out`
// is unchanged then. `stored_key` has the table id. Threads: any.
Result<bool> fold_row(const TableLayouts& table, std::string_view stored_key, const Chain& chain,
                      std::string& out);

// Appends one stored patch that does what `first` and then `second` do. False where that cannot be
// said in one patch, or not yet; `out` is unchanged then.
Result<bool> fold_patches(const TableLayouts& table, std::string_view stored_key,
                          std::string_view first, std::string_view second, std::string& out);

}  // namespace wisp
