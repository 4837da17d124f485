#include "random_condition.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "../codec/comparison_oracle.h"
#include "wisp/schema/type.h"

namespace wisp::testing {
namespace {

int compare(const Value& a, const Value& b) {
  if (const auto* text = a.get_if<std::string>()) return order(*text, b.as<std::string>());
  if (const auto* flag = a.get_if<bool>()) return order(*flag, b.as<bool>());
  return order(a.as<std::int64_t>(), b.as<std::int64_t>());
}

class Maker {
 public:
  Maker(const Schema& schema, std::mt19937& random) : schema_(schema), random_(random) {}

  Condition condition(int depth) {
    if (depth == 0 || below(3) == 0) return term();
    const Condition a = condition(depth - 1);
    if (below(4) == 0) {
      return {!a.predicate, [a](const auto& row) -> Truth {
                const Truth t = a.truth(row);
                return t ? Truth(!*t) : t;
              }};
    }
    const Condition b = condition(depth - 1);
    const bool decides = below(2) == 0;  // true decides OR, false decides AND
    return {decides ? a.predicate || b.predicate : a.predicate && b.predicate,
            [a, b, decides](const auto& row) -> Truth {
              const Truth x = a.truth(row);
              const Truth y = b.truth(row);
              if (x == decides || y == decides) return decides;
              return x && y ? Truth(!decides) : std::nullopt;
            }};
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  Condition term() {
    const ColumnIndex column{below(static_cast<std::uint32_t>(schema_.column_count()))};
    const TypeKind kind = schema_.column(column).type.kind();
    const bool is_text = kind == TypeKind::kVarchar;
    const bool is_number = kind == TypeKind::kInteger || kind == TypeKind::kBigInt;
    if (!is_text && !is_number && kind != TypeKind::kBoolean) return null_test(column);
    switch (below(6)) {
      case 0:
        return null_test(column);
      case 1:
        return one_of(column, {operand(kind), operand(kind), operand(kind)});
      case 2:
        return between(column, operand(kind), operand(kind));
      case 3:
        if (is_text) return starts_with(column, std::string(below(20), 'q'));
        [[fallthrough]];
      default:
        return compared(column, static_cast<Comparison>(below(6)), operand(kind));
    }
  }

  Value operand(TypeKind kind) {
    if (kind == TypeKind::kVarchar) return Value(std::string(below(30), 'q') + "x");
    if (kind == TypeKind::kBoolean) return Value(below(2) == 0);
    const std::int64_t small = static_cast<std::int64_t>(below(2000)) - 1000;
    return Value(kind == TypeKind::kBigInt && below(2) == 0 ? small << 33 : small);
  }

  template <typename Test>
  static Condition of_value(Predicate predicate, ColumnIndex column, Test test) {
    return {std::move(predicate), [column, test](const std::vector<Value>& row) -> Truth {
              const Value& value = row[to_underlying(column)];
              return value.is_null() ? Truth() : Truth(test(value));
            }};
  }

  Condition null_test(ColumnIndex column) {
    const bool wanted = below(2) == 0;
    return {wanted ? Predicate::is_null(column) : Predicate::is_not_null(column),
            [column, wanted](const std::vector<Value>& row) -> Truth {
              return row[to_underlying(column)].is_null() == wanted;
            }};
  }
  static Condition compared(ColumnIndex column, Comparison comparison, const Value& operand) {
    return of_value(Predicate::compare(column, comparison, operand), column,
                    [=](const Value& value) { return holds(comparison, compare(value, operand)); });
  }
  static Condition between(ColumnIndex column, const Value& low, const Value& high) {
    return of_value(Predicate::between(column, low, high), column, [=](const Value& value) {
      return compare(value, low) >= 0 && compare(value, high) <= 0;
    });
  }
  static Condition one_of(ColumnIndex column, const std::vector<Value>& operands) {
    return of_value(Predicate::in(column, operands), column, [=](const Value& value) {
      return std::any_of(operands.begin(), operands.end(),
                         [&](const Value& operand) { return compare(value, operand) == 0; });
    });
  }
  static Condition starts_with(ColumnIndex column, const std::string& prefix) {
    return of_value(Predicate::starts_with(column, prefix), column, [=](const Value& value) {
      return value.as<std::string>().starts_with(prefix);
    });
  }

  const Schema& schema_;
  std::mt19937& random_;
};

}  // namespace

Condition random_condition(const Schema& schema, std::mt19937& random, int depth) {
  return Maker(schema, random).condition(depth);
}

}  // namespace wisp::testing
