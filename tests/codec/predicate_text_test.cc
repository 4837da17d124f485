// Conditions as text mean what the same predicate means that is built in C++; errors point at the
// place.
#include "wisp/codec/predicate_text.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "random_rows.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_filter.h"

namespace wisp {
namespace {

using testing::as_bytes;

LayoutPtr orders() {
  auto schema = SchemaBuilder("orders")
                    .add("id", Type(TypeKind::kInteger))
                    .add("total", Type::decimal(10, 2))
                    .add("weight", Type(TypeKind::kDouble))
                    .add("ship.city", Type::varchar())
                    .add("day", Type(TypeKind::kDate))
                    .add("paid", Type(TypeKind::kBoolean))
                    .add("Order", Type(TypeKind::kUBigInt))
                    .add("raw", Type(TypeKind::kVarbinary))
                    .add("small", Type(TypeKind::kReal))
                    .key("id")
                    .build();
  REQUIRE(schema);
  return Layout::make(*schema);
}

class OrdersFixture {
 public:
  OrdersFixture() : layout(orders()) {
    RowBuilder b(layout);
    const std::vector<Value> cells = {
        Value(std::int64_t{17}),      Value(Decimal{1250}),       Value(0.5),
        Value::text("Bern_1"),        Value(std::int64_t{20000}), Value(true),
        Value(std::uint64_t{1} << 63)};
    for (std::uint32_t c = 0; c < cells.size(); ++c) REQUIRE(b.set_value(ColumnIndex{c}, cells[c]));
    REQUIRE(b.set_value(ColumnIndex{8}, Value(0.1F)));
    REQUIRE(b.finish_key(key));
    REQUIRE(b.finish_row(row));
  }

  bool chooses(const std::string& text) {
    const auto predicate = parse_predicate(layout, text);
    REQUIRE_MESSAGE(predicate.has_value(), predicate.error().to_string());
    const auto filter = RowFilter::compile(layout, *predicate);
    REQUIRE(filter);
    return filter->test(*RowView::open(*layout, as_bytes(row)), key).verdict ==
           RowFilter::Verdict::kChosen;
  }

  std::string refusal(const std::string& text, ErrorCode code) {
    const auto predicate = parse_predicate(layout, text);
    REQUIRE_MESSAGE(!predicate.has_value(), text);
    CHECK_MESSAGE(predicate.error().code == code, predicate.error().to_string());
    return predicate.error().to_string();
  }

  LayoutPtr layout;
  std::string row;
  std::string key;
};

TEST_CASE_FIXTURE(OrdersFixture, "conditions as text") {
  for (const char* yes : {"id = 17",
                          "ID=17 and TOTAL > 12",
                          "total = 12.50",
                          "total = 12.5",
                          "total <> 12.51",
                          "total != 0",
                          "weight >= .5",
                          "weight < 1.",
                          "weight = 5e-1",
                          "id > -99999999999",
                          "ship.city = 'Bern_1'",
                          "\"ship.city\" LIKE 'Bern%'",
                          "ship.city like 'Bern\\_1'",
                          "ship.city LIKE '%'",
                          "ship.city NOT LIKE 'Basel%%'",
                          "day > '2024-10-03'",
                          "paid",
                          "NOT paid OR paid = TRUE",
                          "\"Order\" = 9223372036854775808",
                          "order > -1",
                          "raw IS NULL",
                          "raw is not null or id in (1, 17, 99)",
                          "id NOT IN (1, 2)",
                          "id BETWEEN 17 AND 17 AND paid",
                          "id NOT BETWEEN 1 AND 16",
                          "small = 0.1",
                          "NOT (id = 1 OR (id = 2 AND paid))",
                          "paid = 'yes' -- a remark",
                          "id = 1 OR id = 17",
                          "id = 2 AND id = 1 OR id = 17",
                          "(((id = 17)))"}) {
    CAPTURE(yes);
    CHECK(chooses(yes));
  }
  for (const char* no :
       {"id = 18", "NOT paid", "raw = X'00'", "NOT raw = '\\x00'", "ship.city LIKE 'bern%'",
        "id NOT IN (1, NULL)", "id = NULL", "id = 17 AND (id = 2 OR id = 1)", "order < -1",
        "id NOT BETWEEN 1 AND 17", "ship.city LIKE 'Bern'"}) {
    CAPTURE(no);
    CHECK_FALSE(chooses(no));
  }
}

TEST_CASE_FIXTURE(OrdersFixture, "errors point at the place") {
  const std::string unknown = refusal("id = 1 AND totl > 5", ErrorCode::kInvalidArgument);
  CHECK(unknown.find("line 1, column 12") != std::string::npos);
  CHECK(unknown.find("\"total\"") != std::string::npos);
  CHECK(unknown.find("\nid = 1 AND totl > 5\n           ^") != std::string::npos);
  CHECK(refusal("total > 'much'", ErrorCode::kParse).find("column 9") != std::string::npos);
  CHECK(refusal("total > 1.234", ErrorCode::kConstraint).find("column 9") != std::string::npos);
  CHECK(refusal("ship.city = 5", ErrorCode::kInvalidArgument).find("'5'") != std::string::npos);
  CHECK(refusal("id IN (1, 'x')", ErrorCode::kParse).find("column 11") != std::string::npos);
  CHECK(refusal("id IN (1, 2", ErrorCode::kParse).find("the text ends") != std::string::npos);
  CHECK(refusal("ship.city LIKE '%x'", ErrorCode::kUnsupported).find("column 16") !=
        std::string::npos);
  (void)refusal("ship.city LIKE 'a_'", ErrorCode::kUnsupported);
  (void)refusal("ship.city LIKE 'a\\'", ErrorCode::kParse);
  (void)refusal("id LIKE '1%'", ErrorCode::kInvalidArgument);
  (void)refusal("id = X'00'", ErrorCode::kInvalidArgument);
  (void)refusal("raw = '\\x0'", ErrorCode::kParse);
  for (const char* bad :
       {"", "id", "id =", "id = = 1", "= 1", "id = 1 id = 2", "id = 1)", "(id = 1", "id IS 5",
        "id BETWEEN 1", "id BETWEEN 1 OR 2", "id NOT 5", "5 = id", "id = 'open", "id ! 1", "AND",
        "id = 1 AND", "id = id", "ship. city = ''"}) {
    CAPTURE(bad);
    const auto predicate = parse_predicate(layout, bad);
    REQUIRE_FALSE(predicate.has_value());
    CHECK(predicate.error().to_string().find("line 1, column") != std::string::npos);
  }
  (void)refusal(std::string(5000, '(') + "id = 1", ErrorCode::kLimit);
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "NOT ";
  (void)refusal(nots + "paid", ErrorCode::kLimit);
  (void)refusal(std::string((1 << 20) + 1, ' '), ErrorCode::kLimit);
}

TEST_CASE_FIXTURE(OrdersFixture, "what parses at the depth limit compiles") {
  std::size_t parsed = 0;
  std::string open, close;
  for (int i = 0; i < 60; ++i) {
    const auto predicate = parse_predicate(layout, open + "paid" + close);
    if (predicate) {
      CHECK(RowFilter::compile(layout, *predicate).has_value());
      ++parsed;
    }
    open += "(id = 1 OR paid AND ";
    close += ")";
  }
  CHECK(parsed > 40);
  CHECK(parsed < 60);
}

}  // namespace
}  // namespace wisp
