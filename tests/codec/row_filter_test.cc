// Predicates on bytes choose what a slow evaluator over values chooses, and stop at damage.
#include "wisp/codec/row_filter.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comparison_oracle.h"
#include "random_rows.h"
#include "wisp/codec/row_builder.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::holds;
using testing::order;
using testing::RandomRows;
using Verdict = RowFilter::Verdict;
using Node = Predicate::Node;

// ---- The slow evaluator ----

using Truth = std::optional<bool>;  // empty: unknown

int compare_numbers(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return int{std::isnan(a)} - int{std::isnan(b)};
  return a < b ? -1 : a > b ? 1 : 0;
}

bool is_integer(const Value& v) {
  return v.get_if<std::int64_t>() != nullptr || v.get_if<std::uint64_t>() != nullptr;
}
Decimal::Int integer(const Value& v) {
  if (const auto* s = v.get_if<std::int64_t>()) return *s;
  return v.as<std::uint64_t>();
}
double number(const Value& v) {
  if (const auto* f = v.get_if<float>()) return *f;
  if (const auto* d = v.get_if<double>()) return *d;
  return static_cast<double>(integer(v));
}
// Requires: neither is NULL. Operands of DECIMAL columns are decimals or small integers.
int slow_compare(const Type& type, const Value& cell, const Value& operand) {
  if (type.kind() == TypeKind::kReal || type.kind() == TypeKind::kDouble) {
    return compare_numbers(number(cell), number(operand));
  }
  if (type.kind() == TypeKind::kDecimal) {
    Decimal::Int scaled = is_integer(operand) ? integer(operand) : operand.as<Decimal>().unscaled;
    if (is_integer(operand)) {
      const int beyond = scaled < 0 ? 1 : -1;
      for (int i = 0; i < type.scale(); ++i) {
        // Past what any DECIMAL holds.
        if (__builtin_mul_overflow(scaled, Decimal::Int{10}, &scaled)) return beyond;
      }
    }
    return order(cell.as<Decimal>().unscaled, scaled);
  }
  if (is_integer(cell)) return order(integer(cell), integer(operand));
  if (const bool* b = cell.get_if<bool>()) return order(int{*b}, int{operand.as<bool>()});
  if (const auto* u = cell.get_if<Uuid>()) return order(*u, operand.as<Uuid>());
  return order(cell.as<std::string>(), operand.as<std::string>());
}

Truth slow_compare(const Type& type, Comparison c, const Value& cell, const Value& operand) {
  if (cell.is_null() || operand.is_null()) return std::nullopt;
  return holds(c, slow_compare(type, cell, operand));
}

Truth slow_not(Truth t) {
  if (t) t = !*t;
  return t;
}
Truth slow_or(const std::vector<Truth>& terms) {
  Truth out = false;
  for (const Truth& t : terms) {
    if (t == Truth(true)) return true;
    if (!t) out = std::nullopt;
  }
  return out;
}

Truth slow_evaluate(const Schema& schema, const testing::Cells& cells, const Predicate& predicate) {
  const Node& n = predicate.root();
  std::vector<Truth> terms;
  for (const Predicate& term : n.terms) terms.push_back(slow_evaluate(schema, cells, term));
  if (n.kind == Node::Kind::kNot) return slow_not(terms[0]);
  if (n.kind == Node::Kind::kOr) return slow_or(terms);
  if (n.kind == Node::Kind::kAnd) {
    for (Truth& t : terms) t = slow_not(t);
    return slow_not(slow_or(terms));
  }
  const ColumnIndex column = std::get<ColumnIndex>(n.column);
  const Type& type = schema.column(column).type;
  const Value& cell = cells[to_underlying(column)];
  switch (n.kind) {
    case Node::Kind::kIsNull:
      return cell.is_null();
    case Node::Kind::kIsNotNull:
      return !cell.is_null();
    case Node::Kind::kCompare:
      return slow_compare(type, n.comparison, cell, n.operands[0]);
    case Node::Kind::kBetween:
      return slow_not(
          slow_or({slow_not(slow_compare(type, Comparison::kGreaterOrEqual, cell, n.operands[0])),
                   slow_not(slow_compare(type, Comparison::kLessOrEqual, cell, n.operands[1]))}));
    case Node::Kind::kStartsWith:
      if (cell.is_null()) return std::nullopt;
      return cell.as<std::string>().starts_with(n.operands[0].as<std::string>());
    default:
      break;
  }
  if (n.operands.empty()) return false;  // of a NULL column too
  if (cell.is_null()) return std::nullopt;
  for (const Value& operand : n.operands) {
    terms.push_back(slow_compare(type, Comparison::kEqual, cell, operand));
  }
  return slow_or(terms);
}

// ---- Random tables and predicates ----

