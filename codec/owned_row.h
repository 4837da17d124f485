// OwnedRow: a row with its bytes and its layout, for keeping what a RowView points to.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_view.h"

namespace wisp {

// Valid as long as it lives, whatever becomes of the bytes it was made from. What is read from it
// points into it: until it is moved from, assigned or destroyed. Threads: shared to read.
class OwnedRow {
 public:
  // Copies the row's bytes and shares its layout.
  static OwnedRow copy_of(const RowView& row) {
    OwnedRow out;
    out.layout_ = row.layout().shared_from_this();
    out.bytes_.assign(reinterpret_cast<const char*>(row.bytes().data()), row.bytes().size());
    return out;
  }

  const LayoutPtr& layout() const noexcept { return layout_; }
  std::span<const std::byte> bytes() const& noexcept { return std::as_bytes(std::span(bytes_)); }
  std::span<const std::byte> bytes() const&& = delete;  // would point into freed bytes
  RowView view() const& noexcept { return RowView::trust_bytes(*layout_, bytes()); }
  RowView view() const&& = delete;

  // As RowView::get. Deleted on temporaries: what it returns may point into this row.
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const& {
    return view().get(column);
  }
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const&& = delete;

 private:
  OwnedRow() = default;
  LayoutPtr layout_;
  std::string bytes_;
};

// In free form, since RowView is the smaller thing: `OwnedRow kept = to_owned(view);`
inline OwnedRow to_owned(const RowView& row) {
  return OwnedRow::copy_of(row);
}

}  // namespace wisp
