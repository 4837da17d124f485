// Where input bytes come from: a file, stdin, memory; gzip is undone on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "wisp/schema/result.h"

namespace wisp::tools {

// A stream of bytes, read once from front to back. Threads: one at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Reads at least 1 and at most `capacity` bytes into `out`; 0 at the end and from then on.
  // Requires: capacity > 0. A wait that a signal (interrupt.h) cuts short is kIo. After an error
  // the source is spent.
  virtual Result<std::size_t> read(char* out, std::size_t capacity) = 0;

  // Bytes taken from the file so far, compressed ones where it is compressed; and how many the file
  // has, where that is known: for a progress display.
  virtual std::uint64_t input_bytes() const noexcept = 0;
  virtual std::optional<std::uint64_t> input_size() const noexcept { return std::nullopt; }

 protected:
  ByteSource() = default;
};

// Opens a file, or stdin for "-". Data that begins as gzip does (whatever the name) is
// decompressed, all members of it. Fails with kNotFound or kIo; reading fails with kIo, or with
// kCorruption where compressed data is damaged, cut short or followed by something else. `where` is
// the path.
Result<std::unique_ptr<ByteSource>> open_byte_source(const std::string& path);

// Never fails, never decompresses.
std::unique_ptr<ByteSource> make_memory_source(std::string bytes);

// Decompresses gzip data from `compressed`.
Result<std::unique_ptr<ByteSource>> make_gzip_source(std::unique_ptr<ByteSource> compressed,
                                                     std::string name);

}  // namespace wisp::tools
