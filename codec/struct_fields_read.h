// Column values to struct fields: the reading half of struct_row.h.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "wisp/codec/field_kernels.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_view.h"
#include "wisp/codec/struct_binding.h"
#include "wisp/codec/struct_fields_write.h"
#include "wisp/schema/struct_fields.h"

namespace wisp::internal {

// The present value of a column that X holds (Layout::column<>() has checked that it does).
template <typename X>
void load_cell(const FieldCell& cell, const ColumnSlot& slot, X& out) {
  if constexpr (kIsText<X>) {
    out = std::string_view(reinterpret_cast<const char*>(cell.data), cell.bits);
  } else if constexpr (std::is_same_v<X, Uuid>) {
    std::memcpy(out.bytes.data(), cell.data, 16);
  } else if constexpr (kIsFixedDecimal<X>) {
    load_cell(cell, slot, out.value);
  } else if constexpr (std::is_same_v<X, Decimal>) {
    if (slot.cls == SlotClass::kFixed16) {
      std::memcpy(&out.unscaled, cell.data, 16);
    } else {
      out.unscaled = static_cast<std::int64_t>(cell.bits);
    }
  } else if constexpr (std::is_same_v<X, double>) {
    out = slot.cls == SlotClass::kReal
              ? double{std::bit_cast<float>(static_cast<std::uint32_t>(cell.bits))}
              : std::bit_cast<double>(cell.bits);
  } else if constexpr (std::is_same_v<X, float>) {
    out = std::bit_cast<float>(static_cast<std::uint32_t>(cell.bits));
  } else if constexpr (std::is_same_v<X, bool>) {
    out = cell.bits != 0;
  } else {
    static_assert(kIsInteger<X>);
    out = static_cast<X>(cell.bits);
  }
}

inline tl::unexpected<Error> damaged_inside(const char* what) {
  return fail(ErrorCode::kCorruption, what);
}

// Where a cell of sixteen bytes that do not stand in the row is put.
using CellSpace = std::array<std::byte, 16>;

// Reads no key column: nested rows have none, and StructMapping has said so for others.
struct NoKey {
  Access operator()(const ColumnSlot&, FieldCell&, CellSpace&) const { return Access::kDamaged; }
};

// Reads every column, and not only those of the key.
template <typename ReadColumn>
struct AllColumns {
  const ReadColumn& read;
  Access operator()(const ColumnSlot& slot, FieldCell& cell, CellSpace& space) const {
    return read(slot, cell, space);
  }
};
template <typename Key>
inline constexpr bool kReadsAllColumns = false;
template <typename ReadColumn>
inline constexpr bool kReadsAllColumns<AllColumns<ReadColumn>> = true;

// The struct whose columns are `bound`, from one row. `key` reads key columns as kernels read
// value columns: Access (slot, cell, space).
template <typename T, typename Key = NoKey>
Status read_fields(const BoundRow& bound, const RowView& row, T& out, const Key& key = {});

// An ARRAY, MAP or ROW value. `nested` is the struct in it.
template <typename X>
Status load_nested(const TypeNode& node, std::span<const std::byte> bytes, const BoundRow* nested,
                   X& out);

template <typename E>
Status load_element(const ArrayView& array, std::size_t i, const BoundRow* nested, E& out) {
  if constexpr (kIsOptional<E>) {
    if (array.is_null(i)) {
      out.reset();
      return {};
    }
    return load_element(array, i, nested, out.emplace());
  } else if constexpr (kIsScalar<E>) {
    const auto value = array.get<HandleType<E>>(i);
    if (!value) return damaged_inside("a value inside the field is damaged");
    if constexpr (kIsFixedDecimal<E>) {
      out.value = *value;
    } else {
      out = static_cast<E>(*value);
    }
    return {};
  } else {
    const auto bytes = array.element_bytes(i);
    if (!bytes) return damaged_inside("a value inside the field is damaged");
    return load_nested(array.element_node(), *bytes, nested, out);
  }
}

template <typename X>
Status load_nested(const TypeNode& node, std::span<const std::byte> bytes, const BoundRow* nested,
                   X& out) {
  if constexpr (kIsVector<X>) {
    WISP_ASSIGN(const ArrayView array, ArrayView::open(node, bytes));
    out.clear();
    for (std::size_t i = 0; i < array.size(); ++i) {
      typename X::value_type item{};
      WISP_TRY(load_element(array, i, nested, item));
      out.push_back(std::move(item));
    }
  } else if constexpr (kIsMap<X>) {
    WISP_ASSIGN(const MapView map, MapView::open(node, bytes));
    out.clear();
    for (std::size_t i = 0; i < map.size(); ++i) {
      typename X::key_type key{};
      typename X::mapped_type item{};
      WISP_TRY(load_element(map.keys(), i, nullptr, key));
      WISP_TRY(load_element(map.values(), i, nested, item));
      if (!out.emplace(std::move(key), std::move(item)).second) {
        return damaged_inside("a MAP has one key twice");
      }
    }
  } else {
    WISP_ASSIGN(const NestedRowView view, NestedRowView::open(node, bytes));
    return read_fields(*nested, view.stored_row(), out);
  }
  return {};
}

// Reads field after field; the columns are fetched several at a time, in one pass over the row's
// sections. `failed` keeps the first damaged field.
template <typename Key>
struct FieldReader {
  const BoundRow& bound;
  RowBytes row;
  std::span<FieldCell> cells;
  const Key& key;
  std::size_t next = 0;
  std::size_t cell = 0;
  std::size_t fetched = 0;
  FieldCell key_cell{};
  CellSpace space{};
  std::optional<Error> failed{};

