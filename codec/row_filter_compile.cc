// RowFilter::compile: columns are found, constants become values of their columns' types.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "wisp/codec/filter_order.h"
#include "wisp/codec/key.h"
#include "wisp/codec/row_filter.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

using Node = Predicate::Node;

constexpr std::uint8_t accepted_by(Comparison c) noexcept {
  switch (c) {
    case Comparison::kEqual:
      return kEqualBit;
    case Comparison::kNotEqual:
      return kLessBit | kGreaterBit;
    case Comparison::kLess:
      return kLessBit;
    case Comparison::kLessOrEqual:
      return kLessBit | kEqualBit;
    case Comparison::kGreater:
      return kGreaterBit;
    case Comparison::kGreaterOrEqual:
      break;
  }
  return kGreaterBit | kEqualBit;
}

// Where an operand stands to the values that a column's C++ type can hold.
enum class Fit : std::uint8_t { kInside, kBelow, kAbove };

std::string_view kind_name(const Value& value) noexcept {
  static constexpr std::string_view kNames[] = {"NULL",   "a BOOLEAN", "an integer", "an integer",
                                                "a REAL", "a DOUBLE",  "a DECIMAL",  "a UUID",
                                                "a text", "an ARRAY",  "a MAP",      "a ROW"};
  return kNames[value.variant().index()];
}

tl::unexpected<Error> mismatch(const Type& type, const Value& value) {
  return fail(ErrorCode::kInvalidArgument, "cannot be compared with " +
                                               std::string(kind_name(value)) + ", since it is " +
                                               type.to_sql());
}

template <typename From>
bool holds_exactly(From v) noexcept {
  const auto d = static_cast<double>(v);
  // The nearest double of the largest integers is out of their range.
  return d < static_cast<double>(std::numeric_limits<From>::max()) && static_cast<From>(d) == v;
}

Result<Fit> to_double(const Type& type, const Value& value, double& out) {
  if (const auto* d = value.get_if<double>()) {
    out = *d;
  } else if (const auto* f = value.get_if<float>()) {
    out = *f;
  } else if (const auto* s = value.get_if<std::int64_t>(); s != nullptr && holds_exactly(*s)) {
    out = static_cast<double>(*s);
  } else if (const auto* u = value.get_if<std::uint64_t>(); u != nullptr && holds_exactly(*u)) {
    out = static_cast<double>(*u);
  } else if (s != nullptr || u != nullptr) {
    return fail(ErrorCode::kInvalidArgument, "no DOUBLE has the value of this integer");
  } else {
    return mismatch(type, value);
  }
  return Fit::kInside;
}

Result<Fit> to_decimal(const Type& type, const Value& value, Decimal& out) {
  if (const auto* d = value.get_if<Decimal>()) {
    out = *d;
    return Fit::kInside;
  }
  const auto* s = value.get_if<std::int64_t>();
  const auto* u = value.get_if<std::uint64_t>();
  if (s == nullptr && u == nullptr) return mismatch(type, value);
  out.unscaled = s != nullptr ? Decimal::Int{*s} : Decimal::Int{*u};
  const bool negative = out.unscaled < 0;
  for (int i = 0; i < type.scale(); ++i) {
    if (__builtin_mul_overflow(out.unscaled, Decimal::Int{10}, &out.unscaled)) {
      return negative ? Fit::kBelow : Fit::kAbove;
    }
  }
  return Fit::kInside;
}

