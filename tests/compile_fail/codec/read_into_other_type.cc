// A handle reads as its own type.
// layer: codec
// expect: no matching (member )?function
#include <cstdint>
#include <string_view>

#include "wisp/codec/row_view.h"

bool has_number(const wisp::RowView& row, const wisp::ColumnHandle<std::int32_t>& column) {
#ifdef WISP_GOOD_TWIN
  std::int32_t out = 0;
#else
  std::string_view out;
#endif
  return row.read(column, out) == wisp::Access::kPresent;
}
