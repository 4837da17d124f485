#include "wisp/tools/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wisp::tools {
namespace {

constexpr std::size_t kInitialCapacityBytes = std::size_t{256} << 10;
// Above this much of unread bytes a refill grows them by a quarter at least.
constexpr std::size_t kPatientBytes = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

InputBuffer::InputBuffer(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)),
      data_(std::make_unique_for_overwrite<char[]>(kInitialCapacityBytes + kPaddingBytes)),
      capacity_(kInitialCapacityBytes) {}

void InputBuffer::make_room() {
  const std::size_t length = end_ - begin_;
  if (length > capacity_ / 2) {
    auto larger = std::make_unique_for_overwrite<char[]>(2 * capacity_ + kPaddingBytes);
    std::memcpy(larger.get(), data_.get() + begin_, length);
    data_ = std::move(larger);
    capacity_ *= 2;
  } else if (begin_ != 0) {
    std::memmove(data_.get(), data_.get() + begin_, length);
  }
  begin_ = 0;
  end_ = length;
}

Status InputBuffer::read_some() {
  WISP_ASSIGN(const std::size_t count, source_->read(data_.get() + end_, capacity_ - end_));
  end_ += count;
  at_end_ = count == 0;
  return {};
}

Status InputBuffer::refill() {
  make_room();
  const std::size_t before = end_;
  const std::size_t enough = before < kPatientBytes ? 1 : before / 4;
  bool line_end = false;
  while (!at_end_ && end_ < capacity_ && (!line_end || end_ - before < enough)) {
    const std::size_t seen = end_;
    WISP_TRY(read_some());
    line_end |= std::memchr(data_.get() + seen, '\n', end_ - seen) != nullptr;
  }
  return {};
}

Status InputBuffer::skip_byte_order_mark() {
  make_room();
  while (!at_end_ && end_ < kByteOrderMark.size()) WISP_TRY(read_some());
  if (unread().substr(0, kByteOrderMark.size()) == kByteOrderMark) consume(kByteOrderMark.size());
  return {};
}

}  // namespace wisp::tools
