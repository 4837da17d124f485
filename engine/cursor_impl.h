// What a Cursor owns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "wisp/codec/row_filter.h"
#include "wisp/engine/cursor.h"
#include "wisp/engine/database_core.h"
#include "wisp/engine/transaction_writes.h"
#include "wisp/schema/result.h"

namespace wisp {

struct Cursor::Impl {
  Impl(std::shared_ptr<DatabaseCore> core, std::shared_ptr<const TableLayouts> table)
      : use(std::move(core), DatabaseCore::User::kCursor), layouts(std::move(table)) {}

  // `view`: of a transaction that is read through; null for none.
  static Result<std::unique_ptr<Impl>> make(std::shared_ptr<DatabaseCore> core,
                                            std::shared_ptr<const TableLayouts> table,
                                            const ScanOptions& options,
                                            const TransactionView* view);
  // The next row that the filter chooses, or the next row.
  Result<bool> next();
  // No row: false, or why the store has no more.
  Result<bool> end();
  // Whether the row is one to give out; the error of a damaged field.
  Result<bool> is_chosen() const;

  CoreUse use;  // first: let go of last
  std::shared_ptr<const TableLayouts> layouts;
  std::unique_ptr<store::Cursor> entries;
  std::optional<RowFilter> filter;
  bool verify_checksums = false;
  bool at_end = false;
  bool incomplete = false;
  std::uint64_t rows_left = 0;
  RowRef row;
  store::Entry entry;  // behind the last next()
};

}  // namespace wisp
