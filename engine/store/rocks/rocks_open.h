// Opening RocksDB: what recovery tries, and what it says of what it had to give up.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/optimistic_transaction_db.h>

#include <memory>
#include <string>
#include <vector>

#include "wisp/schema/result.h"

namespace wisp::store {

// Opens the database in directory `path` as the one writer, by the ladder of open_rocks_store().
// Adds a sentence to `warnings` for what was cut off.
Result<std::unique_ptr<rocksdb::OptimisticTransactionDB>> open_writable(
    rocksdb::Options options, const std::string& path, std::vector<std::string>& warnings);

}  // namespace wisp::store
