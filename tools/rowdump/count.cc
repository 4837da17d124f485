// rowdump count: the rows of a table, of a key range or of a condition, counted one by one.
#include <fmt/format.h>

#include <utility>

#include "wisp/tools/database_access.h"
#include "wisp/tools/number_text.h"
#include "wisp/tools/rowdump/commands.h"
#include "wisp/tools/rowdump/row_walk.h"

namespace wisp::tools {

ExitCode count_rows(Console& console, const CountArguments& arguments) {
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadOnly);
  if (!opened) return console.failed(opened.error());
  auto options = scan_options(opened->table, arguments.rows);
  if (!options) return console.failed(options.error());
  auto cursor = opened->table.scan(*options);
  if (!cursor) return console.failed(cursor.error());

  RowWalk walk(console, opened->table, std::move(*cursor));
  std::uint64_t rows = 0;
  while (walk.next()) ++rows;
  console.out().append(fmt::format("{}\n", rows));
  if (walk.damaged_rows() > 0) {
    console.note(counted(walk.damaged_rows(), "damaged row") + " not counted");
  }
  return walk.code();
}

}  // namespace wisp::tools
