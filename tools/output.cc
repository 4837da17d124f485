#include "wisp/tools/output.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace wisp::tools {

void Output::flush() {
  const char* data = buffer_.data();
  std::size_t left = buffer_.size();
  while (left > 0 && error_ == 0) {
    const ssize_t written = ::write(fd_, data, left);
    if (written < 0) {
      if (errno != EINTR) error_ = errno;
      continue;
    }
    data += written;
    left -= static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

Status Output::finish() {
  flush();
  if (error_ == 0 || error_ == EPIPE) return {};
  return fail(ErrorCode::kIo,
              "cannot write to standard output: " + std::generic_category().message(error_));
}

}  // namespace wisp::tools
