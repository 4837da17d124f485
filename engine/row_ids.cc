#include "wisp/engine/row_ids.h"

#include "wisp/engine/catalog.h"

namespace wisp {

Result<std::uint64_t> RowIds::allocate(store::Store& store) {
  const std::lock_guard lock(mutex_);
  if (next_ == lease_end_) {
    if (UINT64_MAX - lease_end_ < kRowIdLease) {
      return fail(ErrorCode::kLimit, "the table has used up its row ids");
    }
    CatalogChange change;
    change.put_row_id_lease(table_id_, lease_end_ + kRowIdLease);
    WISP_TRY(change.write(store));
    lease_end_ += kRowIdLease;
  }
  return next_++;
}

void RowIds::give_back(CatalogChange& change) {
  const std::lock_guard lock(mutex_);
  if (next_ == lease_end_) return;
  change.put_row_id_lease(table_id_, next_);
  lease_end_ = next_;
}

}  // namespace wisp
