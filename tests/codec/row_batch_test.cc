// Batches: what was appended is read, slices share, exports reopen, damage is refused.
#include "wisp/codec/row_batch.h"

#include <doctest/doctest.h>

#include "random_rows.h"
#include "wisp/codec/row_identity.h"

namespace wisp {
namespace {

using testing::as_bytes;

std::string joined(const RowBatch::Parts& parts) {
  std::string out(reinterpret_cast<const char*>(parts.header.data()), parts.header.size());
  out.append(reinterpret_cast<const char*>(parts.index.data()), parts.index.size());
  out.append(reinterpret_cast<const char*>(parts.rows.data()), parts.rows.size());
  return out;
}

struct Sample {
  LayoutPtr layout;
  std::vector<std::string> rows;
  RowBatch batch;
};

Sample sample(std::size_t count) {
  testing::RandomRows random(count);
  Sample s;
  const auto schema = random.schema(40, 0.1, 1);
  s.layout = Layout::make(schema);
  RowBatchBuilder builder(s.layout);
  for (std::size_t i = 0; i < count; ++i) {
    s.rows.push_back(testing::encode_cells(s.layout, testing::random_cells(random, *schema, 0.3)));
    REQUIRE(builder.append(as_bytes(s.rows.back())));
  }
  s.batch = builder.freeze();
  CHECK(builder.size() == 0);
  return s;
}

void check_rows(const RowBatch& batch, const std::vector<std::string>& rows, std::size_t first) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto bytes = batch.bytes(i);
    const std::string& expected = rows[first + i];
    REQUIRE(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) ==
            expected);
    const auto view = *RowView::open(*batch.layout(), as_bytes(expected));
    CHECK(rows_equal(batch[i], view));
    CHECK(row_hash(batch[i]) == row_hash(view));
  }
}

TEST_CASE("slices of slices share the buffer and keep it alive") {
  RowBatch inner;
  std::vector<std::string> rows;
  const std::byte* data = nullptr;
  {
    Sample s = sample(50);
    rows = s.rows;
    CHECK(s.batch.size() == 50);
    check_rows(s.batch, rows, 0);
    data = s.batch.bytes(17).data();
    inner = s.batch.slice(10, 30).slice(5, 10);
    CHECK(s.batch.slice(50, 0).empty());
    CHECK(s.batch.slice(0, 50).row_bytes() == s.batch.row_bytes());
  }
  CHECK(inner.size() == 10);
  CHECK(inner.bytes(2).data() == data);
  check_rows(inner, rows, 15);
}

TEST_CASE("an exported slice reopens from its bytes without copying") {
  const Sample s = sample(20);
  for (const auto& [first, count] : {std::pair{0, 20}, {3, 9}, {19, 1}, {5, 0}}) {
    const RowBatch slice =
        s.batch.slice(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    const auto parts = slice.parts();
    if (count != 0) CHECK(parts.rows.data() == slice.bytes(0).data());
    auto owner = std::make_shared<std::string>(joined(parts));
    auto again = RowBatch::open(s.layout, as_bytes(*owner), owner);
    REQUIRE_MESSAGE(again, again.error().to_string());
    CHECK(again->size() == slice.size());
    if (count != 0) {
      CHECK(reinterpret_cast<const char*>(again->bytes(0).data()) ==
            owner->data() + kBatchHeaderBytes + parts.index.size());
    }
    owner.reset();
    check_rows(*again, s.rows, static_cast<std::size_t>(first));
  }
}

TEST_CASE("every bit flip and truncation of a batch is refused") {
  const Sample s = sample(6);
  const std::string bytes = joined(s.batch.slice(1, 4).parts());
  REQUIRE(RowBatch::open(s.layout, as_bytes(bytes), nullptr));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    CHECK(!RowBatch::open(s.layout, as_bytes(damaged), nullptr));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(!RowBatch::open(s.layout, as_bytes({exact.data(), size}), nullptr));
  }
}

TEST_CASE("appending fails without a trace") {
  SchemaBuilder schema("t");
  schema.add("a", Type(TypeKind::kInteger), false);
  const auto layout = Layout::make(*schema.build());
  RowBatchBuilder builder(layout);
  RowBuilder row(layout);
  CHECK(!builder.append(row));  // NOT NULL column not set
  CHECK(builder.size() == 0);
  CHECK(builder.row_bytes() == 0);
  row.set(*layout->column<std::int32_t>("a"), 5);
  REQUIRE(builder.append(row));
  CHECK(!builder.append(as_bytes("x")));
  const RowBatch batch = builder.freeze();
  CHECK(batch.size() == 1);
  CHECK(batch[0][*layout->column<std::int32_t>("a")] == 5);
}

}  // namespace
}  // namespace wisp
