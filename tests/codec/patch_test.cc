// Patches against a model: a row as a vector of cells.
#include "wisp/codec/patch.h"

#include <doctest/doctest.h>

#include <optional>

#include "random_rows.h"
#include "wisp/codec/column_mapping.h"
#include "wisp/codec/patch_migration.h"
#include "wisp/codec/row_migration.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::Cells;
using testing::RandomRows;

// Per column: untouched, or the new value (NULL too).
using Touches = std::vector<std::optional<Value>>;

Touches random_touches(RandomRows& random, const Schema& schema, double touched) {
  Touches out(schema.column_count());
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const Column& c = schema.column(ColumnIndex{i});
    if (!random.chance(touched)) continue;
    out[i] = c.nullable && random.chance(0.3) ? Value() : random.value(c.type);
  }
  return out;
}

std::string encode_patch(const LayoutPtr& layout, const Touches& touches, MissingRow missing) {
  PatchBuilder builder(layout);
  for (std::uint32_t i = 0; i < touches.size(); ++i) {
    if (!touches[i]) continue;
    auto set = builder.set_value(ColumnIndex{i}, *touches[i]);
    REQUIRE_MESSAGE(set, set.error().to_string());
  }
  std::string out;
  REQUIRE(builder.finish(missing, out));
  return out;
}

std::string apply(const LayoutPtr& layout, const LayoutPtr& patch_layout, const std::string& row,
                  const std::string& patch) {
  const auto base = *RowView::open(*layout, as_bytes(row));
  auto view = PatchView::open(*patch_layout, as_bytes(patch));
  REQUIRE_MESSAGE(view, view.error().to_string());
  REQUIRE(verify_patch(*view));
  RowPatcher patcher(layout, patch_layout);
  REQUIRE(patcher.start(base));
  REQUIRE(patcher.add(*view));
  std::string out;
  REQUIRE(patcher.finish(out));
  return out;
}

std::string fold(const LayoutPtr& patch_layout, const std::string& a, const std::string& b) {
  std::string out;
  REQUIRE(fold_patch(*PatchView::open(*patch_layout, as_bytes(a)),
                     *PatchView::open(*patch_layout, as_bytes(b)), out));
  return out;
}

TEST_CASE("applying, folding and the model agree; folding is associative") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    const auto schema = random.schema(1 + random.below(200), 0.2, seed % 3 == 0 ? 2 : 0);
    const auto layout = Layout::make(schema);
    const auto patch_layout = Layout::make_patch(schema);
    Cells cells = testing::random_cells(random, *schema, 0.3);
    const std::string row = testing::encode_cells(layout, cells);
    std::vector<std::string> patches;
    std::string stepwise = row;
    for (int i = 0; i < 3; ++i) {
      const Touches touches = random_touches(random, *schema, 0.15);
      patches.push_back(encode_patch(patch_layout, touches, static_cast<MissingRow>(i == 1)));
      for (std::size_t c = 0; c < cells.size(); ++c) {
        if (touches[c]) cells[c] = *touches[c];
      }
      stepwise = apply(layout, patch_layout, stepwise, patches.back());
    }
    CHECK(stepwise == testing::encode_cells(layout, cells));
    const std::string left =
        fold(patch_layout, fold(patch_layout, patches[0], patches[1]), patches[2]);
    const std::string right =
        fold(patch_layout, patches[0], fold(patch_layout, patches[1], patches[2]));
    CHECK(left == right);
    CHECK(apply(layout, patch_layout, row, left) == stepwise);
    CHECK(PatchView::open(*patch_layout, as_bytes(left))->missing() == MissingRow::kCreate);
  }
}

TEST_CASE("bytes of a patch follow the touched columns") {
  SchemaBuilder narrow("t");
  SchemaBuilder wide("t");
  for (int i = 0; i < 700; ++i) {
    if (i < 8) narrow.add("c" + std::to_string(i), Type(TypeKind::kInteger));
    wide.add("c" + std::to_string(i), Type(TypeKind::kInteger));
  }
  std::size_t sizes[2];
  int n = 0;
  for (const auto& schema : {*narrow.build(), *wide.build()}) {
    const auto layout = Layout::make_patch(schema);
    Touches touches(schema->column_count());
    for (const int c : {0, 3, 5})
      touches[static_cast<std::size_t>(c)] = Value(std::int64_t{1} << 30);
    sizes[n++] = encode_patch(layout, touches, MissingRow::kIgnore).size();
  }
  CHECK(sizes[0] <= 22);
  CHECK(sizes[1] <= 24);
}