template <typename T, typename Constant>
Result<Fit> convert(const Type& type, const Value& value, Constant& out) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    const auto* text = value.get_if<std::string>();
    if (text == nullptr) return mismatch(type, value);
    out = *text;
    return Fit::kInside;
  } else {
    if (const auto* text = value.get_if<std::string>()) {
      WISP_ASSIGN(const Value parsed, parse_value(type, *text));
      return convert<T>(type, parsed, out);
    }
    if constexpr (std::is_same_v<T, double>) {
      return to_double(type, value, out);
    } else if constexpr (std::is_same_v<T, Decimal>) {
      return to_decimal(type, value, out);
    } else {
      if (const T* same = value.get_if<T>()) {
        out = *same;
        return Fit::kInside;
      }
      if constexpr (std::is_same_v<T, std::int64_t>) {
        const auto* u = value.get_if<std::uint64_t>();
        if (u == nullptr) return mismatch(type, value);
        out = static_cast<std::int64_t>(*u);
        return std::in_range<std::int64_t>(*u) ? Fit::kInside : Fit::kAbove;
      } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        const auto* s = value.get_if<std::int64_t>();
        if (s == nullptr) return mismatch(type, value);
        out = static_cast<std::uint64_t>(*s);
        return *s >= 0 ? Fit::kInside : Fit::kBelow;
      } else {
        return mismatch(type, value);
      }
    }
  }
}

}  // namespace

class RowFilter::Compiler {
 public:
  explicit Compiler(RowFilter& filter) : filter_(filter), layout_(*filter.layout_) {}

  Status add(const Predicate& predicate, std::size_t depth) {
    if (depth > kMaxPredicateDepth) {
      return fail(ErrorCode::kLimit, "conditions stand in one another more than " +
                                         std::to_string(kMaxPredicateDepth) + " deep");
    }
    const Node& node = predicate.root();
    switch (node.kind) {
      case Node::Kind::kAnd:
        return add_terms(Kind::kAnd, node, depth);
      case Node::Kind::kOr:
        return add_terms(Kind::kOr, node, depth);
      case Node::Kind::kNot:
        return add_terms(Kind::kNot, node, depth);
      default:
        return add_leaf(node);
    }
  }

 private:
  std::uint32_t begin(Kind kind) {
    Step step;
    step.kind = kind;
    filter_.steps_.push_back(step);
    return static_cast<std::uint32_t>(filter_.steps_.size()) - 1;
  }
  Step& end(std::uint32_t step) {
    filter_.steps_[step].end = static_cast<std::uint32_t>(filter_.steps_.size());
    return filter_.steps_[step];
  }

  Status add_terms(Kind kind, const Node& node, std::size_t depth) {
    const std::uint32_t step = begin(kind);
    for (const Predicate& term : node.terms) WISP_TRY(add(term, depth + 1));
    end(step);
    return {};
  }

  Result<ColumnIndex> resolve(const ColumnReference& column) const {
    if (const auto* name = std::get_if<std::string>(&column)) {
      return layout_.find(*name, NameMatch::kIgnoreCase);
    }
    if (const auto* handle = std::get_if<HandleReference>(&column)) {
      if (handle->columns_key == layout_.columns_key()) return handle->column;
      return fail(ErrorCode::kInvalidArgument,
                  "a condition has a column handle of another table or version");
    }
    const auto index = std::get<ColumnIndex>(column);
    WISP_TRY(layout_.check_index(index));
    return index;
  }

  Status add_leaf(const Node& node) {
    WISP_ASSIGN(const ColumnIndex column, resolve(node.column));
    if (node.kind == Node::Kind::kIsNull || node.kind == Node::Kind::kIsNotNull) {
      add_null_test(column, node.kind == Node::Kind::kIsNull);
      return {};
    }
    if (Status status = add_test(column, node); !status) {
      return fail(
          std::move(status).error().within("column " + quote_identifier(layout_.name(column))));
    }
    return {};
  }

  void add_null_test(ColumnIndex column, bool is_null) {
    if (layout_.slot(column).is_key) {
      add_constant(is_null ? Truth::kFalse : Truth::kTrue);
      return;
    }
    end(begin(is_null ? Kind::kIsNull : Kind::kIsPresent)).column = column;
  }

  void add_constant(Truth truth) { end(begin(Kind::kConstant)).missed = truth; }

