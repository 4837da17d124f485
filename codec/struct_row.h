// StructMapping: a C++ struct as a row, both ways.
//
//   struct Quote { std::string_view symbol; std::optional<double> bid, ask; };
//   auto quotes = StructMapping<Quote>::make(layout);   // once, when the table is opened
//   quotes->write(quote, builder);                      // then builder.finish_row(bytes)
//   quotes->read(view, quote);
//
// The struct may have fewer fields than the table has columns: reading then costs what its own
// fields cost (a projection). See struct_schema.h for which member is which column.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_view.h"
#include "wisp/codec/struct_binding.h"
#include "wisp/codec/struct_fields_read.h"
#include "wisp/codec/struct_fields_write.h"
#include "wisp/schema/result.h"
#include "wisp/schema/struct_fields.h"

namespace wisp {
namespace internal {

template <typename T>
Result<std::shared_ptr<const BoundRow>> bind_struct(LayoutPtr layout);

template <typename E>
Status bind_element(const TypeNode& node, bool nullable, const std::string& place,
                    std::shared_ptr<const BoundRow>& nested);

template <typename X>
struct DecimalCheck;
template <int kPrecision, int kScale>
struct DecimalCheck<FixedDecimal<kPrecision, kScale>> {
  static Status check(const Type& type, const std::string& place) {
    return check_decimal(type, kPrecision, kScale, place);
  }
};

// What is inside a column or element of `type`, whose kind suits X.
template <typename X>
Status bind_inside(const Type& type, const TypeNode* node, const std::string& place,
                   std::shared_ptr<const BoundRow>& nested) {
  if constexpr (kIsFixedDecimal<X>) {
    return DecimalCheck<X>::check(type, place);
  } else if constexpr (kIsVector<X>) {
    return bind_element<typename X::value_type>(*node->element, type.element_nullable(), place,
                                                nested);
  } else if constexpr (kIsMap<X>) {
    WISP_TRY(bind_element<typename X::key_type>(*node->key, false, place, nested));
    return bind_element<typename X::mapped_type>(*node->element, type.element_nullable(), place,
                                                 nested);
  } else if constexpr (kIsStruct<X>) {
    auto bound = bind_struct<X>(node->row);
    if (!bound) return fail(std::move(bound).error().within(place));
    nested = *std::move(bound);
  }
  return {};
}

template <typename E>
Status bind_element(const TypeNode& node, bool nullable, const std::string& place,
                    std::shared_ptr<const BoundRow>& nested) {
  check_field_type<E>();
  using X = Inner<E>;
  WISP_TRY(check_element_null(nullable, kIsOptional<E>, place));
  if (!element_layout(node.type)->column<HandleType<X>>(ColumnIndex{0})) {
    return fail(wrong_element(node.type, place));
  }
  return bind_inside<X>(node.type, &node, place, nested);
}

template <typename X>
FieldCheck field_check(const ColumnSlot& slot, const Type& type) {
  if constexpr (kIsText<X>) {
    if (slot.kind == TypeKind::kVarchar || slot.kind == TypeKind::kChar) return FieldCheck::kText;
    return slot.kind == TypeKind::kVarbinary && type.length() == 0 ? FieldCheck::kNone
                                                                   : FieldCheck::kValue;
  } else if constexpr (kIsFixedDecimal<X> || std::is_same_v<X, Decimal>) {
    return FieldCheck::kValue;
  } else if constexpr (kIsInteger<X>) {
    const std::size_t width = slot.cls == SlotClass::kInt8   ? 8
                              : slot.cls == SlotClass::kInt4 ? 4
                              : slot.cls == SlotClass::kInt2 ? 2
                                                             : 1;
    return slot.kind == TypeKind::kTime || width < sizeof(X) ? FieldCheck::kValue
                                                             : FieldCheck::kNone;
  } else {
    return FieldCheck::kNone;
  }
}

struct FieldBinder {
  BoundRow& bound;
  Status status{};

  template <typename F>
  void operator()(const std::string& name, F&) {
    if (status) status = bind<F>(name);
  }

