// Properties of rows, keys, patches and batches over generated schemas and values. What fails is
// shrunk to few columns and small values; RC_PARAMS="seed=..." repeats a run, "max_success=..."
// makes it longer (RapidCheck prints both).
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "random_rows.h"
#include "wisp/codec/key.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/projection.h"
#include "wisp/codec/row_batch.h"
#include "wisp/codec/row_identity.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/codec/row_verify.h"

namespace wisp {
namespace {

using testing::as_bytes;

// A column and what stands in it, before the type has made a value of it.
struct Cell {
  std::uint8_t kind = 0;
  bool not_null = false;
  bool descending = false;
  std::optional<std::int64_t> number;  // none: NULL
  std::int64_t other = 0;              // a second value of the column
  std::string text;
  std::string other_text;
};
using Cells = std::vector<Cell>;

std::ostream& operator<<(std::ostream& out, const Cell& c) {
  out << "{kind " << int{c.kind} << (c.not_null ? " NOT NULL" : "")
      << (c.descending ? " DESC" : "");
  if (c.number) out << ' ' << *c.number;
  return out << ", " << c.other << ", \"" << c.text << "\", \"" << c.other_text << "\"}";
}

Type type_of(const Cell& c) {
  constexpr TypeKind kKinds[] = {TypeKind::kBoolean,  TypeKind::kTinyInt, TypeKind::kSmallInt,
                                 TypeKind::kInteger,  TypeKind::kBigInt,  TypeKind::kUTinyInt,
                                 TypeKind::kUInteger, TypeKind::kUBigInt, TypeKind::kDouble};
  if (c.kind >= std::size(kKinds)) return Type::varchar();
  return Type(kKinds[c.kind]);
}

Value value_of(const Cell& c, std::int64_t number, const std::string& text) {
  switch (type_of(c).kind()) {
    case TypeKind::kBoolean:
      return Value(number % 2 != 0);
    case TypeKind::kTinyInt:
      return Value(std::int64_t{static_cast<std::int8_t>(number)});
    case TypeKind::kSmallInt:
      return Value(std::int64_t{static_cast<std::int16_t>(number)});
    case TypeKind::kInteger:
      return Value(std::int64_t{static_cast<std::int32_t>(number)});
    case TypeKind::kBigInt:
      return Value(number);
    case TypeKind::kUTinyInt:
      return Value(std::uint64_t{static_cast<std::uint8_t>(number)});
    case TypeKind::kUInteger:
      return Value(std::uint64_t{static_cast<std::uint32_t>(number)});
    case TypeKind::kUBigInt:
      return Value(static_cast<std::uint64_t>(number));
    case TypeKind::kDouble:
      return Value(static_cast<double>(number) / 8);
    default:
      return Value(text);
  }
}
Value value_of(const Cell& c) {
  if (!c.number && !c.not_null) return {};
  return value_of(c, c.number.value_or(0), c.text);
}
Value other_value_of(const Cell& c) {
  return value_of(c, c.other, c.other_text);
}

SchemaPtr schema_of(const Cells& cells, bool keyed = false) {
  SchemaBuilder builder("t");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    builder.add("c" + std::to_string(i), type_of(cells[i]), !keyed && !cells[i].not_null);
  }
  for (std::size_t i = 0; keyed && i < cells.size(); ++i) {
    builder.key("c" + std::to_string(i),
                cells[i].descending ? SortOrder::kDescending : SortOrder::kAscending);
  }
  auto schema = builder.build();
  if (!schema) RC_FAIL(schema.error().to_string());
  return *schema;
}

std::string encode(const LayoutPtr& layout, const std::vector<Value>& values) {
  RowBuilder builder(layout);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    if (values[i].is_null()) continue;
    RC_ASSERT(builder.set_value(ColumnIndex{i}, values[i]).has_value());
  }
  std::string out;
  RC_ASSERT(builder.finish_row(out).has_value());
  return out;
}
std::vector<Value> values_of(const Cells& cells) {
  std::vector<Value> out;
  for (const Cell& c : cells) out.push_back(value_of(c));
  return out;
}

// Which cells a patch touches, and with what.
struct Touch {
  std::uint16_t column = 0;
  bool null = false;
  std::int64_t number = 0;
  std::string text;
};
std::ostream& operator<<(std::ostream& out, const Touch& t) {
  return out << "{" << t.column << (t.null ? " NULL" : "") << ' ' << t.number << " \"" << t.text
             << "\"}";
}

void put_on(const std::vector<Touch>& touches, const Cells& cells, std::vector<Value>& values,
            PatchBuilder& patch) {
  for (const Touch& t : touches) {
    const std::uint32_t i = t.column % static_cast<std::uint32_t>(cells.size());
    const bool null = t.null && !cells[i].not_null;
    values[i] = null ? Value() : value_of(cells[i], t.number, t.text);
    RC_ASSERT(patch.set_value(ColumnIndex{i}, values[i]).has_value());
  }
}