struct Sample {
  SchemaPtr schema;
  LayoutPtr layout;
  std::vector<testing::Cells> rows;
};

Sample random_sample(RandomRows& random) {
  SchemaBuilder builder("t");
  const std::size_t keys = random.below(4);
  const std::size_t columns = keys + 3 + random.below(60);
  for (std::size_t i = 0; i < columns; ++i) {
    Type type = random.type(0);
    while (i < keys && !is_key_type(type.kind())) type = random.type(0);
    const std::string name = "c" + std::to_string(i);
    builder.add(name, type, i >= keys && !random.chance(0.2));
    if (i < keys) {
      builder.key(name, random.chance(0.5) ? SortOrder::kAscending : SortOrder::kDescending);
    }
  }
  Sample sample;
  auto schema = builder.build();
  REQUIRE_MESSAGE(schema.has_value(), schema.error().to_string());
  sample.schema = *schema;
  sample.layout = Layout::make(sample.schema);
  for (int i = 0; i < 12; ++i) {
    sample.rows.push_back(random_cells(random, *sample.schema, i % 3 == 0 ? 0.1 : 0.6));
  }
  return sample;
}

Value random_operand(RandomRows& random, const Sample& sample, ColumnIndex column) {
  const Type& type = sample.schema->column(column).type;
  if (random.chance(0.08)) return Value();
  if (random.chance(0.5)) {
    return sample.rows[random.below(sample.rows.size())][to_underlying(column)];
  }
  const bool numeric = is_integer_like(type.kind()) || type.kind() == TypeKind::kDecimal ||
                       type.kind() == TypeKind::kReal || type.kind() == TypeKind::kDouble;
  if (numeric && random.chance(0.3)) {
    const auto small = static_cast<std::int64_t>(random.below(7)) - 3;
    if (small >= 0 && random.chance(0.5)) return Value(static_cast<std::uint64_t>(small));
    return Value(small);
  }
  if (is_integer_like(type.kind()) && random.chance(0.3)) {
    if (random.chance(0.5)) return Value(std::numeric_limits<std::uint64_t>::max());
    return Value(std::numeric_limits<std::int64_t>::min());
  }
  if (type.kind() == TypeKind::kReal && random.chance(0.3)) return Value(0.1);
  return random.value(type);
}

Predicate random_predicate(RandomRows& random, const Sample& sample, int depth) {
  if (depth > 0 && random.chance(0.6)) {
    if (random.chance(0.3)) return !random_predicate(random, sample, depth - 1);
    std::vector<Predicate> terms;
    for (std::uint64_t n = random.below(4); n > 0; --n) {
      terms.push_back(random_predicate(random, sample, depth - 1));
    }
    return random.chance(0.5) ? Predicate::all_of(terms) : Predicate::any_of(terms);
  }
  const ColumnIndex column{static_cast<std::uint32_t>(random.below(sample.schema->column_count()))};
  const auto operand = [&] { return random_operand(random, sample, column); };
  switch (random.below(6)) {
    case 0:
      return Predicate::is_null(column);
    case 1:
      return Predicate::is_not_null(column);
    case 2:
      return Predicate::between(column, operand(), operand());
    case 3: {
      std::vector<Value> operands;
      for (std::uint64_t n = random.below(6); n > 0; --n) operands.push_back(operand());
      return Predicate::in(column, std::move(operands));
    }
    case 4:
      if (is_string_like(sample.schema->column(column).type.kind())) {
        const Value whole = operand();
        std::string prefix = whole.is_null() ? "" : whole.as<std::string>();
        prefix.resize(random.below(prefix.size() + 1));
        return Predicate::starts_with(column, std::move(prefix));
      }
      [[fallthrough]];
    default:
      return Predicate::compare(column, static_cast<Comparison>(random.below(6)), operand());
  }
}

struct EncodedRow {
  std::string row;
  std::string key;
};

EncodedRow encode(const Sample& sample, const testing::Cells& cells) {
  RowBuilder builder(sample.layout);
  for (std::uint32_t c = 0; c < cells.size(); ++c) {
    if (cells[c].is_null()) continue;
    REQUIRE(builder.set_value(ColumnIndex{c}, cells[c]));
  }
  EncodedRow out;
  if (!sample.schema->has_hidden_row_id()) REQUIRE(builder.finish_key(out.key));
  REQUIRE(builder.finish_row(out.row));
  return out;
}