  Status add_test(ColumnIndex column, const Node& node) {
    const Type& type = layout_.type(column);
    if (node.kind == Node::Kind::kStartsWith && !is_string_like(type.kind())) {
      return fail(ErrorCode::kInvalidArgument, "LIKE is for text; this is " + type.to_sql());
    }
    switch (type.kind()) {
      case TypeKind::kBoolean:
        return add_typed<bool>(column, node);
      case TypeKind::kReal:
      case TypeKind::kDouble:
        return add_typed<double>(column, node);
      case TypeKind::kDecimal:
        return add_typed<Decimal>(column, node);
      case TypeKind::kUuid:
        return add_typed<Uuid>(column, node);
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kRow:
        return fail(ErrorCode::kInvalidArgument,
                    "can only be asked for IS [NOT] NULL, since it is " + type.to_sql());
      default:
        if (is_string_like(type.kind())) return add_typed<std::string_view>(column, node);
        return is_unsigned(type.kind()) ? add_typed<std::uint64_t>(column, node)
                                        : add_typed<std::int64_t>(column, node);
    }
  }

  template <typename T>
  Status add_typed(ColumnIndex column, const Node& node) {
    switch (node.kind) {
      case Node::Kind::kBetween:
        return add_between<T>(column, node.operands[0], node.operands[1]);
      case Node::Kind::kIn:
        if (node.operands.empty()) {  // of NULL too
          add_constant(Truth::kFalse);
          return {};
        }
        return add_in<T>(column, node.operands);
      case Node::Kind::kStartsWith:
        return add_starts_with<T>(column, node.operands[0]);
      default:
        return add_compare<T>(column, node.comparison, node.operands[0]);
    }
  }

  // The step of a test on `column`; the caller sets what kind needs.
  template <typename T>
  Result<std::uint32_t> begin_test(ColumnIndex column, TestKind kind,
                                   std::vector<ConstantOf<T>> constants) {
    WISP_ASSIGN(const ColumnHandle<T> handle, layout_.column<T>(column));
    const std::uint32_t step = begin(Kind::kTest);
    Step& s = end(step);
    s.test_kind = kind;
    s.test = static_cast<std::uint32_t>(filter_.tests_.size());
    filter_.tests_.push_back(Test<T>{handle, std::move(constants)});
    return step;
  }

  // False where the column is present, unknown where it is NULL; with `truth` the opposite.
  template <typename T>
  Status add_known(ColumnIndex column, bool truth) {
    std::uint32_t negation = 0;
    if (truth) negation = begin(Kind::kNot);
    WISP_TRY(begin_test<T>(column, TestKind::kIn, {}));
    if (truth) end(negation);
    return {};
  }

  // Text of a key column in the form in which it stands in the key.
  template <typename Constant>
  void encode_for_key(const ColumnSlot& slot, Constant& constant) const {
    if constexpr (std::is_same_v<Constant, std::string>) {
      if (!slot.is_key) return;
      std::string encoded;
      append_key_part(Type(TypeKind::kVarbinary), order_of(slot), Value(std::move(constant)),
                      encoded);
      constant = std::move(encoded);
    }
  }
  SortOrder order_of(const ColumnSlot& slot) const {
    return filter_.key_->parts()[slot.fixed_offset].order;
  }
  // Whether larger values are compared as smaller ones.
  template <typename T>
  bool is_inverted(const ColumnSlot& slot) const {
    return std::is_same_v<T, std::string_view> && slot.is_key &&
           order_of(slot) == SortOrder::kDescending;
  }

  template <typename T>
  Status add_compare(ColumnIndex column, Comparison comparison, const Value& operand) {
    if (operand.is_null()) {
      add_constant(Truth::kUnknown);
      return {};
    }
    const ColumnSlot& slot = layout_.slot(column);
    std::uint8_t accepts = accepted_by(comparison);
    ConstantOf<T> constant{};
    WISP_ASSIGN(const Fit fit, convert<T>(layout_.type(column), operand, constant));
    if (fit != Fit::kInside) {
      return add_known<T>(column, (accepts & (fit == Fit::kBelow ? kGreaterBit : kLessBit)) != 0);
    }
    encode_for_key(slot, constant);
    if (is_inverted<T>(slot)) {
      accepts = static_cast<std::uint8_t>((accepts & kEqualBit) | (accepts & kLessBit) << 2 |
                                          (accepts & kGreaterBit) >> 2);
    }
    std::vector<ConstantOf<T>> constants;
    constants.push_back(std::move(constant));
    WISP_ASSIGN(const std::uint32_t step,
                begin_test<T>(column, TestKind::kCompare, std::move(constants)));
    filter_.steps_[step].accepts = accepts;
    return {};
  }

