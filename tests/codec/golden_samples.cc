#include <array>

#include "golden.h"

namespace wisp::testing {
namespace {

struct TypeSample {
  const char* name;
  const char* sql;
  std::array<const char*, 3> values;  // JSON
  bool key = true;
};

// Every type, with the ends of its range.
constexpr TypeSample kTypes[] = {
    {"boolean", "BOOLEAN", {"true", "false", "true"}},
    {"tinyint", "TINYINT", {"-128", "127", "-1"}},
    {"smallint", "SMALLINT", {"-32768", "32767", "-1"}},
    {"integer", "INTEGER", {"-2147483648", "2147483647", "-1"}},
    {"bigint", "BIGINT", {"-9223372036854775808", "9223372036854775807", "-1"}},
    {"utinyint", "TINYINT UNSIGNED", {"0", "255", "128"}},
    {"usmallint", "SMALLINT UNSIGNED", {"0", "65535", "32768"}},
    {"uinteger", "INTEGER UNSIGNED", {"0", "4294967295", "2147483648"}},
    {"ubigint", "BIGINT UNSIGNED", {"0", "18446744073709551615", "9223372036854775808"}},
    {"real", "REAL", {"1.5", "-3.4028235e+38", "\"inf\""}},
    {"double", "DOUBLE", {"1.5", "-1.7976931348623157e+308", "\"-inf\""}},
    {"decimal18", "DECIMAL(18, 4)", {"1.2500", "-99999999999999.9999", "99999999999999.9999"}},
    {"decimal38", "DECIMAL(38, 0)", {"1", "-99999999999999999999999999999999999999", "-1"}},
    {"date", "DATE", {"\"1970-01-01\"", "\"2026-11-20\"", "\"0001-01-01\""}},
    {"time", "TIME(9)", {"\"00:00:00\"", "\"23:59:59.999999999\"", "\"12:34:56\""}},
    {"timestamp",
     "TIMESTAMP(3)",
     {"\"1970-01-01 00:00:00\"", "\"2026-11-20 13:45:00.125\"", "\"1969-12-31 23:59:59\""}},
    {"timestamptz",
     "TIMESTAMPTZ",
     {"\"1970-01-01 00:00:00Z\"", "\"2026-11-20 13:45:00.123456Z\"", "\"1969-12-31 23:59:59Z\""}},
    {"uuid",
     "UUID",
     {"\"00112233-4455-6677-8899-aabbccddeeff\"", "\"00000000-0000-0000-0000-000000000000\"",
      "\"ffffffff-ffff-ffff-ffff-ffffffffffff\""}},
    {"varchar", "VARCHAR", {"\"tea\"", "\"\"", "\"a\\u0000b\xC3\xA9\""}},
    {"char", "CHAR(3)", {"\"abc\"", "\"\"", "\"\xC3\xA9\""}},
    {"varbinary", "VARBINARY", {"\"\\\\x00ff00\"", "\"\\\\x\"", "\"\\\\x01\""}},
    {"json", "JSON", {"{\"a\":[1,2.50]}", "\"x\"", "true"}, false},
};

Golden row(std::string name, const std::string& columns, std::string values) {
  return {"row-" + std::move(name), "row", "CREATE TABLE t (" + columns + ")", 1,
          std::move(values)};
}

void add_types(std::vector<Golden>& out) {
  for (const TypeSample& t : kTypes) {
    const std::string type = t.sql;
    const auto& [x, y, z] = t.values;
    const auto object = [](std::initializer_list<std::pair<const char*, std::string>> fields) {
      std::string json;
      for (const auto& [name, value] : fields)
        json += std::string(json.empty() ? "" : ",") + "\"" + name + "\":" + value;
      return "{" + json + "}";
    };
    out.push_back(row(t.name, "a " + type + " NOT NULL, b " + type + ", c " + type + ", d " + type,
                      object({{"a", x}, {"b", y}, {"d", z}})));
    const std::string both = std::string(y) + "," + z;
    out.push_back(row(std::string("array-") + t.name,
                      "a " + type + " ARRAY, b " + type + " NOT NULL ARRAY",
                      object({{"a", "[" + std::string(x) + ",null," + both + "]"},
                              {"b", "[" + std::string(x) + "," + both + "]"}})));
    out.push_back(row(std::string("nested-") + t.name,
                      "m MAP<INTEGER, " + type + ">, r ROW(x " + type + ", y " + type +
                          " NOT NULL, z " + type + ")",
                      object({{"m", "{\"-1\":" + std::string(x) + ",\"2\":null,\"3\":" + y + "}"},
                              {"r", object({{"x", z}, {"y", x}, {"z", "null"}})}})));
    if (!t.key) continue;
    const std::string sql = "CREATE TABLE t (a " + type + ", b " + type + ", c " + type +
                            ", v INTEGER, PRIMARY KEY (b, a DESC, c))";
    out.push_back(
        {std::string("key-") + t.name, "key", sql, 1, object({{"a", x}, {"b", y}, {"c", z}})});
    if (type == "BOOLEAN") continue;
    out.push_back(row(std::string("map-") + t.name, "m MAP<" + type + ", BOOLEAN>",
                      type == "REAL" || type == "DOUBLE"
                          ? "{\"m\":{\"-2.5\":true,\"0.25\":null,\"inf\":false}}"
                          : "{\"m\":{" +
                                std::string(x[0] == '"' ? x : "\"" + std::string(x) + "\"") +
                                ":true}}"));
  }
}

// "c0 TYPE, c1 TYPE, ..."
std::string columns(std::size_t n, const std::string& type) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i)
    out += (i == 0 ? "c" : ", c") + std::to_string(i) + " " + type;
  return out;
}

