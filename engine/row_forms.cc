#include "wisp/engine/row_forms.h"

#include "wisp/codec/row_inspect.h"

namespace wisp {

void RowForms::add(const RowRef& row) {
  ++rows;
  bytes += row.stored_view().bytes().size();
  ++encodings[row_encoding_name(row.stored_view())];
  ++versions[to_underlying(row.stored_version())];
}

}  // namespace wisp
