// Records with one line per field that is set: the view for wide rows.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "wisp/tools/display_text.h"
#include "wisp/tools/record_writer.h"

namespace wisp::tools {
namespace {

// Names longer than this do not push the values of all others to the right.
constexpr std::size_t kMaxNameColumns = 40;
constexpr std::size_t kMinValueColumns = 20;

class VerticalWriter final : public RecordWriter {
 public:
  VerticalWriter(Console& console, const std::vector<Field>& fields, const RecordOptions& options)
      : console_(console), noun_(options.field_noun), show_nulls_(options.show_nulls) {
    names_.reserve(fields.size());
    for (const Field& field : fields) {
      if (field.is_title && names_.size() == titles_) ++titles_;
      std::string name;
      append_escaped(field.name, name);
      names_.push_back(std::move(name));
    }
  }

  bool wants_json() const noexcept override { return false; }
  bool wants_title() const noexcept override { return true; }

  void write(std::span<const Cell> cells, std::string_view title) override {
    std::string& out = console_.out().buffer();
    while (!cells.empty() && cells.front().field < titles_) cells = cells.subspan(1);
    if (any_) out += '\n';
    any_ = true;
    write_title(cells.size(), title, out);
    const std::size_t name_columns = widest_name(cells);
    if (show_nulls_) {
      for (std::uint32_t field = titles_; field < names_.size(); ++field) {
        const bool set = !cells.empty() && cells.front().field == field;
        write_line(field, set ? &cells.front() : nullptr, name_columns, out);
        if (set) cells = cells.subspan(1);
      }
    } else {
      for (const Cell& cell : cells) write_line(cell.field, &cell, name_columns, out);
    }
    console_.out().flush_if_full();
  }

  void finish() override {}

 private:
  void write_title(std::size_t set, std::string_view title, std::string& out) const {
    std::string left = "-- ";
    append_escaped(title, left);
    std::string heading;
    append_cut(left, 60, heading);
    fmt::format_to(std::back_inserter(out), "{}{}({} of {} {} set)\n", heading,
                   title.empty() ? "" : "  ", set, names_.size() - titles_, noun_);
  }

  std::size_t widest_name(std::span<const Cell> cells) const {
    std::size_t widest = 0;
    const auto look = [&](std::uint32_t field) {
      widest = std::max(widest, std::min(display_width(names_[field]), kMaxNameColumns));
    };
    if (show_nulls_) {
      for (std::uint32_t field = titles_; field < names_.size(); ++field) look(field);
    } else {
      for (const Cell& cell : cells) look(cell.field);
    }
    return widest;
  }

  void write_line(std::uint32_t field, const Cell* cell, std::size_t name_columns,
                  std::string& out) {
    const std::string& name = names_[field];
    const std::size_t width = display_width(name);
    out += name;
    out.append(width < name_columns ? name_columns - width : 0, ' ');
    out += "  ";
    if (cell == nullptr) {
      out += "NULL\n";
      return;
    }
    escaped_.clear();
    append_escaped(cell->text, escaped_);
    const std::size_t used = std::max(width, name_columns) + 2;
    if (console_.width() == 0) {
      out += escaped_;
    } else {
      const std::size_t room = console_.width() > used ? console_.width() - used : 0;
      append_cut(escaped_, std::max(room, kMinValueColumns), out);
    }
    out += '\n';
  }

  Console& console_;
  std::vector<std::string> names_;  // escaped
  std::uint32_t titles_ = 0;        // leading fields that are no columns
  std::string noun_;
  std::string escaped_;
  bool show_nulls_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<RecordWriter> make_vertical_writer(Console& console,
                                                   const std::vector<Field>& fields,
                                                   const RecordOptions& options) {
  return std::make_unique<VerticalWriter>(console, fields, options);
}

}  // namespace wisp::tools
