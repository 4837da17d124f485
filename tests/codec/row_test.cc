// Rows: what goes in comes out, the bytes are canonical, and damage is met with errors only.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "random_rows.h"
#include "wisp/codec/field_kernels.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::Cells;
using testing::encode_cells;
using testing::random_cells;
using testing::RandomRows;

// Runs `body` with every kernel table of this processor.
template <typename Body>
void with_each_kernel(Body&& body) {
  const auto kernels = available_kernels();
  const FieldKernels* chosen = internal::field_kernels;
  for (const FieldKernels* table : kernels) {
    INFO("kernels ", table->name);
    use_kernels(*table);
    body();
  }
  use_kernels(*chosen);
}

void check_row(const LayoutPtr& layout, const Cells& cells, const std::string& bytes) {
  auto view = RowView::open(*layout, as_bytes(bytes));
  REQUIRE_MESSAGE(view, view.error().to_string());
  auto verified = verify_row(*view, {.utf8 = true});
  REQUIRE_MESSAGE(verified, verified.error().to_string());
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    auto v = view->value(ColumnIndex{i});
    // Plain conditions: an assertion macro for each of millions of cells would be most of the time.
    if (!v) FAIL(v.error().to_string());
    if (!(*v == cells[i]) || view->is_null(ColumnIndex{i}) != cells[i].is_null()) {
      FAIL("column ", i, " of type ", layout->type(ColumnIndex{i}).to_sql());
    }
    if (!cells[i].is_null()) expected.push_back(i);
  }
  std::vector<std::uint32_t> present;
  REQUIRE(view->present_columns(present));
  std::sort(present.begin(), present.end());
  REQUIRE(present == expected);
}

void check_inspection(const RowView& view) {
  auto inspection = inspect_row(view);
  REQUIRE_MESSAGE(inspection, inspection.error().to_string());
  std::size_t next = 0;
  for (const RowSpan& s : inspection->spans) {
    if (s.size == 0) continue;
    REQUIRE_MESSAGE(s.offset == next, s.section, " ", s.meaning);
    next += s.size;
  }
  REQUIRE(next == view.bytes().size());
  std::size_t chosen = 0;
  for (const EncodingCost& c : inspection->costs) {
    // A bitmap may cost a little more than the cheapest.
    const bool bitmap =
        c.bytes &&
        FormatByte{static_cast<std::uint8_t>(view.bytes()[0])}.presence() == PresenceForm::kBitmap;
    if (c.bytes) REQUIRE(*c.bytes + (bitmap ? *c.bytes / kBitmapShare : 0) >= view.bytes().size());
    if (!c.chosen) continue;
    ++chosen;
    REQUIRE(c.bytes == view.bytes().size());
  }
  REQUIRE(chosen == 1);
}

TEST_CASE("random rows of random schemas round-trip in every kernel") {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    CAPTURE(seed);
    RandomRows random(seed);
    constexpr std::size_t kColumns[] = {1, 2, 7, 30, 130, 300, 700, 1500};
    random.text_length = seed % 5 == 0 ? 300 : 12;
    const auto schema =
        random.schema(kColumns[seed % 8], seed % 3 == 0 ? 0.3 : 0.0, seed % 4 == 1 ? 3 : 0);
    const auto layout = Layout::make(schema);
    for (const double present : {0.0, 0.01, 0.05, 0.3, 0.9, 0.99, 1.0}) {
      const Cells cells = random_cells(random, *schema, present);
      const std::string bytes = encode_cells(layout, cells);
      with_each_kernel([&] { check_row(layout, cells, bytes); });
      check_inspection(*RowView::open(*layout, as_bytes(bytes)));
    }
  }
}

TEST_CASE("one class at a time, so that every form is met") {
  bool met[kPresenceFormCount] = {};
  bool int4[4] = {};
  bool int8[2] = {};
  bool text[2] = {};
  for (const TypeKind kind : {TypeKind::kInteger, TypeKind::kUInteger, TypeKind::kBigInt,
                              TypeKind::kUBigInt, TypeKind::kVarchar, TypeKind::kBoolean}) {
    for (const std::size_t columns : {3, 70, 300, 6000}) {
      SchemaBuilder builder("t");
      for (std::size_t i = 0; i < columns; ++i) builder.add("c" + std::to_string(i), Type(kind));
      const auto schema = *builder.build();
      const auto layout = Layout::make(schema);
      RandomRows random(columns + static_cast<std::size_t>(kind));
      for (const double present : {0.0, 0.002, 0.05, 0.5, 0.98, 1.0}) {
        for (const int style : {0, 1, 2, 3}) {
          random.text_length = style == 0 ? 5 : style == 1 ? 60 : 400;
          Cells cells = random_cells(random, *schema, present);
          for (Value& v : cells) {  // make one width common
            if (auto* i = v.get_if<std::int64_t>()) {
              v = Value(style == 0 ? *i : style == 1 ? *i & 7 : random.chance(0.1) ? *i : *i & 127);
              if (style == 3 && random.chance(0.8)) v = Value(std::int64_t{0});
            }
          }
          const std::string bytes = encode_cells(layout, cells);
          with_each_kernel([&] { check_row(layout, cells, bytes); });
          const FormatByte f{static_cast<std::uint8_t>(bytes[0])};
          met[static_cast<int>(f.presence())] = true;
          int4[static_cast<int>(f.int4())] = true;
          int8[static_cast<int>(f.int8())] = true;
          text[static_cast<int>(f.text())] = true;
          check_inspection(*RowView::open(*layout, as_bytes(bytes)));
        }
      }
    }
  }
  for (bool m : met) CHECK(m);
  for (bool m : int4) CHECK(m);
  for (bool m : int8) CHECK(m);
  for (bool m : text) CHECK(m);
}

