#include "wisp/tools/progress.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "wisp/tools/number_text.h"

namespace wisp::tools {

Progress::Progress(bool enabled, std::optional<std::uint64_t> total_bytes)
    : enabled_(enabled), total_bytes_(total_bytes) {}

void Progress::update(std::uint64_t rows, std::uint64_t data_bytes, std::uint64_t file_bytes) {
  if (!enabled_) return;
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::string line = fmt::format("\r\x1b[K{} rows  {:.1f} MB/s", grouped(rows),
                                 static_cast<double>(data_bytes) / 1e6 / (seconds + 1e-9));
  if (total_bytes_ && *total_bytes_ > 0) {
    line += fmt::format(
        "  {:.0f} %", 100.0 * static_cast<double>(file_bytes) / static_cast<double>(*total_bytes_));
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace wisp::tools
