// RowFilter: a Predicate compiled against one layout, evaluated on the bytes of rows and keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "wisp/codec/column_mapping.h"
#include "wisp/codec/key_parts.h"
#include "wisp/codec/layout.h"
#include "wisp/codec/predicate.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"

namespace wisp {

// How deep NOT, AND and OR may stand in one another. Chains of one of them count once.
inline constexpr std::size_t kMaxPredicateDepth = 200;

// Immutable; threads: shared by all. Keeps its layout alive. Cost per row follows the conditions
// that are evaluated: AND stops at the first false one, OR at the first true one. Nothing is
// allocated or decoded.
class RowFilter {
 public:
  // Fails with kInvalidArgument, naming the column: unknown, or compared with something that its
  // type does not compare with; with kConstraint or kParse where a text is no value of the type;
  // and with kLimit above kMaxPredicateDepth. Requires: a layout of a table.
  static Result<RowFilter> compile(LayoutPtr layout, const Predicate& predicate);

  enum class Verdict : std::uint8_t {
    kChosen,
    kPassedOver,  // false or unknown
    kDamaged,     // a field that decides cannot be read
  };
  struct Outcome {
    Verdict verdict = Verdict::kPassedOver;
    ColumnIndex damaged{};  // kDamaged: the column
  };
  // `key` is the row's memcomparable key; it is looked at only where a key column is asked for.
  // Requires: a row of this layout, or of the earlier layout of `earlier`, a mapping to this one.
  Outcome test(const RowView& row, std::string_view key,
               const ColumnMapping* earlier = nullptr) const;

  const LayoutPtr& layout() const noexcept { return layout_; }

 private:
  class Compiler;
  enum class Truth : std::uint8_t { kFalse = 0, kUnknown = 1, kTrue = 2, kDamaged = 3 };
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kIsNull, kIsPresent, kConstant, kTest };

  // What a value is compared with; `accepts` has bit 0 for less, 1 for equal, 2 for greater.
  enum class TestKind : std::uint8_t { kCompare, kBetween, kIn, kStartsWith };
  // Views are owned; a vector of bool would hand out no references.
  template <typename T>
  using ConstantOf =
      std::conditional_t<std::is_same_v<T, std::string_view>, std::string,
                         std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>>;
  template <typename T>
  struct Test {
    ColumnHandle<T> column;
    std::vector<ConstantOf<T>> constants;  // kIn: sorted, unique
  };
  // A text key column is compared as its encoded bytes, constants encoded likewise.
  using AnyTest = std::variant<Test<bool>, Test<std::int64_t>, Test<std::uint64_t>, Test<double>,
                               Test<Decimal>, Test<Uuid>, Test<std::string_view>>;

  // In prefix order: the terms of a step follow it, up to `end`.
  struct Step {
    Kind kind = Kind::kConstant;
    TestKind test_kind = TestKind::kCompare;
    std::uint8_t accepts = 0;
    Truth missed = Truth::kFalse;  // kIn: where no constant is equal. kConstant: the truth
    std::uint32_t end = 0;
    std::uint32_t test = 0;  // kTest: its index
    ColumnIndex column{};    // kIsNull, kIsPresent
  };

  struct Subject {
    const RowView& row;
    std::string_view key;
    const ColumnMapping* earlier;
    ColumnIndex damaged{};
  };

  explicit RowFilter(LayoutPtr layout);
  Truth evaluate(std::uint32_t step, Subject& subject) const;
  Truth evaluate_terms(const Step& step, std::uint32_t first, Subject& subject) const;
  template <typename T>
  Access read(const ColumnHandle<T>& column, const Subject& subject, T& out) const;
  Truth test_null(const Step& step, const Subject& subject) const;

  LayoutPtr layout_;
  std::shared_ptr<const KeyParts> key_;
  std::vector<Step> steps_;
  std::vector<AnyTest> tests_;
};

}  // namespace wisp
