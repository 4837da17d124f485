// RowBatch: many encoded rows in one immutable buffer with an index, shared and sliced without
// copying.
//
//   OFFSET  SIZE  MEANING
//   0       4     "WBAT"
//   4       4     row format (kRowFormat)
//   8       4     schema version of all rows
//   12      4     number of rows n
//   16      4     base: what the ends below count from
//   20      4     zero
//   24      8     XXH3-64 of bytes 0 to 23 and everything behind byte 32
//   32      4 n   end of each row, less `base` relative to the first row byte
//   ..      ..    the rows, one behind the other
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "wisp/codec/bytes.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"

namespace wisp {

inline constexpr std::size_t kBatchHeaderBytes = 32;

// Immutable; copying and slicing share the buffer. Threads: shared by all.
class RowBatch {
 public:
  RowBatch() = default;

  // Reopens exported bytes; `owner` keeps them alive (may be null: the caller does). Checks the
  // checksum, the index and each row's header once; reads then check their own place only. Fails
  // with kCorruption or kUnknownSchema.
  static Result<RowBatch> open(LayoutPtr layout, std::span<const std::byte> bytes,
                               std::shared_ptr<const void> owner);

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  const LayoutPtr& layout() const noexcept { return layout_; }

  // Requires: i < size(). Points into the buffer; valid as long as any batch shares it.
  // Deleted on temporaries, which may be the last to share it.
  std::span<const std::byte> bytes(std::size_t i) const& noexcept {
    assert(i < count_);
    const std::uint32_t begin = start(i);
    return {rows_ + begin, load_le<std::uint32_t>(ends_ + 4 * i) - base_ - begin};
  }
  std::span<const std::byte> bytes(std::size_t i) const&& = delete;
  RowView operator[](std::size_t i) const& noexcept {
    return RowView::trust_bytes(*layout_, bytes(i));
  }
  RowView operator[](std::size_t i) const&& = delete;
  std::size_t row_bytes() const noexcept { return count_ == 0 ? 0 : start(count_); }

  // Rows [first, first + count) of this batch, sharing its buffer: O(1).
  // Requires: first + count <= size().
  RowBatch slice(std::size_t first, std::size_t count) const noexcept;

  // The exported form as three parts in order (for writev): header, index, rows. Index and rows are
  // not copied. Valid as long as the Parts object and any batch that shares the buffer live.
  struct Parts {
    std::array<std::byte, kBatchHeaderBytes> header;
    std::span<const std::byte> index;
    std::span<const std::byte> rows;
  };
  Parts parts() const noexcept;

 private:
  friend class RowBatchBuilder;
  // Offset of row i in rows_, which begins with row 0.
  std::uint32_t start(std::size_t i) const noexcept {
    return i == 0 ? 0 : load_le<std::uint32_t>(ends_ + 4 * (i - 1)) - base_;
  }

  LayoutPtr layout_;
  std::shared_ptr<const void> owner_;
  const std::byte* ends_ = nullptr;
  const std::byte* rows_ = nullptr;
  std::uint32_t base_ = 0;
  std::uint32_t count_ = 0;
};

// Appends rows, then freezes them. Threads: one at a time.
class RowBatchBuilder {
 public:
  explicit RowBatchBuilder(LayoutPtr layout) : layout_(std::move(layout)) {}

  // Encodes the builder's row at the end. Fails as finish_row(), and with kLimit above 4 GiB; the
  // batch is then unchanged. Requires: a builder of the same layout.
  Status append(RowBuilder& row);
  // Appends an encoded row after its header check.
  Status append(std::span<const std::byte> row);

  std::size_t size() const noexcept { return ends_.size(); }
  std::size_t row_bytes() const noexcept { return rows_.size(); }

  // The rows so far as an immutable batch; the builder is empty again. Nothing is copied.
  RowBatch freeze();

 private:
  Status add_end();

  LayoutPtr layout_;
  std::string rows_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace wisp
