// A column handle with rows, builders and conditions that it was not made for.
#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "random_rows.h"
#include "wisp/codec/column_mapping.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/predicate.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_filter.h"
#include "wisp/codec/struct_row.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

using testing::as_bytes;

SchemaPtr schema_of(const std::string& sql) {
  auto script = parse_ddl(sql);
  REQUIRE_MESSAGE(script, script.error().to_string());
  return std::get<CreateTable>(script->statements.back()).schema;
}

template <typename Change>
SchemaPtr changed(const SchemaPtr& before, const Change& change) {
  SchemaEditor editor(before);
  REQUIRE(editor.apply(change));
  return *editor.finish();
}

// The same slots behind one another, with other columns in them.
struct Versions {
  SchemaPtr old_schema = schema_of("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)");
  SchemaPtr new_schema = [this] {
    SchemaEditor editor(old_schema);
    Column c;
    c.name = "c";
    c.type = Type(TypeKind::kInteger);
    REQUIRE(editor.apply(DropColumn{"a"}));
    REQUIRE(editor.apply(AddColumn{c}));
    return *editor.finish();
  }();
  LayoutPtr old_layout = Layout::make(old_schema);
  LayoutPtr new_layout = Layout::make(new_schema);
  ColumnHandle<std::int32_t> old_b = *old_layout->column<std::int32_t>("b");
  ColumnHandle<std::int32_t> new_b = *new_layout->column<std::int32_t>("b");
};

std::string row_with_b(const Versions& v) {
  RowBuilder row(v.new_layout);
  row.set(v.new_b, 7);
  std::string bytes;
  REQUIRE(row.finish_row(bytes));
  return bytes;
}

TEST_CASE("a handle of an earlier version reads no other column, but damage") {
  const Versions v;
  const std::string bytes = row_with_b(v);
  const RowView row = *RowView::open(*v.new_layout, as_bytes(bytes));
  std::int32_t out = 5;
  CHECK(row.read(v.old_b, out) == Access::kDamaged);
  CHECK(row.read(ColumnHandle<std::int32_t>(), out) == Access::kDamaged);
  CHECK(out == 5);
  CHECK(row.read(v.new_b, out) == Access::kPresent);
  CHECK(out == 7);

  const auto back = *ColumnMapping::make(v.new_layout, v.old_layout);
  CHECK(back->read(row, v.new_b, out) == Access::kDamaged);
  CHECK(back->read(row, v.old_b, out) == Access::kPresent);
}

TEST_CASE("a builder that was given a handle that does not fit refuses the row until clear()") {
  const Versions v;
  RowBuilder row(v.new_layout);
  std::string bytes = "kept";
  row.set(v.new_b, 7);
  row.set(v.old_b, 8);
  for (int again = 0; again < 2; ++again) {
    const Status refused = row.finish_row(bytes);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kInvalidArgument);
    CHECK(refused.error().message.find("does not fit") != std::string::npos);
    CHECK(row.finish_key(bytes).error().code == ErrorCode::kInvalidArgument);
    CHECK(bytes == "kept");
  }
  row.clear();
  row.set(v.new_b, 9);
  REQUIRE(row.finish_row(bytes));

  row.clear();
  row.set_null(v.old_b);
  CHECK(!row.finish_row(bytes));
}

TEST_CASE("every kind of value is refused where the handle does not fit") {
  const SchemaPtr schema = schema_of(
      "CREATE TABLE t (i INTEGER, f REAL, d DOUBLE, m DECIMAL(30, 2), s DECIMAL(9, 2), u UUID, "
      "v VARCHAR, o BOOLEAN)");
  const LayoutPtr layout = Layout::make(schema);
  const LayoutPtr other = Layout::make(changed(schema, DropColumn{"o"}));
  const auto refuses = [&](auto column, const auto& value) {
    RowBuilder row(other);
    row.set(column, value);
    std::string out;
    const Status done = row.finish_row(out);
    return !done && done.error().code == ErrorCode::kInvalidArgument && row.set_count() == 0;
  };
  CHECK(refuses(*layout->column<std::int32_t>("i"), 1));
  CHECK(refuses(*layout->column<float>("f"), 1.0F));
  CHECK(refuses(*layout->column<double>("f"), 1.0));
  CHECK(refuses(*layout->column<double>("d"), 1.0));
  CHECK(refuses(*layout->column<Decimal>("m"), Decimal{1}));
  CHECK(refuses(*layout->column<Decimal>("s"), Decimal{1}));
  CHECK(refuses(*layout->column<Uuid>("u"), Uuid{}));
  CHECK(refuses(*layout->column<std::string_view>("v"), std::string_view("x")));
  CHECK(refuses(*layout->column<bool>("o"), true));
}