TEST_CASE("what a patch must not do") {
  SchemaBuilder builder("t");
  builder.add("id", Type(TypeKind::kBigInt)).add("a", Type(TypeKind::kInteger), false).key("id");
  const auto schema = *builder.build();
  PatchBuilder patch(Layout::make_patch(schema));
  auto key = patch.set_value(ColumnIndex{0}, Value(std::int64_t{1}));
  REQUIRE(!key);
  CHECK(key.error().where.find("\"id\"") != std::string::npos);
  auto null = patch.set_null(ColumnIndex{1});
  REQUIRE(!null);
  CHECK(null.error().code == ErrorCode::kConstraint);
}

TEST_CASE("a patcher puts several patches on rows, one row after the other") {
  RandomRows random(5);
  const auto schema = random.schema(80, 0.2, 1);
  const auto layout = Layout::make(schema);
  const auto patch_layout = Layout::make_patch(schema);
  RowPatcher patcher(layout, patch_layout);
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    Cells cells = testing::random_cells(random, *schema, 0.3);
    const std::string row = testing::encode_cells(layout, cells);
    std::vector<std::string> patches;
    REQUIRE(patcher.start(*RowView::open(*layout, as_bytes(row))));
    for (int k = 0; k < 3; ++k) {
      const Touches touches = random_touches(random, *schema, 0.1);
      patches.push_back(encode_patch(patch_layout, touches, MissingRow::kIgnore));
      for (std::size_t c = 0; c < cells.size(); ++c) {
        if (touches[c]) cells[c] = *touches[c];
      }
    }
    for (const std::string& patch : patches) {
      REQUIRE(patcher.add(*PatchView::open(*patch_layout, as_bytes(patch))));
    }
    std::string out;
    REQUIRE(patcher.finish(out));
    CHECK(out == testing::encode_cells(layout, cells));
  }
}

TEST_CASE("a row that a patch creates has the defaults of its NOT NULL columns") {
  const DdlScript script = *parse_ddl(
      "CREATE TABLE t (id BIGINT, a INTEGER NOT NULL DEFAULT 7, b INTEGER DEFAULT 8, "
      "c VARCHAR NOT NULL, PRIMARY KEY (id))");
  const auto schema = std::get<CreateTable>(script.statements[0]).schema;
  const auto layout = Layout::make(schema);
  const auto patch_layout = Layout::make_patch(schema);
  CHECK(RowPatcher::needed_to_create(*schema) == std::vector<ColumnIndex>{ColumnIndex{3}});
  RowPatcher patcher(layout, patch_layout);
  REQUIRE(patcher.start_empty());
  std::string out;
  const auto incomplete = patcher.finish(out);
  REQUIRE_FALSE(incomplete);
  CHECK(incomplete.error().where.find("\"c\"") != std::string::npos);
  PatchBuilder builder(patch_layout);
  REQUIRE(builder.set_value(ColumnIndex{3}, Value(std::string("x"))));
  std::string patch;
  REQUIRE(builder.finish(MissingRow::kCreate, patch));
  REQUIRE(patcher.add(*PatchView::open(*patch_layout, as_bytes(patch))));
  REQUIRE(patcher.finish(out));
  const auto row = *RowView::open(*layout, as_bytes(out));
  CHECK(*row.value(ColumnIndex{1}) == Value(std::int64_t{7}));
  CHECK(row.is_null(ColumnIndex{2}));
  CHECK(*row.value(ColumnIndex{3}) == Value(std::string("x")));
}

TEST_CASE("a migrated patch does to a migrated row what the patch does to the row") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    const auto before = random.schema(2 + random.below(60), 0.2, 1);
    SchemaEditor editor(before);
    for (std::uint32_t i = 0; i + 1 < before->column_count(); ++i) {
      const Column& column = before->column(ColumnIndex{i});
      if (random.chance(0.2)) {
        REQUIRE(editor.apply(DropColumn{column.name}));
      } else if (column.type.kind() == TypeKind::kInteger) {
        REQUIRE(editor.apply(WidenColumn{column.name, Type(TypeKind::kBigInt)}));
      } else if (column.type.kind() == TypeKind::kReal) {
        REQUIRE(editor.apply(WidenColumn{column.name, Type(TypeKind::kDouble)}));
      } else if (random.chance(0.3)) {
        REQUIRE(editor.apply(RenameColumn{column.name, "new_" + column.name}));
      }
    }
    Column added;
    added.name = "added";
    added.type = Type(TypeKind::kInteger);
    added.default_value = Value(std::int64_t{5});
    added.has_default = true;
    REQUIRE(editor.apply(AddColumn{added}));
    const auto after = *editor.finish();
    const auto layout = Layout::make(before);
    const auto new_layout = Layout::make(after);
    const auto patch_layout = Layout::make_patch(before);
    const auto new_patch_layout = Layout::make_patch(after);
    const RowMigration rows(layout, new_layout);
    const PatchMigration patches(patch_layout, new_patch_layout);
    for (int i = 0; i < 10; ++i) {
      const std::string row =
          testing::encode_cells(layout, testing::random_cells(random, *before, 0.4));
      const std::string patch =
          encode_patch(patch_layout, random_touches(random, *before, 0.3), MissingRow::kCreate);
      std::string new_row, new_patch, expected;
      REQUIRE(rows.append(*RowView::open(*layout, as_bytes(row)), new_row));
      REQUIRE(patches.append(*PatchView::open(*patch_layout, as_bytes(patch)), new_patch));
      CHECK(patch_schema_version(as_bytes(new_patch)).value() == after->version());
      const std::string patched = apply(layout, patch_layout, row, patch);
      REQUIRE(rows.append(*RowView::open(*layout, as_bytes(patched)), expected));
      CHECK(apply(new_layout, new_patch_layout, new_row, new_patch) == expected);
    }
  }
}

