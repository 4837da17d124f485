#include "block_size.h"

#include <lz4.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace wisp::bench {

BlockSizes block_sizes(const RowStore& rows, std::size_t checksum_bytes) {
  constexpr std::size_t kBlockBytes = 16384;
  constexpr int kZstdLevel = 3;  // what RocksDB uses when none is given
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> zstd(ZSTD_createCCtx(), ZSTD_freeCCtx);
  BlockSizes total;
  std::string block;
  std::string compressed;
  const auto close_block = [&] {
    compressed.resize(std::max<std::size_t>(
        ZSTD_compressBound(block.size()),
        static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(block.size())))));
    const int lz4 =
        LZ4_compress_default(block.data(), compressed.data(), static_cast<int>(block.size()),
                             static_cast<int>(compressed.size()));
    const std::size_t z = ZSTD_compressCCtx(zstd.get(), compressed.data(), compressed.size(),
                                            block.data(), block.size(), kZstdLevel);
    if (lz4 <= 0 || ZSTD_isError(z)) give_up("a block does not compress");
    total.raw += static_cast<double>(block.size());
    total.lz4 += static_cast<double>(std::min(block.size(), static_cast<std::size_t>(lz4)));
    total.zstd += static_cast<double>(std::min(block.size(), z));
    block.clear();
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    block.append(rows[i]);
    if (checksum_bytes > 0) {
      const XXH64_hash_t hash = XXH3_64bits(rows[i].data(), rows[i].size());
      block.append(reinterpret_cast<const char*>(&hash), checksum_bytes);
    }
    if (block.size() >= kBlockBytes) close_block();
  }
  if (!block.empty()) close_block();
  const auto count = static_cast<double>(std::max<std::size_t>(1, rows.size()));
  return {total.raw / count, total.lz4 / count, total.zstd / count};
}

}  // namespace wisp::bench
