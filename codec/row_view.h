// RowView: reads fields of an encoded row in place, without decoding the row.
//
// The bytes may be damaged or hostile: opening is an O(1) header check, every access is bounded by the
// row's own length, and no byte string makes a read crash, hang or leave the row. A damaged row may
// still give wrong values: `verify_row` (row_verify.h) and the row checksum are for that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wisp/codec/layout.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// What a read found.
enum class Access : std::uint8_t {
  kPresent,
  kNull,
  kDamaged,  // the row's bytes contradict themselves at this field
};

// The schema version an encoded row was written with, or an error when the bytes are too short or of
// an unknown format. Does not need a layout: it tells which layout to use.
Result<SchemaVersion> row_schema_version(std::span<const std::byte> row);

// Points to: the row's bytes and the layout, owned by others. Valid until: either goes or changes.
// Threads: any number may read one RowView. Cheap to copy; make one per row.
class RowView {
 public:
  RowView() = default;

  // The O(1) header check: format byte, schema version, and that every section that has a fixed size
  // lies inside `row`. Fails with kCorruption or kUnknownSchema.
  static Result<RowView> open(const Layout& layout, std::span<const std::byte> row);

  // The field, or nullopt when it is NULL or damaged. Views in the result point into the row's bytes.
  // Requires: the handle is of this view's layout and not of a key column.
  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& column) const {
    T out;
    if (read(column, out) != Access::kPresent) return std::nullopt;
    return out;
  }
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const {
    return get(column);
  }

  // The same, telling NULL and damage apart. `out` is untouched unless kPresent.
  template <typename T>
  Access read(const ColumnHandle<T>& column, T& out) const {
    return read_slot(column.slot(), out);
  }

  bool is_null(ColumnIndex column) const;

  // As a runtime value (copied, nested values too). Fails with kCorruption where the field is damaged.
  Result<Value> value(ColumnIndex column) const;

  // Calls visit(ColumnIndex) for every present column, NOT NULL ones included, in layout order (not
  // in declared order). Stops and fails when the presence section is damaged.
  template <typename Visit>
  Status for_each_present(Visit&& visit) const {
    std::vector<std::uint32_t> columns;
    WISP_TRY(present_columns(columns));
    for (std::uint32_t c : columns) visit(ColumnIndex{c});
    return {};
  }
  // The same into a caller's vector (cleared first).
  Status present_columns(std::vector<std::uint32_t>& out) const;

  const Layout& layout() const noexcept { return *layout_; }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  SchemaVersion version() const noexcept;

 private:
  friend class NestedRowView;
  friend struct RowSections;
  RowView(const Layout& layout, const std::byte* data, std::size_t size)
      : layout_(&layout), data_(data), size_(size) {}
  static Result<RowView> open_checked(const Layout& layout, std::span<const std::byte> row);

  Access read_slot(const ColumnSlot& s, bool& out) const;
  Access read_slot(const ColumnSlot& s, std::int8_t& out) const;
  Access read_slot(const ColumnSlot& s, std::int16_t& out) const;
  Access read_slot(const ColumnSlot& s, std::int32_t& out) const;
  Access read_slot(const ColumnSlot& s, std::int64_t& out) const;
  Access read_slot(const ColumnSlot& s, std::uint8_t& out) const;
  Access read_slot(const ColumnSlot& s, std::uint16_t& out) const;
  Access read_slot(const ColumnSlot& s, std::uint32_t& out) const;
  Access read_slot(const ColumnSlot& s, std::uint64_t& out) const;
  Access read_slot(const ColumnSlot& s, float& out) const;
  Access read_slot(const ColumnSlot& s, double& out) const;
  Access read_slot(const ColumnSlot& s, Decimal& out) const;
  Access read_slot(const ColumnSlot& s, Uuid& out) const;
  Access read_slot(const ColumnSlot& s, std::string_view& out) const;
  Access read_slot(const ColumnSlot& s, ArrayView& out) const;
  Access read_slot(const ColumnSlot& s, MapView& out) const;
  Access read_slot(const ColumnSlot& s, NestedRowView& out) const;

  const Layout* layout_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace wisp