 private:
  template <typename F>
  Status bind(const std::string& name) {
    using X = Inner<F>;
    const Layout& layout = *bound.layout;
    WISP_ASSIGN(const ColumnIndex i, layout.find(name, NameMatch::kIgnoreCase));
    WISP_ASSIGN(const auto handle, layout.column<HandleType<X>>(i));
    const Type& type = layout.type(i);
    WISP_TRY(bound.add(i, kIsOptional<F>, field_check<X>(handle.slot(), type)));
    if (type.is_nested()) bound.has_nested_fields = true;
    std::shared_ptr<const BoundRow> nested;
    WISP_TRY(bind_inside<X>(type, layout.nested(i), BoundRow::place(layout, i), nested));
    bound.nested.push_back(std::move(nested));
    return {};
  }
};

template <typename T>
Result<std::shared_ptr<const BoundRow>> bind_struct(LayoutPtr layout) {
  auto bound = std::make_shared<BoundRow>();
  bound->layout = std::move(layout);
  FieldBinder bind{*bound};
  T probe{};
  walk_named_fields(probe, {}, bind);
  WISP_TRY(std::move(bind.status));
  return bound;
}

}  // namespace internal

// Immutable; threads: shared by all. Keeps its layout alive; cheap to copy.
template <typename T>
class StructMapping {
  static_assert(internal::kIsStruct<T>, "wisp: a row is a struct (an aggregate)");
  static_assert(std::is_default_constructible_v<T>);

 public:
  // Finds the column of every field (names match as unquoted SQL names do). Fails, naming the
  // column, when there is none of that name, when the field cannot hold the column's type, when
  // the column (or an element) may be NULL and the field is no std::optional, and when two fields
  // are one column.
  static Result<StructMapping> make(LayoutPtr layout) {
    auto bound = internal::bind_struct<T>(std::move(layout));
    if (!bound) return fail(std::move(bound).error());
    return StructMapping(*std::move(bound));
  }

  // Sets the column of every field, key columns too; an empty std::optional sets NULL, which a NOT
  // NULL column refuses, default or not. Other columns keep what `builder` has; where that is
  // nothing, finish_row() fills in the defaults of NOT NULL ones. Text of plain members is
  // borrowed: `row` must live, unchanged, until finish_row(). Values are checked as
  // RowBuilder::set_value does (a double is rounded where its column is REAL); fails with
  // kConstraint, naming the column: then clear() the builder; with kInvalidArgument for a builder
  // of another layout.
  Status write(const T& row, RowBuilder& builder) const {
    WISP_TRY(check_layout(*builder.layout()));
    internal::FieldWriter writer{*bound_, builder};
    internal::walk_fields(row, writer);
    if (writer.failed) return fail(*std::move(writer.failed));
    return {};
  }
  Status write(const T&& row, RowBuilder& builder) const = delete;  // its text would be gone

  // Reads the column of every field; what `out` holds is reused. std::string_view members point
  // into the row's bytes and are valid as long as they are. Fails with kCorruption, naming the
  // column, where a field is damaged, and with kUnsupported when a field is a key column, which is
  // not in a row's bytes; `out` may then be half read. A row of another layout is kInvalidArgument.
  Status read(const RowView& row, T& out) const {
    WISP_TRY(check_layout(row.layout()));
    if (bound_->has_key_fields) [[unlikely]]
      return fail(bound_->key_not_in_row());
    return internal::read_fields(*bound_, row, out);
  }

  // The same for a caller that has the row's key: `key(slot, cell, space)` reads a key column as
  // struct_fields_read.h has it. The engine's StructReader does.
  template <typename Key>
  Status read(const RowView& row, const Key& key, T& out) const {
    WISP_TRY(check_layout(row.layout()));
    return internal::read_fields(*bound_, row, out, key);
  }

  // Every field through `read_column`, which reads value columns as well, in the same form and in
  // whatever way: from a row of an earlier version, say. Requires: !has_nested_fields().
  template <typename ReadColumn>
  Status read_columns(const ReadColumn& read_column, T& out) const {
    assert(!has_nested_fields());
    return internal::read_fields(*bound_, RowView(), out,
                                 internal::AllColumns<ReadColumn>{read_column});
  }

  bool has_key_fields() const noexcept { return bound_->has_key_fields; }
  bool has_nested_fields() const noexcept { return bound_->has_nested_fields; }
  // The columns, by field, groups flattened.
  std::size_t size() const noexcept { return bound_->slots.size(); }
  ColumnIndex column(std::size_t field) const noexcept {
    return ColumnIndex{bound_->slots[field].column};
  }
  const LayoutPtr& layout() const noexcept { return bound_->layout; }

 private:
  Status check_layout(const Layout& layout) const {
    if (&layout == bound_->layout.get()) [[likely]] {
      return {};
    }
    return fail(internal::mapped_elsewhere());
  }
  explicit StructMapping(std::shared_ptr<const internal::BoundRow> bound)
      : bound_(std::move(bound)) {}
  std::shared_ptr<const internal::BoundRow> bound_;
};

}  // namespace wisp
