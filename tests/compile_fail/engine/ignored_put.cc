// A write that may have failed is not a write.
// layer: engine
// flags: -Werror=unused-result
// expect: nodiscard
#include "wisp/engine/table.h"

bool store(const wisp::Table& table, wisp::RowBuilder& row) {
#ifdef WISP_GOOD_TWIN
  return table.put(row).has_value();
#else
  table.put(row);
  return true;
#endif
}
