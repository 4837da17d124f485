// A progress line on stderr, only where stderr is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace wisp::tools {

// "1,234,567 rows  85.3 MB/s  42 %", rewritten a few times a second. Threads: one at a time.
class Progress {
 public:
  // `enabled` false: every call is a no-op. `total_bytes`: size of the input file, if known.
  Progress(bool enabled, std::optional<std::uint64_t> total_bytes);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  // Cheap enough for every batch. `data_bytes` counts the data after decompression, `file_bytes`
  // what was read of the file.
  void update(std::uint64_t rows, std::uint64_t data_bytes, std::uint64_t file_bytes);
  // Removes the line.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool shown_ = false;
  std::optional<std::uint64_t> total_bytes_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

}  // namespace wisp::tools
