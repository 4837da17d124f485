// What encoders refuse to write, verify_row refuses to read: numbers beyond their types, NULLs
// where there are none, NaNs that are not the one.
#include "wisp/codec/row_verify.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <bit>
#include <limits>

#include "random_rows.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/row_identity.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/schema_change.h"

namespace wisp {
namespace {

using testing::as_bytes;

LayoutPtr layout_of(const std::string& columns) {
  auto script = parse_ddl("CREATE TABLE t (" + columns + ")");
  REQUIRE_MESSAGE(script, script.error().to_string());
  return Layout::make(std::get<CreateTable>(script->statements.back()).schema);
}

bool verifies(const LayoutPtr& layout, std::string_view bytes, bool utf8 = false) {
  const auto view = RowView::open(*layout, as_bytes(bytes));
  REQUIRE(view);
  return verify_row(*view, {.utf8 = utf8}).has_value();
}

std::string finish(RowBuilder& row) {
  std::string bytes;
  REQUIRE(row.finish_row(bytes));
  row.clear();
  return bytes;
}

TEST_CASE("numbers beyond DECIMAL and TIME are refused, in every class and form") {
  struct Case {
    std::string type;
    Decimal::Int highest, lowest;
  };
  const Decimal::Int digits20 = Decimal::Int{1'000'000'000'000} * 100'000'000;
  for (const Case& c : {Case{"DECIMAL(5, 2)", 99'999, -99'999}, Case{"DECIMAL(1)", 9, -9},
                        Case{"DECIMAL(18)", 999'999'999'999'999'999, -999'999'999'999'999'999},
                        Case{"DECIMAL(20, 2)", digits20 - 1, 1 - digits20},
                        Case{"TIME(0)", 86'399, 0}, Case{"TIME(9)", 86'399'999'999'999, 0}}) {
    CAPTURE(c.type);
    for (const bool not_null : {false, true}) {
      for (const std::uint32_t columns : {1, 3, 30, 600}) {
        // The column among others of its class, all of them present, few, or all but few.
        std::string sql;
        for (std::uint32_t i = 0; i < columns; ++i) {
          sql +=
              (i == 0 ? "c" : ", c") + std::to_string(i) + " " + (i % 3 == 2 ? "BIGINT" : c.type);
          if (not_null) sql += " NOT NULL";
        }
        const auto layout = layout_of(sql);
        const auto row_with = [&](std::uint32_t step, std::uint32_t column, Decimal::Int v) {
          RowBuilder row(layout);
          for (std::uint32_t i = 0; i < columns; ++i) {
            const bool skipped = step == 0 ? i % 50 == 49 : i % step != 0;
            if (skipped && !not_null && i != column) continue;
            const Decimal::Int value = i == column ? v : 1;
            const auto number = static_cast<std::int64_t>(value);
            if (layout->type(ColumnIndex{i}).kind() == TypeKind::kDecimal) {
              row.set(*layout->column<Decimal>(ColumnIndex{i}), Decimal{value});
            } else {
              row.set(*layout->column<std::int64_t>(ColumnIndex{i}), number);
            }
          }
          return finish(row);
        };
        for (const std::uint32_t step : {0u, 1u, 40u}) {
          const std::uint32_t column = columns > 10 ? columns - 3 : 0;
          CHECK(verifies(layout, row_with(step, column, c.highest)));
          CHECK(verifies(layout, row_with(step, column, c.lowest)));
          CHECK(!verifies(layout, row_with(step, column, c.highest + 1)));
          CHECK(!verifies(layout, row_with(step, column, c.lowest - 1)));
        }
      }
    }
  }
}

TEST_CASE("elements are within the limits of their type, and NULL only where it lets them") {
  const auto check = [](const std::string& loose, const std::string& strict, const Value& value) {
    CAPTURE(strict);
    const auto from = layout_of("c " + loose);
    const auto to = layout_of("c " + strict);
    RowBuilder row(from);
    REQUIRE(row.set_value(ColumnIndex{0}, value));
    const std::string bytes = finish(row);
    CHECK(verifies(from, bytes));
    CHECK(!verifies(to, bytes, true));
    CHECK(!RowBuilder(to).set_value(ColumnIndex{0}, value));
  };
  const Value one(std::int64_t{1});
  const auto array = [](auto... items) { return Value(ValueArray{{items...}}); };
  check("INTEGER ARRAY", "INTEGER NOT NULL ARRAY", array(one, Value()));
  check("BOOLEAN ARRAY", "BOOLEAN NOT NULL ARRAY", array(Value(true), Value()));
  check("VARCHAR ARRAY", "VARCHAR NOT NULL ARRAY", array(Value()));
  check("MAP<INTEGER, INTEGER>", "MAP<INTEGER, INTEGER NOT NULL>",
        Value(ValueMap{{{one, Value()}}}));
  check("DECIMAL(5) ARRAY", "DECIMAL(3) ARRAY", array(Value(Decimal{999}), Value(Decimal{1000})));
  check("DECIMAL(38) ARRAY", "DECIMAL(20) ARRAY", array(Value(Decimal{Decimal::Int{1} << 100})));
  check("BIGINT ARRAY", "TIME(0) ARRAY", array(Value(std::int64_t{86'400})));
  check("MAP<DECIMAL(5), INTEGER>", "MAP<DECIMAL(3), INTEGER>",
        Value(ValueMap{{{Value(Decimal{1000}), one}}}));
  check("ROW(a DECIMAL(5)) ARRAY", "ROW(a DECIMAL(3)) ARRAY",
        array(Value(ValueRow{{Value(Decimal{-1000})}})));
  check("VARCHAR(4)", "VARCHAR(3)", Value::text("tea\xC3\xA9"));
  check("VARBINARY(4)", "VARBINARY(3)", Value::text("tea!"));
  check("VARCHAR ARRAY", "VARCHAR(3) ARRAY", array(Value::text("teas")));
}

TEST_CASE("characters of VARCHAR(n) are counted, not bytes, and only where text is looked into") {
  const auto layout = layout_of("c VARCHAR(3)");
  RowBuilder row(layout);
  const auto column = *layout->column<std::string_view>("c");
  row.set(column, "\xC3\xA9\xC3\xA9\xC3\xA9");
  CHECK(verifies(layout, finish(row), true));
  row.set(column, "teas");
  const std::string longer = finish(row);
  CHECK(verifies(layout, longer));
  CHECK(!verifies(layout, longer, true));
}

std::string refusal(const LayoutPtr& layout, std::string_view bytes) {
  const auto view = RowView::open(*layout, as_bytes(bytes));
  REQUIRE(view);
  const auto verified = verify_row(*view, {.utf8 = true});
  return verified ? "" : verified.error().to_string();
}

TEST_CASE("a damaged value is named by its column and one byte of the row") {
  const auto layout =
      layout_of("j JSON, v VARCHAR(3), tags VARCHAR(3) ARRAY, d DECIMAL(3), n DECIMAL(3) NOT NULL");
  const auto n = *layout->column<Decimal>("n");
  RowBuilder row(layout);
  row.set(n, Decimal{1});
  row.set(*layout->column<std::string_view>("v"), "four");
  const std::string longer_text = finish(row);
  CHECK(refusal(layout, longer_text) == "row byte " + std::to_string(longer_text.find("four")) +
                                            ", column \"v\": a value longer than its type");
  row.set(n, Decimal{1000});
  CHECK(refusal(layout, finish(row)) ==
        "row byte 2, column \"n\": a value outside the limits of its type");
  row.set(n, Decimal{1});
  row.set(*layout->column<Decimal>("d"), Decimal{1000});
  CHECK(refusal(layout, finish(row))
            .ends_with(", column \"d\": a value outside the limits of its type"));

  const auto longer = layout_of("a VARCHAR, tags VARCHAR ARRAY");
  RowBuilder lists(longer);
  REQUIRE(lists.set_value(ColumnIndex{1}, Value(ValueArray{{Value::text("four")}})));
  const auto shorter = layout_of("a VARCHAR, tags VARCHAR(3) ARRAY");
  const std::string tags = refusal(shorter, finish(lists));
  CAPTURE(tags);
  CHECK(tags.ends_with(", column \"tags\": value byte 0: a value longer than its type"));
  CHECK(tags.starts_with("row byte "));

  row.set(n, Decimal{1});
  const std::string deep = std::string(600, '[') + std::string(600, ']');
  row.set(*layout->column<std::string_view>("j"), deep);
  CHECK(
      refusal(layout, finish(row)).ends_with(", column \"j\": JSON nests deeper than 512 levels"));
}

TEST_CASE("a column made NOT NULL later is there in rows of that version") {
  const auto before = layout_of("a INTEGER, b INTEGER");
  SchemaEditor editor(before->schema());
  REQUIRE(editor.apply(SetNotNull{"a", true}));
  const auto after = Layout::make(*editor.finish());
  RowBuilder row(before);
  row.set(*before->column<std::int32_t>("b"), 7);
  std::string bytes = finish(row);
  CHECK(verifies(before, bytes));
  bytes[1] = 2;  // the version
  CHECK(!verifies(after, bytes));
  row.set(*before->column<std::int32_t>("a"), 7);
  bytes = finish(row);
  bytes[1] = 2;
  CHECK(verifies(after, bytes));
}

// ---- One NaN ----

constexpr auto kNan = std::bit_cast<double>(0x7FF8000000000000);
constexpr auto kNanReal = std::bit_cast<float>(0x7FC00000);

double nan_of(std::uint64_t payload) {
  return std::bit_cast<double>(payload | 0x7FF8000000000000);
}
float nan_real_of(std::uint64_t payload) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(payload) | 0x7FC00000);
}

constexpr const char* kFloats =
    "d DOUBLE, r REAL, e DOUBLE, a DOUBLE ARRAY, m MAP<REAL, DOUBLE>, n ROW(x DOUBLE, y REAL NOT "
    "NULL), dn DOUBLE NOT NULL, rn REAL NOT NULL";

Value nested_of(std::uint32_t column, double d, float r) {
  if (column == 3) return Value(ValueArray{{Value(-0.0), Value(d), Value()}});
  if (column == 4) return Value(ValueMap{{{Value(-1.0F), Value(d)}, {Value(r), Value(-0.0)}}});
  return Value(ValueRow{{Value(d), Value(r)}});
}

TEST_CASE("property: rows and patches hold one NaN, whatever its bits were") {
  const auto layout = layout_of(kFloats);
  const auto patch_layout = Layout::make_patch(layout->schema());
  const auto d = *layout->column<double>("d");
  const auto real_as_double = *layout->column<double>("r");
  const auto e = *layout->column<double>("e");
  const auto dn = *layout->column<double>("dn");
  const auto rn = *layout->column<float>("rn");
  const auto row_of = [&](double v, float r) {
    RowBuilder row(layout);
    row.set(d, v);
    row.set(real_as_double, double{r});
    row.set(e, -0.0);
    row.set(dn, v);
    row.set(rn, r);
    for (const std::uint32_t i : {3u, 4u, 5u}) {
      RC_ASSERT(row.set_value(ColumnIndex{i}, nested_of(i, v, r)).has_value());
    }
    std::string bytes;
    RC_ASSERT(row.finish_row(bytes).has_value());
    return bytes;
  };
  const std::string expected = row_of(kNan, kNanReal);
  rc::check([&](std::uint64_t payload) {
    const double v = nan_of(payload);
    const float r = nan_real_of(payload);
    const std::string bytes = row_of(v, r);
    RC_ASSERT(bytes == expected);
    const auto view = *RowView::open(*layout, as_bytes(bytes));
    RC_ASSERT(verify_row(view).has_value());
    const auto same = *RowView::open(*layout, as_bytes(expected));
    RC_ASSERT(rows_equal(view, same) && row_hash(view) == row_hash(same));
    RC_ASSERT(std::signbit(*view[e]) && *view[e] == 0);

    // The same through runtime values, and through a patch on a row without them.
    RowBuilder by_value(layout);
    for (const auto& [i, value] :
         {std::pair{0u, Value(v)}, std::pair{1u, Value(r)}, std::pair{6u, Value(v)},
          std::pair{7u, Value(r)}, std::pair{2u, Value(-0.0)}}) {
      RC_ASSERT(by_value.set_value(ColumnIndex{i}, value).has_value());
    }
    for (const std::uint32_t i : {3u, 4u, 5u}) {
      RC_ASSERT(by_value.set_value(ColumnIndex{i}, nested_of(i, v, r)).has_value());
    }
    std::string again;
    RC_ASSERT(by_value.finish_row(again).has_value());
    RC_ASSERT(again == expected);

    PatchBuilder patch(patch_layout);
    for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
      const Value value = i >= 3 && i <= 5   ? nested_of(i, v, r)
                          : i == 2           ? Value(-0.0)
                          : i == 1 || i == 7 ? Value(r)
                                             : Value(v);
      RC_ASSERT(patch.set_value(ColumnIndex{i}, value).has_value());
    }
    std::string patch_bytes;
    RC_ASSERT(patch.finish(MissingRow::kCreate, patch_bytes).has_value());
    const auto patch_view = *PatchView::open(*patch_layout, as_bytes(patch_bytes));
    RC_ASSERT(verify_patch(patch_view).has_value());
    RowBuilder base(layout);
    base.set(dn, 1);
    base.set(rn, 1);
    std::string base_bytes;
    RC_ASSERT(base.finish_row(base_bytes).has_value());
    RowPatcher patcher(layout, patch_layout);
    RC_ASSERT(patcher.start(*RowView::open(*layout, as_bytes(base_bytes))).has_value());
    RC_ASSERT(patcher.add(patch_view).has_value());
    std::string patched;
    RC_ASSERT(patcher.finish(patched).has_value());
    RC_ASSERT(patched == expected);
  });

  // Any other NaN in its place is read, and refused by verify_row.
  const auto check_places = [&](const std::string& of_width, char other, std::size_t places) {
    std::size_t met = 0;
    for (std::size_t at = expected.find(of_width); at != std::string::npos;
         at = expected.find(of_width, at + 1)) {
      std::string bytes = expected;
      bytes[at] = other;
      ++met;
      CHECK(!verifies(layout, bytes));
      CHECK(RowView::open(*layout, as_bytes(bytes))->value(ColumnIndex{6}));
    }
    CHECK(met == places);
  };
  check_places(std::string("\0\0\0\0\0\0\xF8\x7F", 8), '\x01', 5);
  check_places(std::string("\0\0\xC0\x7F", 4), '\x01', 4);
}

}  // namespace
}  // namespace wisp
