// wisp import and rowdump scan: what goes in comes out, byte for byte where the text is canonical.
#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../engine/scratch.h"
#include "../schema/random_value.h"
#include "command.h"
#include "wisp/schema/json.h"
#include "wisp/schema/text.h"
#include "wisp/tools/csv_writer.h"

namespace wisp::testing {
namespace {

using test::RandomValues;

// A table of every kind of column, and random rows of it as text.
struct Sample {
  SchemaPtr schema;
  std::string sql;
  std::string csv;
  std::string jsonl;
};

SchemaPtr sample_schema(RandomValues& random, bool with_key) {
  SchemaBuilder builder("sample");
  if (with_key) builder.add("id", Type(TypeKind::kBigInt)).key("id");
  for (int kind = 1; kind <= 21; ++kind) {
    const auto k = static_cast<TypeKind>(kind);
    const std::string name = "c" + std::to_string(kind);
    if (k == TypeKind::kDecimal) {
      builder.add(name, Type::decimal(38, 10)).add(name + "_small", Type::decimal(9, 2));
    } else {
      builder.add(name, Type(k));
    }
  }
  for (int i = 0; i < 40; ++i) {
    Type type = random.type(2);
    builder.add("Wide \"" + std::to_string(i) + "\"", std::move(type));
  }
  builder.add("flag", Type(TypeKind::kBoolean), false);
  return must(builder.build());
}

Sample make_sample(std::uint64_t seed, int rows, bool with_key) {
  RandomValues random(seed);
  Sample sample;
  sample.schema = sample_schema(random, with_key);
  sample.sql = sample.schema->to_sql();
  tools::CsvWriter csv(sample.csv);
  for (const Column& column : sample.schema->columns()) csv.text(column.name);
  csv.end_record();
  for (int row = 0; row < rows; ++row) {
    const std::uint64_t sparseness = 1 + random.below(30);
    std::string object = "{";
    for (std::uint32_t i = 0; i < sample.schema->column_count(); ++i) {
      const Column& column = sample.schema->column(ColumnIndex{i});
      Value value;
      if (with_key && i == 0) {
        value = std::int64_t{row};
      } else if (!column.nullable || random.one_in(sparseness)) {
        value = random.value(column.type, false);
      }
      if (value.is_null()) {
        csv.null();
        continue;
      }
      std::string text;
      print_value(column.type, value, text);
      csv.text(text);
      if (object.size() > 1) object += ',';
      print_json_string(column.name, object);
      object += ':';
      std::string json;
      print_json_value(column.type, value, json);
      // Line breaks between the tokens of a JSON value would end the JSON line.
      for (char& c : json) c = c == '\n' || c == '\r' ? ' ' : c;
      object += json;
    }
    csv.end_record();
    sample.jsonl += object + "}\n";
  }
  return sample;
}

void write_gzip(const std::string& path, std::string_view text) {
  gzFile file = ::gzopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  REQUIRE(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())) ==
          static_cast<int>(text.size()));
  REQUIRE(::gzclose(file) == Z_OK);
}

TEST_CASE("CSV in, CSV out: every type, NULL and the empty string, plain and gzipped") {
  for (const bool with_key : {false, true}) {
    CAPTURE(with_key);
    const ScratchDirectory scratch;
    const Sample sample = make_sample(with_key ? 1 : 2, 300, with_key);
    write_file(scratch.path("sample.sql"), sample.sql);
    write_file(scratch.path("rows.csv"), sample.csv);
    write_gzip(scratch.path("packed"), sample.csv);
    for (const char* file : {"rows.csv", "packed"}) {
      CAPTURE(file);
      const std::string db = scratch.path(std::string("db-") + file);
      const Outcome import = run({"wisp", "import", db, "sample", scratch.path(file), "--create",
                                  scratch.path("sample.sql"), "--batch", "7"});
      CAPTURE(import.err);
      REQUIRE(import.exit_code == 0);
      CHECK(import.out.empty());
      CHECK(import.err.find("300 rows committed") != std::string::npos);
      const Outcome scan = run({"rowdump", "scan", db, "sample", "-f", "csv", "--all"});
      CHECK(scan.exit_code == 0);
      CHECK(scan.err.empty());
      CHECK(scan.out == sample.csv);
      CHECK(run({"rowdump", "count", db, "sample"}).out == "300\n");
    }
  }
}

TEST_CASE("JSON lines in, JSON lines out") {
  const ScratchDirectory scratch;
  const Sample sample = make_sample(3, 200, true);
  write_file(scratch.path("sample.sql"), sample.sql);
  write_file(scratch.path("rows.jsonl"), sample.jsonl);
  const std::string db = scratch.path();
  const Outcome import = run({"wisp", "import", db, "sample", scratch.path("rows.jsonl"),
                              "--create", scratch.path("sample.sql")});
  CAPTURE(import.err);
  REQUIRE(import.exit_code == 0);
  const Outcome csv = run({"rowdump", "scan", db, "sample", "-f", "csv"});
  CHECK(csv.out == sample.csv);
  const Outcome json = run({"rowdump", "scan", db, "sample"});
  CHECK(json.out == sample.jsonl);
  // And once more through stdin, found by content.
  const std::string copy = scratch.path("copy");
  const Outcome again =
      run({"wisp", "import", copy, "sample", "-", "--create", scratch.path("sample.sql")},
          {.input = json.out});
  CAPTURE(again.err);
  CHECK(again.exit_code == 0);
  CHECK(run({"rowdump", "scan", copy, "sample"}).out == sample.jsonl);
}