  template <typename T>
  Status add_between(ColumnIndex column, const Value& low, const Value& high) {
    const std::uint32_t both = begin(Kind::kAnd);
    WISP_TRY(add_compare<T>(column, Comparison::kGreaterOrEqual, low));
    WISP_TRY(add_compare<T>(column, Comparison::kLessOrEqual, high));
    end(both);
    std::vector<Step>& steps = filter_.steps_;
    const bool plain = steps.size() == both + 3 && steps[both + 1].kind == Kind::kTest &&
                       steps[both + 2].kind == Kind::kTest &&
                       steps[both + 1].test_kind == TestKind::kCompare &&
                       steps[both + 2].test_kind == TestKind::kCompare;
    if (!plain) return {};
    // One read instead of two: the usual case.
    using Held = Test<T>;
    auto& first = std::get<Held>(filter_.tests_[steps[both + 1].test]);
    first.constants.push_back(
        std::move(std::get<Held>(filter_.tests_[steps[both + 2].test]).constants[0]));
    if (is_inverted<T>(layout_.slot(column))) std::swap(first.constants[0], first.constants[1]);
    steps[both] = steps[both + 1];
    steps[both].test_kind = TestKind::kBetween;
    steps.resize(both + 1);
    filter_.tests_.pop_back();
    end(both);
    return {};
  }

  template <typename T>
  Status add_in(ColumnIndex column, const std::vector<Value>& operands) {
    const ColumnSlot& slot = layout_.slot(column);
    Truth missed = Truth::kFalse;
    std::vector<ConstantOf<T>> constants;
    for (const Value& operand : operands) {
      if (operand.is_null()) {
        missed = Truth::kUnknown;
        continue;
      }
      ConstantOf<T> constant{};
      WISP_ASSIGN(const Fit fit, convert<T>(layout_.type(column), operand, constant));
      if (fit != Fit::kInside) continue;  // no value of the column is equal
      encode_for_key(slot, constant);
      constants.push_back(std::move(constant));
    }
    std::sort(constants.begin(), constants.end(),
              [](const auto& a, const auto& b) { return compare_values(a, b) < 0; });
    constants.erase(
        std::unique(constants.begin(), constants.end(),
                    [](const auto& a, const auto& b) { return compare_values(a, b) == 0; }),
        constants.end());
    WISP_ASSIGN(const std::uint32_t step,
                begin_test<T>(column, TestKind::kIn, std::move(constants)));
    filter_.steps_[step].missed = missed;
    return {};
  }

  template <typename T>
  Status add_starts_with(ColumnIndex column, const Value& prefix) {
    if constexpr (std::is_same_v<T, std::string_view>) {
      std::string text = prefix.as<std::string>();
      if (layout_.slot(column).is_key) {
        constexpr std::size_t kTerminatorBytes = 2;
        encode_for_key(layout_.slot(column), text);
        text.resize(text.size() - kTerminatorBytes);
      }
      WISP_TRY(begin_test<T>(column, TestKind::kStartsWith, {std::move(text)}));
    }
    return {};
  }

  RowFilter& filter_;
  const Layout& layout_;
};

Result<RowFilter> RowFilter::compile(LayoutPtr layout, const Predicate& predicate) {
  RowFilter filter(std::move(layout));
  WISP_TRY(Compiler(filter).add(predicate, 1));
  return filter;
}

}  // namespace wisp
