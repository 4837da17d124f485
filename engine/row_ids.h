// Hidden row ids: what names a row of a table without a declared key.
//
// Ids come from a lease: a range of ids that the catalog records, durably, before the first of them
// is used. Closing gives the unused rest back, a crash loses it, and so no id is ever used twice.
// Ids of one table are ordered by allocation.
#pragma once

#include <cstdint>
#include <mutex>

#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"

namespace wisp {

class CatalogChange;

inline constexpr std::uint64_t kFirstRowId = 1;
// Ids per lease: one synced catalog write each.
inline constexpr std::uint64_t kRowIdLease = 4096;

// Threads: shared by all.
class RowIds {
 public:
  // `first_unleased` as the catalog has it: ids below may be in use, all others are free.
  RowIds(std::uint32_t table_id, std::uint64_t first_unleased)
      : table_id_(table_id), next_(first_unleased), lease_end_(first_unleased) {}

  // The next id; writes to the store once per lease. Fails as a write does; then no id was used.
  Result<std::uint64_t> allocate(store::Store& store);

  // Adds the unused rest of the lease to `change`, so that the next opening goes on behind the last
  // id that was given out. Requires: no allocation is under way.
  void give_back(CatalogChange& change);

 private:
  std::mutex mutex_;
  const std::uint32_t table_id_;
  std::uint64_t next_;
  std::uint64_t lease_end_;
};

}  // namespace wisp
