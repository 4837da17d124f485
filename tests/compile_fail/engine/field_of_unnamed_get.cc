// The row inside Table::get's result dies with the expression, however it is unwrapped.
// layer: engine
// expect: (use of deleted function|deleted (member )?function|overload resolution selected deleted)
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "wisp/engine/table.h"

std::size_t name_length(const wisp::Table& table,
                        const wisp::ColumnHandle<std::string_view>& name) {
#ifdef WISP_GOOD_TWIN
  auto row = table.get(std::uint64_t{7});
  if (!row || !*row) return 0;
  std::optional<std::string_view> text = (**row)[name];
#else
  std::optional<std::string_view> text = table.get(std::uint64_t{7}).value().value()[name];
#endif
  return text ? text->size() : 0;
}
