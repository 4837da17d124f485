// Whether RocksDB slows or stops writes, and for want of what.
#pragma once

#include <rocksdb/db.h>

#include "wisp/engine/store/store.h"

namespace wisp::store {

// Sets stats.writes and stats.writes_reason. Requires: the other members are filled. A stall that
// begins or ends meanwhile may go unseen.
void find_stall(rocksdb::DB& db, StoreStats& stats);

}  // namespace wisp::store