std::string finish(PatchBuilder& patch) {
  std::string out;
  RC_ASSERT(patch.finish(MissingRow::kIgnore, out).has_value());
  return out;
}

}  // namespace
}  // namespace wisp

namespace rc {

using wisp::Cell;
using wisp::Touch;

// ASCII, NUL included: a VARCHAR is UTF-8.
inline Gen<std::string> short_text() {
  return gen::container<std::string>(gen::inRange<char>(0, 127));
}

template <>
struct Arbitrary<Cell> {
  static Gen<Cell> arbitrary() {
    // Small numbers are common in real tables, and have forms of their own.
    const auto number = gen::weightedOneOf<std::int64_t>(
        {{3, gen::inRange<std::int64_t>(-3, 20)}, {1, gen::arbitrary<std::int64_t>()}});
    const auto maybe = gen::map(gen::maybe(number), [](const Maybe<std::int64_t>& n) {
      return n ? std::optional<std::int64_t>(*n) : std::nullopt;
    });
    return gen::build<Cell>(
        gen::set(&Cell::kind, gen::inRange<std::uint8_t>(0, 11)),
        gen::set(&Cell::not_null, gen::map(gen::inRange(0, 6), [](int n) { return n == 5; })),
        gen::set(&Cell::descending), gen::set(&Cell::number, maybe), gen::set(&Cell::other, number),
        gen::set(&Cell::text, short_text()), gen::set(&Cell::other_text, short_text()));
  }
};
template <>
struct Arbitrary<Touch> {
  static Gen<Touch> arbitrary() {
    return gen::build<Touch>(gen::set(&Touch::column), gen::set(&Touch::null),
                             gen::set(&Touch::number), gen::set(&Touch::text, short_text()));
  }
};

}  // namespace rc

namespace wisp {
namespace {

TEST_CASE("property: a row gives back what was set, through every way of reading") {
  CHECK(rc::check([](const Cells& cells) {
    const auto schema = schema_of(cells.empty() ? Cells(1) : cells);
    const auto layout = Layout::make(schema);
    const std::vector<Value> values = values_of(cells.empty() ? Cells(1) : cells);
    const std::string bytes = encode(layout, values);
    const auto row = RowView::open(*layout, as_bytes(bytes));
    RC_ASSERT(row.has_value());
    RC_ASSERT(verify_row(*row).has_value());
    std::vector<ColumnIndex> all;
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      const auto read = row->value(ColumnIndex{i});
      RC_ASSERT(read.has_value());
      RC_ASSERT(*read == values[i]);
      RC_ASSERT(row->is_null(ColumnIndex{i}) == values[i].is_null());
      all.push_back(ColumnIndex{i});
    }
    const auto projection = Projection::make(layout, all);
    ProjectedRow projected(*projection);
    projected.read(*row);
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      RC_ASSERT(projected.is_null(i) == values[i].is_null());
    }
    RC_ASSERT(encode(layout, values) == bytes);
  }));
}

TEST_CASE("property: rows are equal, and hash the same, where their values are") {
  CHECK(rc::check([](Cells cells, bool change) {
    if (cells.empty()) cells.resize(1);
    const auto layout = Layout::make(schema_of(cells));
    const std::vector<Value> values = values_of(cells);
    std::vector<Value> others = values;
    if (change) others.back() = other_value_of(cells.back());
    const std::string a = encode(layout, values);
    const std::string b = encode(layout, others);
    const auto x = *RowView::open(*layout, as_bytes(a));
    const auto y = *RowView::open(*layout, as_bytes(b));
    RC_ASSERT(rows_equal(x, y) == (values == others));
    if (values == others) RC_ASSERT(row_hash(x) == row_hash(y));
  }));
}

TEST_CASE("property: keys sort as their values do") {
  CHECK(rc::check([](Cells cells) {
    if (cells.empty()) cells.resize(1);
    if (cells.size() > 6) cells.resize(6);
    const auto schema = schema_of(cells, true);
    std::vector<Value> a, b;
    int expected = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell& c = cells[i];
      a.push_back(value_of(c, c.number.value_or(0), c.text));
      b.push_back(i % 2 == 0 && !c.number ? a.back() : other_value_of(c));
      if (expected != 0 || a.back() == b.back()) continue;
      bool less = false;
      if (const auto* text = a.back().get_if<std::string>()) {
        less = *text < *b.back().get_if<std::string>();
      } else if (const auto* number = a.back().get_if<std::int64_t>()) {
        less = *number < *b.back().get_if<std::int64_t>();
      } else if (const auto* natural = a.back().get_if<std::uint64_t>()) {
        less = *natural < *b.back().get_if<std::uint64_t>();
      } else if (const auto* real = a.back().get_if<double>()) {
        less = *real < *b.back().get_if<double>();
      } else {
        less = !*a.back().get_if<bool>();
      }
      expected = less != c.descending ? -1 : 1;
    }
    std::string x, y;
    RC_ASSERT(append_key(*schema, a, x).has_value());
    RC_ASSERT(append_key(*schema, b, y).has_value());
    const int order = x.compare(y);
    RC_ASSERT((order < 0 ? -1 : order > 0 ? 1 : 0) == expected);
    const auto back = decode_key(*schema, x);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == a);
  }));
}

