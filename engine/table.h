// Table: reading and writing the rows of one table.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/codec/patch.h"
#include "wisp/codec/row_builder.h"
#include "wisp/engine/cursor.h"
#include "wisp/engine/options.h"
#include "wisp/engine/row.h"
#include "wisp/engine/row_guard.h"
#include "wisp/schema/result.h"

namespace wisp {

template <typename T>
class StructScan;

// A key as the caller has it: the values of the key columns in key order; for a hidden row id one
// BIGINT.
using KeyValues = std::span<const Value>;

// A column by name, and what an update sets it to; NULL too.
struct ColumnChange {
  std::string_view column;
  Value value;
};

// What an update does where there is no row.
enum class OnMissing : std::uint8_t {
  kIgnore,  // nothing
  kCreate,  // makes a row of the patch and of the defaults of NOT NULL columns; refused with
            // kConstraint where the patch leaves out a NOT NULL column without a default
  kFail,    // kNotFound; looks before it writes
};

// A table of an open database. Cheap to copy; may outlive the Database, but then every read and
// write fails with kInvalidArgument that names no snapshot, batch or transaction. Threads: shared
// by all.
class Table {
 public:
  Table() = default;  // no table: only assignment and destruction are allowed

  const SchemaPtr& schema() const noexcept;
  // The schema of a version up to schema()'s own; null for others.
  SchemaPtr schema_of(SchemaVersion version) const noexcept;
  const LayoutPtr& layout() const noexcept;
  std::uint32_t id() const noexcept;
  bool has_row_checksums() const noexcept;

  // A typed handle; see ColumnHandle for which T reads which type.
  template <typename T>
  Result<ColumnHandle<T>> column(std::string_view name) const {
    return layout()->column<T>(name);
  }

  // ---- Reading ----
  // The row, or nullopt when there is none.
  Result<std::optional<Row>> get(KeyValues key, const ReadOptions& options = {}) const;
  // By hidden row id.
  Result<std::optional<Row>> get(std::uint64_t row_id, const ReadOptions& options = {}) const;
  // The same into a Row that is reused; false when there is none (`out` is then empty).
  Result<bool> get(KeyValues key, Row& out, const ReadOptions& options = {}) const;
  // With the key as encoded bytes (key.h), for hot loops: RowBuilder::finish_key or append_key.
  Result<bool> get_encoded(std::string_view key, Row& out, const ReadOptions& options = {}) const;
  // One entry per key, in order; nullopt where there is no row. The first row that cannot be read
  // fails the whole call.
  Result<std::vector<std::optional<Row>>> multi_get(std::span<const std::vector<Value>> keys,
                                                    const ReadOptions& options = {}) const;
  // The same for encoded keys, into rows that are reused: rows[i] is of keys[i], and empty where
  // there is none; all are empty on failure. Requires: as many rows as keys.
  Status multi_get_encoded(std::span<const std::string_view> keys, std::span<Row> rows,
                           const ReadOptions& options = {}) const;
  Result<Cursor> scan(const ScanOptions& options = {}) const;
  // Rows as C++ structs: `for (const Quote& q : *quotes)`. Include struct_reader.h, which says
  // more.
  template <typename T>
  Result<StructScan<T>> scan(const ScanOptions& options = {}) const;
  // The bytes under an encoded key as they are stored, checksum included and unchecked: for looking
  // at rows that get() refuses. False when there is none.
  Result<bool> get_stored(std::string_view key, store::Pin& value) const;

  // ---- Writing ----
  // A builder for rows of this table. Reuse it.
  RowBuilder row_builder() const;
  // Stores the builder's row, replacing one with the same key; does not look whether there is one.
  // Returns the row id where it is hidden.
  Result<std::uint64_t> put(RowBuilder& row, const WriteOptions& options = {}) const;
  // What SQL calls it.
  Result<std::uint64_t> upsert(RowBuilder& row, const WriteOptions& options = {}) const {
    return put(row, options);
  }
  // Stores the row; kAlreadyExists where there is one with its key. Costs a read more than put().
  Result<std::uint64_t> insert(RowBuilder& row, const WriteOptions& options = {}) const;
  // Stores the row if the guard holds of the one with its key. A guard of a hidden row id: see
  // put_at; here a new id is given out, and only absent() can hold.
  Result<std::uint64_t> put(RowBuilder& row, const RowGuard& guard,
                            const WriteOptions& options = {}) const;
  // Replaces the row of an existing hidden row id; kNotFound when there is none.
  Status put_at(std::uint64_t row_id, RowBuilder& row, const WriteOptions& options = {}) const;
  Status put_at(std::uint64_t row_id, RowBuilder& row, const RowGuard& guard,
                const WriteOptions& options = {}) const;
  // A builder for patches of this table. Reuse it.
  PatchBuilder patch_builder() const;
  // Changes the columns that the patch touches, and no other. Neither reads nor rewrites the row
  // (but for OnMissing::kFail): the patch is stored, and folded into the row when it is read,
  // flushed or compacted, so that the cost of writing follows the touched columns. Of one row at
  // most 64 patches are pending in memory: the write behind them reads and folds the row. A row
  // that is damaged stays damaged; its patches are kept and reading it fails.
  Status update(KeyValues key, PatchBuilder& patch, OnMissing missing = OnMissing::kIgnore,
                const WriteOptions& options = {}) const;
  // The same for callers that learn columns at run time. Fails with kInvalidArgument for an unknown
  // name, kConstraint for a value that does not fit.
  Status update(KeyValues key, std::span<const ColumnChange> changes,
                OnMissing missing = OnMissing::kIgnore, const WriteOptions& options = {}) const;
  // kCreate is kInvalidArgument here: put() gives out row ids.
  Status update(std::uint64_t row_id, PatchBuilder& patch, OnMissing missing = OnMissing::kIgnore,
                const WriteOptions& options = {}) const;
  // Erasing a missing row is not an error.
  Status erase(KeyValues key, const WriteOptions& options = {}) const;
  Status erase(std::uint64_t row_id, const WriteOptions& options = {}) const;
  // Erases the row if the guard holds.
  Status erase(KeyValues key, const RowGuard& guard, const WriteOptions& options = {}) const;
  Status erase(std::uint64_t row_id, const RowGuard& guard, const WriteOptions& options = {}) const;
  // Erases every row in [from, to), both as in ScanOptions; an empty range erases nothing. One
  // write, whatever the number of rows; their space is given back by compaction. Reads that pass
  // many young ranges get slower: for ranges of rows, not as a way to erase single ones.
  Status erase_range(KeyValues from, KeyValues to, const WriteOptions& options = {}) const;

 private:
  friend class Database;
  friend class Transaction;
  friend class WriteBatch;
  struct Impl;
  explicit Table(std::shared_ptr<const Impl> impl);
  // `row_id` 0: by the row's key, or a new id. `guard`: null where none is needed.
  Result<std::uint64_t> put_row(std::uint64_t row_id, RowBuilder& row, const RowGuard* guard,
                                const WriteOptions& options) const;
  Status erase_key(const RowGuard* guard, const std::string& stored_key,
                   const WriteOptions& options) const;
  // Reads the row of out.owned_key_.
  Result<bool> read_stored(Row& out, const ReadOptions& options) const;
  // The same for `count` rows; row_at(i) gives the i-th.
  template <typename RowAt>
  Status read_stored(std::size_t count, const RowAt& row_at, const ReadOptions& options) const;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace wisp
