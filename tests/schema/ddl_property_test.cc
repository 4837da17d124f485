// Properties of the DDL parser: printed schemas read back equal, damaged text never does harm, and
// the cost grows with the text, not with its square.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "random_value.h"
#include "wisp/schema/ddl.h"

using namespace wisp;

namespace {

constexpr std::string_view kNames[] = {
    "a",   "A",         "b1",    "user",      "order",      "primary", "NULL",
    "x y", "\"",        "\"\"",  "a.b",       "größe",      "数",      "--",
    "/*",  "new\nline", "tab\t", "CamelCase", "constraint", "date",    "it's",
    "$1",  "1st",       "é\\n",  "select",    ";",          "(",       "E'x'"};

// A random name, distinct by its number when that matters.
std::string random_name(test::RandomValues& random, int number) {
  std::string name(kNames[random.below(std::size(kNames))]);
  return random.one_in(3) ? name + std::to_string(number) : std::to_string(number) + name;
}

// Declares named types on the way, so that types use types.
Type random_type(test::RandomValues& random, std::vector<Type>& named) {
  Type type = random.type(static_cast<int>(random.below(4)));
  if (!named.empty() && random.one_in(4)) type = named[random.below(named.size())];
  if (random.one_in(6)) type = Type::array(std::move(type), random.one_in(2));
  if (random.one_in(8)) {
    std::vector<RowField> fields(1 + random.below(4));
    int number = 0;
    for (RowField& field : fields) {
      field = {0, random_name(random, number++), random_type(random, named), random.one_in(2)};
    }
    const std::string name = "type " + std::to_string(named.size());
    type = Type::row(std::move(fields), name);
    named.push_back(type);
  }
  return type;
}

SchemaPtr random_schema(std::uint64_t seed) {
  test::RandomValues random(seed);
  SchemaBuilder builder(random_name(random, 0));
  std::vector<Type> named;
  std::vector<std::string> keys;
  const int count = 1 + static_cast<int>(random.below(12));
  for (int i = 0; i < count; ++i) {
    Column column;
    column.name = random_name(random, i);
    column.type = random_type(random, named);
    if (column.type.depth() > kMaxTypeDepth) column.type = Type(TypeKind::kDate);
    column.nullable = !random.one_in(3);
    if (random.one_in(2)) {
      column.default_value = random.value(column.type, column.nullable);
      column.has_default = true;
    }
    const bool null_default = column.has_default && column.default_value.is_null();
    if (is_key_type(column.type.kind()) && !null_default && random.one_in(4)) {
      keys.push_back(column.name);
    }
    builder.add(std::move(column));
  }
  for (const std::string& key : keys) {
    builder.key(key, random.one_in(2) ? SortOrder::kDescending : SortOrder::kAscending);
  }
  auto schema = builder.build();
  REQUIRE_MESSAGE(schema.has_value(), (schema ? "" : schema.error().to_string()));
  return *schema;
}

// Prints a schema with the types it needs and expects the same schema back.
void check_round_trip(const Schema& schema) {
  std::string sql;
  const std::vector<Type> named = schema.named_types();
  for (const Type& type : named) sql += type.definition_sql() + ";\n";
  sql += schema.to_sql() + ";\n";
  INFO(sql);
  const auto script = parse_ddl(sql);
  REQUIRE_MESSAGE(script.has_value(), (script ? "" : script.error().to_string()));
  CHECK(script->warnings.empty());
  REQUIRE(script->statements.size() == named.size() + 1);
  for (std::size_t i = 0; i < named.size(); ++i) {
    CHECK(std::get<CreateType>(script->statements[i]).type == named[i]);
  }
  const Schema& back = *std::get<CreateTable>(script->statements.back()).schema;
  CHECK(back.to_sql() == schema.to_sql());
  CHECK(back == schema);
}

constexpr std::string_view kSamples[] = {
    R"(-- a remark
CREATE TYPE ITEM AS (sku VARCHAR NOT NULL, price DECIMAL(10, 2), tags VARCHAR ARRAY);
CREATE TYPE "Cart" AS (items ITEM ARRAY, at TIMESTAMP(3) WITH TIME ZONE);
create table user (anon0 boolean NULL, anon7 INT NULL, anon8 "Cart" NULL, anon9 VARCHAR NULL);)",
    R"(CREATE TABLE IF NOT EXISTS public.t (
  id BIGSERIAL PRIMARY KEY, a INT DEFAULT -5 CHECK (a > (0)), "b ""x" TEXT DEFAULT 'it''s'::text,
  c MAP<VARCHAR, ROW(x DOUBLE, y INT[] NOT NULL)> NOT NULL, /* nested /* remark */ */
  d VARBINARY(10) DEFAULT X'00ff', e CHAR(3) COLLATE "C" REFERENCES o (id) ON DELETE SET NULL,
  f TIMESTAMP DEFAULT TIMESTAMP '2020-01-01 00:00:00.5', g DATE LATENESS INTERVAL '1' DAY,
  h VARCHAR DEFAULT E'\n\x41\u00e9', i TINYINT UNSIGNED DEFAULT CAST('1' AS INT),
  CONSTRAINT u UNIQUE (a, e) INCLUDE (d), FOREIGN KEY (e) REFERENCES p ON UPDATE CASCADE
) WITH ('k' = 'v') PARTITIONED BY (a);)",
    "SET x = 'y'; COMMENT ON TABLE t IS $$a;b$$; CREATE INDEX i ON t (lower(a));\n"
    "CREATE TABLE \"größe\" (数 ROW<a INT NOT NULL ARRAY>, w TIMESTAMP WATERMARK w - INTERVAL 1 "
    "HOUR,"
    " k DECIMAL(38, 9) GENERATED ALWAYS AS (1) STORED, PRIMARY KEY (k DESC) NOT ENFORCED)",
};