SchemaPtr schema_of(std::string_view ddl) {
  const DdlScript script = *parse_ddl(ddl);
  return std::get<CreateTable>(script.statements[0]).schema;
}

TEST_CASE("what was set unchecked is carried to a later version as it is, and hides nothing") {
  const auto before = schema_of(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, short VARCHAR(3), padded CHAR(2), doc JSON, "
      "price DECIMAL(4,1), long_price DECIMAL(20,2), rate DECIMAL(4,1), at TIME(3), w INT)");
  SchemaEditor editor(before);
  const auto decimal = [](int precision, int scale) { return Type::decimal(precision, scale); };
  REQUIRE(editor.apply(WidenColumn{"padded", Type::varchar(5)}));
  REQUIRE(editor.apply(WidenColumn{"price", decimal(8, 3)}));
  REQUIRE(editor.apply(WidenColumn{"long_price", decimal(24, 6)}));
  REQUIRE(editor.apply(WidenColumn{"w", Type(TypeKind::kBigInt)}));
  const auto after = *editor.finish();
  const auto layout = Layout::make(before);
  const auto new_layout = Layout::make(after);
  const auto patch_layout = Layout::make_patch(before);
  const auto new_patch_layout = Layout::make_patch(after);

  const auto fill = [&](auto& builder, const LayoutPtr& of) {
    builder.set(*of->column<std::string_view>("short"), "too long \xFF");
    builder.set(*of->column<std::string_view>("padded"), "\xFE and long");
    builder.set(*of->column<std::string_view>("doc"), "{not JSON");
    builder.set(*of->column<Decimal>("price"), Decimal{-999999});
    builder.set(*of->column<Decimal>("long_price"), Decimal{Decimal::Int{1} << 100});
    builder.set(*of->column<Decimal>("rate"), Decimal{123456});
    builder.set(*of->column<std::int64_t>("at"), std::int64_t{-5});
    builder.set(*of->column<std::int32_t>("w"), -7);
  };
  const auto check = [&](const RowView& row) {
    const auto text = [&](const char* name) {
      return std::string(*row.get(*new_layout->column<std::string_view>(name)));
    };
    const auto digits = [&](const char* name) {
      return row.get(*new_layout->column<Decimal>(name))->unscaled;
    };
    CHECK(text("short") == "too long \xFF");
    CHECK(text("padded") == "\xFE and long");
    CHECK(text("doc") == "{not JSON");
    CHECK(digits("price") == -99999900);
    const bool widened = digits("long_price") == (Decimal::Int{1} << 100) * 10000;
    CHECK(widened);
    CHECK(digits("rate") == 123456);
    CHECK(*row.get(*new_layout->column<std::int64_t>("at")) == -5);
    CHECK(*row.get(*new_layout->column<std::int64_t>("w")) == -7);
  };

  PatchBuilder builder(patch_layout);
  fill(builder, patch_layout);
  std::string patch, new_patch, empty, new_row;
  REQUIRE(builder.finish(MissingRow::kIgnore, patch));
  const PatchMigration patches(patch_layout, new_patch_layout);
  const auto migrated = patches.append(*PatchView::open(*patch_layout, as_bytes(patch)), new_patch);
  REQUIRE_MESSAGE(migrated, migrated.error().to_string());
  REQUIRE(RowBuilder(new_layout).finish_row(empty));
  RowPatcher patcher(new_layout, new_patch_layout);
  REQUIRE(patcher.start(*RowView::open(*new_layout, as_bytes(empty))));
  REQUIRE(patcher.add(*PatchView::open(*new_patch_layout, as_bytes(new_patch))));
  REQUIRE(patcher.finish(new_row));
  check(*RowView::open(*new_layout, as_bytes(new_row)));

  // The same of rows, which equal what is read in place.
  RowBuilder row_builder(layout);
  fill(row_builder, layout);
  std::string row, moved;
  REQUIRE(row_builder.finish_row(row));
  const auto moved_row =
      RowMigration(layout, new_layout).append(*RowView::open(*layout, as_bytes(row)), moved);
  REQUIRE_MESSAGE(moved_row, moved_row.error().to_string());
  check(*RowView::open(*new_layout, as_bytes(moved)));
  const auto mapping = *ColumnMapping::make(layout, new_layout);
  for (std::uint32_t i = 1; i < after->column_count(); ++i) {
    CHECK(*mapping->value(*RowView::open(*layout, as_bytes(row)), ColumnIndex{i}) ==
          *RowView::open(*new_layout, as_bytes(moved))->value(ColumnIndex{i}));
  }
}

