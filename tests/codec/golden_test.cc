// Golden files (tests/golden/): all of them decode to their values and encode to their bytes.
//
// With WISP_WRITE_GOLDEN=1 in the environment the files of new samples are written first. A file
// that is there is never written again: bytes that change mean a new format, and a new folder.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "golden.h"
#include "oracle_decoder.h"
#include "random_rows.h"
#include "wisp/codec/key.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/row_batch.h"
#include "wisp/codec/row_verify.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/json.h"
#include "wisp/schema/schema_bytes.h"

namespace wisp {
namespace {

using testing::as_bytes;
using testing::Cells;
using testing::encode_cells;
using testing::Golden;

std::filesystem::path folder() {
  return std::filesystem::path(WISP_GOLDEN_DIR) / ("format-" + std::to_string(kRowFormat));
}

DdlStatement last_statement(const Golden& g) {
  auto script = parse_ddl(g.sql);
  REQUIRE_MESSAGE(script, script.error().to_string());
  return script->statements.back();
}

SchemaPtr schema_of(const Golden& g) {
  const SchemaPtr declared = std::get<CreateTable>(last_statement(g)).schema;
  SchemaBuilder builder(declared->table_name());
  for (const Column& c : declared->columns()) builder.add(c);
  for (const KeyPart& k : declared->key()) builder.key(declared->column(k.column).name, k.order);
  builder.version(SchemaVersion{g.version});
  return *builder.build();
}

// The columns as a ROW in which all may be absent.
Type row_type(const Schema& schema) {
  std::vector<RowField> fields;
  for (const Column& c : schema.columns()) fields.push_back({0, c.name, c.type, true});
  return Type::row(std::move(fields));
}

Value parse_values(const Type& type, const std::string& json) {
  auto value = parse_json_value(type, json);
  REQUIRE_MESSAGE(value, value.error().to_string());
  return *value;
}

Cells cells_of(const Schema& schema, const std::string& json) {
  return parse_values(row_type(schema), json).as<ValueRow>().fields;
}

std::vector<Cells> rows_of(const Schema& schema, const std::string& json) {
  std::vector<Cells> out;
  const Value rows = parse_values(Type::array(row_type(schema)), json);
  for (const Value& row : rows.as<ValueArray>().items) out.push_back(row.as<ValueRow>().fields);
  return out;
}

std::vector<Value> key_of(const Schema& schema, const Cells& cells) {
  std::vector<Value> out;
  for (const KeyPart& k : schema.key()) out.push_back(cells[to_underlying(k.column)]);
  return out;
}

std::vector<std::optional<Value>> touched_of(const Schema& schema, const Golden& g) {
  std::vector<std::optional<Value>> out(schema.column_count());
  const Cells cells = cells_of(schema, g.values);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].is_null()) out[i] = cells[i];
  }
  const Value nulls = parse_values(Type::array(Type::varchar()), g.nulls);
  for (const Value& name : nulls.as<ValueArray>().items)
    out[to_underlying(*schema.find(name.as<std::string>()))] = Value();
  return out;
}

std::string bytes_of(const RowBatch& batch) {
  std::string out;
  const auto parts = batch.parts();
  for (const std::span<const std::byte> part :
       {std::span<const std::byte>(parts.header), parts.index, parts.rows})
    out.append(reinterpret_cast<const char*>(part.data()), part.size());
  return out;
}

// A slice stands behind one row that is not in it.
std::string encode_batch(const SchemaPtr& schema, const Golden& g) {
  const auto layout = Layout::make(schema);
  std::vector<Cells> rows = rows_of(*schema, g.values);
  const bool slice = g.kind == "slice";
  if (slice) rows.insert(rows.begin(), rows.front());
  RowBatchBuilder builder(layout);
  for (const Cells& cells : rows) REQUIRE(builder.append(as_bytes(encode_cells(layout, cells))));
  const RowBatch batch = builder.freeze();
  return bytes_of(slice ? batch.slice(1, rows.size() - 1) : batch);
}

std::string encode_patch(const SchemaPtr& schema, const Golden& g) {
  PatchBuilder builder(Layout::make_patch(schema));
  const auto touched = touched_of(*schema, g);
  for (std::uint32_t i = 0; i < touched.size(); ++i) {
    if (touched[i]) REQUIRE(builder.set_value(ColumnIndex{i}, *touched[i]));
  }
  std::string out;
  const bool create = g.missing == "create";
  REQUIRE(builder.finish(create ? MissingRow::kCreate : MissingRow::kIgnore, out));
  return out;
}

std::string encode(const Golden& g) {
  std::string out;
  if (g.kind == "row id") {
    append_row_id(std::stoull(g.values), out);
    return out;
  }
  if (g.kind == "type") {
    append_type_bytes(std::get<CreateType>(last_statement(g)).type, out);
    return out;
  }
  const SchemaPtr schema = schema_of(g);
  if (g.kind == "row") return encode_cells(Layout::make(schema), cells_of(*schema, g.values));
  if (g.kind == "patch") return encode_patch(schema, g);
  if (g.kind == "batch" || g.kind == "slice") return encode_batch(schema, g);
  if (g.kind == "key") {
    const auto parts = key_of(*schema, cells_of(*schema, g.values));
    REQUIRE(append_key(*schema, parts, out));
  } else {
    REQUIRE(g.kind == "schema");
    append_schema_bytes(*schema, out);
  }
  return out;
}

