// A cursor that stops at damage must not look like one that reached the end.
// layer: engine
// flags: -Werror=unused-result
// expect: nodiscard
#include "wisp/engine/table.h"

bool skip_row(wisp::Cursor& cursor) {
#ifdef WISP_GOOD_TWIN
  return cursor.next().has_value();
#else
  cursor.next();
  return true;
#endif
}
