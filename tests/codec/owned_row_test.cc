#include "wisp/codec/owned_row.h"

#include <doctest/doctest.h>

#include <string>

#include "random_rows.h"

namespace wisp {
namespace {

TEST_CASE("an owned row outlives the bytes, the layout pointer and the row it was copied from") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    testing::RandomRows random(seed);
    const auto schema = random.schema(60, 0.2, 3);
    auto layout = Layout::make(schema);
    const auto cells = testing::random_cells(random, *schema, 0.5);
    std::string bytes = testing::encode_cells(layout, cells);
    const std::string copy = bytes;
    OwnedRow owned = to_owned(*RowView::open(*layout, std::as_bytes(std::span(bytes))));
    bytes.assign(bytes.size(), '\xFF');
    bytes.shrink_to_fit();
    layout.reset();

    const OwnedRow moved = std::move(owned);
    CHECK(std::string(reinterpret_cast<const char*>(moved.bytes().data()), moved.bytes().size()) ==
          copy);
    const RowView view = moved.view();
    for (std::uint32_t c = 0; c < moved.layout()->column_count(); ++c) {
      const auto value = view.value(ColumnIndex{c});
      REQUIRE(value);
      CHECK(*value == cells[c]);
    }
  }
}

}  // namespace
}  // namespace wisp