TEST_CASE("a NULL from before SET NOT NULL is carried on; a value behind it makes the row") {
  const auto before = schema_of("CREATE TABLE t (id BIGINT PRIMARY KEY, a INT, b INT)");
  SchemaEditor editor(before);
  REQUIRE(editor.apply(SetNotNull{"a", true}));
  const auto after = *editor.finish();
  const auto new_layout = Layout::make(after);
  const auto patch_layout = Layout::make_patch(before);
  const auto new_patch_layout = Layout::make_patch(after);
  const PatchMigration patches(patch_layout, new_patch_layout);
  const auto moved_patch = [&](const Value& a) {
    PatchBuilder builder(patch_layout);
    REQUIRE(builder.set_value(ColumnIndex{1}, a));
    std::string patch, moved;
    REQUIRE(builder.finish(MissingRow::kIgnore, patch));
    const auto done = patches.append(*PatchView::open(*patch_layout, as_bytes(patch)), moved);
    REQUIRE_MESSAGE(done, done.error().to_string());
    return moved;
  };
  RowBuilder row(new_layout);
  REQUIRE(row.set_value(ColumnIndex{1}, Value(std::int64_t{1})));
  REQUIRE(row.set_value(ColumnIndex{2}, Value(std::int64_t{2})));
  std::string base;
  REQUIRE(row.finish_row(base));
  const std::string null = moved_patch(Value());
  const std::string five = moved_patch(Value(std::int64_t{5}));
  RowPatcher patcher(new_layout, new_patch_layout);
  REQUIRE(patcher.start(*RowView::open(*new_layout, as_bytes(base))));
  REQUIRE(patcher.add(*PatchView::open(*new_patch_layout, as_bytes(null))));
  std::string out;
  const auto incomplete = patcher.finish(out);
  REQUIRE_FALSE(incomplete);
  CHECK(incomplete.error().code == ErrorCode::kConstraint);
  REQUIRE(patcher.add(*PatchView::open(*new_patch_layout, as_bytes(five))));
  REQUIRE(patcher.finish(out));
  const auto view = *RowView::open(*new_layout, as_bytes(out));
  CHECK(*view.value(ColumnIndex{1}) == Value(std::int64_t{5}));
  CHECK(*view.value(ColumnIndex{2}) == Value(std::int64_t{2}));
}

TEST_CASE("damaged patches are met with errors only") {
  RandomRows random(3);
  const auto schema = random.schema(60, 0.2, 1);
  const auto layout = Layout::make(schema);
  const auto patch_layout = Layout::make_patch(schema);
  const std::string row =
      testing::encode_cells(layout, testing::random_cells(random, *schema, 0.3));
  const std::string patch =
      encode_patch(patch_layout, random_touches(random, *schema, 0.3), MissingRow::kIgnore);
  const auto base = *RowView::open(*layout, as_bytes(row));
  RowPatcher patcher(layout, patch_layout);
  std::size_t accepted = 0;
  const auto try_one = [&](std::string_view bytes) {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    auto view = PatchView::open(*patch_layout, as_bytes({exact.data(), exact.size()}));
    if (!view) return;
    const bool verified = verify_patch(*view).has_value();
    std::string out;
    REQUIRE(patcher.start(base));
    if (patcher.add(*view)) (void)patcher.finish(out).has_value();
    std::string folded;
    const bool fold_ok = fold_patch(*view, *view, folded).has_value();
    if (verified) CHECK(fold_ok);
    accepted += verified;
  };
  for (std::size_t bit = 0; bit < patch.size() * 8; ++bit) {
    std::string damaged = patch;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    try_one(damaged);
  }
  for (std::size_t size = 0; size <= patch.size(); ++size)
    try_one(std::string_view(patch).substr(0, size));
  CHECK(accepted >= 1);
}

}  // namespace
}  // namespace wisp
