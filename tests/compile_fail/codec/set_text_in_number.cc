// A builder takes what the handle's column holds.
// layer: codec
// expect: invalid conversion|no matching member function
#include <cstdint>

#include "wisp/codec/row_builder.h"

void fill(wisp::RowBuilder& row, const wisp::ColumnHandle<std::int32_t>& column) {
#ifdef WISP_GOOD_TWIN
  row.set(column, 42);
#else
  row.set(column, "42");
#endif
}
