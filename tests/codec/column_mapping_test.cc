// Rows of earlier versions: what is read in place equals what is read after RowMigration.
#include "wisp/codec/column_mapping.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "random_rows.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/projection.h"
#include "wisp/codec/row_migration.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::RandomRows;

// A type that holds all values of `type`; `type` itself where there is none.
Type wider(RandomRows& random, const Type& type) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      return Type(random.chance(0.5) ? TypeKind::kSmallInt : TypeKind::kBigInt);
    case TypeKind::kSmallInt:
      return Type(random.chance(0.5) ? TypeKind::kInteger : TypeKind::kBigInt);
    case TypeKind::kInteger:
      return Type(TypeKind::kBigInt);
    case TypeKind::kUTinyInt:
      return Type(random.chance(0.5) ? TypeKind::kUInteger : TypeKind::kInteger);
    case TypeKind::kUSmallInt:
      return Type(random.chance(0.5) ? TypeKind::kUBigInt : TypeKind::kBigInt);
    case TypeKind::kUInteger:
      return Type(random.chance(0.3) ? TypeKind::kUBigInt : TypeKind::kBigInt);
    case TypeKind::kReal:
      return Type(TypeKind::kDouble);
    case TypeKind::kDecimal: {
      const int more =
          static_cast<int>(random.below(1 + static_cast<std::uint64_t>(38 - type.precision())));
      const int digits = more == 0 ? 0 : static_cast<int>(random.below(1 + std::uint64_t(more)));
      return Type::decimal(type.precision() + more, type.scale() + digits);
    }
    default:
      return type;
  }
}

SchemaPtr changed(RandomRows& random, const SchemaPtr& schema, int step) {
  SchemaEditor editor(schema);
  std::uint32_t next = 0;
  for (const Column& column : schema->columns()) {
    if (random.chance(0.1)) {
      (void)editor.apply(DropColumn{column.name});  // the last column stays
    } else if (random.chance(0.4)) {
      REQUIRE(editor.apply(WidenColumn{column.name, wider(random, column.type)}));
    } else if (random.chance(0.1)) {
      REQUIRE(editor.apply(RenameColumn{column.name, column.name + "r"}));
    }
    if (random.chance(0.2)) {
      Column added;
      added.name = "v" + std::to_string(step) + "_" + std::to_string(next++);
      added.type = random.type(2);
      if (random.chance(0.6)) {
        added.default_value = random.value(added.type);
        added.nullable = added.default_value.is_null() || random.chance(0.5);
      }
      REQUIRE(editor.apply(AddColumn{added}));
    }
  }
  auto next_schema = editor.finish();
  REQUIRE_MESSAGE(next_schema, next_schema.error().to_string());
  return *next_schema;
}

struct Chain {
  std::vector<LayoutPtr> versions;
};

Chain chain_of(RandomRows& random, std::size_t columns) {
  Chain chain;
  SchemaPtr schema = random.schema(columns, 0.2, 2);
  chain.versions.push_back(Layout::make(schema));
  for (int step = 0; step < 3; ++step) {
    schema = changed(random, schema, step);
    chain.versions.push_back(Layout::make(schema));
  }
  return chain;
}

// The field through a typed handle, as a runtime value.
Value read_typed(const ColumnMapping& mapping, const RowView& row, ColumnIndex column) {
  const auto read = [&](auto probe) {
    using T = decltype(probe);
    const auto handle = *mapping.to()->column<T>(column);
    const Access access = mapping.read(row, handle, probe);
    REQUIRE(access != Access::kDamaged);
    if (access == Access::kNull) return Value();
    if constexpr (std::is_same_v<T, std::string_view>) {
      return Value::text(probe);
    } else {
      return Value(std::move(probe));
    }
  };
  switch (const TypeKind kind = mapping.to()->type(column).kind()) {
    case TypeKind::kBoolean:
      return read(false);
    case TypeKind::kReal:
      return read(0.0F);
    case TypeKind::kDouble:
      return read(0.0);
    case TypeKind::kDecimal:
      return read(Decimal{});
    case TypeKind::kUuid:
      return read(Uuid{});
    default:
      if (is_string_like(kind)) return read(std::string_view());
      return is_unsigned(kind) ? read(std::uint64_t{0}) : read(std::int64_t{0});
  }
}

bool is_nested(TypeKind kind) {
  return kind == TypeKind::kArray || kind == TypeKind::kMap || kind == TypeKind::kRow;
}

Value projected(const ProjectedRow& row, std::size_t i, TypeKind kind) {
  if (row.is_null(i)) return Value();
  switch (kind) {
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
      if (is_string_like(kind)) return Value::text(*row.get<std::string_view>(i));
      return is_unsigned(kind) ? Value(*row.get<std::uint64_t>(i))
                               : Value(*row.get<std::int64_t>(i));
  }
}