// The columns that `value` gives a value.
template <typename F>
std::string cells(std::size_t n, F&& value) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string v = value(i);
    if (!v.empty()) out += (out.empty() ? "\"c" : ",\"c") + std::to_string(i) + "\":" + v;
  }
  return "{" + out + "}";
}

void add_forms(std::vector<Golden>& out) {
  const auto flag = [](bool present) { return std::string(present ? "true" : ""); };
  out.push_back(row("empty", "a INTEGER, b VARCHAR", "{}"));
  out.push_back(row("not-null-only", "a BOOLEAN NOT NULL, b BOOLEAN NOT NULL, c INTEGER NOT NULL",
                    "{\"a\":true,\"b\":false,\"c\":-5}"));
  out.push_back(row("full", columns(9, "BOOLEAN"), cells(9, [&](auto) { return flag(true); })));
  out.push_back(
      row("list", columns(600, "BOOLEAN"), cells(600, [&](auto i) { return flag(i % 60 == 7); })));
  out.push_back(row("list-wide", columns(5000, "BOOLEAN"),
                    cells(5000, [&](auto i) { return flag(i % 16 == 3); })));
  out.push_back(row("bitmap", columns(70, "SMALLINT"),
                    cells(70, [&](auto i) { return i % 2 == 0 ? std::to_string(i) : ""; })));
  out.push_back(row("bitmap-wide", columns(520, "BOOLEAN"),
                    cells(520, [&](auto i) { return flag(i % 2 == 0); })));
  out.push_back(row("absent-list", columns(300, "BOOLEAN"),
                    cells(300, [&](auto i) { return flag(i % 90 != 5); })));
  out.push_back(row("absent-list-wide", columns(5000, "BOOLEAN"),
                    cells(5000, [&](auto i) { return flag(i % 16 != 3); })));
  out.push_back(row("short-list", columns(600, "BOOLEAN"),
                    cells(600, [&](auto i) { return flag(i == 513); })));
  const auto number = [](auto n) { return std::to_string(n); };
  out.push_back(
      row("int4-palette1", columns(70, "INTEGER"), cells(70, [&](auto i) {
            return number(i % 9 == 0 ? 70000 : i % 5 == 0 ? -3 : static_cast<int>(i % 16));
          })));
  out.push_back(row("int4-sparse", columns(70, "INTEGER"),
                    cells(70, [&](auto i) { return number(i % 20 == 3 ? -1000000 : 0); })));
  out.push_back(row("int4-palette3", columns(70, "INTEGER"), cells(70, [&](auto i) {
                      return number(i % 3 == 0 ? 100 : i % 30 == 1 ? 300 : 0);
                    })));
  out.push_back(row("int4-unsigned", columns(70, "INTEGER UNSIGNED"), cells(70, [&](auto i) {
                      return number(i % 9 == 0 ? 32768U : i % 5 == 0 ? 128U : 15U);
                    })));
  out.push_back(row(
      "int8-coded", columns(70, "BIGINT"), cells(70, [&](auto i) {
        return number(i % 9 == 0 ? -5000000000LL : i % 5 == 0 ? 70000LL : i % 2 == 0 ? -7LL : 0LL);
      })));
  out.push_back(row(
      "int8-unsigned", columns(70, "BIGINT UNSIGNED"), cells(70, [&](auto i) {
        return number(i % 9 == 0 ? 18446744073709551615ULL : i % 5 == 0 ? 2147483648ULL : 32768ULL);
      })));
  const auto text = [](std::size_t size) { return "\"" + std::string(size, 'x') + "\""; };
  out.push_back(
      row("text-ends", columns(35, "VARCHAR"), cells(35, [&](auto i) { return text(i % 12); })));
  out.push_back(row("text-lengths", columns(35, "VARCHAR"), cells(35, [&](auto i) {
                      return text(i == 20 ? 254 : i == 21 ? 255 : i == 30 ? 700 : i % 5);
                    })));
  out.push_back(row("text-wide-starts", columns(20, "VARCHAR"),
                    cells(20, [&](auto i) { return text(i == 2 ? 66000 : i); })));
  out.push_back(row(
      "array-long", "a BOOLEAN ARRAY, b VARCHAR ARRAY, c INTEGER ARRAY ARRAY", "{\"a\":[true" + [] {
        std::string more;
        for (int i = 1; i < 300; ++i) more += i % 3 == 0 ? ",true" : ",false";
        return more;
      }() + "],\"b\":[" + text(300) + ",null," + text(0) + "],\"c\":[[1,null],[],null]}"));
  out.push_back(row("row-deep", "a ROW(x ROW(y VARCHAR ARRAY, z MAP<VARCHAR, BIGINT ARRAY>) ARRAY)",
                    "{\"a\":{\"x\":[{\"y\":[\"p\",null],\"z\":{\"k\":[1,2]}},null,"
                    "{\"y\":null,\"z\":null}]}}"));
  out.push_back(row("key-columns", "id BIGINT, a INTEGER, name VARCHAR, PRIMARY KEY (id, name)",
                    "{\"a\":7}"));
  for (const std::uint32_t version : {254U, 255U, 70000U}) {
    out.push_back(row("version-" + std::to_string(version), "a INTEGER, b VARCHAR", "{\"a\":1}"));
    out.back().version = version;
  }
}

