#include "wisp/tools/wisp/json_import.h"

#include <optional>
#include <utility>

#include "wisp/tools/json_lines_reader.h"
#include "wisp/tools/json_row.h"

namespace wisp::tools {
namespace {

class JsonImport final : public ImportSource {
 public:
  explicit JsonImport(std::unique_ptr<ByteSource> bytes) : reader_(std::move(bytes)) {}

  Status bind(const LayoutPtr& layout) override {
    setter_.emplace(layout);
    return {};
  }

  Result<Step> next(RowBuilder& row) override {
    auto read = reader_.next();
    data_bytes_ += reader_.raw().size() + 1;
    if (!read) {
      if (reader_.failed()) return fail(input_failure(std::move(read).error()));
      bad_ = std::move(read).error();
      bad_.where.clear();  // the line, which line() says
      return Step::kBad;
    }
    if (!*read) return Step::kEnd;
    if (auto set = setter_->set(reader_.members(), row); !set) {
      bad_ = std::move(set).error();
      return Step::kBad;
    }
    return Step::kRow;
  }

  std::uint64_t line() const noexcept override { return reader_.line(); }
  std::string_view raw() const noexcept override { return reader_.raw(); }
  std::string_view header() const noexcept override { return {}; }
  std::uint64_t data_bytes() const noexcept override { return data_bytes_; }
  std::uint64_t file_bytes() const noexcept override { return reader_.source().input_bytes(); }
  std::optional<std::uint64_t> total_file_bytes() const noexcept override {
    return reader_.source().input_size();
  }

 private:
  JsonLinesReader reader_;
  std::optional<JsonRow> setter_;
  std::uint64_t data_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ImportSource>> open_json_import(std::unique_ptr<ByteSource> bytes) {
  return std::make_unique<JsonImport>(std::move(bytes));
}

}  // namespace wisp::tools