TEST_CASE("the schema that rowdump prints makes an equal table") {
  const ScratchDirectory scratch;
  write_file(scratch.path("a.sql"),
             "CREATE TYPE money AS (amount DECIMAL(10, 2) NOT NULL, currency CHAR(3));\n"
             "CREATE TYPE cart AS (items ROW(sku VARCHAR, price money) ARRAY, total money);\n"
             "CREATE TABLE \"Order\" (id BIGINT, day DATE, cart cart, note VARCHAR DEFAULT 'x',\n"
             "  PRIMARY KEY (day, id));\n"
             "CREATE TABLE log (at TIMESTAMP(3) NOT NULL);\n");
  REQUIRE(run({"wisp", "create", scratch.path("one"), scratch.path("a.sql")}).exit_code == 0);
  const Outcome schema = run({"rowdump", "schema", scratch.path("one")});
  REQUIRE(schema.exit_code == 0);
  REQUIRE(run({"wisp", "create", scratch.path("two"), "-"}, {.input = schema.out}).exit_code == 0);
  CHECK(run({"rowdump", "schema", scratch.path("two")}).out == schema.out);
  const Outcome single = run({"rowdump", "schema", scratch.path("one"), "order"});
  CHECK(single.out.find("CREATE TYPE \"money\"") < single.out.find("CREATE TYPE \"cart\""));
  CHECK(single.out.find("\"log\"") == std::string::npos);
  REQUIRE(run({"wisp", "create", scratch.path("three"), "-"}, {.input = single.out}).exit_code ==
          0);
}

TEST_CASE("columns that a file lacks get their default; header names may differ in case") {
  const ScratchDirectory scratch;
  write_file(scratch.path("t.sql"),
             "CREATE TABLE t (id INT PRIMARY KEY, Name VARCHAR, n INT DEFAULT 7, d DOUBLE,"
             " s VARCHAR NOT NULL DEFAULT 'none')");
  write_file(scratch.path("rows.csv"),
             "\xEF\xBB\xBF"
             "NAME,ID\r\n\"a\r\nb\",1\r\n,2\r\n\"\",3");
  const std::string db = scratch.path();
  const Outcome import =
      run({"wisp", "import", db, "t", scratch.path("rows.csv"), "--create", scratch.path("t.sql")});
  CAPTURE(import.err);
  REQUIRE(import.exit_code == 0);
  write_file(scratch.path("more.jsonl"),
             "{\"ID\": 4, \"n\": null}\n\n{\"id\": 5, \"s\": \"\", \"name\": \"\\u00e9\\n\"}\n");
  REQUIRE(run({"wisp", "import", db, "t", scratch.path("more.jsonl")}).exit_code == 0);
  CHECK(run({"rowdump", "scan", db, "t", "-f", "csv"}).out ==
        "id,Name,n,d,s\n1,\"a\r\nb\",7,,none\n2,,7,,none\n3,\"\",7,,none\n4,,,,none\n"
        "5,\"\xC3\xA9\n\",7,,\"\"\n");
}

TEST_CASE("of several CREATE TABLEs the one that is asked for is made") {
  const ScratchDirectory scratch;
  write_file(scratch.path("two.sql"), "CREATE TABLE one (a INT); CREATE TABLE Two (a INT, b INT);");
  write_file(scratch.path("one.sql"), "CREATE TABLE IF NOT EXISTS declared (a INT PRIMARY KEY)");
  write_file(scratch.path("rows.csv"), "a\n1\n");
  const std::string db = scratch.path();
  const auto import = [&](const std::string& table, const std::string& sql) {
    return run({"wisp", "import", db, table, scratch.path("rows.csv"), "--create",
                scratch.path(sql), "--replace"});
  };
  CHECK(import("two", "two.sql").exit_code == 0);
  const Outcome third = import("tow", "two.sql");
  CHECK(third.exit_code == 2);
  CHECK(third.err.find("did you mean \"Two\"") != std::string::npos);
  CHECK(import("mine", "one.sql").exit_code == 0);
  CHECK(import("mine", "one.sql").exit_code == 0);  // IF NOT EXISTS
  const Outcome again = import("two", "two.sql");
  CHECK(again.exit_code == 1);
  CHECK(again.err.find("there already") != std::string::npos);
  CHECK(run({"rowdump", "ls", db, "-f", "csv"}).out.find("declared") == std::string::npos);
  CHECK(run({"rowdump", "count", db, "mine"}).out == "1\n");
  CHECK(run({"rowdump", "count", db, "two"}).out == "1\n");
}

}  // namespace
}  // namespace wisp::testing
