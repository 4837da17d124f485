// A row read through a projection points to it.
// layer: codec
// expect: (use of deleted function|deleted constructor)
#include <span>

#include "wisp/codec/projection.h"

bool reads(const wisp::LayoutPtr& layout, std::span<const wisp::ColumnIndex> columns,
           const wisp::RowView& view) {
#ifdef WISP_GOOD_TWIN
  const auto projection = wisp::Projection::make(layout, columns);
  wisp::ProjectedRow row(*projection);
#else
  wisp::ProjectedRow row(*wisp::Projection::make(layout, columns));
#endif
  row.read(view);
  return true;
}
