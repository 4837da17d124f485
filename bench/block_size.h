// Bytes per row as a block-based store keeps them.
#pragma once

#include <cstddef>

#include "system.h"

namespace wisp::bench {

// The row checksum of a Wisp table: XXH3, behind the row.
inline constexpr std::size_t kChecksumBytes = 8;

// Bytes per row: as they are, and with consecutive rows packed into blocks of 16 KB that are
// compressed one by one. A block ends with the row that fills it; one that does not shrink is kept
// as it is.
struct BlockSizes {
  double raw = 0;
  double lz4 = 0;
  double zstd = 0;
};

// `checksum_bytes` 0 or 8: the row's XXH3 is counted behind every row.
BlockSizes block_sizes(const RowStore& rows, std::size_t checksum_bytes);

}  // namespace wisp::bench
