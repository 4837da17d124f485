// A projection reads what the columns' own getters read.
#include "wisp/codec/projection.h"

#include <doctest/doctest.h>

#include "random_rows.h"

namespace wisp {
namespace {

using testing::as_bytes;

// The projected cell as a Value, to compare with RowView::value().
Value projected(const ProjectedRow& row, std::size_t i, const Type& type) {
  if (row.is_null(i)) return Value();
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return Value(*row.get<bool>(i));
    case TypeKind::kReal:
      return Value(*row.get<float>(i));
    case TypeKind::kDouble:
      return Value(*row.get<double>(i));
    case TypeKind::kDecimal:
      return Value(*row.get<Decimal>(i));
    case TypeKind::kUuid:
      return Value(*row.get<Uuid>(i));
    default:
      if (is_string_like(type.kind())) return Value::text(*row.get<std::string_view>(i));
      return is_unsigned(type.kind()) ? Value(*row.get<std::uint64_t>(i))
                                      : Value(*row.get<std::int64_t>(i));
  }
}

TEST_CASE("projected fields equal fields read one by one") {
  const auto kernels = available_kernels();
  const FieldKernels* chosen = internal::field_kernels;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    testing::RandomRows random(seed);
    const auto schema = random.schema(20 + seed * 20, seed % 2 == 0 ? 0.2 : 0.0, 0);
    const auto layout = Layout::make(schema);
    std::vector<ColumnIndex> columns;
    for (int i = 0; i < 30; ++i) {
      columns.push_back(
          ColumnIndex{static_cast<std::uint32_t>(random.below(schema->column_count()))});
    }
    const auto projection = Projection::make(layout, columns);
    REQUIRE(projection);
    ProjectedRow row(*projection);
    for (const double present : {0.01, 0.2, 0.97, 1.0}) {
      const auto bytes =
          testing::encode_cells(layout, testing::random_cells(random, *schema, present));
      const auto view = *RowView::open(*layout, as_bytes(bytes));
      for (const FieldKernels* table : kernels) {
        use_kernels(*table);
        row.read(view);
        for (std::size_t i = 0; i < columns.size(); ++i) {
          CHECK(projected(row, i, layout->type(columns[i])) == *view.value(columns[i]));
        }
      }
    }
  }
  use_kernels(*chosen);
}

TEST_CASE("damaged rows give damaged or wrong fields, never a read outside the row") {
  testing::RandomRows random(5);
  for (const double not_null : {0.0, 0.3, 1.0}) {
    const auto schema = random.schema(50, not_null, 0);
    const auto layout = Layout::make(schema);
    std::vector<ColumnIndex> columns;
    for (std::uint32_t i = 0; i < 50; ++i) columns.push_back(ColumnIndex{i});
    const auto projection = *Projection::make(layout, columns);
    ProjectedRow row(projection);
    const auto bytes = testing::encode_cells(layout, testing::random_cells(random, *schema, 0.4));
    for (int i = 0; i < 20000; ++i) {
      std::vector<char> damaged(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(
                                                                   random.below(bytes.size() + 1)));
      for (std::uint64_t k = random.below(6); k > 0 && !damaged.empty(); --k) {
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      }
      auto view = RowView::open(*layout, as_bytes({damaged.data(), damaged.size()}));
      if (!view) continue;
      row.read(*view);
      std::size_t read = 0;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const TypeKind kind = layout->type(columns[c]).kind();
        if (!is_string_like(kind)) continue;
        const auto text = row.get<std::string_view>(c);
        if (text) read += std::string(*text).size();
      }
      CHECK(read <= columns.size() * damaged.size());
    }
  }
}

TEST_CASE("unknown and key columns are refused by name") {
  SchemaBuilder builder("t");
  builder.add("id", Type(TypeKind::kBigInt)).add("a", Type(TypeKind::kInteger)).key("id");
  const auto layout = Layout::make(*builder.build());
  const std::string id[] = {"id"};
  const std::string missing[] = {"b"};
  const std::string good[] = {"A"};
  auto key = Projection::make(layout, id);
  REQUIRE(!key);
  CHECK(key.error().message.find("\"id\"") != std::string::npos);
  CHECK(!Projection::make(layout, missing));
  CHECK(Projection::make(layout, good));
}

}  // namespace
}  // namespace wisp
