#include "wisp/tools/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "wisp/tools/interrupt.h"

namespace wisp::tools {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 30;

Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  std::array<char, 65536> chunk;
  for (;;) {
    if (!wait_readable(fd)) return fail(ErrorCode::kIo, "interrupted", path);
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kIo, std::generic_category().message(errno), path);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxTextBytes) return fail(ErrorCode::kLimit, "larger than 1 GiB", path);
  }
}

}  // namespace

Result<std::string> read_text(const std::string& path) {
  if (path == "-") return read_all(STDIN_FILENO, "standard input");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(ErrorCode::kIo, std::generic_category().message(errno), path);
  auto text = read_all(fd, path);
  ::close(fd);
  return text;
}

}  // namespace wisp::tools
