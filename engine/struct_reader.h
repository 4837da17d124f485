// StructReader: the rows of a table as C++ structs.
//
//   struct Quote { std::string symbol; std::optional<double> bid, ask; };
//   auto scan = table.scan<Quote>({.limit = 10}).value();
//   for (const Quote& q : scan) std::cout << q.symbol << '\n';
//   if (Status s = scan.status(); !s) ...
//
// A struct is a projection: reading costs what its own fields cost. Fields are matched to columns
// by name (struct_row.h), key columns included. Rows of earlier schema versions are read in place
// too, field by field; only where T has an ARRAY, MAP or ROW are they rewritten first. Needs
// Boost.PFR 1.81.
#pragma once

#include <cassert>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "wisp/codec/struct_row.h"
#include "wisp/engine/cursor.h"
#include "wisp/engine/row.h"
#include "wisp/engine/table.h"
#include "wisp/schema/result.h"

namespace wisp {
namespace internal {

// Reads a row's columns for read_fields(), as columns of the newest version, in place: those of the
// key, and all of them from rows of earlier versions.
struct ColumnOfRow {
  const RowRef& row;
  const Layout& layout;  // the newest
  Access operator()(const ColumnSlot& slot, FieldCell& cell, CellSpace& space) const;
};

// Nested fields alone need a row of an earlier version as one of the newest.
template <typename T>
Status read_struct(const StructMapping<T>& mapping, const RowRef& row, T& out) {
  const Layout& newest = *mapping.layout();
  if (&row.schema() != newest.schema().get()) [[unlikely]] {
    return fail(mapped_elsewhere());
  }
  const ColumnOfRow column{row, newest};
  if (&row.stored_view().layout() == &newest) return mapping.read(row.stored_view(), column, out);
  if (!mapping.has_nested_fields()) return mapping.read_columns(column, out);
  return mapping.read(row.view(), column, out);
}

}  // namespace internal

// A scan whose rows are read into one T. Threads: one at a time.
template <typename T>
class StructScan {
 public:
  StructScan(StructMapping<T> mapping, Cursor cursor)
      : state_(std::make_unique<State>(State{std::move(mapping), std::move(cursor), {}, {}})) {}

  // As Cursor::next(). A damaged field of T is an error that names the key and the column.
  Result<bool> next() {
    WISP_ASSIGN(const bool more, state_->cursor.next());
    if (!more) return false;
    const RowRef& row = state_->cursor.row();
    Status status = internal::read_struct(state_->mapping, row, state_->row);
    if (status) return true;
    return fail(std::move(status).error().within(row.describe()));
  }
  // Reused for every row: std::string_view members point into the stored row, and are valid until
  // the next step. Requires: next() gave true.
  const T& row() const noexcept { return state_->row; }
  // The row under it with all its columns, also to keep().
  const Cursor& cursor() const noexcept { return state_->cursor; }

  // For range-for: from the next row to the end, or to the first error, which status() keeps.
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    const T& operator*() const noexcept { return scan_->row(); }
    const T* operator->() const noexcept { return &scan_->row(); }
    Iterator& operator++() {
      scan_->step(*this);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) noexcept {
      return i.scan_ == nullptr;
    }

   private:
    friend class StructScan;
    StructScan* scan_ = nullptr;
  };
  Iterator begin() {
    Iterator i;
    i.scan_ = this;
    step(i);
    return i;
  }
  std::default_sentinel_t end() const noexcept { return {}; }
  // What ended the last range-for before the end of the scan.
  const Status& status() const& noexcept { return state_->status; }

 private:
  // On the heap, so that iterators and row() stay good when the scan is moved.
  struct State {
    StructMapping<T> mapping;
    Cursor cursor;
    T row;
    Status status;
  };
  void step(Iterator& i) {
    auto more = next();
    state_->status = more ? Status() : Status(fail(std::move(more).error()));
    if (!more || !*more) i.scan_ = nullptr;
  }
  std::unique_ptr<State> state_;
};

// The mapping of a table to T, made once and used for many reads. Immutable; threads: shared by
// all.
template <typename T>
class StructReader {
 public:
  // Fails as StructMapping<T>::make does.
  static Result<StructReader> make(Table table) {
    auto mapping = StructMapping<T>::make(table.layout());
    if (!mapping) return fail(std::move(mapping).error());
    return StructReader(std::move(table), *std::move(mapping));
  }

  // The fields of T from a row of the table; what `out` holds is reused. std::string_view members
  // are valid as long as the row's bytes. Fails with kCorruption, naming key and column; a row of
  // another table or version is kInvalidArgument.
  Status read(const RowRef& row, T& out) const {
    Status status = internal::read_struct(mapping_, row, out);
    if (status) return {};
    return fail(std::move(status).error().within(row.describe()));
  }

  Result<StructScan<T>> scan(const ScanOptions& options = {}) const {
    WISP_ASSIGN(Cursor cursor, table_.scan(options));
    return StructScan<T>(mapping_, std::move(cursor));
  }

  // Table::multi_get, then each(i, row) in order of the keys: `row` is a `const T*`, null where
  // there is no row under keys[i], and valid until each() returns. Stops at the first error.
  template <typename Each>
  Status multi_get(std::span<const std::vector<Value>> keys, Each&& each,
                   const ReadOptions& options = {}) const {
    WISP_ASSIGN(const auto rows, table_.multi_get(keys, options));
    T out{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i]) WISP_TRY(read(*rows[i], out));
      each(i, rows[i] ? &std::as_const(out) : nullptr);
    }
    return {};
  }

  const Table& table() const noexcept { return table_; }
  const StructMapping<T>& mapping() const noexcept { return mapping_; }

 private:
  StructReader(Table table, StructMapping<T> mapping)
      : table_(std::move(table)), mapping_(std::move(mapping)) {}
  Table table_;
  StructMapping<T> mapping_;
};

template <typename T>
Result<StructScan<T>> Table::scan(const ScanOptions& options) const {
  WISP_ASSIGN(const auto reader, StructReader<T>::make(*this));
  return reader.scan(options);
}

}  // namespace wisp
