// PresentFields gives what the columns' own getters give, and errors for damage.
#include "wisp/codec/present_fields.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "random_rows.h"

namespace wisp {
namespace {

using testing::as_bytes;

Value value_of(const PresentField& f, const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return Value(f.as<bool>());
    case TypeKind::kReal:
      return Value(f.as<float>());
    case TypeKind::kDouble:
      return Value(f.as<double>());
    case TypeKind::kDecimal:
      return Value(f.as<Decimal>());
    case TypeKind::kUuid:
      return Value(f.as<Uuid>());
    default:
      if (is_string_like(type.kind())) return Value::text(f.as<std::string_view>());
      return is_unsigned(type.kind()) ? Value(f.as<std::uint64_t>()) : Value(f.as<std::int64_t>());
  }
}

TEST_CASE("present fields equal fields read one by one") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    testing::RandomRows random(seed);
    random.text_length = seed % 4 == 0 ? 300 : 12;
    const auto schema = random.schema(1 + seed * 12, seed % 2 == 0 ? 0.2 : 0.0, 0);
    const auto layout = Layout::make(schema);
    PresentFields fields(layout);
    for (const double present : {0.0, 0.03, 0.5, 0.97, 1.0}) {
      const auto bytes =
          testing::encode_cells(layout, testing::random_cells(random, *schema, present));
      const auto view = *RowView::open(*layout, as_bytes(bytes));
      const auto read = fields.read(view);
      REQUIRE_MESSAGE(read, read.error().to_string());
      std::vector<std::uint32_t> expected;
      REQUIRE(view.present_columns(expected));
      std::vector<std::uint32_t> got;
      for (const PresentField& f : *read) {
        got.push_back(to_underlying(f.column));
        CHECK(value_of(f, layout->type(f.column)) == *view.value(f.column));
      }
      CHECK(got == expected);
      RowBuilder copy(layout);
      for (const PresentField& f : *read) copy.set_field(f);
      std::string again;
      REQUIRE(copy.finish_row(again));
      CHECK(again == bytes);
    }
  }
}

TEST_CASE("damaged rows give errors or wrong fields, never a read outside the row") {
  testing::RandomRows random(11);
  for (const double not_null : {0.0, 0.2}) {
    const auto schema = random.schema(60, not_null, 0);
    const auto layout = Layout::make(schema);
    PresentFields fields(layout);
    const auto bytes = testing::encode_cells(layout, testing::random_cells(random, *schema, 0.4));
    std::size_t refused = 0;
    for (int i = 0; i < 20000; ++i) {
      std::vector<char> damaged(bytes.begin(), bytes.end());
      damaged.resize(random.chance(0.3) ? random.below(bytes.size() + 1) : bytes.size());
      for (std::uint64_t k = random.below(5); k > 0 && !damaged.empty(); --k) {
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      }
      auto view = RowView::open(*layout, as_bytes({damaged.data(), damaged.size()}));
      if (!view) continue;
      const auto read = fields.read(*view);
      refused += !read;
      if (!read) continue;
      std::size_t touched = 0;
      for (const PresentField& f : *read) {
        if (f.data != nullptr) touched += std::string(f.as<std::string_view>()).size();
      }
      CHECK(touched <= read->size() * damaged.size());
    }
    CHECK(refused > 0);
  }
}

}  // namespace
}  // namespace wisp
