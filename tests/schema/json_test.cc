#include "wisp/schema/json.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

#include "random_value.h"

namespace wisp {
namespace {

std::string printed(const Type& type, const Value& value) {
  std::string out;
  print_json_value(type, value, out);
  return out;
}

std::string canonical(const Type& type, std::string_view json) {
  auto value = parse_json_value(type, json);
  if (!value) {
    FAIL_CHECK(json << " refused: " << value.error().to_string());
    return {};
  }
  return printed(type, *value);
}

Error error_of(const Type& type, std::string_view json) {
  auto value = parse_json_value(type, json);
  CAPTURE(std::string(json));
  REQUIRE_FALSE(value.has_value());
  REQUIRE_FALSE(value.error().message.empty());
  return value.error();
}

void check_refused(const Type& type, std::initializer_list<std::string_view> texts,
                   ErrorCode code) {
  for (std::string_view text : texts) {
    const Error error = error_of(type, text);
    CAPTURE(std::string(text));
    CAPTURE(error.to_string());
    CHECK(error_code_name(error.code) == error_code_name(code));
  }
}

Type order_type() {
  const Type item = Type::row(
      {{0, "name", Type::varchar(10), true},
       {0, "price", Type::decimal(8, 2), false},
       {0, "tags", Type::map(Type(TypeKind::kVarchar), Type(TypeKind::kInteger), false), true}});
  return Type::row({{0, "id", Type(TypeKind::kBigInt), false},
                    {0, "items", Type::array(item, false), true},
                    {0, "note", Type(TypeKind::kJson), true}});
}

}  // namespace

TEST_CASE("json: random nested values read back from what they print") {
  test::RandomValues random(42);
  for (int round = 0; round < 6'000; ++round) {
    const Type type = random.type(3);
    const Value value = random.value(type, true);
    const std::string json = printed(type, value);
    CAPTURE(type.to_sql());
    CAPTURE(json);
    REQUIRE(is_valid_json(json));
    REQUIRE(json.find('\n') == std::string::npos);
    auto back = parse_json_value(type, json);
    if (!back) CAPTURE(back.error().to_string());
    REQUIRE(back.has_value());
    REQUIRE(printed(type, *back) == json);
    REQUIRE(*back == value);
  }
}

TEST_CASE("json: reading survives damaged text") {
  test::RandomValues random(43);
  const std::string_view alphabet = "{}[],:\"\\0123456789.eE-ntrufalse \xC3";
  int accepted = 0;
  for (int round = 0; round < 6'000; ++round) {
    const Type type = random.type(3);
    std::string json = printed(type, random.value(type, true));
    for (std::uint64_t n = 1 + random.below(3); n > 0 && !json.empty(); --n) {
      const std::size_t at = random.below(json.size());
      if (random.one_in(3)) {
        json.resize(at);
      } else {
        json[at] = alphabet[random.below(alphabet.size())];
      }
    }
    CAPTURE(type.to_sql());
    CAPTURE(json);
    auto value = parse_json_value(type, json);
    if (!value) continue;
    ++accepted;
    REQUIRE(is_valid_json(json));
    REQUIRE(check_value(type, *value, "v").has_value());
    auto again = parse_json_value(type, printed(type, *value));
    REQUIRE(again.has_value());
    REQUIRE(*again == *value);
  }
  CHECK(accepted > 100);
}

TEST_CASE("json: scalars") {
  CHECK(canonical(Type(TypeKind::kBoolean), "true") == "true");
  CHECK(canonical(Type(TypeKind::kBoolean), " false\n") == "false");
  CHECK(canonical(Type(TypeKind::kBoolean), "null") == "null");
  CHECK(canonical(Type(TypeKind::kInteger), "-0") == "0");
  CHECK(canonical(Type(TypeKind::kBigInt), "-9223372036854775808") == "-9223372036854775808");
  CHECK(canonical(Type(TypeKind::kUBigInt), "18446744073709551615") == "18446744073709551615");
  CHECK(canonical(Type::decimal(38, 2), "123456789012345678901234567890123456.78") ==
        "123456789012345678901234567890123456.78");
  CHECK(canonical(Type::decimal(38, 2), "\"123456789012345678901234567890123456.78\"") ==
        "123456789012345678901234567890123456.78");
  CHECK(canonical(Type::decimal(5, 2), "1.20E1") == "12.00");
  CHECK(canonical(Type(TypeKind::kDouble), "1e-7") == "1e-07");
  CHECK(canonical(Type(TypeKind::kDouble), "\"-inf\"") == "\"-inf\"");
  CHECK(canonical(Type(TypeKind::kReal), "\"NaN\"") == "\"nan\"");
  CHECK(canonical(Type(TypeKind::kDate), "\"2026-11-20\"") == "\"2026-11-20\"");
  CHECK(canonical(Type(TypeKind::kTimestampTz), "\"2026-11-20T13:45:00+01:00\"") ==
        "\"2026-11-20 12:45:00Z\"");
  CHECK(canonical(Type(TypeKind::kVarbinary), "\"\\\\x00ff\"") == "\"\\\\x00ff\"");
  CHECK(canonical(Type(TypeKind::kVarchar), "\"a\\u0000\\ud83d\\ude42\\n\"") ==
        "\"a\\u0000\xF0\x9F\x99\x82\\n\"");
  CHECK(canonical(Type(TypeKind::kVarchar), "\"\"") == "\"\"");
}

TEST_CASE("json: scalars of the wrong shape") {
  check_refused(Type(TypeKind::kInteger),
                {"", " ", "\"5\"", "true", "[5]", "{}", "05", "+5", "5 6", "5,6", "5]", "0x5", "5a",
                 "-", "nul", "nullx", "5],[6", "Infinity", "NaN"},
                ErrorCode::kParse);
  check_refused(Type(TypeKind::kInteger), {"5.5", "5.0", "1e3", "2147483648"},
                ErrorCode::kConstraint);
  check_refused(Type(TypeKind::kUInteger), {"-1"}, ErrorCode::kConstraint);
  check_refused(Type(TypeKind::kReal), {"1e39"}, ErrorCode::kConstraint);
  check_refused(Type(TypeKind::kDouble), {"\"1.5\"", ".5", "5.", "1e", "-inf", "01.5", "\"\""},
                ErrorCode::kParse);
  check_refused(Type(TypeKind::kBoolean), {"1", "\"true\"", "True", "truefalse", "tru"},
                ErrorCode::kParse);
  check_refused(Type(TypeKind::kDate), {"20261120", "\"20261120\"", "true", "[]"},
                ErrorCode::kParse);
  check_refused(Type(TypeKind::kTimestamp), {"\"2026-11-20 13:45:00Z\""}, ErrorCode::kConstraint);
  check_refused(Type::varchar(3), {"\"abcd\"", "\"\\u0061bcd\""}, ErrorCode::kConstraint);
  check_refused(Type(TypeKind::kVarchar),
                {"5", "true", "abc", "\"abc", "abc\"", "\"a\"b\"", "\"a\nb\"", "\"\\x\"",
                 "\"\\u12\"", "\"\\ud83d\"", "\"\xFF\"", "'a'", "\"a\" \"b\"", "\"a\\\""},
                ErrorCode::kParse);
}

TEST_CASE("json: nested values") {
  const Type type = order_type();
  CHECK(canonical(type, R"({"id": 7})") == R"({"id":7,"items":null,"note":null})");
  CHECK(canonical(type,
                  R"( {"note":{"b":[1.0,{"c":null}] } ,"items":[{"tags":{"b":2,"a":1},"price":1.5},
                            {"price":"0.25","name":"\u00e9"}],"id":9223372036854775807} )") ==
        R"({"id":9223372036854775807,"items":[{"name":null,"price":1.50,"tags":{"a":1,"b":2}},)"
        R"({"name":"é","price":0.25,"tags":null}],"note":{"b":[1.0,{"c":null}] }})");
  CHECK(canonical(Type::map(Type(TypeKind::kInteger), Type(TypeKind::kBoolean)),
                  R"({"10":true,"9":null})") == R"({"9":null,"10":true})");
  CHECK(canonical(Type::array(Type(TypeKind::kDouble)), "[]") == "[]");
}

