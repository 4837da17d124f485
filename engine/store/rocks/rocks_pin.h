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

  // What stands behind `pin`, emptied and tied to `cache`; made where no RocksDB store has filled
  // the pin. The next get needs no allocation then.
  static RocksPin& behind(Pin& pin, const std::shared_ptr<rocksdb::Cache>& cache);
  // Hands over ownership.
  static Pin into_pin(RocksPin* holder) noexcept;

  rocksdb::PinnableSlice& slice() noexcept { return slice_; }
  // Requires: this is behind `pin`.
  void show_in(Pin& pin) noexcept { pin.show(slice_.data(), slice_.size()); }

 private:
  static void release(void* holder, void*) noexcept { delete static_cast<RocksPin*>(holder); }

  // Before slice_: the cache must still be there when the slice gives its handle back.
  std::shared_ptr<rocksdb::Cache> cache_;
  rocksdb::PinnableSlice slice_;
};

}  // namespace wisp::store
