// Structs become the rows that their columns' own setters make, and come back equal.
#include "wisp/codec/struct_row.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "random_rows.h"
#include "wisp/codec/row_verify.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/struct_schema.h"

namespace wisp {
namespace {

using testing::as_bytes;

struct Venue {
  std::string name;
  std::optional<std::int32_t> rank;
  struct Place {
    double x;
    std::optional<float> y;
    bool operator==(const Place&) const = default;
  } place;
  bool operator==(const Venue&) const = default;
};

struct Everything {
  bool flag;
  std::int8_t tiny;
  std::uint16_t usmall;
  std::int32_t integer;
  std::uint64_t ubig;
  float real;
  double wide;
  FixedDecimal<10, 2> fee;
  FixedDecimal<38, 4> big_fee;
  Uuid uuid;
  std::string text;
  std::string_view view;
  std::optional<bool> maybe_flag;
  std::optional<std::int16_t> maybe_small;
  std::optional<std::int64_t> maybe_big;
  std::optional<double> maybe_double;
  std::optional<FixedDecimal<5, 0>> maybe_fee;
  std::optional<Uuid> maybe_uuid;
  std::optional<std::string> maybe_text;
  std::vector<std::optional<std::int16_t>> numbers;
  std::vector<bool> bits;
  std::optional<std::vector<std::string>> tags;
  std::map<std::string, std::optional<double>> prices;
  std::map<std::int32_t, std::vector<Venue>> by_day;
  std::optional<Venue> venue;
  Venue home;
  bool operator==(const Everything&) const = default;
};

struct OneField {
  std::optional<std::int32_t> b;
};

Everything example() {
  Everything e{};
  e.flag = true;
  e.tiny = -128;
  e.usmall = 65535;
  e.integer = std::numeric_limits<std::int32_t>::min();
  e.ubig = std::numeric_limits<std::uint64_t>::max();
  e.real = -0.0f;
  e.wide = 1e300;
  e.fee.value.unscaled = -1234;
  e.big_fee.value.unscaled = Decimal::Int{1} << 100;
  for (std::size_t i = 0; i < 16; ++i) e.uuid.bytes[i] = static_cast<std::uint8_t>(i * 16);
  e.text = "straße";
  e.view = "seen in place";
  e.maybe_big = -1;
  e.maybe_uuid = e.uuid;
  e.maybe_text = "";
  e.maybe_fee = FixedDecimal<5, 0>{Decimal{99999}};
  e.numbers = {std::int16_t{1}, std::nullopt, std::int16_t{-300}};
  e.bits = {true, false, true};
  e.tags = {{"", "two"}};
  e.prices = {{"z", 1.5}, {"a", std::nullopt}};
  e.by_day = {{-5, {}}, {3, {{"v", 7, {1, 2.5f}}, {"w", std::nullopt, {0, std::nullopt}}}}};
  e.venue = Venue{"inner", 1, {4, std::nullopt}};
  e.home = Venue{"outer", std::nullopt, {5, 6.5f}};
  return e;
}

template <typename T>
StructMapping<T> mapping(const LayoutPtr& layout) {
  auto made = StructMapping<T>::make(layout);
  REQUIRE_MESSAGE(made, made.error().to_string());
  return *made;
}

LayoutPtr layout_of(std::string_view sql) {
  const auto script = parse_ddl(sql);
  REQUIRE_MESSAGE(script, script.error().to_string());
  return Layout::make(std::get<CreateTable>(script->statements.back()).schema);
}

template <typename T>
std::string encode(const StructMapping<T>& m, const T& row) {
  RowBuilder builder(m.layout());
  const auto written = m.write(row, builder);
  REQUIRE_MESSAGE(written, written.error().to_string());
  std::string bytes;
  const auto finished = builder.finish_row(bytes);
  REQUIRE_MESSAGE(finished, finished.error().to_string());
  return bytes;
}

// The message of a mapping that must not be.
template <typename T>
std::string refused(std::string_view sql) {
  const auto made = StructMapping<T>::make(layout_of(sql));
  REQUIRE(!made);
  return made.error().to_string();
}

bool contains(const std::string& text, std::string_view part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE(text);
  return found;
}

TEST_CASE("every kind of field comes back") {
  const auto layout = Layout::make(*struct_schema<Everything>("t"));
  const auto m = mapping<Everything>(layout);
  const Everything in = example();
  const std::string bytes = encode(m, in);

  const auto view = *RowView::open(*layout, as_bytes(bytes));
  CHECK(verify_row(view));
  Everything out{};
  out.maybe_flag = true;  // must become NULL
  out.numbers = {std::int16_t{9}};
  REQUIRE(m.read(view, out));
  CHECK(out == in);
  CHECK(out.view.data() >= bytes.data());
  CHECK(out.view.data() < bytes.data() + bytes.size());
  // The same bytes as from runtime values.
  testing::Cells cells;
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    cells.push_back(*view.value(ColumnIndex{i}));
  }
  CHECK(testing::encode_cells(layout, cells) == bytes);

