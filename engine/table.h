// Table and Cursor: reading and writing the rows of one table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/codec/row_builder.h"
#include "wisp/engine/options.h"
#include "wisp/engine/row.h"
#include "wisp/schema/result.h"

namespace wisp {

class DatabaseCore;

// A key as the caller has it: the values of the key columns in key order, or the hidden row id.
using KeyValues = std::span<const Value>;

struct ScanOptions {
  // Key range [from, to): values of the leading key columns, possibly fewer than all. Empty: no bound.
  // For a table with a hidden row id: one BIGINT.
  std::vector<Value> from;
  std::vector<Value> to;
  std::uint64_t limit = UINT64_MAX;
};

// An ordered scan, as of the moment it was made. Owns what it needs of the database: Database::close()
// answers kBusy while it lives. Threads: one at a time.
class Cursor {
 public:
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  // Moves to the next row; false at the end. A row that is damaged or a store that fails is an error;
  // after an error about one row (kCorruption) calling again goes on behind it.
  Result<bool> next();
  // The row under the cursor. Valid until the next call of next() or keep() or the cursor's end.
  const RowRef& row() const noexcept;
  // A copy that owns its bytes.
  Row keep() const;

 private:
  friend class Table;
  struct Impl;
  explicit Cursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A table of an open database. Cheap to copy. Threads: shared by all.
class Table {
 public:
  Table() = default;

  const SchemaPtr& schema() const noexcept;
  const LayoutPtr& layout() const noexcept;
  std::uint32_t id() const noexcept;

  // A typed handle; see ColumnHandle for which T reads which type.
  template <typename T>
  Result<ColumnHandle<T>> column(std::string_view name) const {
    return layout()->column<T>(name);
  }

  // ---- Reading ----
  // The row, or nullopt when there is none.
  Result<std::optional<Row>> get(KeyValues key) const;
  Result<std::optional<Row>> get(std::uint64_t row_id) const;  // hidden row id
  // The same into a Row that is reused; false when there is none (`out` is then empty).
  Result<bool> get(KeyValues key, Row& out) const;
  // With the key as encoded bytes (key.h), for hot loops: RowBuilder::finish_key or append_key.
  Result<bool> get_encoded(std::string_view key, Row& out) const;
  // One entry per key, in order; nullopt where there is no row.
  Result<std::vector<std::optional<Row>>> multi_get(std::span<const std::vector<Value>> keys) const;
  Result<Cursor> scan(const ScanOptions& options = {}) const;

  // ---- Writing ----
  // A builder for rows of this table. Reuse it.
  RowBuilder row_builder() const;
  // Stores the builder's row, replacing one with the same key. Returns the row id where it is hidden.
  Result<std::uint64_t> put(RowBuilder& row, const WriteOptions& options = {}) const;
  // Replaces the row of an existing hidden row id.
  Status put_at(std::uint64_t row_id, RowBuilder& row, const WriteOptions& options = {}) const;
  // Erasing a missing row is not an error.
  Status erase(KeyValues key, const WriteOptions& options = {}) const;
  Status erase(std::uint64_t row_id, const WriteOptions& options = {}) const;

 private:
  friend class Database;
  friend class WriteBatch;
  struct Impl;
  explicit Table(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace wisp
