#include "wisp/tools/column_selection.h"

#include <fmt/format.h>

#include <cstdint>

namespace wisp::tools {
namespace {

class Selection {
 public:
  explicit Selection(const Schema& schema) : schema_(schema), taken_(schema.column_count()) {}

  void take(ColumnIndex column) {
    if (taken_[to_underlying(column)]) return;
    taken_[to_underlying(column)] = true;
    columns_.push_back(column);
  }

  // False where no column matches.
  bool take_glob(std::string_view glob, NameMatch match) {
    const std::string folded = fold_identifier(glob);
    bool any = false;
    for (std::uint32_t i = 0; i < schema_.column_count(); ++i) {
      const std::string& name = schema_.column(ColumnIndex{i}).name;
      const bool matches = match == NameMatch::kExact ? glob_matches(glob, name)
                                                      : glob_matches(folded, fold_identifier(name));
      if (!matches) continue;
      take(ColumnIndex{i});
      any = true;
    }
    return any;
  }

  Status take_item(std::string_view item) {
    if (item.empty()) return fail(ErrorCode::kInvalidArgument, "an empty column name");
    auto exact = schema_.find(item, NameMatch::kExact);
    if (exact) {
      take(*exact);
      return {};
    }
    if (item.find_first_of("*?") == std::string_view::npos) {
      WISP_ASSIGN(const ColumnIndex column, schema_.find(item, NameMatch::kIgnoreCase));
      take(column);
      return {};
    }
    if (take_glob(item, NameMatch::kExact) || take_glob(item, NameMatch::kIgnoreCase)) return {};
    return fail(ErrorCode::kInvalidArgument, fmt::format("no column of table \"{}\" matches \"{}\"",
                                                         schema_.table_name(), item));
  }

  std::vector<ColumnIndex> columns() && { return std::move(columns_); }

 private:
  const Schema& schema_;
  std::vector<bool> taken_;
  std::vector<ColumnIndex> columns_;
};

}  // namespace

bool glob_matches(std::string_view glob, std::string_view text) noexcept {
  // Only the last '*' is ever taken back, so the cost is at most glob x text.
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_text = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

Result<std::vector<ColumnIndex>> select_columns(const Schema& schema,
                                                std::span<const std::string> arguments) {
  Selection selection(schema);
  for (const std::string& argument : arguments) {
    if (auto whole = schema.find(argument, NameMatch::kExact)) {
      selection.take(*whole);
      continue;
    }
    for (std::string_view rest = argument;;) {
      const std::size_t comma = rest.find(',');
      WISP_TRY(selection.take_item(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return std::move(selection).columns();
}

}  // namespace wisp::tools
