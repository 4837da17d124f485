// A row owns its pin; a copy would own it too.
// layer: engine
// expect: (use of deleted function|call to deleted)
#include <utility>

#include "wisp/engine/row.h"

wisp::Row second_owner(wisp::Row& row) {
#ifdef WISP_GOOD_TWIN
  wisp::Row other = std::move(row);
#else
  wisp::Row other = row;
#endif
  return other;
}
