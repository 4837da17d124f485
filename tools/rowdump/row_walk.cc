#include "wisp/tools/rowdump/row_walk.h"

#include <utility>

#include "wisp/codec/predicate_text.h"
#include "wisp/tools/interrupt.h"
#include "wisp/tools/key_argument.h"

namespace wisp::tools {

Result<ScanOptions> scan_options(const Table& table, const RowChoice& rows) {
  const Schema& schema = *table.schema();
  const KeyRange& range = rows.range;
  ScanOptions options;
  // An inspector never says ok where it has not looked.
  options.verify_checksums = true;
  if (range.from) {
    WISP_ASSIGN(options.from, parse_key_prefix(schema, *range.from));
  }
  if (range.to) {
    WISP_ASSIGN(options.to, parse_key_prefix(schema, *range.to));
  }
  if (rows.where) {
    auto where = parse_predicate(table.layout(), *rows.where);
    if (!where) {
      Error error = std::move(where).error();
      // What does not parse is an option here, not data.
      if (error.code == ErrorCode::kParse) error.code = ErrorCode::kInvalidArgument;
      return fail(std::move(error).within("--where"));
    }
    options.where = *std::move(where);
  }
  options.reverse = rows.reverse;
  return options;
}

RowWalk::RowWalk(Console& console, const Table& table, Cursor cursor)
    : console_(console), table_(table), cursor_(std::move(cursor)) {}

bool RowWalk::next() {
  while (console_.out().usable()) {
    if (interrupted()) {
      code_ = worse_of(code_, ExitCode::kInterrupted);
      console_.note("interrupted: the rows from here on are missing");
      return false;
    }
    auto moved = cursor_.next();
    if (moved) {
      if (!*moved && cursor_.incomplete()) console_.note("the scan broke off: rows are missing");
      return *moved;
    }
    const ExitCode code = console_.failed(moved.error());
    code_ = worse_of(code_, code);
    // Only these are about one row; behind any other error there is nothing to read.
    if (moved.error().code != ErrorCode::kCorruption &&
        moved.error().code != ErrorCode::kUnknownSchema) {
      return false;
    }
    if (!cursor_.incomplete()) ++damaged_;
  }
  return false;
}

void RowWalk::report(const Error& error) {
  Error placed = error;
  code_ = worse_of(code_, console_.failed(std::move(placed).within(
                              key_text(*table_.schema(), cursor_.row().key_bytes()))));
  ++damaged_;
}

}  // namespace wisp::tools