TEST_CASE("json: errors name the place") {
  const Type type = order_type();
  const auto where = [&](std::string_view json) { return error_of(type, json).where; };
  CHECK(where(R"({"id":1,"items":[{"price":1},{"price":2},{"price":"x"}]})") == "items[2].price");
  CHECK(where(R"({"id":1,"items":[{"price":1},{"name":"a"}]})") == "items[1].price");
  CHECK(where(R"({"id":1,"items":[{"price":1},null]})") == "items[1]");
  CHECK(where(R"({"id":1,"items":[{"price":1,"tags":{"a b":"x"}}]})") == "items[0].tags[\"a b\"]");
  CHECK(where(R"({"id":1,"items":[{"price":1,"tags":{"a":null}}]})") == "items[0].tags[\"a\"]");
  CHECK(where(R"({"id":1,"items":{}})") == "items");
  CHECK(where(R"({"id":1.5})") == "id");
  CHECK(where(R"({"items":[]})") == "id");
  CHECK(where(R"({"id":null})") == "id");
  CHECK(where(R"({"id":1,"id":2})") == "id");
  CHECK(where(R"([])") == "");
  CHECK(error_of(type, R"({"id":1,"itms":[]})").message ==
        "the row has no field \"itms\"; did you mean \"items\"?");
  CHECK(error_of(type, R"({"ID":1})").code == ErrorCode::kInvalidArgument);
  const Type map = Type::map(Type(TypeKind::kInteger), Type(TypeKind::kBoolean));
  CHECK(error_of(map, R"({"x":true})").where == "[\"x\"]");
  check_refused(map, {R"({"1":true,"01":false})", R"({"1":true,"1":true})"},
                error_of(map, R"({"1":true,"01":true})").code);
  const Type inner = Type::row({{0, "odd name", map, true}});
  CHECK(error_of(inner, R"({"odd name":{"1":5}})").where == "\"odd name\"[\"1\"]");
}

