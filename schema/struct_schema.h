// struct_schema: the schema whose columns are the fields of a C++ struct.
//
//   struct Quote {
//     std::string symbol;                        // VARCHAR NOT NULL
//     std::optional<double> bid;                 // DOUBLE
//     FixedDecimal<10, 2> fee;                   // DECIMAL(10, 2) NOT NULL
//     struct { std::int32_t day; } trade;        // "trade.day" INTEGER NOT NULL
//     std::vector<std::string> tags;             // VARCHAR NOT NULL ARRAY NOT NULL
//     std::map<std::string, std::int64_t> sizes; // MAP<VARCHAR, BIGINT NOT NULL> NOT NULL
//     std::optional<Venue> venue;                // ROW(...), with the fields of Venue
//   };
//   auto schema = struct_schema<Quote>("quotes", {"symbol"});
//
// bool is BOOLEAN, int8_t to int64_t TINYINT to BIGINT, the unsigned ones their unsigned forms,
// float REAL, double DOUBLE, Uuid UUID. Only std::optional may be NULL. See struct_fields.h for
// what a struct must be and where names come from.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/struct_fields.h"

namespace wisp {
namespace internal {

// Sets `too_deep` for a struct that holds itself deeper than a type may nest.
template <typename T>
Type field_type(int depth, bool& too_deep);

struct RowFieldCollector {
  std::vector<RowField>& fields;
  int depth;
  bool& too_deep;
  template <typename F>
  void operator()(const std::string& name, F&) {
    fields.push_back({0, name, field_type<F>(depth, too_deep), kIsOptional<F>});
  }
};

template <typename T>
constexpr TypeKind integer_kind() {
  constexpr bool kSigned = std::is_signed_v<T>;
  switch (sizeof(T)) {
    case 1:
      return kSigned ? TypeKind::kTinyInt : TypeKind::kUTinyInt;
    case 2:
      return kSigned ? TypeKind::kSmallInt : TypeKind::kUSmallInt;
    case 4:
      return kSigned ? TypeKind::kInteger : TypeKind::kUInteger;
    default:
      return kSigned ? TypeKind::kBigInt : TypeKind::kUBigInt;
  }
}

template <typename T>
struct DecimalType;
template <int kPrecision, int kScale>
struct DecimalType<FixedDecimal<kPrecision, kScale>> {
  static Type type() { return Type::decimal(kPrecision, kScale); }
};

template <typename T>
Type scalar_type() {
  static_assert(!std::is_same_v<T, Decimal>,
                "wisp: a Decimal does not say its precision; use wisp::FixedDecimal<p, s>");
  if constexpr (std::is_same_v<T, bool>) {
    return Type(TypeKind::kBoolean);
  } else if constexpr (kIsInteger<T>) {
    return Type(integer_kind<T>());
  } else if constexpr (std::is_same_v<T, float>) {
    return Type(TypeKind::kReal);
  } else if constexpr (std::is_same_v<T, double>) {
    return Type(TypeKind::kDouble);
  } else if constexpr (kIsFixedDecimal<T>) {
    return DecimalType<T>::type();
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return Type(TypeKind::kUuid);
  } else {
    return Type::varchar();
  }
}

template <typename T>
Type field_type(int depth, bool& too_deep) {
  check_field_type<T>();
  using X = Inner<T>;
  if (depth > kMaxTypeDepth) {
    too_deep = true;
    return Type();
  }
  if constexpr (kIsScalar<X>) {
    return scalar_type<X>();
  } else if constexpr (kIsVector<X>) {
    using Element = typename X::value_type;
    return Type::array(field_type<Element>(depth + 1, too_deep), kIsOptional<Element>);
  } else if constexpr (kIsMap<X>) {
    using Mapped = typename X::mapped_type;
    return Type::map(scalar_type<typename X::key_type>(), field_type<Mapped>(depth + 1, too_deep),
                     kIsOptional<Mapped>);
  } else if constexpr (kIsStruct<X>) {
    std::vector<RowField> fields;
    RowFieldCollector collect{fields, depth + 1, too_deep};
    X probe{};
    walk_named_fields(probe, {}, collect);
    return Type::row(std::move(fields));
  } else {
    return Type();  // refused above
  }
}

struct ColumnCollector {
  SchemaBuilder& builder;
  bool& too_deep;
  template <typename F>
  void operator()(const std::string& name, F&) {
    builder.add(name, field_type<F>(0, too_deep), kIsOptional<F>);
  }
};

}  // namespace internal

// The columns of T, in the order of its fields, and a key of those named (exact column names, in
// key order; none: the table has a hidden row id). Fails as SchemaBuilder::build() does, and with
// kLimit where a struct holds itself.
template <typename T>
Result<SchemaPtr> struct_schema(std::string table_name,
                                std::initializer_list<std::string_view> key = {}) {
  static_assert(internal::kIsStruct<T>, "wisp: a row is a struct (an aggregate)");
  SchemaBuilder builder(std::move(table_name));
  bool too_deep = false;
  internal::ColumnCollector collect{builder, too_deep};
  T probe{};
  internal::walk_named_fields(probe, {}, collect);
  if (too_deep) return fail(ErrorCode::kLimit, "the struct nests deeper than a type may");
  for (const std::string_view name : key) builder.key(name);
  return builder.build();
}

}  // namespace wisp
