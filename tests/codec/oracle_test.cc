// The codec against a decoder written from codec/FORMAT.md alone: whatever verify_row accepts, the
// page decodes to the same values, and what the page allows, verify_row accepts.
#include <doctest/doctest.h>
#include <xxhash.h>

#include <string>

#include "oracle_decoder.h"
#include "random_rows.h"
#include "wisp/codec/bytes.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/row_batch.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::Cells;
using testing::encode_cells;
using testing::random_cells;
using testing::RandomRows;

bool all_fit(const Schema& schema, const std::vector<Value>& values) {
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    if (!check_value(schema.column(ColumnIndex{i}).type, values[i], "")) return false;
  }
  return true;
}

// What became of damaged bytes.
struct Tally {
  std::size_t accepted = 0;
  std::size_t refused = 0;
};

void check_same(const LayoutPtr& layout, std::string_view bytes, Tally& tally) {
  const Schema& schema = *layout->schema();
  const auto expected = oracle::decode_row(schema, bytes);
  const auto view = RowView::open(*layout, as_bytes(bytes));
  const Status verified = view ? verify_row(*view) : Status(fail(view.error()));
  if (!verified) {
    ++tally.refused;
    // The oracle knows neither ranges nor UTF-8.
    if (expected && all_fit(schema, *expected)) FAIL("refused: " << verified.error().to_string());
    return;
  }
  ++tally.accepted;
  if (!expected) FAIL("accepted, but: " << expected.error().message);
  if (verify_row(*view, {.utf8 = true}) && !all_fit(schema, *expected)) {
    FAIL("a value outside its type is accepted");
  }
  for (std::uint32_t i = 0; i < expected->size(); ++i) {
    const auto v = view->value(ColumnIndex{i});
    if (!v || !(*v == (*expected)[i])) FAIL("column " << i << " differs");
  }
}

// One to three random changes of bytes.
std::string damaged(RandomRows& random, std::string bytes) {
  for (std::uint64_t n = 1 + random.below(3); n != 0; --n) {
    if (bytes.empty()) return bytes;
    // Half of the damage where the structure stands.
    const std::size_t at =
        random.below(random.chance(0.5) ? std::min<std::size_t>(bytes.size(), 48) : bytes.size());
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] + 1);
        break;
      case 2:
        bytes[at] = static_cast<char>(bytes[at] - 1);
        break;
      case 3:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 4:
        bytes.erase(at, 1);
        break;
      default:
        bytes.insert(at, 1, static_cast<char>(random.chance(0.5) ? 0 : random.below(256)));
    }
  }
  return bytes;
}

