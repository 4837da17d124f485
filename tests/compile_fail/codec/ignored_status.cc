// An error that nobody looks at is a lost error.
// layer: codec
// flags: -Werror=unused-result
// expect: nodiscard
#include <string>

#include "wisp/codec/row_builder.h"

bool encode(wisp::RowBuilder& row, std::string& out) {
#ifdef WISP_GOOD_TWIN
  return row.finish_row(out).has_value();
#else
  row.finish_row(out);
  return true;
#endif
}
