#include "wisp/tools/wisp/csv_import.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "wisp/tools/cell_setter.h"
#include "wisp/tools/csv_reader.h"

namespace wisp::tools {
namespace {

class CsvImport final : public ImportSource {
 public:
  CsvImport(std::unique_ptr<ByteSource> bytes, std::string name)
      : reader_(std::move(bytes)), name_(std::move(name)) {}

  Status read_header() {
    const auto any = reader_.next();
    if (!any) {
      Error error = input_failure(any.error());
      return fail(reader_.failed() ? std::move(error) : std::move(error).within(name_));
    }
    if (!*any)
      return fail(ErrorCode::kParse, "the file is empty; a CSV begins with a header", name_);
    header_ = reader_.raw();
    data_bytes_ = header_.size() + 1;
    for (const CsvCell& cell : reader_.cells()) names_.emplace_back(cell.text);
    return {};
  }

  Status bind(const LayoutPtr& layout) override {
    const Schema& schema = *layout->schema();
    std::vector<bool> taken(schema.column_count(), false);
    setters_.clear();
    for (const std::string& name : names_) {
      auto column = schema.find(name, NameMatch::kIgnoreCase);
      if (!column) {
        // Bad data, not a bad command line.
        return fail(ErrorCode::kParse, std::move(column).error().message, name_ + ": header");
      }
      if (taken[to_underlying(*column)]) {
        return fail(ErrorCode::kParse,
                    fmt::format("column \"{}\" is there twice", schema.column(*column).name),
                    name_ + ": header");
      }
      taken[to_underlying(*column)] = true;
      setters_.emplace_back(layout, *column);
    }
    WISP_TRY(check_required(schema, taken));
    defaults_ = default_values(schema);
    std::erase_if(defaults_, [&](const auto& entry) { return taken[to_underlying(entry.first)]; });
    layout_ = layout;
    return {};
  }

  Result<Step> next(RowBuilder& row) override {
    auto read = reader_.next();
    if (!read) {
      if (reader_.failed()) return fail(input_failure(std::move(read).error()));
      data_bytes_ += reader_.raw().size() + 1;
      bad_ = std::move(read).error();
      bad_.where.clear();  // the line, which line() says
      return Step::kBad;
    }
    if (!*read) return Step::kEnd;
    data_bytes_ += reader_.raw().size() + 1;
    const std::span<const CsvCell> cells = reader_.cells();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const CellSetter& setter = setters_[i];
      const bool null = cells[i].is_null();
      if (auto set = null ? setter.check_null() : setter.set(row, cells[i].text); !set) {
        bad_ = std::move(set).error();
        bad_.where = layout_->schema()->column(setter.column()).name;
        return Step::kBad;
      }
    }
    for (const auto& [column, value] : defaults_) WISP_TRY(row.set_value(column, value));
    return Step::kRow;
  }

  std::uint64_t line() const noexcept override { return reader_.line(); }
  std::string_view raw() const noexcept override { return reader_.raw(); }
  std::string_view header() const noexcept override { return header_; }
  std::uint64_t data_bytes() const noexcept override { return data_bytes_; }
  std::uint64_t file_bytes() const noexcept override { return reader_.source().input_bytes(); }
  std::optional<std::uint64_t> total_file_bytes() const noexcept override {
    return reader_.source().input_size();
  }

 private:
  // A column that no row can have and all need would make every row bad.
  Status check_required(const Schema& schema, const std::vector<bool>& taken) const {
    for (const ColumnIndex column : required_columns(schema)) {
      if (taken[to_underlying(column)]) continue;
      const char* const kind = schema.is_key_column(column) ? "key" : "NOT NULL";
      return fail(ErrorCode::kParse,
                  fmt::format("{} column \"{}\" is missing", kind, schema.column(column).name),
                  name_ + ": header");
    }
    return {};
  }

  CsvReader reader_;
  std::string name_;
  std::string header_;
  std::vector<std::string> names_;
  LayoutPtr layout_;
  std::vector<CellSetter> setters_;                      // by field of the file
  std::vector<std::pair<ColumnIndex, Value>> defaults_;  // of columns that the file lacks
  std::uint64_t data_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ImportSource>> open_csv_import(std::unique_ptr<ByteSource> bytes,
                                                      const std::string& name) {
  auto source = std::make_unique<CsvImport>(std::move(bytes), name);
  WISP_TRY(source->read_header());
  return source;
}

}  // namespace wisp::tools