TEST_CASE("predicates on bytes choose what a slow evaluator over values chooses") {
  std::size_t chosen = 0;
  std::size_t tests = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    random.text_length = 4;
    const Sample sample = random_sample(random);
    std::vector<EncodedRow> encoded;
    for (const auto& cells : sample.rows) encoded.push_back(encode(sample, cells));
    for (int i = 0; i < 60; ++i) {
      const Predicate predicate = random_predicate(random, sample, 4);
      const auto filter = RowFilter::compile(sample.layout, predicate);
      REQUIRE_MESSAGE(filter.has_value(), filter.error().to_string());
      for (std::size_t r = 0; r < encoded.size(); ++r) {
        const bool wanted = slow_evaluate(*sample.schema, sample.rows[r], predicate) == Truth(true);
        const auto view = *RowView::open(*sample.layout, as_bytes(encoded[r].row));
        const auto outcome = filter->test(view, encoded[r].key);
        const bool agrees =
            (outcome.verdict == Verdict::kChosen) == wanted && outcome.verdict != Verdict::kDamaged;
        if (!agrees) CHECK_MESSAGE(agrees, "predicate " << i << ", row " << r);
        chosen += wanted ? 1 : 0;
        ++tests;
      }
    }
  }
  // The predicates are neither all true nor all false.
  CHECK(chosen > tests / 5);
  CHECK(chosen < tests * 4 / 5);
}

// ---- Single rules ----

LayoutPtr market() {
  auto schema = SchemaBuilder("market")
                    .add("venue", Type::varchar(8))
                    .add("day", Type(TypeKind::kDate))
                    .add("bid", Type(TypeKind::kDouble))
                    .add("lots", Type(TypeKind::kUBigInt))
                    .add("fee", Type::decimal(20, 6))
                    .add("open", Type(TypeKind::kBoolean))
                    .add("real", Type(TypeKind::kReal))
                    .add("tags", Type::array(Type::varchar()))
                    .add("note", Type::varchar())
                    .key("venue", SortOrder::kDescending)
                    .build();
  REQUIRE(schema);
  return Layout::make(*schema);
}

Verdict verdict(const LayoutPtr& layout, const std::vector<std::pair<std::string, Value>>& cells,
                const Predicate& predicate) {
  const auto filter = RowFilter::compile(layout, predicate);
  REQUIRE_MESSAGE(filter.has_value(), filter.error().to_string());
  RowBuilder builder(layout);
  for (const auto& [name, value] : cells) {
    REQUIRE(builder.set_value(*layout->find(name, NameMatch::kExact), value));
  }
  std::string row, key;
  REQUIRE(builder.finish_key(key));
  REQUIRE(builder.finish_row(row));
  return filter->test(*RowView::open(*layout, as_bytes(row)), key).verdict;
}

TEST_CASE("operands convert to the column where they can be compared exactly") {
  const LayoutPtr layout = market();
  const std::vector<std::pair<std::string, Value>> row = {{"venue", Value::text("XLON")},
                                                          {"day", Value(std::int64_t{20000})},
                                                          {"bid", Value(1.5)},
                                                          {"lots", Value(std::uint64_t{7})},
                                                          {"fee", Value(Decimal{2'000'000})},
                                                          {"open", Value(true)},
                                                          {"real", Value(0.1F)}};
  const auto chooses = [&](const Predicate& p) {
    return verdict(layout, row, p) == Verdict::kChosen;
  };
  CHECK(chooses(col("BID") > 1 && col("bid") < 2 && col("bid") == 1.5F));
  CHECK(chooses(col("lots") > -1 && col("lots") != -1 && col("lots") == 7U));
  CHECK_FALSE(chooses(col("lots") < -1));
  CHECK_FALSE(chooses(col("lots") == -7));
  CHECK(chooses(col("fee") == 2 && col("fee") < std::numeric_limits<std::uint64_t>::max()));
  CHECK(chooses(col("fee") == "2.000000" && col("fee") > "1.999999"));
  CHECK(chooses(col("day") == "2024-10-04" && col("day") > "2024-10-03"));
  CHECK(chooses(col("open") == true && col("open") == "yes"));
  CHECK(chooses(col("real") == 0.1F && col("real") == "0.1" && col("real") != 0.1));
  CHECK(chooses(col("venue").starts_with("XL") && col("venue") > "XLO" && col("venue") < "XLONA"));
  // Longer than the column may be, and bytes that keys escape.
  CHECK(chooses(col("venue") < std::string(20, 'Z') && col("venue") != std::string_view("X\0", 2)));
  CHECK(chooses(col("venue").between("XLON", "XLON") && col("venue").in({"XPAR", "XLON"})));
  CHECK_FALSE(chooses(col("venue").between("XLOO", "Z")));
  CHECK(chooses(col("bid").between(1, 2) && !col("bid").between(2, 3)));
  CHECK(chooses(col("note").is_null() && col("venue").is_not_null()));

  // NULL makes unknown, of which neither side is chosen.
  CHECK_FALSE(chooses(col("note") == "x"));
  CHECK_FALSE(chooses(!(col("note") == "x")));
  CHECK_FALSE(chooses(col("note").in({})));
  CHECK(chooses(!col("note").in({})));
  CHECK(chooses(!col("lots").in({})));
  CHECK_FALSE(chooses(!col("note").in({"x"})));
  CHECK_FALSE(chooses(col("lots").in({Value(), Value(std::uint64_t{1})})));
  CHECK_FALSE(chooses(!col("lots").in({Value(), Value(std::uint64_t{1})})));
  CHECK(chooses(col("lots").in({Value(), Value(std::uint64_t{7})})));
  CHECK_FALSE(chooses(col("lots") == Value()));
  CHECK(chooses(col("note") == "x" || col("open") == true));

  // Handles and indexes name columns too.
  CHECK(chooses(col(*layout->column<double>("bid")) == 1.5));
  CHECK(chooses(col(*layout->find("bid", NameMatch::kExact)) == 1.5));

  CHECK(chooses(Predicate::all_of({})));
  CHECK_FALSE(chooses(Predicate::any_of({})));
}