constexpr std::string_view kPieces[] = {"(",           ")",
                                        ",",           ";",
                                        "'",           "\"",
                                        "--",          "/*",
                                        "*/",          "<",
                                        ">",           "[",
                                        "]",           "::",
                                        "$$",          "\n",
                                        "\t",          "E'\\",
                                        "NULL",        "NOT",
                                        "DEFAULT",     "ARRAY",
                                        "MAP<",        "ROW(",
                                        "PRIMARY KEY", "CREATE TABLE",
                                        "AS",          "\xff",
                                        "\xc3",        "\xed\xa0\x80",
                                        "0",           "1e999",
                                        "-",           "a",
                                        "ITEM",        "INT",
                                        ".",           "CHECK(",
                                        "X'",          "DATE '",
                                        "CAST(",       "\xef\xbb\xbf"};

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : engine_(seed) {}

  std::string next() {
    std::string text(kSamples[below(std::size(kSamples))]);
    for (std::size_t n = 1 + below(4); n > 0; --n) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return engine_() % bound; }

  void mutate(std::string& text) {
    if (text.empty()) text = "create table t (";
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(text.size() - at, 1 + below(30));
    switch (below(7)) {
      case 0:
        text[at] = static_cast<char>(engine_());
        break;
      case 1:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, length));
        break;
      case 4:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      case 5:
        text.resize(at);
        break;
      default: {
        const std::string_view other = kSamples[below(std::size(kSamples))];
        text = text.substr(0, at) + std::string(other.substr(below(other.size())));
      }
    }
  }

  std::mt19937_64 engine_;
};

void check_refusal(const Error& error) {
  const bool known_code = error.code == ErrorCode::kParse || error.code == ErrorCode::kLimit;
  CHECK(known_code);
  CHECK(is_valid_utf8(error.message));
  CHECK(error.message.substr(0, 5) == "line ");
  CHECK(error.message.back() == '^');
  CHECK(std::count(error.message.begin(), error.message.end(), '\n') == 2);
  CHECK(error.message.size() < 1000);
}

}  // namespace

TEST_CASE("random schemas print as SQL that reads back to the same schema") {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    check_round_trip(*random_schema(seed));
  }
}

TEST_CASE("damaged DDL is refused with a place, or is DDL") {
  Mutator mutator(20261120);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 40'000; ++i) {
    const std::string text = mutator.next();
    INFO(text);
    const auto script = parse_ddl(text);
    if (!script) {
      check_refusal(script.error());
      ++refused;
      continue;
    }
    ++accepted;
    for (const Diagnostic& warning : script->warnings) {
      CHECK(is_valid_utf8(warning.to_string()));
      CHECK(warning.line >= 1);
    }
    for (const DdlStatement& statement : script->statements) {
      const auto* table = std::get_if<CreateTable>(&statement);
      if (table != nullptr) check_round_trip(*table->schema);
    }
  }
  // The mutations must neither be harmless nor hopeless.
  CHECK(accepted > 1000);
  CHECK(refused > 10'000);
}

TEST_CASE("random bytes are refused or empty") {
  std::mt19937_64 engine(7);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(engine() % 60, '\0');
    for (char& c : bytes) c = static_cast<char>(engine());
    const auto script = parse_ddl(bytes);
    if (script) {
      CHECK(script->statements.empty());
    } else {
      check_refusal(script.error());
    }
    CHECK_FALSE(parse_type(bytes + "?").has_value());
  }
}

TEST_CASE("the cost of parsing is linear in the text") {
  // Each line asks for the work that could be done once per column too often.
  const auto script_of = [](int columns) {
    std::string sql = "create table t (id int";
    for (int i = 0; i < columns; ++i) {
      const std::string number = std::to_string(i);
      sql += ",\n c" + number + " int unique, \"";
      for (int bit = 0; bit < 16; ++bit) sql += (i >> bit) % 2 != 0 ? 'A' : 'a';
      sql += "\" text default 'x' /* /* */ */";
    }
    return sql + ",\n primary key (ID))";
  };
  const auto milliseconds = [](const std::string& sql) {
    double best = 1e9;
    for (int run = 0; run < 3; ++run) {
      const std::clock_t start = std::clock();  // of this process: other load does not count
      const auto script = parse_ddl(sql);
      const double taken = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
      REQUIRE(script.has_value());
      best = std::min(best, taken);
    }
    return best;
  };
  const double small = milliseconds(script_of(2'000));
  const double large = milliseconds(script_of(32'000));
  MESSAGE("4,001 columns " << small << " ms, 64,001 columns " << large << " ms");
  // 16 times the text: linear work takes about 16 times as long, quadratic work 256 times.
  CHECK(large < 80 * small);
}