TEST_CASE("an earlier row in place reads as its migrated form") {
  std::size_t added = 0;
  std::size_t widened = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    const Chain chain = chain_of(random, 1 + seed * 2);
    const LayoutPtr& to = chain.versions.back();
    std::vector<ColumnIndex> scalars;
    for (int i = 0; i < 40; ++i) {
      const ColumnIndex column{static_cast<std::uint32_t>(random.below(to->column_count()))};
      if (!is_nested(to->type(column).kind())) scalars.push_back(column);
    }
    const auto projection = *Projection::make(to, scalars);
    ProjectedRow fields(projection);
    for (std::size_t v = 0; v + 1 < chain.versions.size(); ++v) {
      const LayoutPtr& from = chain.versions[v];
      const RowMigration migration(from, to);
      const ColumnMappingPtr mapping = *ColumnMapping::make(from, to);
      const EarlierProjection earlier(projection, mapping);
      for (const double present : {0.05, 0.5, 1.0}) {
        const std::string bytes =
            testing::encode_cells(from, testing::random_cells(random, *from->schema(), present));
        const RowView row = *RowView::open(*from, as_bytes(bytes));
        std::string migrated_bytes;
        REQUIRE(migration.append(row, migrated_bytes));
        const RowView migrated = *RowView::open(*to, as_bytes(migrated_bytes));

        for (std::uint32_t c = 0; c < to->column_count(); ++c) {
          const ColumnIndex column{c};
          const Value expected = *migrated.value(column);
          CHECK(*mapping->value(row, column) == expected);
          CHECK(mapping->is_null(row, column) == expected.is_null());
          if (!is_nested(to->type(column).kind())) {
            CHECK(read_typed(*mapping, row, column) == expected);
          }
          const auto old = from->schema()->find_id(to->schema()->column(column).id);
          if (!old) added += expected.is_null() ? 0 : 1;
          if (old && !(from->type(*old) == to->type(column))) ++widened;
          if (old) CHECK(mapping->later(*old) == column);
        }
        fields.read(row, earlier);
        for (std::size_t i = 0; i < scalars.size(); ++i) {
          CHECK(projected(fields, i, to->type(scalars[i]).kind()) == *migrated.value(scalars[i]));
        }
        std::vector<std::uint32_t> found;
        std::vector<std::uint32_t> expected;
        REQUIRE(mapping->present_columns(row, found));
        REQUIRE(migrated.present_columns(expected));
        std::sort(found.begin(), found.end());
        std::sort(expected.begin(), expected.end());
        CHECK(found == expected);
      }
    }
  }
  CHECK(added > 1000);
  CHECK(widened > 1000);
}

Value numbers(std::int64_t count) {
  ValueArray array;
  for (std::int64_t i = 0; i < count; ++i) array.items.emplace_back(i);
  return Value(std::move(array));
}

TEST_CASE("views of added and of stored nested columns") {
  SchemaBuilder builder("t");
  builder.add("a", Type::array(Type(TypeKind::kInteger)));
  const SchemaPtr first = *builder.build();
  SchemaEditor editor(first);
  Column column;
  column.name = "b";
  column.type = Type::array(Type(TypeKind::kInteger));
  column.default_value = numbers(3);
  REQUIRE(editor.apply(AddColumn{column}));
  const auto from = Layout::make(first);
  const auto to = Layout::make(*editor.finish());
  const auto mapping = *ColumnMapping::make(from, to);
  const std::string bytes = testing::encode_cells(from, {numbers(2)});
  const RowView row = *RowView::open(*from, as_bytes(bytes));
  ArrayView array;
  REQUIRE(mapping->read(row, *to->column<ArrayView>("a"), array) == Access::kPresent);
  CHECK(array.size() == 2);
  REQUIRE(mapping->read(row, *to->column<ArrayView>("b"), array) == Access::kPresent);
  CHECK(array.size() == 3);
}

TEST_CASE("damaged earlier rows give damaged or wrong fields, never a read outside the row") {
  RandomRows random(9);
  const Chain chain = chain_of(random, 40);
  const LayoutPtr& from = chain.versions.front();
  const LayoutPtr& to = chain.versions.back();
  const ColumnMappingPtr mapping = *ColumnMapping::make(from, to);
  std::vector<ColumnIndex> all;
  for (std::uint32_t i = 0; i < to->column_count(); ++i) all.push_back(ColumnIndex{i});
  const auto projection = *Projection::make(to, all);
  const EarlierProjection earlier(projection, mapping);
  ProjectedRow fields(projection);
  const std::string bytes =
      testing::encode_cells(from, testing::random_cells(random, *from->schema(), 0.5));
  std::vector<std::uint32_t> present;
  std::size_t read = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<char> damaged(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size() + 1)));
    for (std::uint64_t k = random.below(6); k > 0 && !damaged.empty(); --k) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    const auto row = RowView::open(*from, as_bytes({damaged.data(), damaged.size()}));
    if (!row) continue;
    fields.read(*row, earlier);
    for (std::uint32_t c = 0; c < to->column_count(); ++c) {
      (void)mapping->value(*row, ColumnIndex{c});
      (void)mapping->is_null(*row, ColumnIndex{c});
      if (!is_string_like(to->type(ColumnIndex{c}).kind())) continue;
      if (const auto text = fields.get<std::string_view>(c)) read += std::string(*text).size();
    }
    (void)mapping->present_columns(*row, present);
  }
  CHECK(read > 0);
}

}  // namespace
}  // namespace wisp
