#include "wisp/engine/write_batch.h"

#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "wisp/engine/table_impl.h"
#include "wisp/engine/write_batch_impl.h"

namespace wisp {
namespace {

// A batch that is reused keeps this much memory at most.
constexpr std::size_t kKeptBytes = std::size_t{8} << 20;

}  // namespace

Status WriteBatch::Impl::check_table(const DatabaseCore& of_table) const {
  if (&of_table == &use.core()) return {};
  return fail(ErrorCode::kInvalidArgument, "the table is of another database than the batch");
}

std::size_t WriteBatch::Impl::note_table(const OpenTable& table) {
  for (std::size_t i = tables.size(); i-- > 0;) {
    if (tables[i].layouts == table.layouts) return i;
  }
  tables.push_back(table);
  return tables.size() - 1;
}

Status WriteBatch::Impl::check_size(std::size_t begin) {
  if (buffer.size() <= kMaxBatchBytes) return {};
  const std::size_t size = buffer.size();
  buffer.resize(begin);
  return fail(ErrorCode::kLimit, "the batch would have " + std::to_string(size) +
                                     " bytes, more than the limit of " +
                                     std::to_string(kMaxBatchBytes));
}

Status WriteBatch::Impl::accept(const OpenTable& table, const Change& change) {
  WISP_TRY(check_size(change.row.key_begin));
  changes.push_back(change);
  note_table(table);
  return {};
}

Status WriteBatch::Impl::accept(const OpenTable& table, std::size_t key_begin,
                                const RowGuard& guard) {
  WISP_TRY(check_size(key_begin));
  guards.push_back({note_table(table), key_begin, buffer.size() - key_begin, guard});
  return {};
}

Status WriteBatch::Impl::update(const Table::Impl& table, std::size_t key_begin,
                                PatchBuilder& patch, OnMissing missing) {
  EncodedRow row;
  row.key_begin = key_begin;
  row.key_size = buffer.size() - key_begin;
  if (Status status = table.append_patch(patch, missing, row.key(buffer), buffer); !status) {
    buffer.resize(key_begin);
    return status;
  }
  row.value_size = buffer.size() - row.key_begin - row.key_size;
  WISP_TRY(accept(table.table, {store::Op::Kind::kPatch, row}));
  if (missing == OnMissing::kFail) {
    guards.push_back({note_table(table.table), row.key_begin, row.key_size, RowGuard::present()});
  }
  return {};
}

WriteBatch::WriteBatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WriteBatch::WriteBatch(WriteBatch&&) noexcept = default;
WriteBatch& WriteBatch::operator=(WriteBatch&&) noexcept = default;
WriteBatch::~WriteBatch() = default;

Result<std::uint64_t> WriteBatch::put(const Table& table, RowBuilder& row) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  WISP_ASSIGN(const EncodedRow encoded, table.impl_->append_row(row, 0, impl_->buffer));
  WISP_TRY(impl_->accept(table.impl_->table, {store::Op::Kind::kPut, encoded}));
  return encoded.row_id;
}

Status WriteBatch::update(const Table& table, KeyValues key, PatchBuilder& patch,
                          OnMissing missing) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  const std::size_t begin = impl_->buffer.size();
  WISP_TRY(table.impl_->append_stored_key(key, impl_->buffer));
  return impl_->update(*table.impl_, begin, patch, missing);
}

Status WriteBatch::update(const Table& table, std::uint64_t row_id, PatchBuilder& patch,
                          OnMissing missing) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  const std::size_t begin = impl_->buffer.size();
  WISP_TRY(table.impl_->append_updated_row_id(row_id, missing, impl_->buffer));
  return impl_->update(*table.impl_, begin, patch, missing);
}

