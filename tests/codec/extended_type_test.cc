// Values written before ALTER TYPE: read in place, projected, migrated and patched, they are what
// they were, with NULL in the fields that their type has gained, at every depth.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "random_rows.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/patch_migration.h"
#include "wisp/codec/projection.h"
#include "wisp/codec/row_migration.h"
#include "wisp/codec/row_verify.h"
#include "wisp/schema/type_change.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::RandomRows;

// `type` with more fields in its ROWs.
Type extended(RandomRows& random, const Type& type) {
  switch (type.kind()) {
    case TypeKind::kArray:
      return Type::array(extended(random, type.element()), type.element_nullable());
    case TypeKind::kMap:
      return Type::map(type.map_key(), extended(random, type.map_value()), type.element_nullable());
    case TypeKind::kRow: {
      std::vector<RowField> fields = type.fields();
      for (RowField& field : fields) field.type = extended(random, field.type);
      while (random.chance(0.6)) {
        const std::string name = "g" + std::to_string(fields.size());
        fields.push_back({static_cast<std::uint32_t>(fields.size()) + 1, name, random.type(1)});
      }
      return Type::row(std::move(fields));
    }
    default:
      return type;
  }
}

LayoutPtr layout_of(const std::vector<Type>& types, const std::vector<bool>& nullable,
                    std::uint32_t version) {
  SchemaBuilder builder("t");
  for (std::size_t i = 0; i < types.size(); ++i) {
    builder.add("c" + std::to_string(i), types[i], nullable[i]);
  }
  return Layout::make(*builder.version(SchemaVersion{version}).build());
}

Value value_of(const ArrayView& array);
Value value_of(const MapView& map);
Value value_of(const NestedRowView& row);

// Calls read(probe), which gives Access, with a probe of the C++ type that a handle of the column
// has; what it read as a runtime value.
template <typename Read>
Value read_as_declared(const Layout& layout, ColumnIndex column, Read&& read) {
  const auto as = [&](auto probe) {
    using T = decltype(probe);
    const Access access = read(*layout.column<T>(column), probe);
    REQUIRE(access != Access::kDamaged);
    if (access == Access::kNull) return Value();
    if constexpr (std::is_same_v<T, std::string_view>) {
      return Value::text(probe);
    } else if constexpr (std::is_same_v<T, ArrayView> || std::is_same_v<T, MapView> ||
                         std::is_same_v<T, NestedRowView>) {
      return value_of(probe);
    } else {
      return Value(std::move(probe));
    }
  };
  switch (const TypeKind kind = layout.type(column).kind()) {
    case TypeKind::kBoolean:
      return as(false);
    case TypeKind::kReal:
      return as(0.0F);
    case TypeKind::kDouble:
      return as(0.0);
    case TypeKind::kDecimal:
      return as(Decimal{});
    case TypeKind::kUuid:
      return as(Uuid{});
    case TypeKind::kArray:
      return as(ArrayView());
    case TypeKind::kMap:
      return as(MapView());
    case TypeKind::kRow:
      return as(NestedRowView());
    default:
      if (is_string_like(kind)) return as(std::string_view());
      return is_unsigned(kind) ? as(std::uint64_t{0}) : as(std::int64_t{0});
  }
}

Value element_of(const ArrayView& array, std::size_t i) {
  if (array.is_null(i)) return {};
  switch (array.element_type().kind()) {
    case TypeKind::kArray:
      return value_of(*array.get<ArrayView>(i));
    case TypeKind::kMap:
      return value_of(*array.get<MapView>(i));
    case TypeKind::kRow:
      return value_of(*array.get<NestedRowView>(i));
    default:
      return *array.value(i);
  }
}

Value value_of(const ArrayView& array) {
  ValueArray out;
  for (std::size_t i = 0; i < array.size(); ++i) {
    out.items.push_back(element_of(array, i));
    CHECK(*array.value(i) == out.items.back());
  }
  return Value(std::move(out));
}

