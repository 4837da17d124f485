// One row by its key from the command line.
#pragma once

#include "wisp/engine/table.h"
#include "wisp/schema/result.h"
#include "wisp/tools/key_argument.h"

namespace wisp::tools {

// The row; errors name the key: kNotFound when there is none, kCorruption where its checksum
// differs (unless that is not verified). Requires: `key` is of this table (parse_keys).
Result<Row> find_row(const Table& table, const Key& key, bool verify_checksum = true);

}  // namespace wisp::tools
