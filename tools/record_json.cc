// Records as JSON lines or as one JSON array.
#include <utility>

#include "wisp/schema/json.h"
#include "wisp/tools/record_writer.h"

namespace wisp::tools {
namespace {

class JsonWriter final : public RecordWriter {
 public:
  JsonWriter(Console& console, const std::vector<Field>& fields, bool lines, bool show_nulls)
      : console_(console), lines_(lines), show_nulls_(show_nulls) {
    members_.reserve(fields.size());
    for (const Field& field : fields) {
      std::string member;
      print_json_string(field.name, member);
      member += ':';
      members_.push_back(std::move(member));
    }
    if (!lines_) console_.out().append("[");
  }

  bool wants_json() const noexcept override { return true; }

  void write(std::span<const Cell> cells, std::string_view) override {
    std::string& out = console_.out().buffer();
    if (!lines_) out += any_ ? ",\n" : "\n";
    any_ = true;
    out += '{';
    bool first = true;
    const auto member = [&](std::size_t field, std::string_view text) {
      if (!first) out += ',';
      first = false;
      out += members_[field];
      out += text;
    };
    if (show_nulls_) {
      for (std::size_t field = 0; field < members_.size(); ++field) {
        const bool set = !cells.empty() && cells.front().field == field;
        member(field, set ? cells.front().text : "null");
        if (set) cells = cells.subspan(1);
      }
    } else {
      for (const Cell& cell : cells) member(cell.field, cell.text);
    }
    out += lines_ ? "}\n" : "}";
    console_.out().flush_if_full();
  }

  void finish() override {
    if (!lines_) console_.out().append(any_ ? "\n]\n" : "]\n");
  }

 private:
  Console& console_;
  std::vector<std::string> members_;  // by field: "name":
  bool lines_;
  bool show_nulls_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<RecordWriter> make_json_writer(Console& console, const std::vector<Field>& fields,
                                               bool lines, bool show_nulls) {
  return std::make_unique<JsonWriter>(console, fields, lines, show_nulls);
}

}  // namespace wisp::tools
