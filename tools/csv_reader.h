// Reads CSV as RFC 4180 has it, record by record, from a stream of any length.
//
// Cells are separated by commas, records by LF or CRLF (a lone CR is data; at the end of the input
// the last line end may be missing or be half a CRLF). A cell that begins with a quote ends at the
// next single quote; two quotes inside mean one; commas and line ends inside are data. A quote
// inside an unquoted cell, or anything but a separator behind a closing quote, is an error. A byte
// order mark at the front is skipped; all other bytes, NUL included, are data.
//
// An empty unquoted cell is NULL, a quoted empty one the empty string. An empty line is a record of
// one NULL where there is one column, and nothing at all where there are more, or where the number
// of columns is not known yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/tools/input_buffer.h"

namespace wisp::tools {

struct CsvCell {
  std::string_view text;  // without the quotes around it, and with doubled ones undone
  bool quoted = false;

  bool is_null() const noexcept { return text.empty() && !quoted; }
};

struct CsvOptions {
  // How many cells every record has; 0: as many as the first one.
  std::size_t columns = 0;
  // A larger record, line end included, is refused: one stray quote may otherwise swallow a file.
  std::size_t max_record_bytes = std::size_t{64} << 20;
};

struct CsvBlock;

// A record with more cells is refused, give or take a few.
inline constexpr std::size_t kMaxCsvCells = std::size_t{1} << 20;

// Threads: one at a time.
class CsvReader {
 public:
  explicit CsvReader(std::unique_ptr<ByteSource> source, CsvOptions options = {});

  // Reads the next record: true with its cells, false at the end of the input. Errors name the line
  // the record begins on ("line 17"):
  //   kParse  quotes out of place, or another number of cells than expected
  //   kLimit  a record above max_record_bytes or kMaxCsvCells
  // are of one record; the next call goes on behind it. Where quotes (or sizes) are wrong there is
  // no telling where the record ends, so it goes on behind its first line: a stray quote then costs
  // one line and not the rest of the file. Errors of the source are final (see failed()).
  Result<bool> next();

  // The cells of the record; none after an error. Valid until the next call of next().
  std::span<const CsvCell> cells() const noexcept { return {cells_.data(), cell_count_}; }
  // The line, from 1, on which the record begins that next() gave or refused.
  std::uint64_t line() const noexcept { return record_line_; }
  // The bytes of that record as they stand in the input, without the line end; after a kParse error
  // those that were skipped (cut at about max_record_bytes), after kLimit none. Valid as cells().
  std::string_view raw() const noexcept { return raw_; }
  // True once the source failed: every further call gives the same error.
  bool failed() const noexcept { return failed_; }
  // How many cells a record must have; 0 until it is known.
  std::size_t columns() const noexcept { return options_.columns; }

  const ByteSource& source() const noexcept { return input_.source(); }

 private:
  enum class Scan : std::uint8_t { kRecord, kNeedMore, kBad };

  Result<bool> next_record(bool& skipped);
  Scan scan(const char* begin, const char* end);
  Scan scan_quoted(const char* start, std::size_t length, const CsvBlock& block,
                   std::uint64_t behind, const char* open, const char* end);
  Scan scan_long_quoted(const char* open, const char* end);
  Scan close_quoted(const char* open, const char* close, const char* end, bool escaped);
  Scan end_record(const char* cell, const char* line_end, const char* next);
  Scan bad(ErrorCode code, const char* message) noexcept;
  void unescape_cells(std::size_t record_bytes);
  bool is_blank_line() const noexcept;

  Result<bool> refuse_record();
  Result<bool> refuse_columns();
  Result<bool> final_failure(Error error);
  Status skip_rest_of_line();
  std::string place() const;

  InputBuffer input_;
  CsvOptions options_;
  bool started_ = false;
  bool failed_ = false;
  bool skip_line_ = false;  // the next call drops what is left of a line that was too long
  Error failure_;

  // The record.
  std::vector<CsvCell> cells_;  // cell_count_ of them are in use
  std::size_t cell_count_ = 0;
  std::vector<std::size_t> escaped_cells_;  // indexes of cells with doubled quotes
  std::string unescaped_;                   // their texts
  std::string_view raw_;
  std::uint64_t record_line_ = 0;
  std::uint64_t next_line_ = 1;

  // What a scan leaves behind.
  const char* resume_ = nullptr;      // behind the record, or behind a quoted cell and its comma
  bool record_complete_ = false;      // that cell was the last one
  std::uint64_t inner_newlines_ = 0;  // inside quoted cells
  ErrorCode fault_code_ = ErrorCode::kParse;
  const char* fault_ = nullptr;
};

}  // namespace wisp::tools
