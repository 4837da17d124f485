// What a Table handle points to, and how its rows become stored bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "wisp/codec/row_builder.h"
#include "wisp/engine/database_core.h"
#include "wisp/engine/row_guard.h"
#include "wisp/engine/table.h"
#include "wisp/engine/transaction_writes.h"
#include "wisp/schema/result.h"

namespace wisp {

// Where one encoded row stands in a buffer: its stored key, then the stored value.
struct EncodedRow {
  std::size_t key_begin = 0;
  std::size_t key_size = 0;
  std::size_t value_size = 0;
  std::uint64_t row_id = 0;  // 0 in a table with a declared key

  // In the buffer that it was encoded to.
  std::string_view key(std::string_view buffer) const {
    return {buffer.data() + key_begin, key_size};
  }
  std::string_view value(std::string_view buffer) const {
    return {buffer.data() + key_begin + key_size, value_size};
  }
};

// A guard and the key it is about.
struct KeyGuard {
  const OpenTable* table = nullptr;
  std::string_view stored_key;
  RowGuard guard = RowGuard::present();
};

struct Table::Impl {
  Impl(std::shared_ptr<DatabaseCore> of_core, OpenTable of_table)
      : core(std::move(of_core)), table(std::move(of_table)) {}

  std::shared_ptr<DatabaseCore> core;
  OpenTable table;

  const TableLayouts& layouts() const noexcept { return *table.layouts; }

  // Appends the row to `buffer`, which is unchanged on failure. `row_id` 0: a new one is allocated.
  Result<EncodedRow> append_row(RowBuilder& row, std::uint64_t row_id, std::string& buffer) const;
  // Appends the stored key of `key` (all key columns).
  Status append_stored_key(KeyValues key, std::string& buffer) const;
  // The stored key of a hidden row id; kInvalidArgument where the table has a declared key.
  Status append_stored_row_id(std::uint64_t row_id, std::string& buffer) const;

  // The same for an update: kInvalidArgument for OnMissing::kCreate too.
  Status append_updated_row_id(std::uint64_t row_id, OnMissing missing, std::string& buffer) const;

  // Appends the patch as it is stored under `key` (a stored key, which may stand in `buffer`);
  // unchanged on failure.
  Status append_patch(PatchBuilder& patch, OnMissing missing, std::string_view key,
                      std::string& buffer) const;
  // `buffer` holds the stored key.
  Status update(std::string& buffer, PatchBuilder& patch, OnMissing missing,
                const WriteOptions& options) const;

  // Makes `key`, without the table id, the key that `out` is to be read by.
  void set_key(Row& out, std::string_view key) const;
  // The row of out.owned_key_, by way of `view` where it is not null; false when there is none.
  // Then and on failure `out` may point to bytes that are gone: unbind() it.
  Result<bool> read(Row& out, const TransactionView* view, const ReadOptions& options) const;
  // Makes the row what its pin and its key say.
  Status bind(Row& row, const ReadOptions& options) const;
  // Whether there is a row under the stored key.
  Result<bool> finds(std::string_view stored_key, const TransactionView& view) const;

  // kLimit for a row of more bytes than the database takes.
  Status check_row_size(std::size_t bytes) const;
  // The store for reading; kNotFound when the table was dropped. `in_use`: by a snapshot or a
  // transaction that the read names.
  Result<store::Store*> readable_store(bool in_use) const;
  // `guard`, of the same key: null where none is needed.
  Status write_one(const store::Op& op, const RowGuard* guard, const WriteOptions& options) const;
  // Writes `ops` if every guard holds of the state before them; otherwise fails as the first one
  // that does not and writes nothing. A race with another writer is run again; kConflict after
  // many. Requires: the core's write fence is held.
  static Status write_guarded(store::Store& store, std::span<const store::Op> ops,
                              std::span<const KeyGuard> guards, const WriteOptions& options);
  // Fails as `guard` says where it does not hold at `snapshot`.
  static Status check_guard(const KeyGuard& guard, store::Store& store,
                            const store::Snapshot& snapshot);
  // [from, to) as of Table::erase_range, appended as two stored keys.
  Status append_range(KeyValues from, KeyValues to, std::string& first, std::string& last) const;

 private:
  // kConstraint where the patch cannot create a row.
  Status check_creates(std::string_view patch) const;
  Status append_parts(RowBuilder& row, std::uint64_t row_id, std::string& buffer,
                      EncodedRow& out) const;
};

}  // namespace wisp
