// Records as an aligned table of the columns that have values.
//
// Rows are held back in blocks, because the widths are known only then; every block has its own
// header. Where a block does not fit the terminal, values are cut; where there are too many columns
// for that, kAuto goes over to the vertical view and kTable leaves columns out and says so.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "wisp/tools/display_text.h"
#include "wisp/tools/record_writer.h"

namespace wisp::tools {
namespace {

constexpr std::size_t kBlockRows = 1000;
constexpr std::size_t kBlockBytes = std::size_t{8} << 20;
// A column is never cut below this.
constexpr std::size_t kMinColumnWidth = 8;
constexpr std::size_t kGap = 2;

struct HeldCell {
  std::uint32_t field;
  std::size_t begin, size;  // in the text of its record
};
struct HeldRecord {
  std::string title;
  std::string text;
  std::vector<HeldCell> cells;
};

// A column of the table as it is printed.
struct TableColumn {
  std::uint32_t field;
  std::size_t width;
};

std::size_t total_width(const std::vector<TableColumn>& columns, std::size_t cap) {
  std::size_t total = columns.empty() ? 0 : kGap * (columns.size() - 1);
  for (const TableColumn& column : columns) total += std::min(column.width, cap);
  return total;
}

class TableWriter final : public RecordWriter {
 public:
  TableWriter(Console& console, std::vector<Field> fields, const RecordOptions& options)
      : console_(console), fields_(std::move(fields)), options_(options) {}

  bool wants_json() const noexcept override { return false; }
  bool wants_title() const noexcept override { return true; }

  void write(std::span<const Cell> cells, std::string_view title) override {
    if (vertical_) {
      vertical_->write(cells, title);
      return;
    }
    HeldRecord held;
    held.title = title;
    for (const Cell& cell : cells) {
      held.cells.push_back({cell.field, held.text.size(), cell.text.size()});
      held.text += cell.text;
    }
    held_bytes_ += held.text.size();
    block_.push_back(std::move(held));
    if (block_.size() >= kBlockRows || held_bytes_ >= kBlockBytes) print_block();
  }

  void finish() override {
    if (vertical_) {
      vertical_->finish();
    } else if (!block_.empty()) {
      print_block();
    }
  }

 private:
  void print_block() {
    std::vector<TableColumn> columns = used_columns();
    if (!fit(columns)) {
      if (options_.format == OutputFormat::kAuto) {
        go_vertical();
        return;
      }
      leave_out(columns);
    }
    std::string& out = console_.out().buffer();
    if (printed_block_) out += '\n';
    printed_block_ = true;
    print_header(columns, out);
    for (const HeldRecord& record : block_) {
      print_record(record, columns, out);
      console_.out().flush_if_full();
    }
    block_.clear();
    held_bytes_ = 0;
  }

  std::vector<TableColumn> used_columns() const {
    std::vector<std::size_t> widths(fields_.size(), 0);
    std::vector<bool> used(fields_.size(), options_.show_nulls);
    std::string escaped;
    for (const HeldRecord& record : block_) {
      for (const HeldCell& cell : record.cells) {
        escaped.clear();
        append_escaped(std::string_view(record.text).substr(cell.begin, cell.size), escaped);
        used[cell.field] = true;
        widths[cell.field] = std::max(widths[cell.field], display_width(escaped));
      }
    }
    std::vector<TableColumn> columns;
    for (std::uint32_t field = 0; field < fields_.size(); ++field) {
      if (!used[field]) continue;
      const std::size_t name = display_width(escaped_name(field));
      columns.push_back({field, std::max({widths[field], name, std::size_t{1}})});
    }
    return columns;
  }

  // Cuts the widest columns until all fit the terminal; false where that is not possible.
  bool fit(std::vector<TableColumn>& columns) const {
    const std::size_t room = console_.width();
    if (room == 0 || total_width(columns, SIZE_MAX) <= room) return true;
    if (total_width(columns, kMinColumnWidth) > room) return false;
    std::size_t low = kMinColumnWidth;  // fits
    std::size_t high = room;            // does not, or nothing is that wide
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      (total_width(columns, middle) <= room ? low : high) = middle;
    }
    for (TableColumn& column : columns) column.width = std::min(column.width, low);
    return true;
  }

  void leave_out(std::vector<TableColumn>& columns) {
    const std::size_t all = columns.size();
    while (columns.size() > 1 && total_width(columns, kMinColumnWidth) > console_.width()) {
      columns.pop_back();
    }
    for (TableColumn& column : columns) column.width = std::min(column.width, kMinColumnWidth);
    console_.note(fmt::format("{} more {} have values; choose with -c, or see all with -f vertical",
                              all - columns.size(), options_.field_noun));
  }

  void go_vertical() {
    vertical_ = make_vertical_writer(console_, fields_, options_);
    std::vector<Cell> cells;
    for (const HeldRecord& record : block_) {
      cells.clear();
      for (const HeldCell& cell : record.cells) {
        cells.push_back({cell.field, std::string_view(record.text).substr(cell.begin, cell.size)});
      }
      vertical_->write(cells, record.title);
    }
    block_.clear();
  }

  std::string escaped_name(std::uint32_t field) const {
    std::string name;
    append_escaped(fields_[field].name, name);
    return name;
  }

  // Pads on the left for numbers; never leaves blanks at the end of a line.
  void print_padded(std::string_view escaped, const TableColumn& column, bool last,
                    std::string& out) {
    padded_.clear();
    append_cut(escaped, column.width, padded_);
    const std::size_t blanks = column.width - std::min(column.width, display_width(padded_));
    const bool right = fields_[column.field].right_aligned;
    if (right) out.append(blanks, ' ');
    out += padded_;
    if (!last) out.append(kGap + (right ? 0 : blanks), ' ');
  }

  void print_header(const std::vector<TableColumn>& columns, std::string& out) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      print_padded(escaped_name(columns[i].field), columns[i], i + 1 == columns.size(), out);
    }
    out += '\n';
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out.append(columns[i].width, '-');
      out += i + 1 == columns.size() ? "\n" : "  ";
    }
  }

  void print_record(const HeldRecord& record, const std::vector<TableColumn>& columns,
                    std::string& out) {
    std::size_t next = 0;
    const std::size_t line_start = out.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      while (next < record.cells.size() && record.cells[next].field < columns[i].field) ++next;
      escaped_.clear();
      if (next < record.cells.size() && record.cells[next].field == columns[i].field) {
        const HeldCell& cell = record.cells[next];
        append_escaped(std::string_view(record.text).substr(cell.begin, cell.size), escaped_);
      }
      print_padded(escaped_, columns[i], i + 1 == columns.size(), out);
    }
    while (out.size() > line_start && out.back() == ' ') out.pop_back();
    out += '\n';
  }

  Console& console_;
  std::vector<Field> fields_;
  RecordOptions options_;
  std::vector<HeldRecord> block_;
  std::size_t held_bytes_ = 0;
  bool printed_block_ = false;
  std::unique_ptr<RecordWriter> vertical_;
  std::string escaped_;
  std::string padded_;
};

}  // namespace

std::unique_ptr<RecordWriter> make_table_writer(Console& console, std::vector<Field> fields,
                                                const RecordOptions& options) {
  return std::make_unique<TableWriter>(console, std::move(fields), options);
}

}  // namespace wisp::tools