  template <typename F>
  void operator()(F& field) {
    if (failed) return;
    const std::size_t i = next++;
    const FieldCell& c = cell_of(i);
    if (c.access == kReadPresent) [[likely]] {
      if constexpr (kIsOptional<F>) {
        load(i, c, field ? *field : field.emplace());
      } else {
        load(i, c, field);
      }
      return;
    }
    if constexpr (kIsOptional<F>) {
      if (c.access == kReadNull) {
        field.reset();
        return;
      }
    }
    failed = bound.damaged(i);
  }

 private:
  const FieldCell& cell_of(std::size_t i) {
    if constexpr (!kReadsAllColumns<Key>) {
      if (!bound.has_key_fields || !bound.slots[i].is_key) [[likely]] {
        if (cell == fetched) fetch(i);
        return cells[cell++];
      }
    }
    key_cell.access = static_cast<decltype(key_cell.access)>(key(bound.slots[i], key_cell, space));
    return key_cell;
  }

  void fetch(std::size_t from) {
    cell = 0;
    fetched = std::min(cells.size(), bound.slots.size() - from);
    if (bound.has_key_fields) {
      std::size_t values = 1;
      while (values < fetched && !bound.slots[from + values].is_key) ++values;
      fetched = values;
    }
    field_kernels->many(row, bound.slots.data() + from, fetched, cells.data());
  }

  template <typename X>
  void load(std::size_t i, const FieldCell& c, X& out) {
    const ColumnSlot& slot = bound.slots[i];
    if constexpr (kIsScalar<X>) {
      load_cell(c, slot, out);
    } else {
      auto loaded = load_nested(*bound.layout->nested(ColumnIndex{slot.column}),
                                std::span(c.data, c.bits), bound.nested[i].get(), out);
      if (loaded) return;
      failed = std::move(loaded).error().within(bound.place(i));
      failed->code = ErrorCode::kCorruption;  // an unknown format inside a known row is damage
    }
  }
};

template <typename T, typename Key>
Status read_fields(const BoundRow& bound, const RowView& row, T& out, const Key& key) {
  // A small struct has few columns, and clears few cells.
  std::array<FieldCell, sizeof(T) <= 512 ? 16 : 64> cells;
  RowBytes bytes{};
  if constexpr (!kReadsAllColumns<Key>) {
    bytes = {&row.layout(), row.bytes().data(), row.bytes().size()};
  }
  FieldReader<Key> read{bound, bytes, cells, key};
  walk_fields(out, read);
  if (read.failed) return fail(*std::move(read.failed));
  return {};
}

}  // namespace wisp::internal
