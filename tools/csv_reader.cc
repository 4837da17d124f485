#include "wisp/tools/csv_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "wisp/tools/csv_block.h"

namespace wisp::tools {
namespace {

static_assert(InputBuffer::kPaddingBytes >= kCsvBlockBytes);

constexpr const char* kStrayQuote = "a quote inside an unquoted cell";
constexpr const char* kBehindQuote = "text behind a closing quote";
constexpr const char* kUnterminated = "a quoted cell that does not end";
constexpr const char* kTooManyCells = "too many cells";
constexpr const char* kTooLarge = "the record is too large";

std::string_view without_cr(std::string_view line) noexcept {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, CsvOptions options)
    : input_(std::move(source)), options_(options) {}

Result<bool> CsvReader::next() {
  cell_count_ = 0;
  raw_ = {};
  if (failed_) return fail(failure_);
  if (!started_) {
    started_ = true;
    if (Status status = input_.skip_byte_order_mark(); !status)
      return final_failure(status.error());
  }
  if (skip_line_) {
    if (Status status = skip_rest_of_line(); !status) return final_failure(status.error());
  }
  for (;;) {
    bool skipped = false;
    Result<bool> result = next_record(skipped);
    if (!skipped) return result;
  }
}

// `skipped`: there was a blank line, and it is no record.
Result<bool> CsvReader::next_record(bool& skipped) {
  record_line_ = next_line_;
  std::string_view unread;
  for (;;) {
    unread = input_.unread();
    if (unread.empty() && input_.at_end()) return false;
    const Scan result = scan(unread.data(), unread.data() + unread.size());
    if (result == Scan::kBad) return refuse_record();
    if (result == Scan::kRecord) break;
    if (unread.size() >= options_.max_record_bytes) {
      bad(ErrorCode::kLimit, kTooLarge);
      return refuse_record();
    }
    if (Status status = input_.refill(); !status) return final_failure(status.error());
  }
  const auto record_bytes = static_cast<std::size_t>(resume_ - unread.data());
  if (record_bytes > options_.max_record_bytes) {
    bad(ErrorCode::kLimit, kTooLarge);
    return refuse_record();
  }
  input_.consume(record_bytes);
  next_line_ += 1 + inner_newlines_;
  if (is_blank_line() && options_.columns != 1) {
    skipped = true;
    cell_count_ = 0;
    return true;
  }
  if (!escaped_cells_.empty()) unescape_cells(record_bytes);
  if (options_.columns == 0) options_.columns = cell_count_;
  if (cell_count_ != options_.columns) return refuse_columns();
  return true;
}

// One record from `begin`, if it ends before `end`.
CsvReader::Scan CsvReader::scan(const char* begin, const char* end) {
  cell_count_ = 0;
  inner_newlines_ = 0;
  escaped_cells_.clear();
  raw_ = std::string_view(begin, begin);
  const char* cell = begin;
  for (const char* start = begin; start < end;) {
    if (cell_count_ > kMaxCsvCells) return bad(ErrorCode::kLimit, kTooManyCells);
    // A block of 64 bytes ends 64 cells at most.
    if (cells_.size() - cell_count_ < kCsvBlockBytes) cells_.resize(2 * cells_.size() + 128);
    const CsvBlock block = classify_csv_block(start);
    const auto length = std::min(kCsvBlockBytes, static_cast<std::size_t>(end - start));
    const std::uint64_t valid = ~std::uint64_t{0} >> (kCsvBlockBytes - length);
    std::uint64_t stops = (block.commas | block.quotes | block.newlines) & valid;
    const char* next_start = start + kCsvBlockBytes;
    CsvCell* out = cells_.data() + cell_count_;
    while (stops != 0) {
      const auto at = static_cast<std::size_t>(std::countr_zero(stops));
      const char* stop = start + at;
      stops &= stops - 1;
      if (*stop == ',') {
        *out++ = CsvCell{{cell, static_cast<std::size_t>(stop - cell)}, false};
        cell = stop + 1;
        continue;
      }
      cell_count_ = static_cast<std::size_t>(out - cells_.data());
      if (*stop == '\n') return end_record(cell, stop, stop + 1);
      if (stop != cell) return bad(ErrorCode::kParse, kStrayQuote);
      const std::uint64_t behind = (valid << at) << 1 & valid;
      const Scan result = scan_quoted(start, length, block, behind, stop, end);
      if (result != Scan::kRecord || record_complete_) return result;
      out = cells_.data() + cell_count_;
      cell = resume_;
      const auto resume_at = static_cast<std::size_t>(cell - start);
      if (resume_at >= kCsvBlockBytes) {
        next_start = cell;
        break;
      }
      stops &= ~std::uint64_t{0} << resume_at;
    }
    cell_count_ = static_cast<std::size_t>(out - cells_.data());
    start = next_start;
  }
  return input_.at_end() ? end_record(cell, end, end) : Scan::kNeedMore;
}

// A quoted cell that begins at `open`; `behind` are the bits behind it in its block. Most quoted
// cells are short: the block knows already where they end.
CsvReader::Scan CsvReader::scan_quoted(const char* start, std::size_t length, const CsvBlock& block,
                                       std::uint64_t behind, const char* open, const char* end) {
  if (const std::uint64_t quotes = block.quotes & behind; quotes != 0) {
    const auto at = static_cast<std::size_t>(std::countr_zero(quotes));
    if (at + 1 < length && start[at + 1] != '"') {
      const std::uint64_t inside = behind & ((std::uint64_t{1} << at) - 1);
      const std::uint64_t newlines = block.newlines & inside;
      if (newlines != 0) inner_newlines_ += static_cast<std::uint64_t>(std::popcount(newlines));
      return close_quoted(open, start + at, end, false);
    }
  }
  return scan_long_quoted(open, end);
}

CsvReader::Scan CsvReader::scan_long_quoted(const char* open, const char* end) {
  bool escaped = false;
  const char* from = open + 1;
  for (;;) {
    const auto* close = static_cast<const char*>(
        from == end ? nullptr : std::memchr(from, '"', static_cast<std::size_t>(end - from)));
    if (close == nullptr) {
      return input_.at_end() ? bad(ErrorCode::kParse, kUnterminated) : Scan::kNeedMore;
    }
    if (close + 1 == end && !input_.at_end()) return Scan::kNeedMore;
    if (close + 1 == end || close[1] != '"') {
      inner_newlines_ += static_cast<std::uint64_t>(std::count(open, close, '\n'));
      return close_quoted(open, close, end, escaped);
    }
    escaped = true;
    from = close + 2;
  }
}

// What may stand behind a closing quote: a comma, a line end or the end of the input.
CsvReader::Scan CsvReader::close_quoted(const char* open, const char* close, const char* end,
                                        bool escaped) {
  const char* next = close + 1;
  const char* line_end = nullptr;
  if (next == end) {
    if (!input_.at_end()) return Scan::kNeedMore;
    line_end = end;
  } else if (*next == '\n') {
    line_end = next + 1;
  } else if (*next == '\r') {
    if (next + 1 == end && !input_.at_end()) return Scan::kNeedMore;
    if (next + 1 == end || next[1] == '\n') line_end = std::min(next + 2, end);
  }
  if (line_end == nullptr && *next != ',') return bad(ErrorCode::kParse, kBehindQuote);
  if (escaped) escaped_cells_.push_back(cell_count_);
  cells_[cell_count_++] = CsvCell{{open + 1, static_cast<std::size_t>(close - open - 1)}, true};
  record_complete_ = line_end != nullptr;
  resume_ = record_complete_ ? line_end : next + 1;
  if (record_complete_) raw_ = {raw_.data(), static_cast<std::size_t>(next - raw_.data())};
  return Scan::kRecord;
}

// The last cell is unquoted and ends, with the line, at `line_end`.
CsvReader::Scan CsvReader::end_record(const char* cell, const char* line_end, const char* next) {
  const std::string_view text = without_cr({cell, static_cast<std::size_t>(line_end - cell)});
  if (cell_count_ == cells_.size()) cells_.resize(cells_.size() + 128);
  cells_[cell_count_++] = CsvCell{text, false};
  record_complete_ = true;
  resume_ = next;
  raw_ = {raw_.data(), static_cast<std::size_t>(text.data() + text.size() - raw_.data())};
  return Scan::kRecord;
}

CsvReader::Scan CsvReader::bad(ErrorCode code, const char* message) noexcept {
  fault_code_ = code;
  fault_ = message;
  return Scan::kBad;
}

bool CsvReader::is_blank_line() const noexcept {
  return cell_count_ == 1 && cells_[0].is_null();
}

void CsvReader::unescape_cells(std::size_t record_bytes) {
  // Reserved at once: the cells point into it.
  unescaped_.clear();
  unescaped_.reserve(record_bytes);
  for (const std::size_t index : escaped_cells_) {
    CsvCell& cell = cells_[index];
    const std::size_t start = unescaped_.size();
    for (std::string_view rest = cell.text; !rest.empty();) {
      const std::size_t quote = std::min(rest.find('"'), rest.size() - 1);
      unescaped_.append(rest, 0, quote + 1);
      rest.remove_prefix(std::min(rest.size(), quote + (rest[quote] == '"' ? 2 : 1)));
    }
    cell.text = std::string_view(unescaped_).substr(start);
  }
}

std::string CsvReader::place() const {
  std::string out = "line ";
  out += std::to_string(record_line_);
  return out;
}

Result<bool> CsvReader::refuse_record() {
  std::string message = fault_;
  if (fault_code_ == ErrorCode::kParse) {
    message += ", in cell ";
    message += std::to_string(cell_count_ + 1);
  } else if (fault_ == kTooLarge) {
    message += ": more than ";
    message += std::to_string(options_.max_record_bytes);
    message += " bytes";
  }
  const bool too_large = fault_code_ == ErrorCode::kLimit;
  cell_count_ = 0;
  raw_ = {};
  for (;;) {
    const std::string_view unread = input_.unread();
    const std::size_t newline = unread.find('\n');
    if (newline != std::string_view::npos || input_.at_end()) {
      const std::size_t length = std::min(newline, unread.size());
      if (!too_large) raw_ = without_cr(unread.substr(0, length));
      input_.consume(std::min(unread.size(), length + 1));
      ++next_line_;
      break;
    }
    if (too_large || unread.size() >= options_.max_record_bytes) {
      if (!too_large) raw_ = unread;
      input_.consume(unread.size());
      skip_line_ = true;
      break;
    }
    if (Status status = input_.refill(); !status) return final_failure(status.error());
  }
  return fail(fault_code_, std::move(message), place());
}

Result<bool> CsvReader::refuse_columns() {
  std::string message = "the record has " + std::to_string(cell_count_);
  message += cell_count_ == 1 ? " cell, expected are " : " cells, expected are ";
  message += std::to_string(options_.columns);
  cell_count_ = 0;
  return fail(ErrorCode::kParse, std::move(message), place());
}

Result<bool> CsvReader::final_failure(Error error) {
  cell_count_ = 0;
  raw_ = {};
  failed_ = true;
  failure_ = std::move(error);
  return fail(failure_);
}

Status CsvReader::skip_rest_of_line() {
  for (;;) {
    const std::string_view unread = input_.unread();
    const std::size_t newline = unread.find('\n');
    if (newline != std::string_view::npos) {
      input_.consume(newline + 1);
      break;
    }
    input_.consume(unread.size());
    if (input_.at_end()) break;
    WISP_TRY(input_.refill());
  }
  ++next_line_;
  skip_line_ = false;
  return {};
}

}  // namespace wisp::tools