void check_row(const RowView& row, const Cells& expected) {
  CHECK(verify_row(row, {.utf8 = true}));
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    if (row.layout().slot(ColumnIndex{i}).is_key) continue;
    const auto v = row.value(ColumnIndex{i});
    REQUIRE(v);
    if (!(*v == expected[i])) FAIL("another value");
  }
}

void check_patch(const SchemaPtr& schema, const Golden& g) {
  const auto layout = Layout::make_patch(schema);
  const auto patch = PatchView::open(*layout, as_bytes(g.bytes));
  REQUIRE_MESSAGE(patch, patch.error().to_string());
  CHECK(verify_patch(*patch));
  CHECK((patch->missing() == MissingRow::kCreate) == (g.missing == "create"));
  check_row(patch->values(), cells_of(*schema, g.values));
  const auto touched = touched_of(*schema, g);
  for (std::size_t i = 0; i < patch->null_count(); ++i)
    CHECK(touched[to_underlying(patch->null_column(i))] == Value());
  const auto oracle = oracle::decode_patch(*schema, g.bytes);
  REQUIRE_MESSAGE(oracle, oracle.error().message);
  CHECK((oracle->touched == touched));
}

void check_batch(const SchemaPtr& schema, const Golden& g) {
  const auto layout = Layout::make(schema);
  const auto batch = RowBatch::open(layout, as_bytes(g.bytes), nullptr);
  REQUIRE_MESSAGE(batch, batch.error().to_string());
  const auto rows = rows_of(*schema, g.values);
  REQUIRE(batch->size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) check_row((*batch)[i], rows[i]);
  CHECK(bytes_of(*batch) == g.bytes);
  const auto oracle = oracle::decode_batch(*schema, g.bytes);
  REQUIRE_MESSAGE(oracle, oracle.error().message);
  CHECK((*oracle == rows));
}

void check_decodes(const Golden& g) {
  if (g.kind == "row id") {
    CHECK(decode_row_id(g.bytes).value() == std::stoull(g.values));
    return;
  }
  if (g.kind == "type") {
    const auto type = read_type_bytes(as_bytes(g.bytes));
    REQUIRE_MESSAGE(type, type.error().to_string());
    CHECK((*type == std::get<CreateType>(last_statement(g)).type));
    return;
  }
  const SchemaPtr schema = schema_of(g);
  if (g.kind == "schema") {
    const auto read = read_schema_bytes(as_bytes(g.bytes));
    REQUIRE_MESSAGE(read, read.error().to_string());
    CHECK((**read == *schema));
  } else if (g.kind == "key") {
    const auto key = decode_key(*schema, g.bytes);
    REQUIRE_MESSAGE(key, key.error().to_string());
    CHECK((*key == key_of(*schema, cells_of(*schema, g.values))));
  } else if (g.kind == "patch") {
    check_patch(schema, g);
  } else if (g.kind == "batch" || g.kind == "slice") {
    check_batch(schema, g);
  } else {
    const auto layout = Layout::make(schema);
    const auto row = RowView::open(*layout, as_bytes(g.bytes));
    REQUIRE_MESSAGE(row, row.error().to_string());
    const Cells cells = cells_of(*schema, g.values);
    check_row(*row, cells);
    const auto oracle = oracle::decode_row(*schema, g.bytes);
    REQUIRE_MESSAGE(oracle, oracle.error().message);
    CHECK((*oracle == cells));
  }
}

TEST_CASE("golden files decode to their values and encode to their bytes") {
  if (const char* write = std::getenv("WISP_WRITE_GOLDEN"); write && std::string(write) == "1") {
    std::filesystem::create_directories(folder());
    for (Golden g : testing::golden_samples()) {
      const auto path = folder() / (g.name + ".golden");
      if (std::filesystem::exists(path)) continue;
      CAPTURE(g.name);
      g.bytes = encode(g);
      std::ofstream(path, std::ios::binary) << print_golden(g);
    }
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() != ".golden") continue;
    ++files;
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const Golden g = testing::parse_golden(text.str());
    REQUIRE(!g.kind.empty());
    CHECK((encode(g) == g.bytes));
    check_decodes(g);
    CHECK((print_golden(g) == text.str()));
  }
  CHECK(files >= 100);
}

TEST_CASE("every sample has its golden file, and every form is met") {
  bool presence[kPresenceFormCount][2] = {};
  bool int4[4] = {};
  bool int8[2] = {};
  bool text[2] = {};
  for (const Golden& sample : testing::golden_samples()) {
    CAPTURE(sample.name);
    std::ifstream file(folder() / (sample.name + ".golden"), std::ios::binary);
    REQUIRE(file);
    std::ostringstream content;
    content << file.rdbuf();
    const Golden g = testing::parse_golden(content.str());
    CHECK(g.kind == sample.kind);
    CHECK((g.values == sample.values));
    if (g.kind != "row") continue;
    const FormatByte f{static_cast<std::uint8_t>(g.bytes[0])};
    presence[static_cast<int>(f.presence())][f.wide()] = true;
    int4[static_cast<int>(f.int4())] = true;
    int8[static_cast<int>(f.int8())] = true;
    text[static_cast<int>(f.text())] = true;
  }
  for (const auto& form : presence) CHECK(form[0]);
  CHECK(presence[static_cast<int>(PresenceForm::kList)][1]);
  CHECK(presence[static_cast<int>(PresenceForm::kBitmap)][1]);
  CHECK(presence[static_cast<int>(PresenceForm::kAbsent)][1]);
  for (bool met : int4) CHECK(met);
  for (bool met : int8) CHECK(met);
  for (bool met : text) CHECK(met);
}

}  // namespace
}  // namespace wisp
