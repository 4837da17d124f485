// A bare number says neither position nor id.
// layer: codec
// expect: (could not|cannot) (convert|initialize)
#include "wisp/codec/row_view.h"

bool third_is_null(const wisp::RowView& row) {
#ifdef WISP_GOOD_TWIN
  return row.is_null(wisp::ColumnIndex{3});
#else
  return row.is_null(3);
#endif
}
