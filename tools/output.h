// Standard output of a command: buffered, and honest about failure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/tools/exit_code.h"

namespace wisp::tools {

// Threads: one at a time.
class Output {
 public:
  // Writes to `fd`, which stays open and belongs to the caller.
  explicit Output(int fd) : fd_(fd) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void append(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes) flush();
  }
  // The buffer itself, for code that appends to a string; call flush_if_full() now and then.
  std::string& buffer() noexcept { return buffer_; }
  void flush_if_full() {
    if (buffer_.size() >= kBufferBytes) flush();
  }
  // After a failure nothing is written any more and the buffer is thrown away.
  void flush();

  // False once writing failed or the reader has gone: a command then stops.
  bool usable() const noexcept { return error_ == 0; }
  // Flushes; kOk also where the reader has closed the pipe (`rowdump scan ... | head`), since
  // nobody waits for more. Fails with kIo on any other error (disk full).
  Status finish();

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
  int fd_;
  int error_ = 0;  // errno of the first failed write
  std::string buffer_;
};

}  // namespace wisp::tools
