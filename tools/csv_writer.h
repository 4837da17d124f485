// Writes CSV that CsvReader reads back as the same cells: commas, LF, quotes only where needed.
#pragma once

#include <string>
#include <string_view>

namespace wisp::tools {

// Appends `text` as one cell that is not NULL: in quotes when it is empty, holds a comma, a quote,
// CR or LF, begins or ends with a space or tab, or begins with a byte order mark.
void append_csv_cell(std::string_view text, std::string& out);

// Puts cells and line ends behind each other. The only cell of a record being NULL gives an empty
// line: a reader must know that there is one column.
class CsvWriter {
 public:
  // Appends to `out`, which must outlive the writer; it may be emptied between two records.
  explicit CsvWriter(std::string& out) noexcept : out_(out) {}

  void text(std::string_view cell) {
    separate();
    append_csv_cell(cell, out_);
  }
  void null() { separate(); }
  void end_record() {
    out_ += '\n';
    first_ = true;
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace wisp::tools
