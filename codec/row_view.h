// RowView: reads fields of an encoded row in place, without decoding the row.
//
// The bytes may be damaged or hostile: opening is an O(1) header check, every access is bounded by
// the row's own length, and no byte string makes a read crash, hang or leave the row. A damaged row
// may still give wrong values: `verify_row` (row_verify.h) is for that, and the checksum that the
// engine puts behind a row (engine/row_checksum.h).
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/codec/field_kernels.h"
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

// The schema version an encoded row was written with, or an error when the bytes are too short or
// of an unknown format. Does not need a layout: it tells which layout to use.
Result<SchemaVersion> row_schema_version(std::span<const std::byte> row);

// Points to: the row's bytes and the layout, owned by others. Valid until: either goes or changes.
// Threads: any number may read one RowView. Cheap to copy; make one per row.
class RowView {
 public:
  RowView() = default;

  // Skips the header check, for bytes that passed it before (a frozen batch). Every read of a row
  // of an unknown format byte says that it is damaged.
  static RowView trust_bytes(const Layout& layout, std::span<const std::byte> row) noexcept {
    return RowView(layout, row.data(), row.size());
  }

  // The O(1) header check: format byte, schema version, and that directory and NOT NULL values lie
  // inside `row`. Fails with kCorruption or kUnknownSchema.
  static Result<RowView> open(const Layout& layout, std::span<const std::byte> row) {
    if (auto view = try_open(layout, row)) [[likely]] {
      return *view;
    }
    return fail(refusal(layout, row));
  }
  // The same check without the reason: what hot loops use, since it stays in registers.
  static std::optional<RowView> try_open(const Layout& layout,
                                         std::span<const std::byte> row) noexcept {
    if (!layout.accepts(row)) return std::nullopt;
    return RowView(layout, row.data(), row.size());
  }

  // The field, or nullopt when it is NULL or damaged. Views in the result point into the row's
  // bytes. Requires: the handle fits this view's layout (else, where assertions are off, nullopt)
  // and is not of a key column.
  template <typename T>
  std::optional<T> get(const ColumnHandle<T>& column) const {
    assert(layout().fits(column) && "a column handle of another layout");
    T out;
    if (read(column, out) != Access::kPresent) return std::nullopt;
    return out;
  }
  template <typename T>
  std::optional<T> operator[](const ColumnHandle<T>& column) const {
    return get(column);
  }

  // The same, telling NULL and damage apart; damaged, too, where the handle does not fit. `out` is
  // untouched unless kPresent.
  template <typename T>
  Access read(const ColumnHandle<T>& column, T& out) const {
    if (!row_.layout->fits(column)) [[unlikely]] {
      return Access::kDamaged;
    }
    return read_slot(column.slot(), out);
  }

  bool is_null(ColumnIndex column) const;

  // As a runtime value (copied, nested values too). Fails with kCorruption where the field is
  // damaged.
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
  // The same with a visitor that may fail: its error stops the walk and is returned.
  template <typename Visit>
  Status for_each_present_column(Visit&& visit) const {
    std::vector<std::uint32_t> columns;
    WISP_TRY(present_columns(columns));
    for (std::uint32_t c : columns) WISP_TRY(visit(ColumnIndex{c}));
    return {};
  }
  // The same into a caller's vector (cleared first).
  Status present_columns(std::vector<std::uint32_t>& out) const;

  const Layout& layout() const noexcept { return *row_.layout; }
  std::span<const std::byte> bytes() const noexcept { return {row_.data, row_.size}; }
  SchemaVersion version() const noexcept;

 private:
  friend class ColumnMapping;
  friend class NestedRowView;
  RowView(const Layout& layout, const std::byte* data, std::size_t size)
      : row_{&layout, data, size} {}

  // Why Layout::accepts() said no.
  static Error refusal(const Layout& layout, std::span<const std::byte> row);

  template <typename T>
  Access read_slot(const ColumnSlot& s, T& out) const;
  Access read_nested(const ColumnSlot& s, ArrayView& out) const;
  Access read_nested(const ColumnSlot& s, MapView& out) const;
  Access read_nested(const ColumnSlot& s, NestedRowView& out) const;
  // The same read as `node`.
  Access read_nested(const ColumnSlot& s, const TypeNode& node, ArrayView& out) const;
  Access read_nested(const ColumnSlot& s, const TypeNode& node, MapView& out) const;
  Access read_nested(const ColumnSlot& s, const TypeNode& node, NestedRowView& out) const;

  RowBytes row_;
};

namespace internal {

// What a kernel read, as T.
template <typename T>
T from_bits(std::uint64_t bits, SlotClass cls) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return bits != 0;
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  } else if constexpr (std::is_same_v<T, double>) {
    return cls == SlotClass::kReal ? double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))}
                                   : std::bit_cast<double>(bits);
  } else if constexpr (std::is_signed_v<T> && sizeof(T) == 8) {
    return cls == SlotClass::kInt4 ? static_cast<std::int32_t>(bits) : static_cast<T>(bits);
  } else if constexpr (sizeof(T) == 8) {
    return cls == SlotClass::kInt4 ? static_cast<std::uint32_t>(bits) : bits;
  } else {
    return static_cast<T>(bits);
  }
}

}  // namespace internal

template <typename T>
Access RowView::read_slot(const ColumnSlot& s, T& out) const {
  assert(s.column < row_.layout->column_count() && !s.is_key);
  const FieldKernels& kernels = *internal::field_kernels;
  if constexpr (std::is_same_v<T, std::string_view>) {
    const BytesRead r = kernels.bytes(row_, s);
    if (r.data == nullptr) return r.size == kReadNull ? Access::kNull : Access::kDamaged;
    out = {reinterpret_cast<const char*>(r.data), r.size};
    return Access::kPresent;
  } else if constexpr (std::is_same_v<T, Uuid>) {
    const BytesRead r = kernels.bytes(row_, s);
    if (r.data == nullptr) return static_cast<Access>(r.size);
    std::memcpy(out.bytes.data(), r.data, 16);
    return Access::kPresent;
  } else if constexpr (std::is_same_v<T, Decimal>) {
    if (s.cls == SlotClass::kFixed16) {
      const BytesRead r = kernels.bytes(row_, s);
      if (r.data == nullptr) return static_cast<Access>(r.size);
      std::memcpy(&out.unscaled, r.data, 16);
      return Access::kPresent;
    }
    const FixedRead r = kernels.fixed(row_, s);
    if (r.access == kReadPresent) out.unscaled = static_cast<std::int64_t>(r.bits);
    return static_cast<Access>(r.access);
  } else if constexpr (std::is_arithmetic_v<T>) {
    const FixedRead r = kernels.fixed(row_, s);
    if (r.access != kReadPresent) return r.access == kReadNull ? Access::kNull : Access::kDamaged;
    out = internal::from_bits<T>(r.bits, s.cls);
    return Access::kPresent;
  } else {
    return read_nested(s, out);
  }
}

static_assert(static_cast<std::uint64_t>(Access::kPresent) == kReadPresent &&
              static_cast<std::uint64_t>(Access::kNull) == kReadNull &&
              static_cast<std::uint64_t>(Access::kDamaged) == kReadDamaged);

}  // namespace wisp
