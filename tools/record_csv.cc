// Records as CSV: a header, then every field of every record.
#include "wisp/tools/csv_writer.h"
#include "wisp/tools/record_writer.h"

namespace wisp::tools {
namespace {

class CsvRecordWriter final : public RecordWriter {
 public:
  CsvRecordWriter(Console& console, const std::vector<Field>& fields)
      : console_(console), field_count_(fields.size()) {
    std::string& out = console_.out().buffer();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_cell(fields[i].name, out);
    }
    out += '\n';
  }

  bool wants_json() const noexcept override { return false; }

  void write(std::span<const Cell> cells, std::string_view) override {
    std::string& out = console_.out().buffer();
    std::size_t field = 0;
    for (const Cell& cell : cells) {
      out.append(cell.field - field, ',');
      field = cell.field;
      append_csv_cell(cell.text, out);
    }
    out.append(field_count_ - 1 - field, ',');
    out += '\n';
    console_.out().flush_if_full();
  }

  void finish() override {}

 private:
  Console& console_;
  std::size_t field_count_;
};

}  // namespace

std::unique_ptr<RecordWriter> make_csv_writer(Console& console, const std::vector<Field>& fields) {
  return std::make_unique<CsvRecordWriter>(console, fields);
}

}  // namespace wisp::tools