Value value_of(const MapView& map) {
  ValueMap out;
  for (std::size_t i = 0; i < map.size(); ++i) {
    out.entries.emplace_back(*map.keys().value(i), element_of(map.values(), i));
    CHECK(map.find(out.entries.back().first) == i);
  }
  return Value(std::move(out));
}

Value value_of(const NestedRowView& row) {
  ValueRow out;
  for (std::uint32_t i = 0; i < row.layout().column_count(); ++i) {
    const ColumnIndex field{i};
    out.fields.push_back(
        read_as_declared(row.layout(), field,
                         [&](const auto& handle, auto& probe) { return row.read(handle, probe); }));
    CHECK(*row.value(field) == out.fields.back());
    CHECK(row.is_null(field) == out.fields.back().is_null());
    CHECK(*row.value(row.layout().name(field)) == out.fields.back());
  }
  return Value(std::move(out));
}

// Versions of one table: the same columns, their types extended each time.
struct Versions {
  std::vector<bool> nullable;
  std::vector<std::vector<Type>> types;
  std::vector<LayoutPtr> layouts;

  Versions(RandomRows& random, std::size_t columns) {
    types.emplace_back();
    for (std::size_t i = 0; i < columns; ++i) {
      Type type = random.type(4);
      while (!type.is_nested() && random.chance(0.8)) type = random.type(4);
      types[0].push_back(std::move(type));
      nullable.push_back(random.chance(0.8));
    }
    for (std::uint32_t v = 1; v <= 3; ++v) {
      layouts.push_back(layout_of(types.back(), nullable, v));
      std::vector<Type> next;
      for (const Type& type : types.back()) next.push_back(extended(random, type));
      types.push_back(std::move(next));
    }
  }
};

TEST_CASE("values of an earlier type read as its values, with NULL in the new fields") {
  std::size_t gained = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    const Versions versions(random, 1 + seed % 12);
    std::vector<ColumnIndex> all;
    for (std::uint32_t i = 0; i < versions.nullable.size(); ++i) all.push_back(ColumnIndex{i});
    for (const auto& [f, t] : {std::pair(0, 1), std::pair(1, 2), std::pair(0, 2)}) {
      const LayoutPtr& from = versions.layouts[static_cast<std::size_t>(f)];
      const LayoutPtr& to = versions.layouts[static_cast<std::size_t>(t)];
      const auto mapping = *ColumnMapping::make(from, to);
      const auto projection = *Projection::make(to, all);
      const EarlierProjection earlier(projection, mapping);
      ProjectedRow projected(projection);
      for (const double present : {0.3, 1.0}) {
        const auto cells = testing::random_cells(random, *from->schema(), present);
        const std::string bytes = testing::encode_cells(from, cells);
        const RowView row = *RowView::open(*from, as_bytes(bytes));
        projected.read(row, earlier);
        testing::Cells now;
        for (const ColumnIndex column : all) {
          const std::uint32_t i = to_underlying(column);
          REQUIRE(extends_type(from->type(column), to->type(column)));
          const Value expected = extend_value(from->type(column), to->type(column), cells[i]);
          REQUIRE(check_value(to->type(column), expected, "value").has_value());
          gained += expected == cells[i] ? 0 : 1;
          CHECK(*mapping->value(row, column) == expected);
          CHECK(mapping->is_null(row, column) == expected.is_null());
          const Value in_place = read_as_declared(
              *to, column,
              [&](const auto& handle, auto& probe) { return mapping->read(row, handle, probe); });
          CHECK(in_place == expected);
          const Value through_projection =
              read_as_declared(*to, column, [&](const auto&, auto& probe) {
                if (projected.is_null(i)) return Access::kNull;
                const auto field = projected.get<std::remove_reference_t<decltype(probe)>>(i);
                if (!field) return Access::kDamaged;
                probe = *field;
                return Access::kPresent;
              });
          CHECK(through_projection == expected);
          now.push_back(expected);
        }
        std::string migrated;
        REQUIRE(RowMigration(from, to).append(row, migrated));
        CHECK(migrated == testing::encode_cells(to, now));
        CHECK(verify_row(*RowView::open(*to, as_bytes(migrated))).has_value());
      }
    }
  }
  CHECK(gained > 300);
}

