// Walking over the rows of a table: damaged rows are reported and passed by.
#pragma once

#include <cstdint>

#include "wisp/engine/table.h"
#include "wisp/tools/console.h"
#include "wisp/tools/rowdump/commands.h"

namespace wisp::tools {

// The bounds and the condition of a scan from the command line.
Result<ScanOptions> scan_options(const Table& table, const RowChoice& rows);

// One scan. Stops at the end, on an interruption, when stdout has gone, or on an error of the
// store. Threads: one at a time.
class RowWalk {
 public:
  RowWalk(Console& console, const Table& table, Cursor cursor);

  // Moves to the next sound row; false at the end. Reports damage on the way.
  bool next();
  const RowRef& row() const noexcept { return cursor_.row(); }
  // Reports that the row under the cursor turned out damaged while it was read.
  void report(const Error& error);

  std::uint64_t damaged_rows() const noexcept { return damaged_; }
  // kOk, or the worst of what happened.
  ExitCode code() const noexcept { return code_; }

 private:
  Console& console_;
  Table table_;
  Cursor cursor_;
  std::uint64_t damaged_ = 0;
  ExitCode code_ = ExitCode::kOk;
};

}  // namespace wisp::tools
