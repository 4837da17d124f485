#include "wisp/codec/row_batch.h"

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include <cstring>
#include <utility>

#include "wisp/codec/row_sections.h"

namespace wisp {

namespace {

constexpr char kMagic[4] = {'W', 'B', 'A', 'T'};
constexpr std::size_t kChecksumAt = 24;

std::uint64_t checksum(std::span<const std::byte> header, std::span<const std::byte> index,
                       std::span<const std::byte> rows) {
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, header.data(), kChecksumAt);
  XXH3_64bits_update(&state, index.data(), index.size());
  XXH3_64bits_update(&state, rows.data(), rows.size());
  return XXH3_64bits_digest(&state);
}

// What freeze() hands to shared ownership.
struct Frozen {
  std::string rows;
  std::vector<std::uint32_t> ends;
};

}  // namespace

Status RowBatchBuilder::add_end() {
  if (rows_.size() > 0xFFFFFFFF || ends_.size() == 0xFFFFFFFF) {
    return fail(ErrorCode::kLimit, "a batch holds at most 4 GiB of rows");
  }
  ends_.push_back(static_cast<std::uint32_t>(rows_.size()));
  return {};
}

Status RowBatchBuilder::append(RowBuilder& row) {
  assert(row.layout() == layout_);
  const std::size_t before = rows_.size();
  WISP_TRY(row.finish_row(rows_));
  auto added = add_end();
  if (!added) rows_.resize(before);
  return added;
}

Status RowBatchBuilder::append(std::span<const std::byte> row) {
  auto view = RowView::open(*layout_, row);
  if (!view) return fail(std::move(view).error());
  const std::size_t before = rows_.size();
  rows_.append(reinterpret_cast<const char*>(row.data()), row.size());
  auto added = add_end();
  if (!added) rows_.resize(before);
  return added;
}

RowBatch RowBatchBuilder::freeze() {
  auto frozen = std::make_shared<Frozen>(
      Frozen{std::exchange(rows_, std::string()), std::exchange(ends_, {})});
  RowBatch out;
  out.layout_ = layout_;
  out.ends_ = reinterpret_cast<const std::byte*>(frozen->ends.data());
  out.rows_ = reinterpret_cast<const std::byte*>(frozen->rows.data());
  out.count_ = static_cast<std::uint32_t>(frozen->ends.size());
  out.owner_ = std::move(frozen);
  return out;
}

RowBatch RowBatch::slice(std::size_t first, std::size_t count) const noexcept {
  assert(first <= count_ && count <= count_ - first);
  RowBatch out = *this;
  const std::uint32_t begin = start(first);
  out.ends_ = ends_ + 4 * first;
  out.rows_ = rows_ + begin;
  out.base_ = base_ + begin;
  out.count_ = static_cast<std::uint32_t>(count);
  return out;
}

RowBatch::Parts RowBatch::parts() const noexcept {
  Parts out{};
  out.index = {ends_, std::size_t{4} * count_};
  out.rows = {rows_, row_bytes()};
  char* h = reinterpret_cast<char*>(out.header.data());
  std::memcpy(h, kMagic, 4);
  store_le(h + 4, kRowFormat);
  store_le(h + 8, layout_ == nullptr ? 0 : to_underlying(layout_->schema()->version()));
  store_le(h + 12, count_);
  store_le(h + 16, base_);
  store_le(h + kChecksumAt, checksum(out.header, out.index, out.rows));
  return out;
}

Result<RowBatch> RowBatch::open(LayoutPtr layout, std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner) {
  const auto bad = [](std::uint64_t at, std::string what) {
    return fail(ErrorCode::kCorruption, std::move(what), "batch byte " + std::to_string(at));
  };
  if (bytes.size() < kBatchHeaderBytes)
    return bad(bytes.size(), "the header of a batch is cut off");
  const std::byte* h = bytes.data();
  if (std::memcmp(h, kMagic, 4) != 0) return bad(0, "not a row batch");
  if (load_le<std::uint32_t>(h + 4) != kRowFormat) {
    return fail(ErrorCode::kUnknownSchema,
                "a batch of row format " + std::to_string(load_le<std::uint32_t>(h + 4)));
  }
  if (load_le<std::uint32_t>(h + 8) != to_underlying(layout->schema()->version())) {
    return fail(ErrorCode::kUnknownSchema,
                "a batch of schema version " + std::to_string(load_le<std::uint32_t>(h + 8)));
  }
  RowBatch out;
  out.count_ = load_le<std::uint32_t>(h + 12);
  out.base_ = load_le<std::uint32_t>(h + 16);
  if (load_le<std::uint32_t>(h + 20) != 0) return bad(20, "a reserved field is not zero");
  const auto rest = bytes.subspan(kBatchHeaderBytes);
  if (out.count_ > rest.size() / 4) return bad(12, "the index of a batch is cut off");
  const auto index = rest.first(std::size_t{4} * out.count_);
  const auto rows = rest.subspan(index.size());
  if (load_le<std::uint64_t>(h + kChecksumAt) !=
      checksum(bytes.first(kBatchHeaderBytes), index, rows)) {
    return bad(kChecksumAt, "the checksum of a batch does not match");
  }
  out.layout_ = std::move(layout);
  out.owner_ = std::move(owner);
  out.ends_ = index.data();
  out.rows_ = rows.data();
  std::uint32_t begin = 0;
  for (std::uint32_t i = 0; i < out.count_; ++i) {
    const std::uint32_t end = load_le<std::uint32_t>(out.ends_ + std::size_t{4} * i) - out.base_;
    if (end < begin || end > rows.size()) {
      return bad(kBatchHeaderBytes + std::size_t{4} * i, "the ends of rows do not rise");
    }
    auto row = RowView::open(*out.layout_, rows.subspan(begin, end - begin));
    if (!row)
      return fail(std::move(row).error().within("row " + std::to_string(i) + " of a batch"));
    begin = end;
  }
  if (begin != rows.size()) return bad(bytes.size(), "bytes behind the last row of a batch");
  return out;
}

}  // namespace wisp
