// The row would point into a buffer that nothing shares at the end of the line.
// layer: codec
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include "wisp/codec/row_batch.h"

wisp::RowBatch received();

std::size_t first_size() {
#ifdef WISP_GOOD_TWIN
  const wisp::RowBatch batch = received();
  const wisp::RowView row = batch[0];
#else
  const wisp::RowView row = received()[0];
#endif
  return row.bytes().size();
}
