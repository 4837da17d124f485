// The text would point into a row that is gone at the end of the line.
// layer: engine
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include <optional>
#include <string_view>

#include "wisp/engine/row.h"

wisp::Row row_from_get();

std::size_t name_length(const wisp::ColumnHandle<std::string_view>& name) {
#ifdef WISP_GOOD_TWIN
  const wisp::Row row = row_from_get();
  std::optional<std::string_view> text = row[name];
#else
  std::optional<std::string_view> text = row_from_get()[name];
#endif
  return text ? text->size() : 0;
}
