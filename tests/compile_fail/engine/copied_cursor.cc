// Two cursors never share one position.
// layer: engine
// expect: (use of deleted function|call to (implicitly-)?deleted|implicitly[- ]deleted)
#include <utility>

#include "wisp/engine/table.h"

wisp::Cursor second_cursor(wisp::Cursor& cursor) {
#ifdef WISP_GOOD_TWIN
  wisp::Cursor other = std::move(cursor);
#else
  wisp::Cursor other = cursor;
#endif
  return other;
}
