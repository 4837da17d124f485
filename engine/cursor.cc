#include "wisp/engine/cursor.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "wisp/codec/key.h"
#include "wisp/engine/cursor_impl.h"
#include "wisp/engine/snapshot_impl.h"
#include "wisp/engine/stored_key.h"
#include "wisp/engine/table_layouts.h"

namespace wisp {

namespace {

Result<store::Range> range_of(const TableLayouts& table, const ScanOptions& options) {
  store::Range range;
  range.from = table.key_prefix();
  WISP_TRY(table.append_key_of(options.from, /*prefix=*/true, range.from));
  if (options.to.empty()) {
    range.to = table_end(table.table_id());
  } else {
    range.to = table.key_prefix();
    WISP_TRY(table.append_key_of(options.to, /*prefix=*/true, range.to));
  }
  if (!options.prefix.empty()) {
    std::string first(table.key_prefix());
    WISP_TRY(table.append_key_of(options.prefix, /*prefix=*/true, first));
    // Not empty: no table id has all bits set.
    range.to = std::min(range.to, prefix_end(first));
    range.from = std::max(range.from, first);
  }
  range.reverse = options.reverse;
  // How many are read for `limit` rows is not known where some are passed over.
  if (!options.where) range.expected_entries = options.limit;
  return range;
}

}  // namespace

Result<std::unique_ptr<Cursor::Impl>> Cursor::Impl::make(std::shared_ptr<DatabaseCore> core,
                                                         std::shared_ptr<const TableLayouts> table,
                                                         const ScanOptions& options,
                                                         const TransactionView* view) {
  // Counts as a user before the store is asked: nothing can close it in between.
  auto impl = std::make_unique<Impl>(std::move(core), std::move(table));
  const bool has_user = options.snapshot != nullptr || view != nullptr;
  const DatabaseCore& open = impl->use.core();
  WISP_ASSIGN(store::Store* const store, has_user ? open.used_store() : open.store());
  if (options.where) {
    auto filter = RowFilter::compile(impl->layouts->layout(), *options.where);
    if (!filter) return fail(std::move(filter).error().within(impl->layouts->describe()));
    impl->filter = std::move(*filter);
  }
  WISP_ASSIGN(store::Range range, range_of(*impl->layouts, options));
  WISP_ASSIGN(range.snapshot, Snapshot::Impl::of(options.snapshot, impl->use.core()));
  if (view != nullptr) range.snapshot = view->snapshot;
  WISP_ASSIGN(impl->entries, store->scan(range));
  if (view != nullptr) impl->entries = overlay(std::move(impl->entries), view->writes, range);
  impl->rows_left = options.limit;
  impl->verify_checksums = options.verify_checksums;
  return impl;
}

Result<bool> Cursor::Impl::is_chosen() const {
  const RowFilter::Outcome outcome = filter->test(row.stored_view(), row.key_bytes(), row.mapping_);
  if (outcome.verdict != RowFilter::Verdict::kDamaged) [[likely]] {
    return outcome.verdict == RowFilter::Verdict::kChosen;
  }
  Error error{ErrorCode::kCorruption, "the field's bytes are damaged",
              "column " + quote_identifier(layouts->layout()->name(outcome.damaged))};
  return fail(std::move(error).within(layouts->describe_row(row.key_bytes())));
}

Result<bool> Cursor::Impl::next() {
  for (;;) {
    if (at_end || rows_left == 0 || !entries->next(entry)) return end();
    WISP_TRY(row.bind(layouts, entry.key, entry.value, verify_checksums));
    if (row.empty()) continue;  // a ghost (chain.h)
    if (filter) {
      auto chosen = is_chosen();
      if (!chosen) {
        --rows_left;
        row.unbind();
        return chosen;
      }
      if (!*chosen) continue;
    }
    --rows_left;
    return true;
  }
}

Result<bool> Cursor::Impl::end() {
  row = RowRef();
  entry = {};
  const bool asked_store = !at_end && rows_left > 0;
  at_end = true;
  if (!asked_store) return false;
  Status status = entries->status();
  if (status) return false;
  incomplete = true;
  Error error = std::move(status).error().within(layouts->describe());
  error.message += "; the scan ends here, rows behind are missing from it";
  return fail(std::move(error));
}

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<bool> Cursor::next() {
  return impl_->next();
}
bool Cursor::incomplete() const noexcept {
  return impl_->incomplete;
}
const RowRef& Cursor::row() const noexcept {
  return impl_->row;
}
store::Entry Cursor::stored() const noexcept {
  const store::Entry& entry = impl_->entry;
  return {entry.key.substr(std::min(kTableIdBytes, entry.key.size())), entry.value};
}

Row Cursor::keep() const {
  assert(!impl_->row.empty() && "keep() after next() gave true");
  return impl_->row.empty() ? Row() : impl_->row.to_owned();
}

}  // namespace wisp
