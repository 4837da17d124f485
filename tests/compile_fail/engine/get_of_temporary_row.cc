// get() as operator[]: not from a row that dies with the expression.
// layer: engine
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include <optional>
#include <string_view>

#include "wisp/engine/row.h"

wisp::Row row_from_get();

std::size_t name_length(const wisp::ColumnHandle<std::string_view>& name) {
#ifdef WISP_GOOD_TWIN
  const wisp::Row row = row_from_get();
  std::optional<std::string_view> text = row.get(name);
#else
  std::optional<std::string_view> text = row_from_get().get(name);
#endif
  return text ? text->size() : 0;
}
