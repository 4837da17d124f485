// A table of 700 columns as one struct: 14 groups of 50 fields.
#include <doctest/doctest.h>

#include <string>

#include "random_rows.h"
#include "wisp/codec/struct_row.h"
#include "wisp/schema/struct_schema.h"

namespace wisp {

// clang-format off
template <int kGroup>
struct Fifty {
  std::optional<std::int32_t> i0, i1, i2, i3, i4, i5, i6, i7, i8, i9;
  std::optional<std::string_view> t0, t1, t2, t3, t4, t5, t6, t7, t8, t9;
  std::optional<bool> b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
  std::optional<double> d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
  std::optional<std::int64_t> l0, l1, l2, l3, l4, l5, l6, l7, l8, l9;
};

struct Wide {
  std::int32_t not_null;
  Fifty<0> g0;
  Fifty<1> g1;
  Fifty<2> g2;
  Fifty<3> g3;
  Fifty<4> g4;
  Fifty<5> g5;
  Fifty<6> g6;
  Fifty<7> g7;
  Fifty<8> g8;
  Fifty<9> g9;
  Fifty<10> g10;
  Fifty<11> g11;
  Fifty<12> g12;
  Fifty<13> g13;
};
// clang-format on

namespace {

TEST_CASE("700 columns in 14 groups come back") {
  const auto schema = struct_schema<Wide>("wide");
  REQUIRE_MESSAGE(schema, schema.error().to_string());
  REQUIRE((*schema)->column_count() == 701);
  CHECK((*schema)->columns()[1 + 13 * 50 + 49].name == "g13.l9");
  const auto layout = Layout::make(*schema);
  const auto m = StructMapping<Wide>::make(layout);
  REQUIRE_MESSAGE(m, m.error().to_string());
  CHECK(m->size() == 701);

  testing::RandomRows random(11);
  RowBuilder builder(layout);
  Wide row{};
  for (const double present : {0.0, 0.01, 0.05, 0.5, 1.0}) {
    for (int i = 0; i < 10; ++i) {
      const auto cells = testing::random_cells(random, **schema, present);
      const auto bytes = testing::encode_cells(layout, cells);
      const auto read = m->read(*RowView::open(*layout, testing::as_bytes(bytes)), row);
      REQUIRE_MESSAGE(read, read.error().to_string());
      CHECK((row.g13.t9 ? Value::text(*row.g13.t9) : Value()) == cells[1 + 13 * 50 + 19]);
      CHECK((row.g6.l0 ? Value(*row.g6.l0) : Value()) == cells[1 + 6 * 50 + 40]);
      REQUIRE(m->write(row, builder));
      std::string again;
      REQUIRE(builder.finish_row(again));
      CHECK(again == bytes);
    }
  }
}

}  // namespace
}  // namespace wisp
