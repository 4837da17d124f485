// A Rewrite as RocksDB's compaction filter and event listener.
#pragma once

#include <rocksdb/options.h>

#include <memory>

#include "wisp/engine/store/rewrite.h"

namespace wisp::store {

// Compactions of a store opened with `options` pass plain values to `rewrite`; merge operands are
// left as they are. Flushes are reported to it.
void attach_rewrite(const std::shared_ptr<Rewrite>& rewrite, rocksdb::Options& options);

}  // namespace wisp::store
