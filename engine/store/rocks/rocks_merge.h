// The merge operator: RocksDB's question, asked of store::Fold.
#pragma once

#include <memory>

#include <rocksdb/merge_operator.h>

#include "wisp/engine/store/store.h"

namespace wisp::store {

std::shared_ptr<rocksdb::MergeOperator> make_merge_operator(std::shared_ptr<const Fold> fold);

}  // namespace wisp::store
