// RowFilter::test: conditions are evaluated on the bytes of a row.
#include "wisp/codec/row_filter.h"

#include <algorithm>
#include <optional>

#include "wisp/codec/field_kernels.h"
#include "wisp/codec/filter_order.h"
#include "wisp/codec/key.h"

namespace wisp {
namespace {

// A decoded key part as what a test compares.
template <typename T>
bool take_as(const Value& value, T& out) noexcept {
  if constexpr (std::is_same_v<T, double>) {
    if (const float* f = value.get_if<float>()) {
      out = *f;
      return true;
    }
  }
  const T* v = value.get_if<T>();
  if (v != nullptr) out = *v;
  return v != nullptr;
}

}  // namespace

RowFilter::RowFilter(LayoutPtr layout)
    : layout_(std::move(layout)), key_(std::make_shared<const KeyParts>(*layout_->schema())) {}

template <typename T>
Access RowFilter::read(const ColumnHandle<T>& column, const Subject& subject, T& out) const {
  const ColumnSlot& slot = column.slot();
  if (!slot.is_key) [[likely]] {
    if (subject.earlier == nullptr) [[likely]]
      return subject.row.read(column, out);
    return subject.earlier->read(subject.row, column, out);
  }
  const KeyParts::Part& part = key_->parts()[slot.fixed_offset];
  auto bytes = key_->find(subject.key, slot.fixed_offset);
  if (!bytes) return Access::kDamaged;
  if constexpr (std::is_same_v<T, std::string_view>) {
    out = *bytes;
    return Access::kPresent;
  } else {
    const auto value = take_key_part(*part.type, part.order, *bytes);
    return value && take_as(*value, out) ? Access::kPresent : Access::kDamaged;
  }
}

RowFilter::Truth RowFilter::test_null(const Step& step, const Subject& subject) const {
  Access found = Access::kDamaged;
  if (subject.earlier != nullptr) {
    found = subject.earlier->presence(subject.row, step.column);
  } else {
    const RowBytes bytes{layout_.get(), subject.row.bytes().data(), subject.row.bytes().size()};
    found =
        static_cast<Access>(internal::field_kernels->presence(bytes, layout_->slot(step.column)));
  }
  if (found == Access::kDamaged) return Truth::kDamaged;
  return (found == Access::kNull) == (step.kind == Kind::kIsNull) ? Truth::kTrue : Truth::kFalse;
}

RowFilter::Truth RowFilter::evaluate_terms(const Step& step, std::uint32_t first,
                                           Subject& subject) const {
  // The truth that decides, so that the terms behind it are not asked.
  const Truth decides = step.kind == Kind::kAnd ? Truth::kFalse : Truth::kTrue;
  Truth truth = step.kind == Kind::kAnd ? Truth::kTrue : Truth::kFalse;
  for (std::uint32_t term = first; term < step.end; term = steps_[term].end) {
    const Truth t = evaluate(term, subject);
    if (t == decides || t == Truth::kDamaged) return t;
    if (t == Truth::kUnknown) truth = t;
  }
  return truth;
}

RowFilter::Truth RowFilter::evaluate(std::uint32_t at, Subject& subject) const {
  const Step& step = steps_[at];
  switch (step.kind) {
    case Kind::kAnd:
    case Kind::kOr:
      return evaluate_terms(step, at + 1, subject);
    case Kind::kNot: {
      const Truth t = evaluate(at + 1, subject);
      return t == Truth::kTrue ? Truth::kFalse : t == Truth::kFalse ? Truth::kTrue : t;
    }
    case Kind::kIsNull:
    case Kind::kIsPresent: {
      const Truth t = test_null(step, subject);
      if (t == Truth::kDamaged) subject.damaged = step.column;
      return t;
    }
    case Kind::kConstant:
      return step.missed;
    case Kind::kTest:
      break;
  }
  return std::visit(
      [&](const auto& test) {
        typename std::decay_t<decltype(test.column)>::value_type value{};
        switch (read(test.column, subject, value)) {
          case Access::kNull:
            return Truth::kUnknown;
          case Access::kDamaged:
            subject.damaged = ColumnIndex{test.column.slot().column};
            return Truth::kDamaged;
          case Access::kPresent:
            break;
        }
        const auto& constants = test.constants;
        bool passes = false;
        switch (step.test_kind) {
          case TestKind::kCompare: {
            const int order = compare_values(value, constants[0]);
            const std::uint8_t bit = order < 0 ? kLessBit : order == 0 ? kEqualBit : kGreaterBit;
            passes = (step.accepts & bit) != 0;
            break;
          }
          case TestKind::kBetween:
            passes = compare_values(value, constants[0]) >= 0 &&
                     compare_values(value, constants[1]) <= 0;
            break;
          case TestKind::kIn: {
            const auto found = std::lower_bound(
                constants.begin(), constants.end(), value,
                [](const auto& a, const auto& b) { return compare_values(a, b) < 0; });
            if (found == constants.end() || compare_values(value, *found) != 0) return step.missed;
            return Truth::kTrue;
          }
          case TestKind::kStartsWith:
            if constexpr (std::is_same_v<decltype(value), std::string_view>) {
              passes = value.starts_with(constants[0]);
            }
            break;
        }
        return passes ? Truth::kTrue : Truth::kFalse;
      },
      tests_[step.test]);
}

RowFilter::Outcome RowFilter::test(const RowView& row, std::string_view key,
                                   const ColumnMapping* earlier) const {
  Subject subject{row, key, earlier};
  switch (evaluate(0, subject)) {
    case Truth::kTrue:
      return {Verdict::kChosen};
    case Truth::kDamaged:
      return {Verdict::kDamaged, subject.damaged};
    default:
      return {Verdict::kPassedOver};
  }
}

}  // namespace wisp
