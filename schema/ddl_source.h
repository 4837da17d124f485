// A DDL text and the remarks about its places: line, column, excerpt, caret. Used by the DDL parser
// only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wisp/schema/ddl.h"
#include "wisp/schema/error.h"

namespace wisp::ddl {

// Finds lines from byte offsets; going forward costs one pass over the text in all.
// Keeps a view of the text. Threads: one at a time.
class Source {
 public:
  explicit Source(std::string_view text) : text_(text) {}

  std::string_view text() const noexcept { return text_; }

  // The line of a byte offset, from 1.
  std::size_t line_at(std::size_t offset);

  // A remark about the byte at `offset`. The excerpt is the source line, cut around the place when
  // it is long; tabs stay, so that the caret lines up; what cannot be shown becomes U+FFFD.
  Diagnostic diagnose(std::size_t offset, std::string message);

  // The remark as an error.
  Error error(std::size_t offset, std::string message, ErrorCode code = ErrorCode::kParse);

 private:
  std::string_view text_;
  std::size_t line_ = 1;        // of the last offset asked for
  std::size_t line_begin_ = 0;  // where that line starts
  std::size_t scanned_ = 0;     // no line starts between line_begin_ and here
};

// A piece of source for a message: space collapsed to single blanks, cut to `max_bytes` with "...".
std::string shorten(std::string_view text, std::size_t max_bytes);

}  // namespace wisp::ddl
