// Struct fields to column values: the writing half of struct_row.h.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/struct_binding.h"
#include "wisp/schema/struct_fields.h"

namespace wisp::internal {

// What a column of a field is read and written as (ColumnHandle). F is without std::optional.
template <typename F>
using HandleType = std::conditional_t<
    kIsText<F>, std::string_view,
    std::conditional_t<
        kIsFixedDecimal<F>, Decimal,
        std::conditional_t<
            kIsVector<F>, ArrayView,
            std::conditional_t<kIsMap<F>, MapView,
                               std::conditional_t<kIsStruct<F>, NestedRowView, F>>>>>;

// A field as a runtime value of `type`. `node`: of a nested type; `nested`: of the struct in it.
template <typename F>
Value to_value(const F& field, const Type& type, const TypeNode* node, const BoundRow* nested);

// Collects the fields of a struct that is a ROW.
struct RowValues {
  const BoundRow& bound;
  std::vector<Value>& fields;
  std::size_t next = 0;

  template <typename F>
  void operator()(const F& field) {
    const std::size_t i = next++;
    const ColumnIndex column{bound.slots[i].column};
    fields[bound.slots[i].column] = to_value(field, bound.layout->type(column),
                                             bound.layout->nested(column), bound.nested[i].get());
  }
};

template <typename F>
Value scalar_value(const F& field, const Type& type) {
  if constexpr (kIsText<F>) {
    return Value::text(field);
  } else if constexpr (kIsFixedDecimal<F>) {
    return Value(field.value);
  } else if constexpr (kIsInteger<F>) {
    if constexpr (std::is_signed_v<F>) return Value(std::int64_t{field});
    return Value(static_cast<std::uint64_t>(field));
  } else if constexpr (std::is_same_v<F, double>) {
    if (type.kind() == TypeKind::kReal) return Value(static_cast<float>(field));
    return Value(field);
  } else {
    return Value(field);
  }
}

template <typename F>
Value to_value(const F& field, const Type& type, const TypeNode* node, const BoundRow* nested) {
  if constexpr (kIsOptional<F>) {
    if (!field) return Value();
    return to_value(*field, type, node, nested);
  } else if constexpr (kIsVector<F>) {
    ValueArray out;
    out.items.reserve(field.size());
    const TypeNode& element = *node->element;
    for (const typename F::value_type& item : field) {
      out.items.push_back(to_value(item, element.type, &element, nested));
    }
    return Value(std::move(out));
  } else if constexpr (kIsMap<F>) {
    ValueMap out;
    out.entries.reserve(field.size());
    for (const auto& [key, item] : field) {
      out.entries.emplace_back(scalar_value(key, node->key->type),
                               to_value(item, node->element->type, node->element.get(), nested));
    }
    return Value(std::move(out));
  } else if constexpr (kIsStruct<F>) {
    ValueRow out;
    out.fields.resize(nested->layout->column_count());
    RowValues collect{*nested, out.fields};
    walk_fields(field, collect);
    return Value(std::move(out));
  } else {
    return scalar_value(field, type);
  }
}

// Sets the columns of a struct in a builder, field by field; `failed` keeps the first mistake.
struct FieldWriter {
  const BoundRow& bound;
  RowBuilder& builder;
  std::size_t next = 0;
  std::optional<Error> failed{};

  template <typename F>
  void operator()(const F& field) {
    if (failed) return;
    const std::size_t i = next++;
    if constexpr (kIsOptional<F>) {
      if (!field) return set_null(i);
      set(i, *field);
    } else {
      set(i, field);
    }
  }

 private:
  void set_null(std::size_t i) {
    const ColumnIndex column{bound.slots[i].column};
    if (bound.layout->is_required(column)) {
      failed = bound.missing(i);
      return;
    }
    builder.set_null(column);
  }

  void keep(Status status) {
    if (!status) failed = std::move(status).error();
  }

  template <typename X>
  void set(std::size_t i, const X& value) {
    const ColumnSlot& slot = bound.slots[i];
    const ColumnIndex column{slot.column};
    if constexpr (!kIsScalar<X>) {
      const Layout& layout = *bound.layout;
      keep(builder.set_value(column, to_value(value, layout.type(column), layout.nested(column),
                                              bound.nested[i].get())));
    } else {
      if (bound.checks[i] != FieldCheck::kNone) {
        if constexpr (kIsText<X>) {
          if (bound.checks[i] == FieldCheck::kText) keep(bound.check_text(i, value));
        }
        if (bound.checks[i] == FieldCheck::kValue) {
          keep(bound.check(i, scalar_value(value, bound.layout->type(column))));
        }
        if (failed) return;
      }
      const auto handle = bound.layout->checked_column<HandleType<X>>(column);
      if constexpr (kIsFixedDecimal<X>) {
        builder.set(handle, value.value);
      } else {
        builder.set(handle, value);
      }
    }
  }
};

}  // namespace wisp::internal
