// The same for a result that holds a value.
// layer: codec
// flags: -Werror=unused-result
// expect: nodiscard
#include <cstddef>
#include <span>

#include "wisp/codec/row_view.h"

bool is_row(const wisp::Layout& layout, std::span<const std::byte> bytes) {
#ifdef WISP_GOOD_TWIN
  return wisp::RowView::open(layout, bytes).has_value();
#else
  wisp::RowView::open(layout, bytes);
  return true;
#endif
}
