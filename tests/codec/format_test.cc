// The worked rows of codec/FORMAT.md: each is encoded and decoded again.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "random_rows.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/json.h"

namespace wisp {
namespace {

struct WorkedRow {
  std::size_t line = 0;
  SchemaPtr schema;
  std::string json;
  std::string bytes;
};

SchemaPtr worked_schema(const std::string& text) {
  SchemaBuilder builder("t");
  std::istringstream in(text);
  std::string type;
  std::string times;
  std::size_t count = 0;
  if (in >> type >> times >> count && times == "x") {  // "BOOLEAN x 1100": c0, c1, ...
    for (std::size_t i = 0; i < count; ++i) builder.add("c" + std::to_string(i), *parse_type(type));
    return *builder.build();
  }
  auto ddl = parse_ddl("CREATE TABLE t (" + text + ")");
  REQUIRE_MESSAGE(ddl, ddl.error().to_string());
  return std::get<CreateTable>(ddl->statements.at(0)).schema;
}

// The bytes of a line: pairs of hex digits up to the first other word.
std::string hex_prefix(const std::string& line) {
  std::istringstream in(line);
  std::string out;
  for (std::string word; in >> word;) {
    if (word.size() != 2 || word.find_first_not_of("0123456789ABCDEF") != std::string::npos) break;
    out += static_cast<char>(std::stoi(word, nullptr, 16));
  }
  return out;
}

std::vector<WorkedRow> worked_rows() {
  std::ifstream file(WISP_FORMAT_MD);
  REQUIRE(file);
  std::vector<WorkedRow> rows;
  bool inside = false;
  SchemaPtr schema;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line == "```row") {
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside && line.starts_with("table ")) {
      schema = worked_schema(line.substr(6));
    } else if (inside && line.starts_with("row ")) {
      rows.push_back({number, schema, line.substr(4), {}});
    } else if (inside) {
      rows.back().bytes += hex_prefix(line);
    }
  }
  return rows;
}

TEST_CASE("the worked rows of FORMAT.md are what the codec writes and reads") {
  const auto rows = worked_rows();
  REQUIRE(rows.size() >= 6);
  bool met[kPresenceFormCount] = {};
  for (const WorkedRow& row : rows) {
    CAPTURE(row.line);
    std::vector<RowField> fields;
    for (const Column& c : row.schema->columns()) fields.push_back({0, c.name, c.type, c.nullable});
    auto value = parse_json_value(Type::row(std::move(fields)), row.json);
    REQUIRE_MESSAGE(value, value.error().to_string());
    const auto& cells = value->as<ValueRow>().fields;
    const auto layout = Layout::make(row.schema);
    const std::string bytes = testing::encode_cells(layout, cells);
    if (bytes != row.bytes) {
      for (unsigned char c : bytes) std::printf("%02X ", c);
      std::printf("\n");
    }
    CHECK(bytes == row.bytes);
    auto view = RowView::open(*layout, testing::as_bytes(row.bytes));
    REQUIRE_MESSAGE(view, view.error().to_string());
    CHECK(verify_row(*view, {.utf8 = true}));
    for (std::uint32_t i = 0; i < cells.size(); ++i)
      CHECK(*view->value(ColumnIndex{i}) == cells[i]);
    met[row.bytes[0] & 7] = true;
  }
  for (bool m : met) CHECK(m);
}

}  // namespace
}  // namespace wisp