TEST_CASE("rows: the codec and the page agree, on good rows and on damaged ones") {
  Tally good;
  Tally bad;
  for (std::uint64_t seed = 0; seed < 90; ++seed) {
    CAPTURE(seed);
    RandomRows random(50'000 + seed);
    constexpr std::size_t kColumns[] = {1, 3, 9, 30, 130, 300, 700};
    random.text_length = seed % 5 == 0 ? 300 : 9;
    const auto schema = random.schema(kColumns[seed % 7], seed % 3 == 0 ? 0.3 : 0.0, seed % 4);
    const auto layout = Layout::make(schema);
    for (const double present : {0.0, 0.01, 0.05, 0.3, 0.9, 0.99, 1.0}) {
      const Cells cells = random_cells(random, *schema, present);
      const std::string bytes = encode_cells(layout, cells);
      const auto decoded = oracle::decode_row(*schema, bytes);
      REQUIRE_MESSAGE(decoded, decoded.error().message);
      if (*decoded != cells) FAIL("the oracle reads other values than were written");
      check_same(layout, bytes, good);
      for (int i = 0; i < 60; ++i) check_same(layout, damaged(random, bytes), bad);
    }
  }
  CHECK(good.refused == 0);
  CHECK(bad.accepted > 1000);
  CHECK(bad.refused > 1000);
}

TEST_CASE("rows of one class: every form, good and damaged") {
  Tally good;
  Tally bad;
  bool met[256] = {};
  for (const TypeKind kind :
       {TypeKind::kInteger, TypeKind::kUInteger, TypeKind::kBigInt, TypeKind::kUBigInt,
        TypeKind::kVarchar, TypeKind::kBoolean, TypeKind::kSmallInt, TypeKind::kDouble}) {
    for (const std::size_t columns : {3, 20, 70, 300, 3000}) {
      SchemaBuilder builder("t");
      for (std::size_t i = 0; i < columns; ++i) builder.add("c" + std::to_string(i), Type(kind));
      const auto layout = Layout::make(*builder.build());
      RandomRows random(columns + static_cast<std::size_t>(kind));
      for (const double present : {0.0, 0.002, 0.05, 0.5, 0.98, 1.0}) {
        for (const double zeros : {0.0, 0.6, 0.95}) {
          random.text_length = zeros == 0 ? 5 : 100;
          Cells cells = random_cells(random, *layout->schema(), present);
          for (Value& v : cells) {
            if (v.get_if<std::int64_t>() != nullptr && random.chance(zeros))
              v = Value(static_cast<std::int64_t>(random.below(zeros > 0.9 ? 1 : 20)));
            if (v.get_if<std::uint64_t>() != nullptr && random.chance(zeros))
              v = Value(random.below(zeros > 0.9 ? 1 : 20));
          }
          const std::string bytes = encode_cells(layout, cells);
          met[static_cast<unsigned char>(bytes[0])] = true;
          check_same(layout, bytes, good);
          for (int i = 0; i < 12; ++i) check_same(layout, damaged(random, bytes), bad);
          for (int format = 0; format < 256; ++format) {  // the same bytes under every other form
            std::string other = bytes;
            other[0] = static_cast<char>(format);
            if (columns <= 20) check_same(layout, other, bad);
          }
        }
      }
    }
  }
  CHECK(good.refused == 0);
  for (int i = 0; i < 256; ++i) {
    if (met[i]) met[i & 7] = met[8 | (i & 16)] = true;  // forms of presence; then of texts
  }
  for (int form = 0; form < 5; ++form) CHECK(met[form]);
}

TEST_CASE("block starts take four bytes where two would make the row too long, and only there") {
  SchemaBuilder builder("t");
  for (int i = 0; i < 40; ++i) builder.add("c" + std::to_string(i), Type::varchar(), false);
  const auto layout = Layout::make(*builder.build());
  bool narrow = false;
  bool wide = false;
  // Header, 40 lengths, two block starts, 39 texts of 1,600 bytes (two of them a varint).
  for (std::size_t last = 2990; last < 3040; ++last) {
    Cells cells(39, Value(std::string(1600, 'x')));
    cells.push_back(Value(std::string(last, 'y')));
    const std::string bytes = encode_cells(layout, cells);
    Tally tally;
    check_same(layout, bytes, tally);
    CHECK(tally.accepted == 1);
    narrow |= bytes.size() <= 65535;
    wide |= bytes.size() > 65535;
    if (bytes.size() > 65535 || bytes.size() + 4 <= 65535) continue;
    std::string other = bytes.substr(0, 42);  // the same row with the starts it does not need
    for (const int at : {42, 44}) {
      other += bytes.substr(at, 2);
      other.append(2, '\0');
    }
    other += bytes.substr(46);
    check_same(layout, other, tally);
    CHECK(tally.refused == 1);
  }
  CHECK(narrow);
  CHECK(wide);
}

void check_same_patch(const LayoutPtr& layout, std::string_view bytes, Tally& tally) {
  const Schema& schema = *layout->schema();
  const auto expected = oracle::decode_patch(schema, bytes);
  const auto view = PatchView::open(*layout, as_bytes(bytes));
  const Status verified = view ? verify_patch(*view) : Status(fail(view.error()));
  if (!verified) {
    ++tally.refused;
    if (!expected) return;
    std::vector<Value> values;
    for (const auto& v : expected->touched) values.push_back(v.value_or(Value()));
    if (all_fit(schema, values)) FAIL("refused: " << verified.error().to_string());
    return;
  }
  ++tally.accepted;
  if (!expected) FAIL("accepted, but: " << expected.error().message);
  std::vector<std::optional<Value>> touched(schema.column_count());
  for (std::size_t i = 0; i < view->null_count(); ++i)
    touched[to_underlying(view->null_column(i))] = Value();
  for (std::uint32_t i = 0; i < touched.size(); ++i) {
    if (schema.is_key_column(ColumnIndex{i})) continue;
    const auto v = view->values().value(ColumnIndex{i});
    REQUIRE(v);
    if (!v->is_null()) touched[i] = *v;
  }
  CHECK((view->missing() == MissingRow::kCreate) == expected->creates);
  if (touched != expected->touched) FAIL("the patches differ");
}

TEST_CASE("patches: the codec and the page agree") {
  Tally good;
  Tally bad;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    RandomRows random(60'000 + seed);
    const auto schema = random.schema(1 + random.below(100), 0.2, seed % 3);
    const auto layout = Layout::make_patch(schema);
    for (const double touched : {0.0, 0.1, 0.5, 1.0}) {
      PatchBuilder builder(layout);
      for (std::uint32_t i = 0; i < schema->column_count(); ++i) {
        const Column& c = schema->column(ColumnIndex{i});
        if (!random.chance(touched)) continue;
        REQUIRE(builder.set_value(
            ColumnIndex{i}, c.nullable && random.chance(0.3) ? Value() : random.value(c.type)));
      }
      std::string bytes;
      REQUIRE(
          builder.finish(random.chance(0.5) ? MissingRow::kCreate : MissingRow::kIgnore, bytes));
      check_same_patch(layout, bytes, good);
      for (int i = 0; i < 100; ++i) check_same_patch(layout, damaged(random, bytes), bad);
    }
  }
  CHECK(good.refused == 0);
  CHECK(bad.accepted > 500);
  CHECK(bad.refused > 500);
}

void reseal(std::string& batch) {
  if (batch.size() < 32) return;
  const std::string covered = batch.substr(0, 24) + batch.substr(32);
  store_le(batch.data() + 24, std::uint64_t{XXH3_64bits(covered.data(), covered.size())});
}

void check_same_batch(const LayoutPtr& layout, std::string_view bytes, Tally& tally) {
  const auto expected = oracle::decode_batch(*layout->schema(), bytes);
  const auto batch = RowBatch::open(layout, as_bytes(bytes), nullptr);
  bool verified = batch.has_value();
  for (std::size_t i = 0; verified && i < batch->size(); ++i)
    verified = verify_row((*batch)[i]).has_value();
  if (!verified) {
    ++tally.refused;
    bool fit = expected.has_value();
    for (std::size_t i = 0; fit && i < expected->size(); ++i)
      fit = all_fit(*layout->schema(), (*expected)[i]);
    if (fit) FAIL("refused: " << (batch ? "a row" : batch.error().to_string()));
    return;
  }
  ++tally.accepted;
  if (!expected) FAIL("accepted, but: " << expected.error().message);
  REQUIRE(expected->size() == batch->size());
  for (std::size_t i = 0; i < batch->size(); ++i) {
    for (std::uint32_t c = 0; c < layout->column_count(); ++c) {
      const auto v = (*batch)[i].value(ColumnIndex{c});
      if (!v || !(*v == (*expected)[i][c])) FAIL("row " << i << ", column " << c << " differs");
    }
  }
}

TEST_CASE("batches: the codec and the page agree") {
  Tally good;
  Tally bad;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    RandomRows random(70'000 + seed);
    const auto schema = random.schema(1 + random.below(12), 0.2, seed % 2);
    const auto layout = Layout::make(schema);
    RowBatchBuilder builder(layout);
    const std::size_t rows = random.below(6);
    for (std::size_t i = 0; i < rows; ++i)
      REQUIRE(builder.append(as_bytes(encode_cells(layout, random_cells(random, *schema, 0.6)))));
    const RowBatch batch = builder.freeze();
    const std::size_t first = random.below(rows + 1);
    const auto parts = batch.slice(first, random.below(rows - first + 1)).parts();
    std::string bytes;
    for (const std::span<const std::byte> part :
         {std::span<const std::byte>(parts.header), parts.index, parts.rows})
      bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    check_same_batch(layout, bytes, good);
    for (int i = 0; i < 200; ++i) {
      std::string other = damaged(random, bytes);
      if (random.chance(0.9)) reseal(other);
      check_same_batch(layout, other, bad);
    }
  }
  CHECK(good.refused == 0);
  CHECK(bad.accepted > 100);
  CHECK(bad.refused > 100);
}

}  // namespace
}  // namespace wisp
