// What stands behind a Pin on a RocksDB value.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/slice.h>

#include <memory>

#include "wisp/engine/store/store.h"

namespace wisp::store {

// Holds a value: a copy (memtable) or a handle of the cache (a block, or the row by itself). Stays
// where it is on the heap, because moving a PinnableSlice moves short values and may leave it unfit
// for another Get.
class RocksPin {
 public:
  explicit RocksPin(std::shared_ptr<rocksdb::Cache> cache) : cache_(std::move(cache)) {}

  // The holder inside `pin` when a RocksDB store filled it, emptied and tied to `cache`; else a
  // new one. Give it back with into_pin().
  static RocksPin* reuse_or_make(Pin& pin, const std::shared_ptr<rocksdb::Cache>& cache);

  rocksdb::PinnableSlice& slice() noexcept { return slice_; }
  // Hands over ownership.
  static Pin into_pin(RocksPin* holder) noexcept;
  // Lets go of the value but keeps the holder, so that the next get needs no allocation.
  static Pin into_empty_pin(RocksPin* holder) noexcept;

 private:
  static void release(void* holder, void*) noexcept { delete static_cast<RocksPin*>(holder); }

  // Before slice_: the cache must still be there when the slice gives its handle back.
  std::shared_ptr<rocksdb::Cache> cache_;
  rocksdb::PinnableSlice slice_;
};

}  // namespace wisp::store
