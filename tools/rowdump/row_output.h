// Rows on stdout as -c, -f, --all and --row-id ask for.
#pragma once

#include <memory>

#include "wisp/engine/table.h"
#include "wisp/tools/console.h"
#include "wisp/tools/record_writer.h"
#include "wisp/tools/row_formatter.h"
#include "wisp/tools/rowdump/commands.h"

namespace wisp::tools {

// Threads: one at a time.
class RowOutput {
 public:
  // Fails on a column that is not there. `few`: a terminal gets the vertical view. `console` must
  // outlive the result.
  static Result<std::unique_ptr<RowOutput>> make(Console& console, const Table& table,
                                                 const RowShape& shape, bool few);

  // Writes one row, or nothing of it when a field is damaged.
  Status write(const RowRef& row);
  void finish() { writer_->finish(); }

 private:
  RowOutput(Table table, RowFormatter formatter, std::unique_ptr<RecordWriter> writer);

  Table table_;
  RowFormatter formatter_;
  std::unique_ptr<RecordWriter> writer_;
};

}  // namespace wisp::tools
