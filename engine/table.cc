#include "wisp/engine/table.h"

#include <algorithm>
#include <cassert>
#include <shared_mutex>
#include <utility>

#include "wisp/codec/field_kernels.h"
#include "wisp/codec/key.h"
#include "wisp/engine/cursor_impl.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/snapshot_impl.h"
#include "wisp/engine/table_impl.h"

namespace wisp {
namespace {

// A per-thread buffer keeps its memory between writes unless one large row has blown it up.
constexpr std::size_t kKeptBufferBytes = 256 * 1024;

std::string& thread_buffer() {
  static thread_local std::string buffer;
  if (buffer.capacity() > kKeptBufferBytes) std::string().swap(buffer);
  buffer.clear();
  return buffer;
}

}  // namespace

// ---- Encoding ----

Result<EncodedRow> Table::Impl::append_row(RowBuilder& row, std::uint64_t row_id,
                                           std::string& buffer) const {
  EncodedRow out;
  out.key_begin = buffer.size();
  Status status = append_parts(row, row_id, buffer, out);
  if (status) return out;
  buffer.resize(out.key_begin);
  return fail(std::move(status).error().within(layouts().describe()));
}

Status Table::Impl::append_parts(RowBuilder& row, std::uint64_t row_id, std::string& buffer,
                                 EncodedRow& out) const {
  if (row.layout() != layouts().layout()) {
    return fail(ErrorCode::kInvalidArgument,
                "the row builder is of another table or another opening of the database");
  }
  const bool hidden = layouts().schema()->has_hidden_row_id();
  buffer += layouts().key_prefix();
  if (hidden) {
    append_row_id(row_id, buffer);
  } else {
    WISP_TRY(row.finish_key(buffer));
  }
  out.key_size = buffer.size() - out.key_begin;
  const std::size_t row_begin = buffer.size();
  WISP_TRY(row.finish_row(buffer));
  const std::size_t row_size = buffer.size() - row_begin;
  WISP_TRY(check_row_size(row_size));
  // Only now, so that a row that is refused uses up no id.
  if (hidden && row_id == 0) {
    WISP_ASSIGN(store::Store* const store, core->store());
    // A lease must not be written for a table that is dropped meanwhile.
    const std::shared_lock fence(core->write_fence());
    WISP_TRY(table.check_not_dropped());
    WISP_ASSIGN(row_id, table.row_ids->allocate(*store));
    std::string id;
    append_row_id(row_id, id);
    buffer.replace(out.key_begin + kTableIdBytes, id.size(), id);
  }
  out.row_id = hidden ? row_id : 0;
  if (layouts().row_checksums()) {
    const std::string_view row_bytes(buffer.data() + row_begin, row_size);
    append_row_checksum(row_bytes, out.key(buffer), buffer);
  }
  out.value_size = buffer.size() - row_begin;
  return {};
}

Status Table::Impl::check_row_size(std::size_t bytes) const {
  if (bytes <= core->options().max_row_bytes) return {};
  return fail(ErrorCode::kLimit, "the row has " + std::to_string(bytes) +
                                     " bytes, more than the limit of " +
                                     std::to_string(core->options().max_row_bytes));
}

Status Table::Impl::append_stored_key(KeyValues key, std::string& buffer) const {
  const std::size_t begin = buffer.size();
  buffer += layouts().key_prefix();
  Status status = layouts().append_key_of(key, /*prefix=*/false, buffer);
  if (!status) buffer.resize(begin);
  return status;
}

Status Table::Impl::append_stored_row_id(std::uint64_t row_id, std::string& buffer) const {
  if (!layouts().schema()->has_hidden_row_id()) {
    return fail(ErrorCode::kInvalidArgument, "the table has a declared key and no row ids",
                layouts().describe());
  }
  buffer += layouts().key_prefix();
  append_row_id(row_id, buffer);
  return {};
}

Status Table::Impl::append_updated_row_id(std::uint64_t row_id, OnMissing missing,
                                          std::string& buffer) const {
  if (missing == OnMissing::kCreate) {
    return fail(ErrorCode::kInvalidArgument,
                "a row with a hidden id is created by put, which gives it its id",
                layouts().describe());
  }
  return append_stored_row_id(row_id, buffer);
}

Result<store::Store*> Table::Impl::readable_store(bool in_use) const {
  WISP_TRY(table.check_not_dropped());
  return in_use ? core->used_store() : core->store();
}

Status Table::Impl::write_one(const store::Op& op, const RowGuard* guard,
                              const WriteOptions& options) const {
  WISP_ASSIGN(store::Store* const store, core->store());
  WISP_ASSIGN(const auto fence, pass(core->write_fence(), options.wait_in_stall));
  WISP_TRY(table.check_writable());
  if (guard == nullptr) return store->write({&op, 1}, options);
  const KeyGuard key_guard{&table, op.key, *guard};
  return write_guarded(*store, {&op, 1}, {&key_guard, 1}, options);
}

Status Table::Impl::append_range(KeyValues from, KeyValues to, std::string& first,
                                 std::string& last) const {
  first += layouts().key_prefix();
  WISP_TRY(layouts().append_key_of(from, /*prefix=*/true, first));
  if (to.empty()) {
    last += table_end(layouts().table_id());
    return {};
  }
  last += layouts().key_prefix();
  return layouts().append_key_of(to, /*prefix=*/true, last);
}

void Table::Impl::set_key(Row& out, std::string_view key) const {
  const std::string_view prefix = layouts().key_prefix();
  std::string& stored = out.owned_key_;
  stored.resize(prefix.size() + key.size());
  std::copy(key.begin(), key.end(), stored.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
  std::copy(prefix.begin(), prefix.end(), stored.begin());
}

Result<bool> Table::Impl::read(Row& out, const TransactionView* view,
                               const ReadOptions& options) const {
  store::Store* store = core->open_store();
  if (store == nullptr || table.state->dropped.load(std::memory_order_acquire)) [[unlikely]] {
    WISP_ASSIGN(store, readable_store(view != nullptr || options.snapshot != nullptr));
  }
  const auto* written = view == nullptr ? nullptr : view->writes->find(out.owned_key_);
  if (written != nullptr) {
    if (!*written) return false;
    out.pin_ = store::Pin::copy_of(**written);
  } else {
    const store::Snapshot* snapshot = nullptr;
    if (view != nullptr) {
      snapshot = view->snapshot;
    } else if (options.snapshot != nullptr) {
      WISP_ASSIGN(snapshot, Snapshot::Impl::of(options.snapshot, *core));
    }
    auto found = store->get(out.owned_key_, out.pin_, snapshot);
    if (!found) {
      const std::string_view key = std::string_view(out.owned_key_).substr(kTableIdBytes);
      return fail(std::move(found).error().within(layouts().describe_row(key)));
    }
    if (!*found) {
      WISP_TRY(table.check_not_dropped());  // meanwhile
      return false;
    }
  }
  WISP_TRY(bind(out, options));
  return !out.empty();  // patches alone may make no row
}

Status Table::Impl::bind(Row& row, const ReadOptions& options) const {
  const std::string_view value = row.pin_.value();
  // Fields are read from all over the row, whose bytes are seldom in the cache.
  internal::prefetch_row({nullptr, reinterpret_cast<const std::byte*>(value.data()), value.size()});
  return row.bind(table.layouts, row.owned_key_, value, options.verify_checksums);
}

Result<bool> Table::Impl::finds(std::string_view stored_key, const TransactionView& view) const {
  Row row;
  row.owned_key_ = stored_key;
  return read(row, &view, ReadOptions());
}

// ---- The table ----

Table::Table(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

const SchemaPtr& Table::schema() const noexcept {
  return impl_->layouts().schema();
}
SchemaPtr Table::schema_of(SchemaVersion version) const noexcept {
  return version > impl_->layouts().version() ? nullptr
                                              : impl_->layouts().versions().schema(version);
}
const LayoutPtr& Table::layout() const noexcept {
  return impl_->layouts().layout();
}
std::uint32_t Table::id() const noexcept {
  return impl_->layouts().table_id();
}
bool Table::has_row_checksums() const noexcept {
  return impl_->layouts().row_checksums();
}

Result<bool> Table::read_stored(Row& out, const ReadOptions& options) const {
  Result<bool> found = impl_->read(out, nullptr, options);
  if (!found || !*found) out.unbind();
  return found;
}

Result<bool> Table::get_encoded(std::string_view key, Row& out, const ReadOptions& options) const {
  impl_->set_key(out, key);
  return read_stored(out, options);
}

Result<bool> Table::get(KeyValues key, Row& out, const ReadOptions& options) const {
  out.unbind();
  out.owned_key_.clear();
  WISP_TRY(impl_->append_stored_key(key, out.owned_key_));
  return read_stored(out, options);
}

Result<std::optional<Row>> Table::get(KeyValues key, const ReadOptions& options) const {
  std::optional<Row> row(std::in_place);
  WISP_ASSIGN(const bool found, get(key, *row, options));
  if (!found) row.reset();
  return row;
}

Result<std::optional<Row>> Table::get(std::uint64_t row_id, const ReadOptions& options) const {
  std::optional<Row> row(std::in_place);
  WISP_TRY(impl_->append_stored_row_id(row_id, row->owned_key_));
  WISP_ASSIGN(const bool found, read_stored(*row, options));
  if (!found) row.reset();
  return row;
}

template <typename RowAt>
Status Table::read_stored(std::size_t count, const RowAt& row_at,
                          const ReadOptions& options) const {
  WISP_ASSIGN(store::Store* const store, impl_->readable_store(options.snapshot != nullptr));
  WISP_ASSIGN(const store::Snapshot* const snapshot,
              Snapshot::Impl::of(options.snapshot, *impl_->core));
  std::vector<store::Lookup> lookups(count);
  for (std::size_t i = 0; i < count; ++i) lookups[i] = {row_at(i).owned_key_, &row_at(i).pin_};
  Status status;
  bool all_found = true;
  store->multi_get(lookups, snapshot, [&](std::size_t i, Result<bool> found) {
    Row& row = row_at(i);
    if (!status || (found && !*found)) {
      all_found = false;
      return row.unbind();
    }
    if (found) [[likely]] {
      status = impl_->bind(row, options);
    } else {
      status = fail(std::move(found).error().within(
          impl_->layouts().describe_row(lookups[i].key.substr(kTableIdBytes))));
    }
  });
  if (status && !all_found) status = impl_->table.check_not_dropped();  // meanwhile
  return status;
}

Result<std::vector<std::optional<Row>>> Table::multi_get(std::span<const std::vector<Value>> keys,
                                                         const ReadOptions& options) const {
  std::vector<std::optional<Row>> rows(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    WISP_TRY(impl_->append_stored_key(keys[i], rows[i].emplace().owned_key_));
  }
  const auto row_at = [&](std::size_t i) -> Row& { return *rows[i]; };
  WISP_TRY(read_stored(rows.size(), row_at, options));
  for (std::optional<Row>& row : rows) {
    if (row->empty()) row.reset();
  }
  return rows;
}

Status Table::multi_get_encoded(std::span<const std::string_view> keys, std::span<Row> rows,
                                const ReadOptions& options) const {
  assert(keys.size() == rows.size());
  for (std::size_t i = 0; i < keys.size(); ++i) impl_->set_key(rows[i], keys[i]);
  const auto row_at = [&](std::size_t i) -> Row& { return rows[i]; };
  Status status = read_stored(rows.size(), row_at, options);
  if (!status) {
    for (Row& row : rows) row = Row();
  }
  return status;
}

Result<bool> Table::get_stored(std::string_view key, store::Pin& value) const {
  WISP_ASSIGN(store::Store* const store, impl_->readable_store(/*in_use=*/false));
  std::string stored_key(impl_->layouts().key_prefix());
  stored_key += key;
  return store->get(stored_key, value);
}

Result<Cursor> Table::scan(const ScanOptions& options) const {
  WISP_TRY(impl_->readable_store(options.snapshot != nullptr));
  WISP_ASSIGN(auto cursor, Cursor::Impl::make(impl_->core, impl_->table.layouts, options, nullptr));
  WISP_TRY(impl_->table.check_not_dropped());  // meanwhile
  return Cursor(std::move(cursor));
}

RowBuilder Table::row_builder() const {
  return RowBuilder(layout(), impl_->core->options().max_row_bytes);
}

Result<std::uint64_t> Table::put_row(std::uint64_t row_id, RowBuilder& row, const RowGuard* guard,
                                     const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_ASSIGN(const EncodedRow encoded, impl_->append_row(row, row_id, buffer));
  WISP_TRY(impl_->write_one({store::Op::Kind::kPut, encoded.key(buffer), encoded.value(buffer)},
                            guard, options));
  return encoded.row_id;
}

Result<std::uint64_t> Table::put(RowBuilder& row, const WriteOptions& options) const {
  return put_row(0, row, nullptr, options);
}

Result<std::uint64_t> Table::insert(RowBuilder& row, const WriteOptions& options) const {
  return put(row, RowGuard::absent(), options);
}

Result<std::uint64_t> Table::put(RowBuilder& row, const RowGuard& guard,
                                 const WriteOptions& options) const {
  // A new row id is nobody else's.
  const bool holds = schema()->has_hidden_row_id() && guard.kind() == RowGuard::Kind::kAbsent;
  return put_row(0, row, holds ? nullptr : &guard, options);
}

Status Table::put_at(std::uint64_t row_id, RowBuilder& row, const WriteOptions& options) const {
  // An id that was never given out may be given out later, to another row.
  return put_at(row_id, row, RowGuard::present(), options);
}

Status Table::put_at(std::uint64_t row_id, RowBuilder& row, const RowGuard& guard,
                     const WriteOptions& options) const {
  std::string stored_key;
  WISP_TRY(impl_->append_stored_row_id(row_id, stored_key));
  if (guard.kind() == RowGuard::Kind::kAbsent) {
    return fail(ErrorCode::kInvalidArgument, "only the database gives out new row ids",
                impl_->layouts().describe());
  }
  if (row_id < kFirstRowId) {
    return fail(ErrorCode::kNotFound, "there is no row with this key",
                impl_->layouts().describe_row(std::string_view(stored_key).substr(kTableIdBytes)));
  }
  WISP_TRY(put_row(row_id, row, &guard, options));
  return {};
}

Status Table::erase_key(const RowGuard* guard, const std::string& stored_key,
                        const WriteOptions& options) const {
  return impl_->write_one({store::Op::Kind::kErase, stored_key, {}}, guard, options);
}

PatchBuilder Table::patch_builder() const {
  return PatchBuilder(impl_->layouts().patch_layout(), impl_->core->options().max_row_bytes);
}

Status Table::Impl::append_patch(PatchBuilder& patch, OnMissing missing, std::string_view key,
                                 std::string& buffer) const {
  if (patch.layout() != layouts().patch_layout()) {
    return fail(ErrorCode::kInvalidArgument,
                "the patch builder is of another table or another opening of the database",
                layouts().describe());
  }
  const std::string stored_key(key);  // it may stand in `buffer`
  const std::size_t begin = buffer.size();
  Status status = patch.finish(
      missing == OnMissing::kCreate ? MissingRow::kCreate : MissingRow::kIgnore, buffer);
  if (status && missing == OnMissing::kCreate) {
    status = check_creates(std::string_view(buffer).substr(begin));
  }
  if (status && buffer.size() - begin > core->options().max_row_bytes) {
    status = fail(ErrorCode::kLimit, "the patch has " + std::to_string(buffer.size() - begin) +
                                         " bytes, more than the limit of " +
                                         std::to_string(core->options().max_row_bytes));
  }
  if (!status) {
    buffer.resize(begin);
    return fail(std::move(status).error().within(layouts().describe()));
  }
  if (layouts().row_checksums()) {
    append_row_checksum(std::string_view(buffer).substr(begin), stored_key, buffer);
  }
  return {};
}

Status Table::Impl::check_creates(std::string_view patch) const {
  const LayoutPtr layout = layouts().patch_layout();
  WISP_ASSIGN(const PatchView view,
              PatchView::open(*layout, std::as_bytes(std::span(patch.data(), patch.size()))));
  for (const ColumnIndex column : layouts().needed_to_create()) {
    if (!view.values().is_null(column)) continue;
    return fail(ErrorCode::kConstraint,
                "an update that may create the row needs a value for this NOT NULL column",
                "column " + quote_identifier(layouts().schema()->column(column).name));
  }
  return {};
}

Status Table::Impl::update(std::string& buffer, PatchBuilder& patch, OnMissing missing,
                           const WriteOptions& options) const {
  const std::size_t key_size = buffer.size();
  WISP_TRY(append_patch(patch, missing, buffer, buffer));
  const std::string_view all(buffer);
  const RowGuard present = RowGuard::present();
  return write_one({store::Op::Kind::kPatch, all.substr(0, key_size), all.substr(key_size)},
                   missing == OnMissing::kFail ? &present : nullptr, options);
}

Status Table::update(KeyValues key, PatchBuilder& patch, OnMissing missing,
                     const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_TRY(impl_->append_stored_key(key, buffer));
  return impl_->update(buffer, patch, missing, options);
}

Status Table::update(KeyValues key, std::span<const ColumnChange> changes, OnMissing missing,
                     const WriteOptions& options) const {
  PatchBuilder patch = patch_builder();
  for (const ColumnChange& change : changes) {
    auto column = schema()->find(change.column);
    if (!column) return fail(std::move(column).error().within(impl_->layouts().describe()));
    if (Status set = patch.set_value(*column, change.value); !set) {
      return fail(std::move(set).error().within(impl_->layouts().describe()));
    }
  }
  return update(key, patch, missing, options);
}

Status Table::update(std::uint64_t row_id, PatchBuilder& patch, OnMissing missing,
                     const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_TRY(impl_->append_updated_row_id(row_id, missing, buffer));
  return impl_->update(buffer, patch, missing, options);
}

Status Table::erase(KeyValues key, const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_TRY(impl_->append_stored_key(key, buffer));
  return erase_key(nullptr, buffer, options);
}

Status Table::erase(std::uint64_t row_id, const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_TRY(impl_->append_stored_row_id(row_id, buffer));
  return erase_key(nullptr, buffer, options);
}

Status Table::erase(KeyValues key, const RowGuard& guard, const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_TRY(impl_->append_stored_key(key, buffer));
  return erase_key(&guard, buffer, options);
}

Status Table::erase(std::uint64_t row_id, const RowGuard& guard,
                    const WriteOptions& options) const {
  std::string& buffer = thread_buffer();
  WISP_TRY(impl_->append_stored_row_id(row_id, buffer));
  return erase_key(&guard, buffer, options);
}

Status Table::erase_range(KeyValues from, KeyValues to, const WriteOptions& options) const {
  std::string first;
  std::string last;
  WISP_TRY(impl_->append_range(from, to, first, last));
  if (first >= last) return {};
  return impl_->write_one({store::Op::Kind::kEraseRange, first, last}, nullptr, options);
}

}  // namespace wisp
