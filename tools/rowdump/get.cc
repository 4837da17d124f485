// rowdump get: rows by key.
#include <fmt/format.h>

#include <utility>

#include "wisp/tools/database_access.h"
#include "wisp/tools/interrupt.h"
#include "wisp/tools/key_argument.h"
#include "wisp/tools/row_lookup.h"
#include "wisp/tools/rowdump/commands.h"
#include "wisp/tools/rowdump/row_output.h"

namespace wisp::tools {

ExitCode get_rows(Console& console, const GetArguments& arguments) {
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadOnly);
  if (!opened) return console.failed(opened.error());
  const Table& table = opened->table;
  auto keys = parse_keys(*table.schema(), arguments.keys);
  if (!keys) return console.failed(keys.error());
  auto output = RowOutput::make(console, table, arguments.shape, true);
  if (!output) return console.failed(output.error());

  ExitCode code = ExitCode::kOk;
  for (const Key& key : *keys) {
    if (interrupted()) {
      code = worse_of(code, ExitCode::kInterrupted);
      break;
    }
    auto row = find_row(table, key);
    if (!row) {
      code = worse_of(code, console.failed(row.error()));
      continue;
    }
    if (auto written = (*output)->write(*row); !written) {
      code = worse_of(
          code, console.failed(std::move(written).error().within(key_text(*table.schema(), key))));
    }
  }
  (*output)->finish();
  return code;
}

}  // namespace wisp::tools