void add_patches_and_batches(std::vector<Golden>& out) {
  const std::string table =
      "CREATE TABLE t (id BIGINT PRIMARY KEY, a INTEGER NOT NULL, b VARCHAR, c BOOLEAN, d DOUBLE, "
      "e INTEGER ARRAY, f UUID)";
  const auto patch = [&](const char* name, const char* values, const char* nulls,
                         const char* missing, std::uint32_t version = 1) {
    out.push_back({std::string("patch-") + name, "patch", table, version, values, nulls, missing});
  };
  patch("empty", "{}", "[]", "ignore");
  patch("create", "{\"a\":5,\"b\":\"tea\",\"e\":[1,null]}", "[]", "create");
  patch("nulls", "{\"c\":true}", "[\"b\",\"d\",\"f\"]", "ignore");
  patch("nulls-only", "{}", "[\"b\",\"c\",\"d\",\"e\",\"f\"]", "create");
  patch("version-300", "{\"a\":-1,\"d\":2.5}", "[\"e\"]", "ignore", 300);
  const auto batch = [&](const char* name, const char* kind, const char* values) {
    out.push_back({std::string("batch-") + name, kind, table, 1, values});
  };
  batch("empty", "batch", "[]");
  batch("rows", "batch",
        "[{\"a\":1},{\"a\":2,\"b\":\"tea\",\"c\":true},{\"a\":3,\"d\":0.5,\"e\":[1,null]}]");
  batch("slice", "slice", "[{\"a\":2,\"b\":\"tea\",\"c\":true},{\"a\":3,\"d\":0.5}]");
  out.push_back({"key-row-id", "row id", "", 1, "72623859790382856"});
}

void add_schemas(std::vector<Golden>& out) {
  const auto schema = [&](const char* name, const std::string& sql, std::uint32_t version = 1) {
    out.push_back({std::string("schema-") + name, "schema", sql, version});
  };
  std::string all;
  std::string keys;
  for (const TypeSample& t : kTypes) {
    all += std::string(t.name) + "_ " + t.sql + (t.key ? ", " : " NOT NULL, ");
    if (t.key) keys += std::string(keys.empty() ? "" : ", ") + t.name + "_";
  }
  schema("types", "CREATE TABLE all_types (" + all + "PRIMARY KEY (" + keys + "))");
  schema("nested",
         "CREATE TABLE t (a INTEGER ARRAY, b INTEGER NOT NULL ARRAY, c MAP<VARCHAR(9), DATE>, "
         "d ROW(x INTEGER, y VARCHAR NOT NULL) ARRAY ARRAY)");
  schema("named-types",
         "CREATE TYPE point AS (x DOUBLE, y DOUBLE NOT NULL); CREATE TYPE line AS (\"from\" point, "
         "\"to\" point); CREATE TABLE \"my lines\" (id BIGINT PRIMARY KEY, l line, m line ARRAY)");
  schema("defaults",
         "CREATE TABLE t (a BOOLEAN DEFAULT TRUE, b INTEGER DEFAULT -7, c BIGINT UNSIGNED DEFAULT "
         "18446744073709551615, d REAL DEFAULT 1.5, e DOUBLE DEFAULT -2.5, f DECIMAL(5, 2) DEFAULT "
         "-12.34, g DATE DEFAULT DATE '2026-11-20', h VARCHAR DEFAULT 'te''a', i INTEGER DEFAULT "
         "NULL, j BOOLEAN DEFAULT FALSE, k UUID DEFAULT '00112233-4455-6677-8899-aabbccddeeff', "
         "l VARBINARY DEFAULT X'00FF')");
  schema("key-order", "CREATE TABLE t (a INTEGER, b VARCHAR, c UUID, PRIMARY KEY (c, a DESC, b))");
  schema("version-300", "CREATE TABLE t (a INTEGER)", 300);
  out.push_back(
      {"type-named", "type",
       "CREATE TYPE item AS (sku VARCHAR(20) NOT NULL, qty INTEGER, tags VARCHAR ARRAY)"});
}

}  // namespace

std::vector<Golden> golden_samples() {
  std::vector<Golden> out;
  add_types(out);
  add_forms(out);
  add_patches_and_batches(out);
  add_schemas(out);
  return out;
}

}  // namespace wisp::testing
