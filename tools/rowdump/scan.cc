// rowdump scan, rowdump head: the rows of a table in key order.
#include <fmt/format.h>

#include <utility>

#include "wisp/tools/database_access.h"
#include "wisp/tools/number_text.h"
#include "wisp/tools/rowdump/commands.h"
#include "wisp/tools/rowdump/row_output.h"
#include "wisp/tools/rowdump/row_walk.h"

namespace wisp::tools {
namespace {

// What a terminal gets when neither -n nor --all was given.
constexpr std::uint64_t kTerminalRows = 50;

}  // namespace

ExitCode scan_rows(Console& console, const ScanArguments& arguments) {
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadOnly);
  if (!opened) return console.failed(opened.error());
  const Table& table = opened->table;
  auto options = scan_options(table, arguments.rows);
  if (!options) return console.failed(options.error());
  auto output = RowOutput::make(console, table, arguments.shape, false);
  if (!output) return console.failed(output.error());

  std::uint64_t limit = arguments.limit.value_or(UINT64_MAX);
  const bool shortened = !arguments.limit && !arguments.shape.all && console.stdout_is_terminal();
  if (shortened) limit = kTerminalRows;
  // One more than is shown, to know whether there is more.
  options->limit = shortened ? limit + 1 : limit;
  auto cursor = table.scan(*options);
  if (!cursor) return console.failed(cursor.error());

  RowWalk walk(console, table, std::move(*cursor));
  std::uint64_t shown = 0;
  bool more = false;
  while (walk.next()) {
    if (shown == limit) {
      more = true;
      break;
    }
    if (auto written = (*output)->write(walk.row()); !written) {
      walk.report(written.error());
      continue;
    }
    ++shown;
  }
  (*output)->finish();
  if (console.stdout_is_terminal()) {
    if (more) {
      console.note(fmt::format("the first {} rows; --all shows all, -n sets a limit", shown));
    } else if (shown == 0 && walk.damaged_rows() == 0) {
      console.note("no rows");
    }
  }
  if (walk.damaged_rows() > 0) {
    console.note(counted(walk.damaged_rows(), "damaged row") + " left out");
  }
  return walk.code();
}

}  // namespace wisp::tools