TEST_CASE("patches of an earlier type") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    const Versions versions(random, 1 + seed % 12);
    const LayoutPtr from = Layout::make_patch(versions.layouts[0]->schema());
    const LayoutPtr to = Layout::make_patch(versions.layouts[2]->schema());
    const auto cells = testing::random_cells(random, *from->schema(), 0.7);
    PatchBuilder before(from);
    PatchBuilder after(to);
    for (std::uint32_t i = 0; i < cells.size(); ++i) {
      const ColumnIndex column{i};
      if (cells[i].is_null()) continue;
      REQUIRE(before.set_value(column, cells[i]));
      REQUIRE(
          after.set_value(column, extend_value(from->type(column), to->type(column), cells[i])));
    }
    std::string bytes;
    std::string expected;
    REQUIRE(before.finish(MissingRow::kCreate, bytes));
    REQUIRE(after.finish(MissingRow::kCreate, expected));
    std::string migrated;
    REQUIRE(PatchMigration(from, to).append(*PatchView::open(*from, as_bytes(bytes)), migrated));
    CHECK(migrated == expected);
  }
}

// Walks what it can; damage is fine, leaving the row is not.
std::size_t walk(const NestedRowView& row);
std::size_t walk(const ArrayView& array) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < array.size() && i < 20; ++i) {
    n += array.value(i) ? 1 : 0;
    if (array.element_type().kind() != TypeKind::kRow) continue;
    if (const auto row = array.get<NestedRowView>(i)) n += walk(*row);
  }
  return n;
}
std::size_t walk(const NestedRowView& row) {
  std::size_t n = 0;
  for (std::uint32_t i = 0; i < row.layout().column_count(); ++i) {
    const ColumnIndex field{i};
    n += row.value(field) ? 1 : 0;
    (void)row.is_null(field);
    if (row.layout().type(field).kind() == TypeKind::kArray) {
      if (const auto array = row.get(*row.layout().column<ArrayView>(field))) n += walk(*array);
    }
  }
  return n;
}

TEST_CASE("damaged values of an earlier type") {
  const Type item = Type::row({{0, "a", Type::varchar()},
                               {0, "b", Type(TypeKind::kInteger), false},
                               {0, "c", Type::array(Type(TypeKind::kBoolean))}});
  const Type cart = Type::row({{0, "items", Type::array(item)}, {0, "one", item}});
  RandomRows random(5);
  const LayoutPtr from = layout_of({cart, Type::array(cart)}, {true, true}, 1);
  const LayoutPtr to =
      layout_of({extended(random, cart), extended(random, Type::array(cart))}, {true, true}, 2);
  const auto mapping = *ColumnMapping::make(from, to);
  const std::string bytes =
      testing::encode_cells(from, testing::random_cells(random, *from->schema(), 1));
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<char> damaged(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size()) + 1));
    for (std::uint64_t k = random.below(6); k > 0; --k) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    const auto row = RowView::open(*from, as_bytes({damaged.data(), damaged.size()}));
    if (!row) continue;
    NestedRowView nested;
    const Access access = mapping->read(*row, *to->column<NestedRowView>("c0"), nested);
    if (access == Access::kPresent) read += walk(nested);
    if (access == Access::kDamaged) ++refused;
    ArrayView array;
    if (mapping->read(*row, *to->column<ArrayView>("c1"), array) == Access::kPresent) {
      read += walk(array);
    }
    (void)mapping->value(*row, ColumnIndex{0});
    (void)mapping->value(*row, ColumnIndex{1});
  }
  CHECK(read > 1000);
  CHECK(refused > 100);
}

}  // namespace
}  // namespace wisp
