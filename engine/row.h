// Row and RowRef: one stored row, read in place from a pinned slice.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/codec/column_mapping.h"
#include "wisp/codec/row_view.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/row_guard.h"
#include "wisp/engine/store/store.h"
#include "wisp/schema/result.h"

namespace wisp {

// The layouts of a table by schema version; rows keep it alive.
class TableLayouts;
class Row;

// A stored row. Fields are read by handle (`row[bid]`) or as runtime values; key columns are
// decoded from the key. This is the reading face; Row owns its bytes, a cursor's RowRef borrows
// them.
//
// A RowRef points to: the row's bytes and key, owned by the cursor that gave it out. Valid until:
// the cursor moves or is destroyed. Threads: any number may read one.
class RowRef {
 public:
  RowRef() = default;

  // The field, or nullopt when NULL or damaged. Views in the result live as long as this row's
  // bytes. Requires: a handle of schema() (else, where assertions are off, nullopt).
  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& column) const& {
    assert((empty() || fits(column.columns_key())) &&
           "a column handle of another table or version");
    T out{};
    if (read(column, out) != Access::kPresent) return std::nullopt;
    return out;
  }
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const& {
    return get(column);
  }
  // Telling NULL and damage apart; damaged, too, where the handle is of another table or version.
  // `out` is untouched unless kPresent.
  template <typename T>
  Access read(const ColumnHandle<T>& column, T& out) const& {
    if (column.slot().is_key) {
      return fits(column.columns_key()) ? read_key(column.slot(), out) : Access::kDamaged;
    }
    if (mapping_ == nullptr) [[likely]] {
      return view_.read(column, out);
    }
    return mapping_->read(view_, column, out);
  }

  bool is_null(ColumnIndex column) const;
  // A copy of the field; fails with kCorruption when it is damaged.
  Result<Value> value(ColumnIndex column) const;
  // The non-NULL columns in declared order, key columns included.
  Result<std::vector<ColumnIndex>> present_columns() const;
  // Reads every byte of the row.
  RowChecksum checksum() const noexcept;
  // For RowGuard::unchanged. Reads every byte of the row.
  RowToken token() const;

  // Of the table when its handle was taken. A row of an earlier version reads as one of this:
  // columns dropped since are not there, added ones have the value that was fixed then.
  const Schema& schema() const noexcept;
  // The schema version that the row is stored in.
  SchemaVersion stored_version() const noexcept { return stored_version_; }
  // The value columns as a row of schema(). One of an earlier version is rewritten when this is
  // first asked for; reading through handles and value() is without that. All of its fields are
  // damaged where it cannot be rewritten.
  const RowView& view() const {
    if (mapping_ == nullptr) [[likely]] {
      return view_;
    }
    return migrated_view();
  }
  // The value columns' bytes as they are stored, in the layout of stored_version().
  const RowView& stored_view() const noexcept { return view_; }
  std::string_view key_bytes() const noexcept { return key_; }  // memcomparable, no table id
  Result<std::uint64_t> row_id() const;  // Requires: a table with a hidden row id
  // True when there is no row here: default-made, moved from, or a get() that found none. Nothing
  // else may be asked of it then.
  bool empty() const noexcept { return key_.data() == nullptr; }

  // "table \"t\", key (17)": for messages. Requires: !empty().
  std::string describe() const;
  // A copy that owns its bytes and no pin of the block cache: for keeping a row for long.
  // Requires: !empty().
  Row to_owned() const;

 protected:
  struct MigratedRow;
  // Filled while several threads may read the row, so a copy does not look at it.
  struct MigratedOnce {
    MigratedOnce() = default;
    MigratedOnce(const MigratedOnce&) noexcept {}
    MigratedOnce& operator=(const MigratedOnce& other) noexcept {
      if (this != &other) row.reset();
      return *this;
    }
    MigratedOnce(MigratedOnce&&) = default;
    MigratedOnce& operator=(MigratedOnce&&) = default;
    ~MigratedOnce() = default;
    std::shared_ptr<const MigratedRow> row;
  };
  friend class Cursor;
  friend class Table;
  // Points to a stored row: `stored_key` with its table id, `stored_value` with its checksum. Empty
  // afterwards where the value is a ghost (chain.h), and on failure (kCorruption, kUnknownSchema;
  // the error names table and key).
  Status bind(const std::shared_ptr<const TableLayouts>& layouts, std::string_view stored_key,
              std::string_view stored_value, bool verify_checksum) {
    if (!verify_checksum && layouts_ == layouts && bind_plain(stored_key, stored_value))
        [[likely]] {
      return {};
    }
    return bind_any(layouts, stored_key, stored_value, verify_checksum);
  }
  Status bind_any(const std::shared_ptr<const TableLayouts>& layouts, std::string_view stored_key,
                  std::string_view stored_value, bool verify_checksum);
  // The same for a row of the newest version that needs nothing but its bytes, in place of another
  // of the table. False: it is none; nothing has changed.
  bool bind_plain(std::string_view stored_key, std::string_view stored_value) noexcept;
  Status bind_checked(std::string_view stored_key, std::string_view stored_value,
                      bool verify_checksum);
  // The same for a row that is not of the table's version.
  Status bind_other_version(std::string_view row);
  // The same as bind_checked() for a chain.
  Status bind_chain(std::string_view stored_key, std::string_view stored_value);
  void unbind() noexcept;
  const RowView& migrated_view() const;
  // Whether handles with this key are for rows of schema(). Requires: !empty().
  bool fits(std::uint32_t columns_key) const noexcept;
  // Key columns read by value; text that was escaped or inverted is in key_text_.
  template <typename T>
  Access read_key(const ColumnSlot& slot, T& out) const;

  RowView view_;          // as it is stored; the checksum stands behind it
  std::string_view key_;  // its table id stands in the four bytes before it
  SchemaVersion stored_version_{};
  bool is_plain_ = false;  // a row of the newest version, and nothing below but layouts_ is needed
  const ColumnMapping* mapping_ = nullptr;     // of layouts_, for a row of an earlier version
  mutable MigratedOnce migrated_;              // what view() gives then
  std::shared_ptr<const std::string> folded_;  // what view_ points to, for a chain
  std::shared_ptr<const TableLayouts> layouts_;
  // Decoded text parts of the key that do not stand in it verbatim, by key part; usually empty.
  std::shared_ptr<const std::vector<std::string>> key_text_;
};

// A row that owns its pin. It may outlive Table and Database (it keeps the block cache alive,
// nothing else) and may be moved between threads; views read from it die with it, so reading them
// from a temporary does not compile.
class Row : public RowRef {
 public:
  Row() = default;
  Row(Row&& other) noexcept { *this = std::move(other); }
  Row& operator=(Row&& other) noexcept;
  Row(const Row&) = delete;  // would copy the pin; keep a shared_ptr<Row> to share one
  Row& operator=(const Row&) = delete;
  ~Row() = default;

  // Deleted on temporaries: a view that was read from one would point to freed bytes.
  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& column) const& {
    return RowRef::get(column);
  }
  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& column) const&& = delete;
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const& {
    return RowRef::get(column);
  }
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const&& = delete;
  template <typename T>
  Access read(const ColumnHandle<T>& column, T& out) const& {
    return RowRef::read(column, out);
  }
  template <typename T>
  Access read(const ColumnHandle<T>& column, T& out) const&& = delete;

 private:
  friend class Table;
  friend class RowRef;
  friend class Cursor;
  friend class Transaction;
  store::Pin pin_;
  std::string owned_key_;  // with the table id
};

}  // namespace wisp
