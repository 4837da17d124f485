// Opening the embedded store: RocksDB behind the seam of store.h. No RocksDB type stands here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wisp/engine/options.h"
#include "wisp/engine/store/rewrite.h"
#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"

namespace wisp::store {

enum class RocksOpenMode : std::uint8_t {
  kCreate,     // the directory holds no store yet
  kReadWrite,  // recovers the write-ahead log, which may rewrite files
  kReadOnly,   // beside a live writer; writes nothing anywhere
};

struct RocksStore {
  std::unique_ptr<Store> store;
  // What recovery had to give up, in sentences; empty after a clean opening.
  std::vector<std::string> warnings;
};

// Fails with kInvalidArgument as open_rocks_store would; touches nothing.
Status check_rocks_options(const DatabaseOptions& options);

// Opens the store in directory `path`. Fails with kInvalidArgument for an unknown or unfit name in
// `options.rocksdb_options`, kCorruption where recovery refuses, kIo.
//
// `fold`: null where nothing is patched; a store with patches in it cannot be read then.
//
// Recovery ladder: every record of the log must be whole; if not, the log is replayed up to the
// first bad record and what is cut off is a warning. Nothing more forgiving is ever tried:
// RocksDB's best-efforts recovery loses acknowledged rows.
//
// `rewrite` sees the values that compactions pass, from before this returns; never with kReadOnly.
Result<RocksStore> open_rocks_store(const std::string& path, RocksOpenMode mode,
                                    const DatabaseOptions& options,
                                    std::shared_ptr<const Fold> fold = nullptr,
                                    const std::shared_ptr<Rewrite>& rewrite = nullptr);

}  // namespace wisp::store
