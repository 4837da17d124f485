// Predicate: a condition on the columns of a row, built at run time and evaluated on the bytes.
//
//   Predicate wanted = col("bid") > 1.08 && !col("venue").in({"XLON", "XPAR"});
//   auto filter = RowFilter::compile(layout, wanted);   // row_filter.h; or ScanOptions::where
//
// LOGIC     SQL's, with three values: comparing NULL is unknown, NOT unknown is unknown, and a row
//           is chosen where the whole is true. `x IN (1, NULL)` is true or unknown, never false;
//           of no operands, IN is false whatever x is, NULL too.
// ORDER     That of keys: numbers by value, NaN equal to itself and above all, -0 equal to 0,
//           text, bytes and JSON by bytes, FALSE before TRUE.
// OPERANDS  Checked when the predicate is compiled against a table:
//   integers, DATE, TIME, TIMESTAMP(TZ)  an integer, also one outside the column's range
//   REAL, DOUBLE                         a float, a double, or an integer that a double holds;
//                                        REAL is compared as DOUBLE: 0.1f is not 0.1
//   DECIMAL(p, s)                        a Decimal with s fraction digits, or an integer
//   BOOLEAN, UUID                        bool, Uuid
//   VARCHAR, CHAR, VARBINARY, JSON       text
// and, for every column that is not text, text as parse_value() reads it: `col("day") >=
// "2026-11-21"`. ARRAY, MAP and ROW columns can only be asked for NULL.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/value.h"

namespace wisp {

enum class Comparison : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

// What a column is compared with. Converts from C++ numbers, text, Decimal, Uuid and Value.
class Operand {
 public:
  Operand(Value value) : value_(std::move(value)) {}        // NOLINT(google-explicit-constructor)
  Operand(const char* text) : value_(Value::text(text)) {}  // NOLINT
  Operand(std::string_view text) : value_(Value::text(text)) {}  // NOLINT
  template <typename T>
  requires(std::integral<T> && !std::same_as<T, bool>) Operand(T v)  // NOLINT
      : value_(
            static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(v)) {}
  template <typename T>
  requires(kIsAlternative<T, Value::Variant> && !std::integral<T>) Operand(T v)  // NOLINT
      : value_(std::move(v)) {}
  Operand(std::same_as<bool> auto v) : value_(Value(v)) {}  // NOLINT

  const Value& value() const& noexcept { return value_; }
  Value take() && noexcept { return std::move(value_); }

 private:
  Value value_;
};

// The column of a handle, and Layout::columns_key() of what the handle is for.
struct HandleReference {
  ColumnIndex column;
  std::uint32_t columns_key = 0;
};

// A column by name (as an unquoted SQL name), index or handle.
using ColumnReference = std::variant<std::string, ColumnIndex, HandleReference>;

// Immutable; copying it copies one pointer. Threads: shared by all.
class Predicate {
 public:
  struct Node;

  static Predicate compare(ColumnReference column, Comparison comparison, Value operand);
  // low <= column AND column <= high
  static Predicate between(ColumnReference column, Value low, Value high);
  static Predicate in(ColumnReference column, std::vector<Value> operands);
  static Predicate is_null(ColumnReference column);
  static Predicate is_not_null(ColumnReference column);
  // LIKE 'prefix%', by bytes. For columns of text, bytes and JSON.
  static Predicate starts_with(ColumnReference column, std::string prefix);
  // True when empty.
  static Predicate all_of(std::vector<Predicate> terms);
  // False when empty.
  static Predicate any_of(std::vector<Predicate> terms);

  // These build an expression: both sides are always evaluated by C++.
  friend Predicate operator&&(const Predicate& a, const Predicate& b);
  friend Predicate operator||(const Predicate& a, const Predicate& b);
  Predicate operator!() const;

  const Node& root() const noexcept { return *root_; }

 private:
  explicit Predicate(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

struct Predicate::Node {
  enum class Kind : std::uint8_t {
    kCompare,     // one operand
    kBetween,     // two operands
    kIn,          // any number of operands
    kIsNull,      // none
    kIsNotNull,   // none
    kStartsWith,  // one operand, a text
    kAnd,         // terms
    kOr,          // terms
    kNot,         // one term
  };
  Kind kind = Kind::kAnd;
  Comparison comparison = Comparison::kEqual;  // kCompare
  ColumnReference column;
  std::vector<Value> operands;
  std::vector<Predicate> terms;
};

// The left side of a condition; see col().
class PredicateColumn {
 public:
  explicit PredicateColumn(ColumnReference column) : column_(std::move(column)) {}

  Predicate operator==(Operand v) const { return compare(Comparison::kEqual, std::move(v)); }
  Predicate operator!=(Operand v) const { return compare(Comparison::kNotEqual, std::move(v)); }
  Predicate operator<(Operand v) const { return compare(Comparison::kLess, std::move(v)); }
  Predicate operator<=(Operand v) const { return compare(Comparison::kLessOrEqual, std::move(v)); }
  Predicate operator>(Operand v) const { return compare(Comparison::kGreater, std::move(v)); }
  Predicate operator>=(Operand v) const {
    return compare(Comparison::kGreaterOrEqual, std::move(v));
  }
  Predicate between(Operand low, Operand high) const {
    return Predicate::between(column_, std::move(low).take(), std::move(high).take());
  }
  Predicate in(std::vector<Operand> operands) const;
  Predicate is_null() const { return Predicate::is_null(column_); }
  Predicate is_not_null() const { return Predicate::is_not_null(column_); }
  Predicate starts_with(std::string_view prefix) const {
    return Predicate::starts_with(column_, std::string(prefix));
  }

 private:
  Predicate compare(Comparison comparison, Operand&& v) const {
    return Predicate::compare(column_, comparison, std::move(v).take());
  }
  ColumnReference column_;
};

inline PredicateColumn col(std::string_view name) {
  return PredicateColumn(std::string(name));
}
inline PredicateColumn col(ColumnIndex column) {
  return PredicateColumn(column);
}
template <typename T>
PredicateColumn col(const ColumnHandle<T>& column) {
  return PredicateColumn(HandleReference{ColumnIndex{column.slot().column}, column.columns_key()});
}

}  // namespace wisp
