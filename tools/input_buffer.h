// A window on a ByteSource for readers of line-based text: unread bytes stay contiguous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/tools/byte_source.h"

namespace wisp::tools {

// Threads: one at a time.
class InputBuffer {
 public:
  // So many bytes behind unread() may be read too (their values mean nothing): block-wise scanners
  // and simdjson do.
  static constexpr std::size_t kPaddingBytes = 64;

  explicit InputBuffer(std::unique_ptr<ByteSource> source);

  // Valid until the next refill().
  std::string_view unread() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
  // Requires: count <= unread().size().
  void consume(std::size_t count) noexcept { begin_ += count; }
  // Nothing follows unread().
  bool at_end() const noexcept { return at_end_; }

  // Appends to unread(), until the new bytes hold a line end; at the end of the source possibly
  // nothing. Where much is unread already it waits for more, so that looking at all of it again
  // after every refill stays linear in its size. Memory is a small multiple of unread().size().
  Status refill();

  // Skips a byte order mark. Requires: nothing was consumed. Refills.
  Status skip_byte_order_mark();

  const ByteSource& source() const noexcept { return *source_; }

 private:
  void make_room();
  Status read_some();

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_;  // without the padding
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
};

}  // namespace wisp::tools
