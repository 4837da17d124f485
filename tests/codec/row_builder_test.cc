// RowBuilder: what becomes of NOT NULL columns that nobody set.
#include "wisp/codec/row_builder.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "random_rows.h"
#include "wisp/codec/row_migration.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/struct_row.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

using testing::as_bytes;

// `kept` is NOT NULL since the version behind the one that CREATE TABLE makes.
constexpr const char* kTable =
    "CREATE TABLE t (k BIGINT PRIMARY KEY, small SMALLINT NOT NULL DEFAULT 5, flag BOOLEAN NOT "
    "NULL DEFAULT TRUE, price DECIMAL(20, 2) NOT NULL DEFAULT 1.25, name VARCHAR NOT NULL DEFAULT "
    "'none', free INTEGER DEFAULT 6, bare INTEGER, kept INTEGER DEFAULT 7)";

LayoutPtr first_layout(const std::string& sql) {
  auto script = parse_ddl(sql);
  REQUIRE_MESSAGE(script, script.error().to_string());
  return Layout::make(std::get<CreateTable>(script->statements.back()).schema);
}

LayoutPtr set_not_null(const LayoutPtr& before, const std::string& column) {
  SchemaEditor editor(before->schema());
  REQUIRE(editor.apply(SetNotNull{column, true}));
  return Layout::make(*editor.finish());
}

ColumnIndex index(const LayoutPtr& layout, const std::string& name) {
  return *layout->find(name, NameMatch::kExact);
}

TEST_CASE("a NOT NULL column that was not set has its default, a nullable one is NULL") {
  const auto layout = set_not_null(first_layout(kTable), "kept");
  RowBuilder row(layout);
  row.set(*layout->column<std::int32_t>("bare"), 1);
  std::string bytes;
  REQUIRE(row.finish_row(bytes));
  const auto view = *RowView::open(*layout, as_bytes(bytes));
  CHECK(verify_row(view, {.utf8 = true}));
  CHECK(*view.value(index(layout, "small")) == Value(std::int64_t{5}));
  CHECK(*view.value(index(layout, "flag")) == Value(true));
  CHECK(*view.value(index(layout, "price")) == Value(Decimal{125}));
  CHECK(*view.value(index(layout, "name")) == Value::text("none"));
  CHECK(*view.value(index(layout, "kept")) == Value(std::int64_t{7}));
  CHECK(view.is_null(index(layout, "free")));

  // The bytes are those of a row whose fields were all set.
  RowBuilder all(layout);
  for (const char* name : {"small", "flag", "price", "name", "kept"}) {
    REQUIRE(all.set_value(index(layout, name),
                          layout->schema()->column(index(layout, name)).default_value));
  }
  all.set(*layout->column<std::int32_t>("bare"), 1);
  std::string same;
  REQUIRE(all.finish_row(same));
  CHECK(same == bytes);

  // What was set stays, and clear() forgets what was filled in.
  row.clear();
  row.set(*layout->column<std::int16_t>("small"), 9);
  row.set(*layout->column<std::int32_t>("kept"), 8);
  CHECK(row.set_count() == 2);
  bytes.clear();
  REQUIRE(row.finish_row(bytes));
  const auto second = *RowView::open(*layout, as_bytes(bytes));
  CHECK(*second.value(index(layout, "small")) == Value(std::int64_t{9}));
  CHECK(*second.value(index(layout, "kept")) == Value(std::int64_t{8}));
  CHECK(*second.value(index(layout, "name")) == Value::text("none"));
}

TEST_CASE("a NOT NULL column without a default must be set") {
  const auto layout = set_not_null(
      first_layout("CREATE TABLE t (a INTEGER NOT NULL DEFAULT 1, b VARCHAR NOT NULL, c INTEGER)"),
      "c");
  RowBuilder row(layout);
  std::string bytes = "before";
  auto done = row.finish_row(bytes);
  REQUIRE_FALSE(done);
  CHECK(done.error().to_string() == "column \"b\": a NOT NULL column was not set");
  row.set(*layout->column<std::string_view>("b"), "x");
  done = row.finish_row(bytes);
  REQUIRE_FALSE(done);
  CHECK(done.error().to_string() == "column \"c\": a NOT NULL column was not set");
  CHECK(bytes == "before");
  row.set(*layout->column<std::int32_t>("c"), 2);
  CHECK(row.finish_row(bytes));
}

TEST_CASE("a stored row gets no defaults: what it lacks is missing") {
  const auto before = first_layout(kTable);
  const auto after = set_not_null(before, "kept");
  RowBuilder row(before);
  std::string old;
  REQUIRE(row.finish_row(old));
  const auto view = *RowView::open(*before, as_bytes(old));
  std::string moved;
  const auto migrated = RowMigration(before, after).append(view, moved);
  REQUIRE_FALSE(migrated);
  CHECK(migrated.error().code == ErrorCode::kCorruption);

  RowPatcher patcher(after, Layout::make_patch(after->schema()));
  REQUIRE(patcher.start_empty());
  patcher.row().set_null(index(after, "kept"));
  const auto patched = patcher.finish(moved);
  REQUIRE_FALSE(patched);
  CHECK(patched.error().to_string() == "column \"kept\": a NOT NULL column was not set");
}

struct Some {
  std::int16_t small = 0;
  std::int32_t kept = 0;
};
struct Optional {
  std::optional<std::int16_t> small;
  std::optional<std::int32_t> kept;
};

TEST_CASE("structs: a column made NOT NULL is NOT NULL, and has its default where no field is") {
  const auto before = first_layout(kTable);
  const auto after = set_not_null(before, "kept");
  CHECK_FALSE(StructMapping<Some>::make(before));
  const auto some = StructMapping<Some>::make(after);
  REQUIRE_MESSAGE(some, some.error().to_string());
  RowBuilder row(after);
  const Some in{3, 4};
  REQUIRE(some->write(in, row));
  std::string bytes;
  REQUIRE(row.finish_row(bytes));
  const auto view = *RowView::open(*after, as_bytes(bytes));
  CHECK(verify_row(view, {.utf8 = true}));
  CHECK(*view.value(index(after, "name")) == Value::text("none"));
  Some out;
  REQUIRE(some->read(view, out));
  CHECK((out.small == 3 && out.kept == 4));

  // An empty optional says NULL, which is no missing field.
  row.clear();
  const auto optional = *StructMapping<Optional>::make(after);
  for (const Optional& null : {Optional{1, {}}, Optional{{}, 1}}) {
    const auto written = optional.write(null, row);
    REQUIRE_FALSE(written);
    CHECK(written.error().message == "a NOT NULL column cannot be NULL");
  }

  // NULL in a damaged row is an error, not zero.
  RowBuilder of_before(before);
  std::string damaged;
  REQUIRE(of_before.finish_row(damaged));
  damaged[1] = 2;  // the version
  Some untouched{1, 2};
  const auto read = some->read(*RowView::open(*after, as_bytes(damaged)), untouched);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kCorruption);
  CHECK(read.error().where == "column \"kept\"");
  CHECK(untouched.kept == 2);
}

}  // namespace
}  // namespace wisp
