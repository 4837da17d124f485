// What engine tests share: a directory that goes away, a look into it, and a result that must be
// good.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wisp/engine/database.h"
#include "wisp/schema/result.h"

namespace wisp::testing {

// A new directory for one test; `path()` inside it does not exist yet.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "wisp-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::string path(const std::string& name = "db") const { return (root_ / name).string(); }

 private:
  std::filesystem::path root_;
};

// The value of a result that has to be good; the test stops with its error otherwise.
template <typename T>
T must(Result<T> result) {
  if (!result) FAIL("unexpected error: ", result.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The code of a result that has to be an error.
template <typename T>
ErrorCode code_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

// Names and sizes of what stands in a directory, sorted. A file that an open database removes
// meanwhile counts as gone.
inline std::vector<std::pair<std::string, std::uintmax_t>> listing(const std::string& directory) {
  std::vector<std::pair<std::string, std::uintmax_t>> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::error_code gone;
    const bool is_file = entry.is_regular_file(gone);
    const std::uintmax_t size = is_file ? entry.file_size(gone) : 0;
    if (!gone) out.emplace_back(entry.path().string(), size);
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// The error's text holds `part`.
template <typename T>
bool says(const Result<T>& result, const std::string& part) {
  if (result) return false;
  const bool found = result.error().to_string().find(part) != std::string::npos;
  if (!found) MESSAGE("the error says: ", result.error().to_string());
  return found;
}

inline constexpr WriteOptions kNoSync{Durability::kWal};

}  // namespace wisp::testing
