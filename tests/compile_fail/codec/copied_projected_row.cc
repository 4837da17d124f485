// A field of a projected row may point into it.
// layer: codec
// expect: (use of deleted function|call to deleted constructor)
#include <utility>

#include "wisp/codec/projection.h"

wisp::ProjectedRow keep(wisp::ProjectedRow& row) {
#ifdef WISP_GOOD_TWIN
  return wisp::ProjectedRow(std::move(row));
#else
  return wisp::ProjectedRow(row);
#endif
}
