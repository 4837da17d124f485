#include "wisp/engine/transaction.h"

#include <algorithm>

#include "wisp/engine/chain.h"
#include "wisp/engine/cursor_impl.h"
#include "wisp/engine/row_fold.h"
#include "wisp/engine/transaction_impl.h"
#include "wisp/engine/write_batch.h"

namespace wisp {

// ---- Inside ----

Status Transaction::Impl::check_open() const {
  if (store != nullptr) return {};
  return fail(ErrorCode::kInvalidArgument, "the transaction has ended");
}

Status Transaction::Impl::check(const Table::Impl& table) const {
  WISP_TRY(check_open());
  if (table.core.get() == &use.core()) return {};
  return fail(ErrorCode::kInvalidArgument, "the table is of another database than the transaction");
}

Result<std::optional<Row>> Transaction::Impl::read(const Table::Impl& table, std::string stored_key,
                                                   const ReadOptions& options) const {
  if (options.snapshot != nullptr) {
    return fail(ErrorCode::kInvalidArgument, "a transaction reads as of its own snapshot");
  }
  const TransactionView seen = view();
  std::optional<Row> row(std::in_place);
  row->owned_key_ = std::move(stored_key);
  WISP_ASSIGN(const bool found, table.read(*row, &seen, options));
  if (!found) row.reset();
  return row;
}

Result<bool> Transaction::Impl::finds(const Table::Impl& table, std::string_view stored_key) const {
  const TransactionView seen = view();
  return table.finds(stored_key, seen);
}

Status Transaction::Impl::write(const Table::Impl& table, std::string_view stored_key,
                                std::optional<std::string_view> value) {
  const std::size_t size = writes->size_with(stored_key, value);
  if (size > kMaxBatchBytes) {
    return fail(ErrorCode::kLimit, "the transaction would have " + std::to_string(size) +
                                       " bytes, more than the limit of " +
                                       std::to_string(kMaxBatchBytes));
  }
  writes->write(stored_key, value);
  const auto same = [&](const OpenTable& t) { return t.layouts == table.table.layouts; };
  if (std::none_of(tables.rbegin(), tables.rend(), same)) tables.push_back(table.table);
  return {};
}

Status Transaction::Impl::update(const Table::Impl& table, PatchBuilder& patch, OnMissing missing) {
  const std::size_t key_size = buffer.size();
  WISP_TRY(table.append_patch(patch, missing, buffer, buffer));
  const std::string_view key = std::string_view(buffer).substr(0, key_size);
  const auto where = [&] { return table.layouts().describe_row(key.substr(kTableIdBytes)); };
  if (missing == OnMissing::kFail) {
    WISP_ASSIGN(const bool found, finds(table, key));
    if (!found) return fail(ErrorCode::kNotFound, "there is no such row", where());
  }
  Chain chain;
  store::Pin pin;
  if (const auto* const written = writes->find(key)) {
    chain.base = *written;
  } else {
    WISP_ASSIGN(store::Store* const base, table.readable_store(/*in_use=*/true));
    auto found = base->get(key, pin, &store->snapshot());
    if (!found) return fail(std::move(found).error().within(where()));
    if (*found) {
      auto stored = Chain::read(pin.value());
      if (!stored) return fail(std::move(stored).error().within(where()));
      chain = std::move(*stored);
    }
  }
  chain.patches.push_back(std::string_view(buffer).substr(key_size));
  std::string row;
  auto exists = fold_row(table.layouts(), key, chain, row);
  if (!exists) {
    Error error = std::move(exists).error();
    if (error.code == ErrorCode::kConstraint) {
      // At the start of the transaction the column could be NULL; no row has that any more.
      error.code = ErrorCode::kConflict;
      error.message += "; the row was changed, and the column made NOT NULL, since the start";
    }
    return fail(std::move(error).within(where()));
  }
  if (*exists) {
    const std::size_t checksum = table.layouts().row_checksums() ? kRowChecksumBytes : 0;
    Status fits = table.check_row_size(row.size() - checksum);
    if (!fits) return fail(std::move(fits).error().within(where()));
    return write(table, key, row);
  }
  // An erase of the transaction's own is watched by commit() already.
  return store->watch(key);
}

// ---- Reading ----

Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Result<std::optional<Row>> Transaction::get(const Table& table, KeyValues key,
                                            const ReadOptions& options) const {
  WISP_TRY(impl_->check(*table.impl_));
  std::string stored_key;
  WISP_TRY(table.impl_->append_stored_key(key, stored_key));
  return impl_->read(*table.impl_, std::move(stored_key), options);
}

Result<std::optional<Row>> Transaction::get(const Table& table, std::uint64_t row_id,
                                            const ReadOptions& options) const {
  WISP_TRY(impl_->check(*table.impl_));
  std::string stored_key;
  WISP_TRY(table.impl_->append_stored_row_id(row_id, stored_key));
  return impl_->read(*table.impl_, std::move(stored_key), options);
}

Result<std::optional<Row>> Transaction::get_for_update(const Table& table, KeyValues key,
                                                       const ReadOptions& options) {
  WISP_TRY(impl_->check(*table.impl_));
  std::string stored_key;
  WISP_TRY(table.impl_->append_stored_key(key, stored_key));
  WISP_TRY(impl_->store->watch(stored_key));
  return impl_->read(*table.impl_, std::move(stored_key), options);
}

Result<std::optional<Row>> Transaction::get_for_update(const Table& table, std::uint64_t row_id,
                                                       const ReadOptions& options) {
  WISP_TRY(impl_->check(*table.impl_));
  std::string stored_key;
  WISP_TRY(table.impl_->append_stored_row_id(row_id, stored_key));
  WISP_TRY(impl_->store->watch(stored_key));
  return impl_->read(*table.impl_, std::move(stored_key), options);
}

Result<Cursor> Transaction::scan(const Table& table, const ScanOptions& options) const {
  WISP_TRY(impl_->check(*table.impl_));
  if (options.snapshot != nullptr) {
    return fail(ErrorCode::kInvalidArgument, "a transaction reads as of its own snapshot");
  }
  WISP_TRY(table.impl_->readable_store(/*in_use=*/true));
  const TransactionView seen = impl_->view();
  WISP_ASSIGN(auto cursor,
              Cursor::Impl::make(table.impl_->core, table.impl_->table.layouts, options, &seen));
  return Cursor(std::move(cursor));
}

// ---- Writing ----

Result<std::uint64_t> Transaction::put(const Table& table, RowBuilder& row) {
  WISP_TRY(impl_->check(*table.impl_));
  std::string& buffer = impl_->buffer;
  buffer.clear();
  WISP_ASSIGN(const EncodedRow encoded, table.impl_->append_row(row, 0, buffer));
  WISP_TRY(impl_->write(*table.impl_, encoded.key(buffer), encoded.value(buffer)));
  return encoded.row_id;
}

Result<std::uint64_t> Transaction::insert(const Table& table, RowBuilder& row) {
  WISP_TRY(impl_->check(*table.impl_));
  std::string& buffer = impl_->buffer;
  buffer.clear();
  WISP_ASSIGN(const EncodedRow encoded, table.impl_->append_row(row, 0, buffer));
  const std::string_view key = encoded.key(buffer);
  if (encoded.row_id == 0) {  // a new id is nobody else's
    WISP_ASSIGN(const bool found, impl_->finds(*table.impl_, key));
    if (found) {
      return fail(ErrorCode::kAlreadyExists, "there is already a row with this key",
                  table.impl_->layouts().describe_row(key.substr(kTableIdBytes)));
    }
  }
  WISP_TRY(impl_->write(*table.impl_, key, encoded.value(buffer)));
  return encoded.row_id;
}

Status Transaction::put_at(const Table& table, std::uint64_t row_id, RowBuilder& row) {
  WISP_TRY(impl_->check(*table.impl_));
  std::string& buffer = impl_->buffer;
  buffer.clear();
  WISP_TRY(table.impl_->append_stored_row_id(row_id, buffer));
  WISP_ASSIGN(const bool found, impl_->finds(*table.impl_, buffer));
  if (!found) {
    return fail(
        ErrorCode::kNotFound, "there is no row with this key",
        table.impl_->layouts().describe_row(std::string_view(buffer).substr(kTableIdBytes)));
  }
  buffer.clear();
  WISP_ASSIGN(const EncodedRow encoded, table.impl_->append_row(row, row_id, buffer));
  return impl_->write(*table.impl_, encoded.key(buffer), encoded.value(buffer));
}

Status Transaction::update(const Table& table, KeyValues key, PatchBuilder& patch,
                           OnMissing missing) {
  WISP_TRY(impl_->check(*table.impl_));
  impl_->buffer.clear();
  WISP_TRY(table.impl_->append_stored_key(key, impl_->buffer));
  return impl_->update(*table.impl_, patch, missing);
}

Status Transaction::update(const Table& table, std::uint64_t row_id, PatchBuilder& patch,
                           OnMissing missing) {
  WISP_TRY(impl_->check(*table.impl_));
  impl_->buffer.clear();
  WISP_TRY(table.impl_->append_updated_row_id(row_id, missing, impl_->buffer));
  return impl_->update(*table.impl_, patch, missing);
}

Status Transaction::erase(const Table& table, KeyValues key) {
  WISP_TRY(impl_->check(*table.impl_));
  impl_->buffer.clear();
  WISP_TRY(table.impl_->append_stored_key(key, impl_->buffer));
  return impl_->write(*table.impl_, impl_->buffer, std::nullopt);
}

Status Transaction::erase(const Table& table, std::uint64_t row_id) {
  WISP_TRY(impl_->check(*table.impl_));
  impl_->buffer.clear();
  WISP_TRY(table.impl_->append_stored_row_id(row_id, impl_->buffer));
  return impl_->write(*table.impl_, impl_->buffer, std::nullopt);
}

std::size_t Transaction::row_count() const noexcept {
  return impl_->writes->by_key().size();
}
std::size_t Transaction::size_bytes() const noexcept {
  return impl_->writes->size_bytes();
}

Status Transaction::commit(const WriteOptions& options) {
  WISP_TRY(impl_->check_open());
  const std::unique_ptr<store::Transaction> store = std::move(impl_->store);  // ended
  std::vector<store::Op> ops;
  ops.reserve(impl_->writes->by_key().size());
  for (const auto& [key, value] : impl_->writes->by_key()) {
    WISP_TRY(store->watch(key));
    ops.push_back(value ? store::Op{store::Op::Kind::kPut, key, *value}
                        : store::Op{store::Op::Kind::kErase, key, {}});
  }
  WISP_ASSIGN(const auto fence, pass(impl_->use.core().write_fence(), options.wait_in_stall));
  for (const OpenTable& table : impl_->tables) WISP_TRY(table.check_writable());
  return store->commit(ops, options);
}

void Transaction::rollback() noexcept {
  impl_->store.reset();
}

}  // namespace wisp
