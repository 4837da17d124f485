// Writes samples of rows, keys, patches, batches and schemas for the corpus: make_corpus <folder>.
#include <filesystem>
#include <fstream>

#include "fuzz_target.h"
#include "wisp/codec/key.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/row_batch.h"
#include "wisp/schema/json.h"
#include "wisp/schema/schema_bytes.h"

namespace wisp::fuzz {
namespace {

constexpr const char* kRows[5][3] = {
    {R"({"a":1,"ok":true})",
     R"({"a":-7,"ok":false,"b":300,"c":7,"d":-5000000000,"e":2.5,"f":"tea","g":"00112233-4455-6677-8899-aabbccddeeff","h":-1.25,"i":"2026-11-20","j":0.5,"k":true,"l":-1,"m":"\\x00ff"})",
     R"({"a":1,"ok":true,"b":0,"f":"a rather long text","k":false})"},
    {R"({"n":{}})", R"({"tags":["a",null,"bcd"],"m":{"x":[1,null],"y":null},"n":{"-2.5":true}})",
     R"({"r":[{"p":1,"q":["x"],"s":true},null,{"p":2}],"n":{"0.5":null,"inf":false},"j":[1,2]})"},
    {R"({"c0":1})", R"({"c0":0,"c5":70000,"c10":-1,"c3":9,"c8":70000,"c2":"x","c7":"","c1":true})",
     R"({"c300":5,"c302":"tea","c319":65535})"},
    {R"({"b":1})", R"({"u":"00112233-4455-6677-8899-aabbccddeeff","i":0})", R"({"b":-1,"i":7})"},
    {R"({"at":"13:45:00.5","x":0.5})",
     R"({"t":"23:59:59","d":-999.99,"e":1.25,"at":"23:59:59.999","r":-0.5,"x":"nan","v":"tea","w":"\\x00ff","a":[1.5,-99.9],"y":[null,"nan",1],"m":{"00:00:00":0.5,"12:00:00":"inf"}})",
     R"({"at":"00:00:00","x":-1,"e":-1000000.01,"y":[],"a":[]})"}};
constexpr const char* kKeys[5] = {
    R"({"id":-7,"name":"te\u0000a"})",
    R"({"id":"00112233-4455-6677-8899-aabbccddeeff","at":"2026-11-20 13:45:00","x":-1.5})",
    R"({"id":9223372036854775807})", R"({"id":0})", R"({"id":-1})"};

std::vector<Value> parse_row(const Schema& schema, const char* json) {
  std::vector<RowField> fields;
  for (const Column& c : schema.columns()) fields.push_back({0, c.name, c.type, true});
  const auto value = parse_json_value(Type::row(std::move(fields)), json);
  require(value.has_value(), "the samples parse");
  return value->as<ValueRow>().fields;
}

void write(const std::filesystem::path& folder, const char* target, const std::string& name,
           std::string_view bytes) {
  std::filesystem::create_directories(folder / target);
  std::ofstream(folder / target / name, std::ios::binary) << bytes;
}

void write_schema(const std::filesystem::path& folder, std::size_t index) {
  const SchemaPtr& schema = schemas()[index];
  const auto pick = std::string(1, static_cast<char>(index));
  const std::string number = std::to_string(index);
  const auto layout = Layout::make(schema);
  RowBatchBuilder batch(layout);
  for (std::size_t r = 0; r < 3; ++r) {
    const auto cells = parse_row(*schema, kRows[index][r]);
    RowBuilder row(layout);
    PatchBuilder patch(Layout::make_patch(schema));
    for (std::uint32_t i = 0; i < cells.size(); ++i) {
      const ColumnIndex column{i};
      if (layout->slot(column).is_key) continue;
      if (!cells[i].is_null()) {
        require(row.set_value(column, cells[i]).has_value(), "the samples fit");
        require(patch.set_value(column, cells[i]).has_value(), "the samples fit");
      } else if (r == 2 && i % 3 == 0 && schema->column(column).nullable) {
        require(patch.set_null(column).has_value(), "the samples fit");
      }
    }
    std::string bytes = pick;
    require(row.finish_row(bytes).has_value(), "the samples encode");
    require(batch.append(row).has_value(), "the samples encode");
    write(folder, "row", "row" + number + std::to_string(r), bytes);
    bytes = pick;
    require(patch.finish(r == 0 ? MissingRow::kCreate : MissingRow::kIgnore, bytes).has_value(),
            "the samples encode");
    write(folder, "patch", "patch" + number + std::to_string(r), bytes);
    write(folder, "json", "row" + number + std::to_string(r), pick + kRows[index][r]);
  }
  const RowBatch frozen = batch.freeze();
  const auto parts = frozen.parts();
  std::string bytes = pick;
  for (const std::span<const std::byte> part :
       {std::span<const std::byte>(parts.header), parts.index, parts.rows})
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  write(folder, "batch", "batch" + number, bytes);
  const auto cells = parse_row(*schema, kKeys[index]);
  std::vector<Value> key;
  for (const KeyPart& k : schema->key()) key.push_back(cells[to_underlying(k.column)]);
  bytes = pick;
  require(append_key(*schema, key, bytes).has_value(), "the samples encode");
  write(folder, "key", "key" + number, bytes);
  bytes.clear();
  append_schema_bytes(*schema, bytes);
  write(folder, "schema_bytes", "schema" + number, bytes);
  write(folder, "ddl", "table" + number, schema->to_sql());
}

}  // namespace
}  // namespace wisp::fuzz

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (std::size_t i = 0; i < wisp::fuzz::schemas().size(); ++i)
    wisp::fuzz::write_schema(argv[1], i);
  return 0;
}
