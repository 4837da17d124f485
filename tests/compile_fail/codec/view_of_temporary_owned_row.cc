// The view would point into a copy that is gone at the end of the line.
// layer: codec
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include "wisp/codec/owned_row.h"

std::size_t size_of_copy(const wisp::RowView& row) {
#ifdef WISP_GOOD_TWIN
  const wisp::OwnedRow owned = wisp::to_owned(row);
  const wisp::RowView view = owned.view();
#else
  const wisp::RowView view = wisp::to_owned(row).view();
#endif
  return view.bytes().size();
}