TEST_CASE("property: patches on a row, one by one or folded in either order of folding") {
  CHECK(rc::check([](Cells cells, const std::vector<std::vector<Touch>>& touches) {
    if (cells.empty()) cells.resize(1);
    const auto schema = schema_of(cells);
    const auto layout = Layout::make(schema);
    const auto patch_layout = Layout::make_patch(schema);
    std::vector<Value> values = values_of(cells);
    const std::string row = encode(layout, values);
    std::vector<std::string> patches;
    for (const auto& touched : touches) {
      PatchBuilder patch(patch_layout);
      put_on(touched, cells, values, patch);
      patches.push_back(finish(patch));
    }
    const std::string expected = encode(layout, values);
    const auto view = [&](const std::string& patch) {
      return *PatchView::open(*patch_layout, as_bytes(patch));
    };
    RowPatcher patcher(layout, patch_layout);
    RC_ASSERT(patcher.start(*RowView::open(*layout, as_bytes(row))).has_value());
    for (const std::string& patch : patches) RC_ASSERT(patcher.add(view(patch)).has_value());
    std::string out;
    RC_ASSERT(patcher.finish(out).has_value());
    RC_ASSERT(out == expected);
    if (patches.empty()) return;
    std::string left = patches.front();
    for (std::size_t i = 1; i < patches.size(); ++i) {
      std::string folded;
      RC_ASSERT(fold_patch(view(left), view(patches[i]), folded).has_value());
      left = folded;
    }
    std::string right = patches.back();
    for (std::size_t i = patches.size() - 1; i-- > 0;) {
      std::string folded;
      RC_ASSERT(fold_patch(view(patches[i]), view(right), folded).has_value());
      right = folded;
    }
    RC_ASSERT(left == right);
    RC_ASSERT(verify_patch(view(left)).has_value());
    RC_ASSERT(patcher.start(*RowView::open(*layout, as_bytes(row))).has_value());
    RC_ASSERT(patcher.add(view(left)).has_value());
    out.clear();
    RC_ASSERT(patcher.finish(out).has_value());
    RC_ASSERT(out == expected);
  }));
}

TEST_CASE(
    "property: a slice of a batch has the rows it was cut from, also when opened from bytes") {
  CHECK(rc::check([](Cells cells, const std::vector<std::vector<Touch>>& rows, std::uint8_t from,
                     std::uint8_t to) {
    if (cells.empty()) cells.resize(1);
    const auto schema = schema_of(cells);
    const auto layout = Layout::make(schema);
    const auto patch_layout = Layout::make_patch(schema);
    RowBatchBuilder builder(layout);
    std::vector<std::string> expected;
    std::vector<Value> values = values_of(cells);
    for (const auto& touched : rows) {
      PatchBuilder unused(patch_layout);
      put_on(touched, cells, values, unused);
      expected.push_back(encode(layout, values));
      RC_ASSERT(builder.append(as_bytes(expected.back())).has_value());
    }
    const RowBatch batch = builder.freeze();
    RC_ASSERT(batch.size() == expected.size());
    const std::size_t begin = expected.empty() ? 0 : from % (expected.size() + 1);
    const std::size_t end = begin + to % (expected.size() - begin + 1);
    const RowBatch slice = batch.slice(begin, end - begin);
    RC_ASSERT(slice.size() == end - begin);
    const auto parts = slice.parts();
    std::vector<std::byte> bytes(parts.header.begin(), parts.header.end());
    bytes.insert(bytes.end(), parts.index.begin(), parts.index.end());
    bytes.insert(bytes.end(), parts.rows.begin(), parts.rows.end());
    const auto opened = RowBatch::open(layout, bytes, nullptr);
    RC_ASSERT(opened.has_value());
    RC_ASSERT(opened->size() == slice.size());
    for (const RowBatch* same : {&slice, &*opened}) {
      for (std::size_t i = 0; i < same->size(); ++i) {
        const auto got = same->bytes(i);
        RC_ASSERT(std::string(reinterpret_cast<const char*>(got.data()), got.size()) ==
                  expected[begin + i]);
      }
    }
  }));
}

}  // namespace
}  // namespace wisp
