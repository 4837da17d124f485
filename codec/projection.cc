#include "wisp/codec/projection.h"

#include <utility>

namespace wisp {

Result<Projection> Projection::make(LayoutPtr layout, std::span<const ColumnIndex> columns) {
  Projection out;
  for (const ColumnIndex c : columns) {
    if (to_underlying(c) >= layout->column_count()) {
      return fail(ErrorCode::kInvalidArgument,
                  "column index " + std::to_string(to_underlying(c)) + " does not exist");
    }
    if (layout->slot(c).is_key) {
      return fail(ErrorCode::kInvalidArgument,
                  "column " + quote_identifier(layout->name(c)) +
                      " is part of the key; a projection reads value columns");
    }
    out.slots_.push_back(layout->slot(c));
  }
  out.layout_ = std::move(layout);
  return out;
}

Result<Projection> Projection::make(LayoutPtr layout, std::span<const std::string> names,
                                    NameMatch match) {
  std::vector<ColumnIndex> columns;
  for (const std::string& name : names) {
    WISP_ASSIGN(const ColumnIndex c, layout->find(name, match));
    columns.push_back(c);
  }
  return make(std::move(layout), columns);
}

}  // namespace wisp
