// Writes that depend on what stands in the store.
#include <memory>

#include "wisp/engine/chain.h"
#include "wisp/engine/table_impl.h"

namespace wisp {
namespace {

// Each lost race is another writer's success.
constexpr int kAttempts = 100;

}  // namespace

Status Table::Impl::check_guard(const KeyGuard& guard, store::Store& store,
                                const store::Snapshot& snapshot) {
  const TableLayouts& layouts = *guard.table->layouts;
  const auto where = [&] { return layouts.describe_row(guard.stored_key.substr(kTableIdBytes)); };
  Row row;
  auto found = store.get(guard.stored_key, row.pin_, &snapshot);
  if (!found) return fail(std::move(found).error().within(where()));
  const bool compares = guard.guard.kind() == RowGuard::Kind::kUnchanged;
  // Patches alone may make no row. A row that is damaged is one.
  if (*found && (compares || is_chain(row.pin_.value()))) {
    WISP_TRY(row.bind(guard.table->layouts, guard.stored_key, row.pin_.value(), false));
    *found = !row.empty();
  }
  switch (guard.guard.kind()) {
    case RowGuard::Kind::kAbsent:
      if (!*found) return {};
      return fail(ErrorCode::kAlreadyExists, "there is already a row with this key", where());
    case RowGuard::Kind::kPresent:
      if (*found) return {};
      return fail(ErrorCode::kNotFound, "there is no row with this key", where());
    case RowGuard::Kind::kUnchanged:
      break;
  }
  if (!*found) {
    return fail(ErrorCode::kConflict, "the row was erased since it was read", where());
  }
  if (row.token() == guard.guard.token()) return {};
  return fail(ErrorCode::kConflict, "the row was changed since it was read", where());
}

Status Table::Impl::write_guarded(store::Store& store, std::span<const store::Op> ops,
                                  std::span<const KeyGuard> guards, const WriteOptions& options) {
  if (guards.empty()) return store.write(ops, options);
  Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    WISP_ASSIGN(const std::unique_ptr<store::Transaction> transaction, store.begin());
    for (const KeyGuard& guard : guards) {
      WISP_TRY(transaction->watch(guard.stored_key));
      WISP_TRY(check_guard(guard, store, transaction->snapshot()));
    }
    status = transaction->commit(ops, options);
    if (status || status.error().code != ErrorCode::kConflict) return status;
  }
  return status;
}

}  // namespace wisp