TEST_CASE("what cannot be compared is refused by the column's name") {
  const LayoutPtr layout = market();
  const auto refused = [&](const Predicate& p, ErrorCode code, const std::string& part) {
    const auto filter = RowFilter::compile(layout, p);
    REQUIRE_FALSE(filter.has_value());
    CHECK(filter.error().code == code);
    const std::string text = filter.error().to_string();
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  refused(col("bit") > 1, ErrorCode::kInvalidArgument, "\"bid\"");
  refused(col(ColumnIndex{9}) > 1, ErrorCode::kInvalidArgument, "9");
  refused(col("lots") > 1.5, ErrorCode::kInvalidArgument, "column \"lots\"");
  refused(col("bid") > true, ErrorCode::kInvalidArgument, "a BOOLEAN");
  refused(col("bid") > std::numeric_limits<std::int64_t>::max(), ErrorCode::kInvalidArgument,
          "no DOUBLE");
  refused(col("venue") > 1, ErrorCode::kInvalidArgument, "VARCHAR(8)");
  refused(col("tags") == "x", ErrorCode::kInvalidArgument, "IS [NOT] NULL");
  refused(col("bid").starts_with("1"), ErrorCode::kInvalidArgument, "LIKE");
  refused(col("day") == "soon", ErrorCode::kParse, "soon");
  refused(col("fee") == "1.0000001", ErrorCode::kConstraint, "fee");
  Predicate deep = col("bid") > 1;
  for (std::size_t i = 0; i < kMaxPredicateDepth; ++i) deep = !deep;
  refused(deep, ErrorCode::kLimit, "deep");
  // A chain is no depth.
  Predicate chain = col("bid") > 1;
  for (std::size_t i = 0; i < 2 * kMaxPredicateDepth; ++i) chain = chain || col("bid") < 0;
  CHECK(RowFilter::compile(layout, chain).has_value());
}

TEST_CASE("a damaged field that decides is told by its column, others are not looked at") {
  RandomRows random(7);
  std::size_t damaged = 0;
  for (int round = 0; round < 60; ++round) {
    const Sample sample = random_sample(random);
    const EncodedRow good = encode(sample, sample.rows[1]);
    for (int i = 0; i < 40; ++i) {
      // Cut off, bytes changed: never a crash or a read outside (ASan), and never a wrong column.
      EncodedRow bad = good;
      if (random.chance(0.5) && bad.row.size() > 2)
        bad.row.resize(2 + random.below(bad.row.size() - 2));
      for (std::uint64_t n = random.below(3); n > 0; --n) {
        bad.row[random.below(bad.row.size())] = static_cast<char>(random.below(256));
      }
      if (random.chance(0.3) && !bad.key.empty()) bad.key.resize(random.below(bad.key.size()));
      const auto view = RowView::try_open(*sample.layout, as_bytes(bad.row));
      if (!view) continue;
      const ColumnIndex column{
          static_cast<std::uint32_t>(random.below(sample.schema->column_count()))};
      const Predicate asked =
          Predicate::compare(column, Comparison::kEqual, sample.rows[1][to_underlying(column)]);
      // The test tells damage where reading the field does.
      const auto filter = RowFilter::compile(sample.layout, asked);
      REQUIRE(filter);
      const auto outcome = filter->test(*view, bad.key);
      if (!sample.schema->is_key_column(column) &&
          !sample.rows[1][to_underlying(column)].is_null()) {
        const bool readable = view->value(column).has_value();
        CHECK((outcome.verdict == Verdict::kDamaged) == !readable);
      }
      if (outcome.verdict != Verdict::kDamaged) continue;
      ++damaged;
      CHECK(outcome.damaged == column);
      const auto shielded = RowFilter::compile(sample.layout, Predicate::any_of({}) && asked);
      CHECK(shielded->test(*view, bad.key).verdict == Verdict::kPassedOver);
    }
  }
  CHECK(damaged > 50);
}

}  // namespace
}  // namespace wisp
