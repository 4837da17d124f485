// Data sets: data.csv.gz and schema.sql of a folder, held in memory as cells.
#include <zlib.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "wisp/schema/ddl.h"
#include "wisp/schema/text.h"
#include "workload.h"

namespace wisp::bench {
namespace {

std::string read_gzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) give_up("cannot open " + path);
  std::string out;
  std::string piece(1 << 20, '\0');
  int got = 0;
  while ((got = gzread(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0) {
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  if (got < 0) give_up(path + " is damaged");
  return out;
}

// RFC 4180 records of a text that is all in memory. An unquoted empty field is NULL.
class CsvText {
 public:
  struct Field {
    std::string text;
    bool is_null = false;
  };
  explicit CsvText(std::string text) : text_(std::move(text)) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  // False at the end.
  bool next(std::vector<Field>& fields) {
    if (at_ >= text_.size()) return false;
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
      if (count == fields.size()) fields.emplace_back();
      more = take_field(fields[count]);
    }
    fields.resize(count);
    return true;
  }

 private:
  // True when another field follows in the same record.
  bool take_field(Field& field) {
    field.text.clear();
    field.is_null = at_ >= text_.size() || text_[at_] != '"';
    if (!field.is_null) {
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '"' && (++at_ >= text_.size() || text_[at_] != '"')) break;
        field.text.push_back(text_[at_]);
      }
    }
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') {
      if (text_[at_] != '\r') field.text.push_back(text_[at_]);
      ++at_;
    }
    field.is_null = field.is_null && field.text.empty();
    return at_ < text_.size() && text_[at_++] == ',';
  }

  std::string text_;
  std::size_t at_ = 0;
};

// The table of schema.sql with every column in the row: no key.
SchemaPtr read_schema(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string sql((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto script = parse_ddl(sql);
  if (!script) give_up(path + ": " + script.error().to_string());
  for (const DdlStatement& statement : script->statements) {
    const auto* table = std::get_if<CreateTable>(&statement);
    if (table == nullptr) continue;
    SchemaBuilder builder(table->schema->table_name());
    for (const Column& column : table->schema->columns()) builder.add(column);
    auto schema = builder.build();
    if (!schema) give_up(path + ": " + schema.error().to_string());
    return *schema;
  }
  give_up(path + " has no CREATE TABLE");
}

class DataSet final : public Workload {
 public:
  DataSet(const std::string& folder, std::size_t max_rows) {
    name_ = std::filesystem::path(folder).filename().string();
    columns_ = make_columns(read_schema(folder + "/schema.sql"));
    CsvText csv(read_gzip(folder + "/data.csv.gz"));
    std::vector<CsvText::Field> fields;
    if (!csv.next(fields)) give_up(name_ + ": no header");
    std::vector<ColumnIndex> order;
    for (const auto& field : fields) {
      auto column = columns_.schema->find(field.text, NameMatch::kExact);
      if (!column) give_up(name_ + ": " + column.error().to_string());
      order.push_back(*column);
    }
    std::size_t cells = 0;
    std::vector<const CsvText::Field*> by_column(columns_.size());
    while (rows_.size() < max_rows && csv.next(fields)) {
      if (fields.size() != order.size()) give_up(name_ + ": a record of another length");
      for (std::size_t i = 0; i < order.size(); ++i)
        by_column[to_underlying(order[i])] = &fields[i];
      cells += add_row(by_column);
    }
    present_pct_ = 100.0 * static_cast<double>(cells) /
                   static_cast<double>(std::max<std::size_t>(1, rows_.size() * columns_.size()));
  }

  std::size_t row_count() const override { return rows_.size(); }
  void row(std::size_t i, RowCells& out) const override { out = rows_[i]; }

 private:
  std::size_t add_row(const std::vector<const CsvText::Field*>& fields) {
    RowCells& row = rows_.emplace_back();
    for (std::uint32_t c = 0; c < fields.size(); ++c) {
      if (fields[c] == nullptr || fields[c]->is_null) continue;
      const Column& column = columns_.schema->columns()[c];
      auto value = parse_value(column.type, fields[c]->text);
      if (!value) give_up(name_ + ", " + column.name + ": " + value.error().to_string());
      add_cell(row, c, *value);
    }
    return row.size();
  }
  void add_cell(RowCells& row, std::uint32_t c, const Value& value) {
    switch (columns_.kinds[c]) {
      case CellKind::kInt:
        row.ints.push_back({c, static_cast<std::int32_t>(value.as<std::int64_t>())});
        break;
      case CellKind::kLong:
        row.longs.push_back({c, value.as<std::int64_t>()});
        break;
      case CellKind::kDouble: {
        const float* real = value.get_if<float>();
        row.doubles.push_back({c, real != nullptr ? double{*real} : value.as<double>()});
        break;
      }
      case CellKind::kBool:
        row.bools.push_back({c, value.as<bool>()});
        break;
      case CellKind::kText:
        row.texts.push_back({c, texts_.emplace_back(value.as<std::string>())});
    }
  }

  std::deque<std::string> texts_;  // a deque: its strings never move
  std::vector<RowCells> rows_;
};

}  // namespace

std::unique_ptr<Workload> read_data_set(const std::string& folder, std::size_t max_rows) {
  return std::make_unique<DataSet>(folder, max_rows);
}

}  // namespace wisp::bench