TEST_CASE("a row above 64 KiB has wide block starts") {
  SchemaBuilder builder("t");
  for (int i = 0; i < 40; ++i) builder.add("c" + std::to_string(i), Type::varchar());
  const auto layout = Layout::make(*builder.build());
  for (const std::size_t size : {1620, 1630, 1640, 5000, 70000}) {
    Cells cells;
    for (int i = 0; i < 40; ++i)
      cells.push_back(Value(std::string(size, static_cast<char>('a' + i % 26))));
    const std::string bytes = encode_cells(layout, cells);
    with_each_kernel([&] { check_row(layout, cells, bytes); });
  }
}

// Reads everything of a row that may be damaged. The answers may be anything; a row that verifies
// must be canonical: encoding what was read gives the same bytes.
void read_all(const LayoutPtr& layout, std::span<const std::byte> bytes) {
  auto view = RowView::open(*layout, bytes);
  if (!view) return;
  const bool verified = verify_row(*view, {.utf8 = true}).has_value();
  RowBuilder builder(layout);
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    auto v = view->value(ColumnIndex{i});
    if (verified && !v) FAIL(v.error().to_string());
    if (v && !v->is_null()) {
      const auto set = builder.set_value(ColumnIndex{i}, *v);
      if (verified && !set) FAIL(set.error().to_string());
    }
    (void)view->is_null(ColumnIndex{i});
  }
  std::vector<std::uint32_t> present;
  const bool listed = view->present_columns(present).has_value();
  auto inspection = inspect_row(*view);
  REQUIRE(inspection.has_value() == verify_row(*view).has_value());
  if (!verified) return;
  REQUIRE(listed);
  std::string again;
  REQUIRE(builder.finish_row(again));
  REQUIRE(again == std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// Puts the bytes at the end of a heap block of their own, so that ASan sees any read behind them.
void read_all_exact(const LayoutPtr& layout, std::string_view bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  read_all(layout, as_bytes({exact.data(), exact.size()}));
}

TEST_CASE("every bit flip and every truncation of sample rows is harmless") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    CAPTURE(seed);
    RandomRows random(1000 + seed);
    random.text_length = seed % 7 == 3 ? 300 : 9;
    const auto schema = random.schema(seed % 2 == 0 ? 24 : 90, 0.15, seed % 3);
    const auto layout = Layout::make(schema);
    const double present[] = {0.05, 0.5, 0.95, 1.0};
    const std::string bytes =
        encode_cells(layout, random_cells(random, *schema, present[seed % 4]));
    with_each_kernel([&] {
      for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        read_all_exact(layout, damaged);
      }
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        read_all_exact(layout, std::string_view(bytes).substr(0, size));
      }
    });
  }
}

TEST_CASE("random bytes are harmless") {
  RandomRows random(7);
  const auto schema = random.schema(60, 0.1, 2);
  const auto wide = random.schema(2000, 0.0, 0);
  for (const auto& layout : {Layout::make(schema), Layout::make(wide)}) {
    for (int i = 0; i < 4000; ++i) {
      std::string bytes;
      for (std::uint64_t k = 0, n = random.below(300); k < n; ++k) {
        bytes += static_cast<char>(random.chance(0.5) ? random.below(4) : random.below(256));
      }
      if (bytes.size() > 1 && random.chance(0.9)) bytes[1] = 1;
      with_each_kernel([&] { read_all_exact(layout, bytes); });
    }
  }
}

TEST_CASE("directories that contradict themselves are harmless in every form") {
  SchemaBuilder builder("t");
  builder.add("u", Type(TypeKind::kUuid))
      .add("b", Type(TypeKind::kBigInt))
      .add("i", Type(TypeKind::kInteger));
  const auto layout = Layout::make(*builder.build());
  for (unsigned format = 0; format < 256; ++format) {
    if (!FormatByte{static_cast<std::uint8_t>(format)}.known()) continue;
    for (const unsigned first : {0u, 2u, 255u}) {
      for (const unsigned second : {0u, 1u, 12u, 255u}) {
        for (const unsigned third : {0u, 2u, 11u, 12u, 255u}) {
          // An absent list may then count fewer than no values, and a section end before the row.
          std::string row;
          for (const unsigned byte : {format, 1u, first, second, third})
            row += static_cast<char>(byte);
          with_each_kernel([&] { read_all_exact(layout, row); });
          with_each_kernel([&] { read_all_exact(layout, row + std::string(6, '\x01')); });
        }
      }
    }
  }
}

