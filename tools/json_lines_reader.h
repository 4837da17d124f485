// Reads JSON lines: one object per line, LF or CRLF between them. Blank lines are skipped, as is a
// byte order mark at the front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/tools/byte_source.h"

namespace wisp::tools {

struct JsonMember {
  std::string_view key;  // escapes undone
  // The text of the value, without space around it. Only its extent was found: parse_json_value
  // decides whether it is JSON at all.
  std::string_view value;
};

struct JsonLinesOptions {
  std::size_t max_line_bytes = std::size_t{64} << 20;
};

inline constexpr std::size_t kMaxJsonMembers = std::size_t{1} << 20;

// Threads: one at a time.
class JsonLinesReader {
 public:
  explicit JsonLinesReader(std::unique_ptr<ByteSource> source, JsonLinesOptions options = {});
  JsonLinesReader(JsonLinesReader&&) noexcept;
  JsonLinesReader& operator=(JsonLinesReader&&) noexcept;
  ~JsonLinesReader();

  // Reads the next object: true with its members, false at the end of the input. Errors name the
  // line
  // ("line 17"): kParse for what is no object or has a key twice, kLimit for a line above
  // max_line_bytes or more than kMaxJsonMembers; the next call goes on with the next line. Errors
  // of the source are final (see failed()).
  Result<bool> next();

  // In the order of the line; none after an error. Valid until the next call of next().
  std::span<const JsonMember> members() const noexcept;
  // The line, from 1, that next() gave or refused, and its bytes without the line end (none after
  // kLimit). Valid as members().
  std::uint64_t line() const noexcept;
  std::string_view raw() const noexcept;
  // True once the source failed: every further call gives the same error.
  bool failed() const noexcept;

  const ByteSource& source() const noexcept;

 private:
  struct Impl;  // keeps simdjson out of the header
  std::unique_ptr<Impl> impl_;
};

}  // namespace wisp::tools