TEST_CASE("a patch takes handles of its own layout and of the rows it is for, and no others") {
  const SchemaPtr schema = schema_of(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, n INTEGER NOT NULL, b INTEGER, "
      "s VARCHAR NOT NULL)");
  const LayoutPtr rows = Layout::make(schema);
  PatchBuilder patch(Layout::make_patch(schema));
  const auto finished = [&](Status* status = nullptr) {
    std::string bytes;
    const Status done = patch.finish(MissingRow::kIgnore, bytes);
    if (status != nullptr) *status = done;
    CHECK(done.has_value() == !bytes.empty());
    patch.clear();
    return bytes;
  };
  for (const char* column : {"a", "n", "b"}) {
    patch.set(*rows->column<std::int32_t>(column), 1);
    const std::string by_row = finished();
    patch.set(*patch.layout()->column<std::int32_t>(column), 1);
    CHECK(by_row == finished());
    CHECK(!by_row.empty());
  }
  patch.set(*rows->column<std::string_view>("s"), "x");
  const std::string by_row = finished();
  patch.set(*patch.layout()->column<std::string_view>("s"), "x");
  CHECK(by_row == finished());

  // A value in place of NULL.
  REQUIRE(patch.set_null(*rows->find("a", NameMatch::kExact)));
  patch.set(*rows->column<std::int32_t>("a"), 1);
  const std::string value = finished();
  CHECK(PatchView::open(*patch.layout(), as_bytes(value))->null_count() == 0);

  const LayoutPtr later = Layout::make(changed(schema, DropColumn{"b"}));
  for (const auto& handle : {*later->column<std::int32_t>("a"), *rows->column<std::int32_t>("id"),
                             *patch.layout()->column<std::int32_t>("id")}) {
    patch.set(handle, 1);
    Status refused;
    finished(&refused);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("a condition is refused where its handle does not fit") {
  const Versions v;
  const auto refused = RowFilter::compile(v.new_layout, col(v.old_b) == 7);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::kInvalidArgument);
  CHECK(RowFilter::compile(v.new_layout, col(v.new_b) == 7));
  CHECK(!RowFilter::compile(v.new_layout, col(v.new_b) == 7 && col(v.old_b).is_null()));
}

TEST_CASE("handles fit where the columns are the same: another layout, a new default") {
  const SchemaPtr schema = schema_of(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, m DECIMAL(9, 2), "
      "r ROW(x INTEGER, y VARCHAR))");
  const LayoutPtr layout = Layout::make(schema);
  const auto a = *layout->column<std::int32_t>("a");
  CHECK(Layout::make(schema)->fits(a));
  CHECK(Layout::make(changed(schema, SetDefault{"a", Value(std::int64_t{5})}))->fits(a));
  CHECK_FALSE(Layout::make(changed(schema, RenameColumn{"a", "z"}))->fits(a));
  // A handle would give out the digits alone.
  CHECK_FALSE(Layout::make(changed(schema, WidenColumn{"m", Type::decimal(11, 4)}))->fits(a));
  CHECK_FALSE(Layout::make(schema_of("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, "
                                     "m DECIMAL(9, 2))"))
                  ->fits(a));
  // Fields of a ROW, through the layouts of two versions of the table.
  const LayoutPtr later = Layout::make(changed(schema, DropColumn{"a"}));
  const auto nested = [](const LayoutPtr& l) {
    return l->nested(*l->find("r", NameMatch::kExact))->row;
  };
  CHECK(nested(later)->fits(*nested(layout)->column<std::int32_t>("x")));
}

struct JustB {
  std::optional<std::int32_t> b;
};

TEST_CASE("a struct that is mapped to an earlier version neither reads nor writes a later one") {
  const Versions v;
  const auto mapping = *StructMapping<JustB>::make(v.old_layout);
  const std::string bytes = row_with_b(v);
  JustB out;
  const Status read = mapping.read(*RowView::open(*v.new_layout, as_bytes(bytes)), out);
  REQUIRE(!read);
  CHECK(read.error().code == ErrorCode::kInvalidArgument);
  RowBuilder row(v.new_layout);
  const JustB in{7};
  CHECK(mapping.write(in, row).error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a column index beyond the columns is an error") {
  const Versions v;
  RowBuilder row(v.new_layout);
  for (const Value& value : {Value(), Value(std::int64_t{1})}) {
    const Status refused = row.set_value(ColumnIndex{3}, value);
    REQUIRE(!refused);
    CHECK(refused.error().to_string().find("column index 3 does not exist") != std::string::npos);
    PatchBuilder patch(Layout::make_patch(v.new_schema));
    CHECK(patch.set_value(ColumnIndex{3}, value).error().code == ErrorCode::kInvalidArgument);
  }
  const std::string bytes = row_with_b(v);
  const RowView view = *RowView::open(*v.new_layout, as_bytes(bytes));
  CHECK(view.value(ColumnIndex{9}).error().code == ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace wisp
