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

// The caches that pinned values live in. A pin holds one of these, so that the caches outlive it.
struct RocksCaches {
  std::shared_ptr<rocksdb::Cache> block;
  std::shared_ptr<rocksdb::Cache> row;
};

// Complete options for `mode`: Wisp's settings, then `options.rocksdb_options` on top. Fails with
// kInvalidArgument for a member out of its limits, an unknown name, a bad value, or a setting that
// Wisp cannot keep its promises with (the message says which promise).
Result<rocksdb::Options> make_rocks_options(RocksOpenMode mode, const DatabaseOptions& options);

// The caches that a store opened with `options` uses.
std::shared_ptr<const RocksCaches> caches_of(const rocksdb::Options& options);

// A RocksDB status as an Error. Requires: !status.ok().
Error to_error(const rocksdb::Status& status);

}  // namespace wisp::store
