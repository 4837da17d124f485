// A member of a type that no column holds is told what would do.
// layer: codec
// expect: this member type cannot be a column; use bool, intN_t
#include "wisp/codec/struct_row.h"

enum class Side { kBuy, kSell };
struct Order {
#ifdef WISP_GOOD_TWIN
  std::int8_t side;
#else
  Side side;
#endif
};

bool is_order(const wisp::LayoutPtr& layout) {
  return wisp::StructMapping<Order>::make(layout).has_value();
}