Status WriteBatch::erase(const Table& table, KeyValues key) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  EncodedRow row;
  row.key_begin = impl_->buffer.size();
  WISP_TRY(table.impl_->append_stored_key(key, impl_->buffer));
  row.key_size = impl_->buffer.size() - row.key_begin;
  return impl_->accept(table.impl_->table, {store::Op::Kind::kErase, row});
}

Status WriteBatch::erase(const Table& table, std::uint64_t row_id) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  EncodedRow row;
  row.key_begin = impl_->buffer.size();
  WISP_TRY(table.impl_->append_stored_row_id(row_id, impl_->buffer));
  row.key_size = impl_->buffer.size() - row.key_begin;
  return impl_->accept(table.impl_->table, {store::Op::Kind::kErase, row});
}

Result<std::uint64_t> WriteBatch::insert(const Table& table, RowBuilder& row) {
  WISP_ASSIGN(const std::uint64_t row_id, put(table, row));
  if (row_id != 0) return row_id;  // a new id is nobody else's
  const EncodedRow encoded = impl_->changes.back().row;
  impl_->guards.push_back({impl_->note_table(table.impl_->table), encoded.key_begin,
                           encoded.key_size, RowGuard::absent()});
  return row_id;
}

Status WriteBatch::erase_range(const Table& table, KeyValues from, KeyValues to) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  std::string first;
  std::string last;
  WISP_TRY(table.impl_->append_range(from, to, first, last));
  if (first >= last) return {};
  EncodedRow row;
  row.key_begin = impl_->buffer.size();
  row.key_size = first.size();
  row.value_size = last.size();
  impl_->buffer += first;
  impl_->buffer += last;
  return impl_->accept(table.impl_->table, {store::Op::Kind::kEraseRange, row});
}

Status WriteBatch::require(const Table& table, KeyValues key, const RowGuard& guard) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  const std::size_t begin = impl_->buffer.size();
  WISP_TRY(table.impl_->append_stored_key(key, impl_->buffer));
  return impl_->accept(table.impl_->table, begin, guard);
}

Status WriteBatch::require(const Table& table, std::uint64_t row_id, const RowGuard& guard) {
  WISP_TRY(impl_->check_table(*table.impl_->core));
  const std::size_t begin = impl_->buffer.size();
  WISP_TRY(table.impl_->append_stored_row_id(row_id, impl_->buffer));
  return impl_->accept(table.impl_->table, begin, guard);
}

std::size_t WriteBatch::row_count() const noexcept {
  return impl_->changes.size();
}
std::size_t WriteBatch::size_bytes() const noexcept {
  return impl_->buffer.size();
}

void WriteBatch::clear() {
  impl_->changes.clear();
  impl_->guards.clear();
  impl_->tables.clear();
  impl_->ops.clear();
  impl_->key_guards.clear();
  if (impl_->buffer.capacity() > kKeptBytes) std::string().swap(impl_->buffer);
  impl_->buffer.clear();
}

Status WriteBatch::commit(const WriteOptions& options) {
  WISP_ASSIGN(store::Store* const store, impl_->use.core().used_store());
  // Built here: the buffer has moved while it grew.
  impl_->ops.clear();
  impl_->ops.reserve(impl_->changes.size());
  for (const auto& [kind, row] : impl_->changes) {
    impl_->ops.push_back({kind, row.key(impl_->buffer), row.value(impl_->buffer)});
  }
  impl_->key_guards.clear();
  for (const Impl::Guard& guard : impl_->guards) {
    const auto key = std::string_view(impl_->buffer).substr(guard.key_begin, guard.key_size);
    impl_->key_guards.push_back({&impl_->tables[guard.table], key, guard.guard});
  }
  WISP_ASSIGN(const auto fence, pass(impl_->use.core().write_fence(), options.wait_in_stall));
  for (const OpenTable& table : impl_->tables) WISP_TRY(table.check_writable());
  WISP_TRY(Table::Impl::write_guarded(*store, impl_->ops, impl_->key_guards, options));
  clear();
  return {};
}

}  // namespace wisp
