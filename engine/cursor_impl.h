// What a Cursor owns.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "wisp/engine/cursor.h"
#include "wisp/engine/database_core.h"
#include "wisp/schema/result.h"

namespace wisp {

struct Cursor::Impl {
  Impl(std::shared_ptr<DatabaseCore> core, std::shared_ptr<const TableLayouts> table)
      : use(std::move(core), DatabaseCore::User::kCursor), layouts(std::move(table)) {}

  static Result<std::unique_ptr<Impl>> make(std::shared_ptr<DatabaseCore> core,
                                            std::shared_ptr<const TableLayouts> table,
                                            const ScanOptions& options);
  Result<bool> next();

  CoreUse use;  // first: let go of last
  std::shared_ptr<const TableLayouts> layouts;
  std::unique_ptr<store::Cursor> entries;
  bool verify_checksums = false;
  bool at_end = false;
  bool incomplete = false;
  std::uint64_t rows_left = 0;
  RowRef row;
  store::Entry stored;          // without the table id
  std::string_view stored_key;  // with it
};

}  // namespace wisp