TEST_CASE("typed handles read and write; wrong types are refused by name") {
  SchemaBuilder builder("t");
  builder.add("id", Type(TypeKind::kBigInt), false)
      .add("price", Type(TypeKind::kDouble))
      .add("name", Type::varchar())
      .add("qty", Type(TypeKind::kInteger))
      .add("ok", Type(TypeKind::kBoolean), false)
      .add("small", Type(TypeKind::kUTinyInt));
  const auto layout = Layout::make(*builder.build());
  const auto id = *layout->column<std::int64_t>("id");
  const auto price = *layout->column<double>("PRICE");
  const auto name = *layout->column<std::string_view>("name");
  const auto qty = *layout->column<std::int32_t>("qty");
  const auto wide_qty = *layout->column<std::int64_t>("qty");
  const auto ok = *layout->column<bool>("ok");
  const auto small = *layout->column<std::uint8_t>("small");
  auto wrong = layout->column<std::int32_t>("price");
  REQUIRE(!wrong);
  CHECK(wrong.error().message.find("\"price\"") != std::string::npos);
  CHECK(!layout->column<std::int16_t>("qty"));
  CHECK(!layout->column<std::uint32_t>("qty"));
  CHECK(!layout->column<double>("nothing"));

  RowBuilder row(layout);
  std::string bytes;
  auto unset = row.finish_row(bytes);
  REQUIRE(!unset);
  CHECK(unset.error().code == ErrorCode::kConstraint);
  CHECK(unset.error().where.find("\"id\"") != std::string::npos);
  CHECK(bytes.empty());
  row.set(id, -5);
  row.set(price, 2.5);
  row.set(name, "tea");
  row.set(qty, -7);
  row.set(ok, true);
  row.set(small, 200);
  REQUIRE(row.finish_row(bytes));
  const auto view = *RowView::open(*layout, as_bytes(bytes));
  CHECK(view[id] == -5);
  CHECK(view[price] == 2.5);
  CHECK(view[name] == "tea");
  CHECK(view[qty] == -7);
  CHECK(view[wide_qty] == -7);
  CHECK(view[ok] == true);
  CHECK(view[small] == 200);

  row.clear();
  row.set(id, 1);
  row.set(ok, false);
  row.set(name, "x");
  row.set_null(name);
  bytes.clear();
  REQUIRE(row.finish_row(bytes));
  const auto empty = *RowView::open(*layout, as_bytes(bytes));
  CHECK(!empty[name]);
  CHECK(!empty[price]);
  CHECK(empty[ok] == false);
  std::string out = "untouched";
  std::string_view text = out;
  CHECK(empty.read(name, text) == Access::kNull);
  CHECK(text == "untouched");
}

TEST_CASE("a number beyond its column is stored as its low bits, in a canonical row") {
  for (const TypeKind kind : {TypeKind::kInteger, TypeKind::kDate, TypeKind::kSmallInt}) {
    for (const int columns : {1, 4, 40}) {
      SchemaBuilder builder("t");
      for (int i = 0; i < columns; ++i) builder.add("c" + std::to_string(i), Type(kind), i != 0);
      const auto layout = Layout::make(*builder.build());
      for (const std::int64_t beyond :
           {std::int64_t{1} << 32, (std::int64_t{1} << 32) + 5, std::int64_t{0xFFFFFFFF}}) {
        RowBuilder wide(layout);
        RowBuilder narrow(layout);
        for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
          const auto column = *layout->column<std::int64_t>(ColumnIndex{i});
          wide.set(column, beyond);
          narrow.set(column, kind == TypeKind::kSmallInt ? static_cast<std::int16_t>(beyond)
                                                         : static_cast<std::int32_t>(beyond));
        }
        std::string bytes;
        std::string expected;
        REQUIRE(wide.finish_row(bytes));
        REQUIRE(narrow.finish_row(expected));
        CHECK(bytes == expected);
        CHECK(verify_row(*RowView::open(*layout, as_bytes(bytes))));
      }
    }
  }
}

TEST_CASE("limits and versions") {
  SchemaBuilder builder("t");
  builder.add("a", Type::varchar());
  builder.version(SchemaVersion{300});
  const auto layout = Layout::make(*builder.build());
  RowBuilder row(layout, 100);
  REQUIRE(row.set_value(ColumnIndex{0}, Value(std::string(200, 'x'))));
  std::string bytes = "before";
  auto too_large = row.finish_row(bytes);
  REQUIRE(!too_large);
  CHECK(too_large.error().code == ErrorCode::kLimit);
  CHECK(bytes == "before");
  row.clear();
  bytes.clear();
  REQUIRE(row.finish_row(bytes));
  CHECK(*row_schema_version(as_bytes(bytes)) == SchemaVersion{300});
  SchemaBuilder other("t");
  other.add("a", Type::varchar());
  auto mismatch = RowView::open(*Layout::make(*other.build()), as_bytes(bytes));
  REQUIRE(!mismatch);
  CHECK(mismatch.error().code == ErrorCode::kUnknownSchema);
}

}  // namespace
}  // namespace wisp