  Everything empty{};
  const std::string none = encode(m, empty);
  REQUIRE(m.read(*RowView::open(*layout, as_bytes(none)), out));
  CHECK(out == empty);
}

TEST_CASE("a builder used again forgets what is NULL now") {
  const auto layout = layout_of("CREATE TABLE t (b INTEGER)");
  const auto m = mapping<OneField>(layout);
  RowBuilder builder(layout);
  const OneField seven{7}, null{};
  REQUIRE(m.write(seven, builder));
  REQUIRE(m.write(null, builder));
  CHECK(builder.set_count() == 0);
}

struct Projected {
  std::optional<std::string_view> c650;
  std::optional<std::int64_t> c3;  // wider than the column
  std::optional<double> c300;      // REAL
};

TEST_CASE("three fields of 700 columns") {
  SchemaBuilder columns("wide");
  for (int i = 0; i < 700; ++i) {
    const TypeKind kind =
        i % 3 == 0 ? (i % 2 == 0 ? TypeKind::kReal : TypeKind::kInteger) : TypeKind::kVarchar;
    columns.add("C" + std::to_string(i), Type(kind));
  }
  const auto layout = Layout::make(*columns.build());
  const auto m = mapping<Projected>(layout);
  CHECK(m.size() == 3);
  CHECK(m.column(0) == ColumnIndex{650});
  testing::RandomRows random(7);
  for (const double present : {0.0, 0.05, 0.5, 1.0}) {
    const auto cells = testing::random_cells(random, *layout->schema(), present);
    const auto bytes = testing::encode_cells(layout, cells);
    Projected row;
    REQUIRE(m.read(*RowView::open(*layout, as_bytes(bytes)), row));
    CHECK((row.c650 ? Value::text(*row.c650) : Value()) == cells[650]);
    CHECK((row.c3 ? Value(*row.c3) : Value()) == cells[3]);
    CHECK((row.c300 ? Value(static_cast<float>(*row.c300)) : Value()) == cells[300]);
  }
}

struct AB {
  std::int32_t a;
  std::optional<std::string> b;
};
struct CaseTwins {
  std::int32_t a, A;
};
struct Fee {
  FixedDecimal<10, 2> a;
};
struct Numbers {
  std::vector<std::int32_t> a;
};
struct InRow {
  std::optional<AB> r;
};

TEST_CASE("a struct that is not the table's is refused with the column's name") {
  CHECK(contains(refused<AB>("CREATE TABLE t (a INTEGER NOT NULL, bb VARCHAR)"), "\"b\""));
  CHECK(contains(refused<AB>("CREATE TABLE t (a INTEGER NOT NULL, b DOUBLE)"), "\"b\" is DOUBLE"));
  CHECK(contains(refused<AB>("CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR)"), "\"a\" is BIGINT"));
  CHECK(contains(refused<AB>("CREATE TABLE t (a INTEGER, b VARCHAR)"), "\"a\" may be NULL"));
  CHECK(contains(refused<CaseTwins>("CREATE TABLE t (a INTEGER NOT NULL)"), "\"a\""));
  CHECK(contains(refused<Fee>("CREATE TABLE t (a DECIMAL(10, 3) NOT NULL)"), "\"a\""));
  const std::string array = "CREATE TABLE t (a INTEGER ";
  CHECK(contains(refused<Numbers>(array + "ARRAY NOT NULL)"), "values in column \"a\""));
  CHECK(contains(refused<Numbers>("CREATE TABLE t (a DOUBLE NOT NULL ARRAY NOT NULL)"),
                 "column \"a\" is DOUBLE"));
  CHECK(contains(refused<Numbers>("CREATE TABLE t (a INTEGER NOT NULL)"), "\"a\" is INTEGER"));
  const std::string row = refused<InRow>("CREATE TABLE t (r ROW(a INTEGER NOT NULL, x VARCHAR))");
  CHECK(contains(row, "column \"r\""));
  CHECK(contains(row, "\"b\""));
}

struct Checked {
  std::optional<std::string> code;
  std::optional<std::int64_t> small;
  std::optional<std::int64_t> clock;
  std::optional<FixedDecimal<3, 1>> fee;
  std::optional<std::string> json;
  std::optional<std::vector<std::optional<std::string>>> codes;
  std::optional<std::int32_t> must;
};

TEST_CASE("values that do not fit are refused when written, with the column's name") {
  const auto layout = layout_of(
      "CREATE TABLE t (code VARCHAR(3), small SMALLINT, clock TIME(0), fee DECIMAL(3, 1), json "
      "JSON, "
      "codes VARCHAR(2) ARRAY, must INTEGER NOT NULL)");
  const auto m = mapping<Checked>(layout);
  const auto error = [&](auto change) {
    Checked row;
    row.must = 1;
    change(row);
    RowBuilder builder(layout);
    const auto written = m.write(row, builder);
    if (!written) CHECK(written.error().code == ErrorCode::kConstraint);
    return written ? std::string() : written.error().to_string();
  };
  CHECK(error([](Checked& r) { r.code = "äöü", r.small = -32768, r.clock = 86399; }) == "");
  CHECK(contains(error([](Checked& r) { r.code = "four"; }), "\"code\""));
  CHECK(contains(error([](Checked& r) { r.code = "\xff"; }), "\"code\""));
  CHECK(contains(error([](Checked& r) { r.small = 32768; }), "\"small\""));
  CHECK(contains(error([](Checked& r) { r.clock = 86400; }), "\"clock\""));
  CHECK(contains(error([](Checked& r) { r.fee = {{1000}}; }), "\"fee\""));
  CHECK(contains(error([](Checked& r) { r.json = "{"; }), "\"json\""));
  CHECK(contains(error([](Checked& r) { r.codes = {{"ok", "long"}}; }), "\"codes\""));
  CHECK(contains(error([](Checked& r) { r.must.reset(); }), "\"must\""));
}

TEST_CASE("key fields are written, and refused when a row is read") {
  const auto layout = layout_of("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR)");
  const auto m = mapping<AB>(layout);
  CHECK(m.has_key_fields());
  RowBuilder builder(layout), other(layout);
  AB row{-5, "text"};
  REQUIRE(m.write(row, builder));
  REQUIRE(other.set_value(ColumnIndex{0}, Value(std::int64_t{-5})));
  std::string key, expected, bytes;
  REQUIRE(builder.finish_key(key));
  REQUIRE(other.finish_key(expected));
  CHECK(key == expected);
  REQUIRE(builder.finish_row(bytes));
  const auto read = m.read(*RowView::open(*layout, as_bytes(bytes)), row);
  REQUIRE(!read);
  CHECK(read.error().code == ErrorCode::kUnsupported);
  CHECK(contains(read.error().to_string(), "\"a\""));
}

TEST_CASE("damaged rows give values or errors that name a column, never a read outside") {
  const auto layout = Layout::make(*struct_schema<Everything>("t"));
  const auto m = mapping<Everything>(layout);
  const std::string bytes = encode(m, example());
  testing::RandomRows random(3);
  std::size_t refusals = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::size_t size = i % 2 == 0 ? bytes.size() : random.below(bytes.size() + 1);
    std::vector<char> damaged(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    for (std::uint64_t k = random.below(4); k > 0 && !damaged.empty(); --k) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    const auto view = RowView::open(*layout, as_bytes({damaged.data(), damaged.size()}));
    if (!view) continue;
    Everything out{};
    const auto read = m.read(*view, out);
    if (read) continue;
    ++refusals;
    REQUIRE(read.error().code == ErrorCode::kCorruption);
    REQUIRE(read.error().where.find("column \"") == 0);
  }
  CHECK(refusals > 100);
}

}  // namespace
}  // namespace wisp
