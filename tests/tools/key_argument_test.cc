#include "wisp/tools/key_argument.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "wisp/codec/key.h"

namespace wisp::tools {
namespace {

SchemaPtr composite() {
  SchemaBuilder builder("lines");
  builder.add("day", Type(TypeKind::kDate)).add("code", Type::varchar());
  builder.add("n", Type(TypeKind::kSmallInt)).add("note", Type::varchar());
  builder.key("day").key("code", SortOrder::kDescending).key("n");
  auto schema = builder.build();
  REQUIRE(schema.has_value());
  return *schema;
}

SchemaPtr simple(Type type) {
  SchemaBuilder builder("t");
  builder.add("k", std::move(type)).key("k");
  auto schema = builder.build();
  REQUIRE(schema.has_value());
  return *schema;
}

SchemaPtr keyless() {
  SchemaBuilder builder("log");
  builder.add("a", Type(TypeKind::kInteger));
  auto schema = builder.build();
  REQUIRE(schema.has_value());
  return *schema;
}

std::string failure(const Schema& schema, const std::vector<std::string>& arguments) {
  const auto keys = parse_keys(schema, arguments);
  REQUIRE_FALSE(keys.has_value());
  CHECK(keys.error().code == ErrorCode::kInvalidArgument);
  return keys.error().to_string();
}

TEST_CASE("a composite key is its parts as arguments, or one argument as CSV") {
  const SchemaPtr schema = composite();
  const std::vector<std::string> parts = {"2026-11-20", "a,\"b", "7"};
  const std::vector<std::string> csv = {"2026-11-20,\"a,\"\"b\",7"};
  const auto by_parts = parse_keys(*schema, parts);
  const auto by_csv = parse_keys(*schema, csv);
  REQUIRE(by_parts.has_value());
  REQUIRE(by_csv.has_value());
  REQUIRE(by_parts->size() == 1);
  CHECK(*by_parts == *by_csv);
  CHECK(by_parts->front()[1].as<std::string>() == "a,\"b");

  const auto several =
      parse_keys(*schema, std::vector<std::string>{"2026-11-20,a,1", "2026-11-21,\"\",2"});
  REQUIRE(several.has_value());
  REQUIRE(several->size() == 2);
  CHECK((*several)[1][1].as<std::string>().empty());
}

TEST_CASE("a single key column takes its argument as it stands") {
  const SchemaPtr schema = simple(Type::varchar());
  const auto keys = parse_keys(*schema, std::vector<std::string>{"a,b", "\"q\"", ""});
  REQUIRE(keys.has_value());
  REQUIRE(keys->size() == 3);
  CHECK((*keys)[0][0].as<std::string>() == "a,b");
  CHECK((*keys)[1][0].as<std::string>() == "\"q\"");
  CHECK((*keys)[2][0].as<std::string>().empty());
}

TEST_CASE("row ids are numbers that are not negative") {
  const SchemaPtr schema = keyless();
  const auto keys = parse_keys(*schema, std::vector<std::string>{"17", "0"});
  REQUIRE(keys.has_value());
  CHECK((*keys)[0][0].as<std::int64_t>() == 17);
  for (const char* bad : {"", "x", "-1", "1.0", "99999999999999999999", " 1", "1 "}) {
    CAPTURE(bad);
    CHECK(failure(*schema, {bad}).find("row id") != std::string::npos);
  }
}

TEST_CASE("keys that do not fit say which column and why") {
  CHECK(failure(*composite(), {"2026-13-01,a,1"}).find("key column \"day\"") != std::string::npos);
  CHECK(failure(*composite(), {"2026-11-20,a,99999"}).find("key column \"n\"") !=
        std::string::npos);
  CHECK(failure(*composite(), {"2026-11-20,a"}).find("2 parts;") != std::string::npos);
  CHECK(failure(*composite(), {"2026-11-20"}).find("1 part;") != std::string::npos);
  CHECK(failure(*composite(), {"2026-11-20,\"a,1"}).find("quote") != std::string::npos);
  CHECK(failure(*composite(), {"2026-11-20,\"a\"b,1"}).find("quote") != std::string::npos);
  CHECK(failure(*simple(Type(TypeKind::kInteger)), {"3000000000"}).find("\"k\"") !=
        std::string::npos);
}

TEST_CASE("a bound may name fewer parts, but not more") {
  const SchemaPtr schema = composite();
  const auto one = parse_key_prefix(*schema, "2026-11-20");
  REQUIRE(one.has_value());
  CHECK(one->size() == 1);
  const auto two = parse_key_prefix(*schema, "2026-11-20,\"x,y\"");
  REQUIRE(two.has_value());
  CHECK(two->size() == 2);
  CHECK_FALSE(parse_key_prefix(*schema, "2026-11-20,a,1,2").has_value());
  CHECK_FALSE(parse_key_prefix(*schema, "").has_value());
}

TEST_CASE("the text of a stored key names the same key again") {
  const SchemaPtr schema = composite();
  for (const char* code : {"plain", "a,b", "say \"x\"", "", "\xC3\xA9\n"}) {
    CAPTURE(code);
    const auto keys = parse_keys(*schema, std::vector<std::string>{"2026-11-20", code, "-7"});
    REQUIRE(keys.has_value());
    std::string bytes;
    REQUIRE(append_key(*schema, keys->front(), bytes).has_value());
    const std::string text = key_text(*schema, bytes);
    REQUIRE(text.starts_with("key "));
    CHECK(text == key_text(*schema, keys->front()));
    const auto again = parse_keys(*schema, std::vector<std::string>{text.substr(4)});
    REQUIRE(again.has_value());
    CHECK(*again == *keys);
  }
  std::string id;
  append_row_id(17, id);
  CHECK(key_text(*keyless(), id) == "row id 17");
  CHECK(key_text(*keyless(), std::string("\x01\xff")) == "key bytes 01ff");
  CHECK(key_text(*schema, std::string("\x01\xff")) == "key bytes 01ff");
}

}  // namespace
}  // namespace wisp::tools
