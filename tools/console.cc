#include "wisp/tools/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "wisp/tools/display_text.h"

namespace wisp::tools {
namespace {

std::size_t terminal_width() {
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    std::size_t width = 0;
    const char* end = columns + std::strlen(columns);
    const auto [stop, error] = std::from_chars(columns, end, width);
    if (error == std::errc{} && stop == end && width > 0) return width;
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Console::Console(std::string program)
    : program_(std::move(program)),
      out_(STDOUT_FILENO),
      stdout_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      stderr_is_terminal_(::isatty(STDERR_FILENO) == 1),
      width_(stdout_is_terminal_ ? terminal_width() : 0) {
  use_utf8_widths();
}

void Console::note(std::string_view text) {
  // Rows that were printed before a message stay before it.
  if (stdout_is_terminal_) out_.flush();
  std::string line = stderr_is_terminal_ ? "\r\x1b[K" : "";
  line += program_;
  line += ": ";
  line += escaped_message(text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

ExitCode Console::failed(const Error& error) {
  note(error.to_string());
  return exit_code_of(error);
}

ExitCode Console::refused(const Error& error) {
  const ExitCode code = failed(error);
  return code == ExitCode::kUsage ? ExitCode::kDiffers : code;
}

ExitCode Console::finish(ExitCode code) {
  if (auto status = out_.finish(); !status) return failed(status.error());
  return code;
}

}  // namespace wisp::tools
