// Bad records of an import, set aside so that they can be mended and imported again.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "wisp/schema/result.h"

namespace wisp::tools {

// Writes the records to `path` as they stand in the input, behind `header` (CSV), and the reasons
// to `path`.errors as CSV: line,column,reason. Neither file exists before the first bad record.
// Threads: one at a time.
class Rejects {
 public:
  // Fails with kAlreadyExists where one of the files is there.
  static Result<Rejects> open(const std::string& path, std::string_view header);

  Status add(std::string_view raw, std::uint64_t line, const Error& error);
  // Flushes; fails with kIo when not everything could be written.
  Status finish();
  const std::string& path() const noexcept { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  Status create_files();

  std::string path_;
  std::string header_;
  File records_;
  File reasons_;
};

}  // namespace wisp::tools
