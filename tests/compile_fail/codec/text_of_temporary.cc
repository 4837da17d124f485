// A builder borrows text: a temporary's would be gone when the row is finished.
// layer: codec
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include <string>
#include <string_view>

#include "wisp/codec/row_builder.h"

std::string received();

void fill(wisp::RowBuilder& row, const wisp::ColumnHandle<std::string_view>& column) {
#ifdef WISP_GOOD_TWIN
  const std::string text = received();
  row.set(column, text);
  row.set(column, "a literal");
#else
  row.set(column, received());
#endif
}