TEST_CASE("json: nested text that is not JSON") {
  check_refused(order_type(),
                {"{",
                 "}",
                 "{]",
                 "{\"id\"}",
                 "{\"id\":}",
                 "{\"id\":1,}",
                 "{\"id\":1",
                 "{\"id\":1}}",
                 "{\"id\":1} x",
                 "{\"id\":1},{\"id\":2}",
                 "{id:1}",
                 "{\"id\":1 \"items\":null}",
                 "{\"id\":1,\"items\":[}",
                 "{\"id\":1,\"items\":[{\"price\":1]]}",
                 "{\"id\":1,\"note\":{\"a\":tru}}",
                 "{\"id\":1,\"note\":[1,2}",
                 "{\"id\":1,\"note\":[01]}",
                 "{\"id\":1,\"note\":{\"a\\x\":1}}",
                 "{\"id\":1,\"note\":\"\\ud800\"}",
                 "{\"id\":1,\"note\":}"},
                ErrorCode::kParse);
}

TEST_CASE("json: depth of embedded JSON is limited") {
  const Type json(TypeKind::kJson);
  const auto nest = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK(is_valid_json(nest(kMaxJsonDepth)));
  CHECK_FALSE(is_valid_json(nest(kMaxJsonDepth + 1)));
  CHECK(canonical(json, nest(kMaxJsonDepth)) == nest(kMaxJsonDepth));
  check_refused(json, {nest(kMaxJsonDepth + 1), nest(300'000)}, ErrorCode::kLimit);
  CHECK_FALSE(parse_json_value(Type::array(Type(TypeKind::kInteger)), nest(300'000)).has_value());
  CHECK_FALSE(is_valid_json(std::string(300'000, '[')));
  CHECK_FALSE(is_valid_json(std::string(300'000, '{')));
}

TEST_CASE("json: large texts") {
  std::string text(3'000'000, 'x');
  text[1'000'000] = '\n';
  std::string json;
  print_json_string(text, json);
  auto value = parse_json_value(Type(TypeKind::kVarchar), json);
  REQUIRE(value.has_value());
  CHECK(value->as<std::string>() == text);
  CHECK(is_valid_json(json));
}

TEST_CASE("json: what is valid") {
  for (std::string_view text :
       {"0", "-0", "1e5", "-1.5E+10", "\"\"", "null", "true", "false", "[]", "{}", " [ 1 , 2 ] ",
        "\t\r\n{}", "{\"a\":{\"a\":[[]]}}", "123456789012345678901234567890", "1e999",
        "{\"a\":1,\"a\":2}", "\"\\u00e9\\/\""}) {
    CAPTURE(text);
    CHECK(is_valid_json(text));
  }
  for (std::string_view text : {"",
                                " ",
                                "00",
                                "-",
                                "1.",
                                ".1",
                                "1e",
                                "+1",
                                "nul",
                                "True",
                                "NaN",
                                "[",
                                "]",
                                "[1,]",
                                "[,1]",
                                "[1 2]",
                                "{1:2}",
                                "{\"a\"}",
                                "{\"a\":1,}",
                                "{,}",
                                "\"",
                                "\"\\q\"",
                                "\"\x01\"",
                                "\"\xC3\"",
                                "1 2",
                                "[]]",
                                "[]{}",
                                "[1],[2]",
                                "1]",
                                "1],[2",
                                "\xEF\xBB\xBF{}",
                                "// c\n1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid_json(text));
  }
}

TEST_CASE("json: strings") {
  const auto string = [](std::string_view s) {
    std::string out;
    print_json_string(s, out);
    return out;
  };
  CHECK(string("") == "\"\"");
  CHECK(string("a\"b\\c/d") == "\"a\\\"b\\\\c/d\"");
  CHECK(string(std::string_view("\0\x1F\b\f\n\r\t\x7F", 8)) ==
        "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\u007f\"");
  CHECK(string("\xC3\xA9\xF0\x9F\x99\x82") == "\"\xC3\xA9\xF0\x9F\x99\x82\"");
  CHECK(string("a\xFF\xC3\xA9\xC3") == "\"a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\"");
  CHECK(string("\xED\xA0\x80\n") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\n\"");
  CHECK(string("\xE2\x82\"") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\\\"\"");
}

TEST_CASE("json: an embedded JSON value stays on its line, damaged or not") {
  const Type json(TypeKind::kJson);
  CHECK(printed(json, Value::text("{\n  \"a\":\r\n1}")) == "{   \"a\":  1}");
  CHECK(printed(json, Value::text("{\"a\":")) == "\"{\\\"a\\\":\"");
  CHECK(printed(json, Value::text("")) == "\"\"");
}

}  // namespace wisp
