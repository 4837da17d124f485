// Wisp's RocksDB settings, each with its reason, and what an operator may change about them.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <memory>
#include <string>

#include "wisp/engine/options.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/schema/result.h"

namespace wisp::store {

// Complete options for `mode`: Wisp's settings, then `options.rocksdb_options` on top. Fails with
// kInvalidArgument for a member out of its limits, an unknown name, a bad value, or a setting that
// Wisp cannot keep its promises with (the message says which promise).
Result<rocksdb::Options> make_rocks_options(RocksOpenMode mode, const DatabaseOptions& options);

// The cache that a store opened with `options` uses, for blocks and rows; null where there is none.
std::shared_ptr<rocksdb::Cache> cache_of(const rocksdb::Options& options);

// A RocksDB status as an Error. Requires: !status.ok().
Error to_error(const rocksdb::Status& status);

}  // namespace wisp::store
