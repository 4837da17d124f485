// However fields come, the row is the one of the fields set last, in order.
#include "wisp/codec/staged_fields.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "random_rows.h"

namespace wisp {
namespace {

std::string finished(RowBuilder& builder) {
  std::string out;
  REQUIRE(builder.finish_row(out));
  return out;
}

// One step: most go on to a later column, some back to any; some set NULL.
void random_step(testing::RandomRows& random, const Schema& schema, double jump, std::uint32_t& at,
                 RowBuilder& builder, testing::Cells& cells) {
  const auto columns = static_cast<std::uint32_t>(schema.column_count());
  at = random.chance(jump)
           ? static_cast<std::uint32_t>(random.below(columns))
           : std::min(columns - 1, at + 1 + static_cast<std::uint32_t>(random.below(3)));
  const Column& column = schema.column(ColumnIndex{at});
  if (column.nullable && random.chance(0.2)) {
    builder.set_null(ColumnIndex{at});
    cells[at] = Value();
  } else {
    cells[at] = random.value(column.type);
    REQUIRE(builder.set_value(ColumnIndex{at}, cells[at]));
  }
}

TEST_CASE("a row does not depend on the order in which its fields were set") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    testing::RandomRows random(seed);
    const auto schema = random.schema(5 + seed * 12, seed % 2 == 0 ? 0.2 : 0.0, 1);
    const auto layout = Layout::make(schema);
    RowBuilder builder(layout);
    for (const double jump : {0.0, 0.02, 0.5, 0.0}) {
      builder.clear();
      testing::Cells cells(schema->column_count());
      for (std::uint32_t c = 0; c < schema->column_count(); ++c) {
        if (schema->column(ColumnIndex{c}).nullable) continue;
        cells[c] = random.value(schema->column(ColumnIndex{c}).type);
        REQUIRE(builder.set_value(ColumnIndex{c}, cells[c]));
      }
      std::uint32_t at = 0;
      for (std::size_t part = 0; part < 3; ++part) {
        for (std::size_t i = 0; i < schema->column_count() / 4; ++i) {
          random_step(random, *schema, jump, at, builder, cells);
        }
        // Finishing changes nothing: a row may go on from there.
        CHECK(finished(builder) == testing::encode_cells(layout, cells));
        CHECK(finished(builder) == testing::encode_cells(layout, cells));
        CHECK(builder.set_count() ==
              static_cast<std::size_t>(std::count_if(cells.begin(), cells.end(),
                                                     [](const Value& v) { return !v.is_null(); })));
      }
    }
  }
}

TEST_CASE("a builder that moves keeps its fields") {
  testing::RandomRows random(7);
  const auto schema = random.schema(80, 0.2, 0);
  const auto layout = Layout::make(schema);
  const testing::Cells cells = testing::random_cells(random, *schema, 0.5);
  RowBuilder from(layout);
  for (std::uint32_t c = 0; c < cells.size() / 2; ++c) {
    if (!cells[c].is_null()) REQUIRE(from.set_value(ColumnIndex{c}, cells[c]));
  }
  RowBuilder to(std::move(from));
  for (auto c = static_cast<std::uint32_t>(cells.size() / 2); c < cells.size(); ++c) {
    if (!cells[c].is_null()) REQUIRE(to.set_value(ColumnIndex{c}, cells[c]));
  }
  CHECK(finished(to) == testing::encode_cells(layout, cells));
}

TEST_CASE("fields that are staged can be asked for") {
  const auto schema = SchemaBuilder("t")
                          .add("a", Type(TypeKind::kInteger))
                          .add("b", Type(TypeKind::kInteger))
                          .add("c", Type(TypeKind::kInteger), false)
                          .build();
  REQUIRE(schema);
  const auto layout = Layout::make(*schema);
  const auto slot = [&](std::uint32_t i) { return layout->slot(ColumnIndex{i}); };
  StagedFields fields(*layout);
  CHECK(fields.first_missing() == 0);
  CHECK(fields.append(slot(1), std::uint64_t{5}));
  CHECK_FALSE(fields.append(slot(0), std::uint64_t{6}));
  CHECK_FALSE(fields.append(slot(2), std::uint64_t{7}));
  CHECK(fields.has(slot(1)));
  CHECK_FALSE(fields.has(slot(0)));
  fields.place(slot(0), std::uint64_t{6});
  fields.place(slot(2), std::uint64_t{7});
  CHECK(fields.has(slot(0)));
  CHECK(fields.has(slot(1)));
  CHECK(fields.has(slot(2)));
  CHECK(fields.first_missing() == 1);
  CHECK(fields.count() == 3);
  fields.remove(slot(1));
  fields.arrange();
  REQUIRE(fields.count(SlotClass::kInt4) == 1);
  CHECK(fields.slots(SlotClass::kInt4)[0] == 0);
  CHECK(fields.bits(SlotClass::kInt4)[0] == 6);
  CHECK(fields.required_bits()[0] == 7);
  fields.clear();
  CHECK(fields.count() == 0);
  CHECK(fields.append(slot(0), std::uint64_t{1}));
}

}  // namespace
}  // namespace wisp
