#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dripping_source.h"
#include "wisp/tools/json_lines_reader.h"

namespace wisp::tools {
namespace {

using Outcome = std::vector<std::string>;

Outcome read_all(JsonLinesReader& reader) {
  Outcome outcome;
  for (;;) {
    auto more = reader.next();
    if (!more) {
      CHECK(reader.members().empty());
      outcome.push_back("!" + more.error().to_string());
      if (reader.failed()) return outcome;
      continue;
    }
    if (!*more) return outcome;
    std::string shown;
    for (const JsonMember& member : reader.members()) {
      shown += "(" + std::string(member.key) + "=" + std::string(member.value) + ")";
    }
    outcome.push_back(shown);
  }
}

Outcome read_all(const std::string& text, JsonLinesOptions options = {}) {
  JsonLinesReader whole(make_memory_source(text), options);
  const Outcome outcome = read_all(whole);
  for (std::size_t piece : {1, 3, 100}) {
    JsonLinesReader dripping(std::make_unique<test::DrippingSource>(text, piece), options);
    CHECK(read_all(dripping) == outcome);
  }
  return outcome;
}

// Whether the one line is refused with kParse.
bool refused(const std::string& line) {
  JsonLinesReader reader(make_memory_source(line));
  auto more = reader.next();
  return !more && more.error().code == ErrorCode::kParse && more.error().where == "line 1";
}

}  // namespace

TEST_CASE("json lines: members and their raw values") {
  CHECK(read_all("{\"a\":1,\"b\": \"x\\n\" , \"c\" :[1, {\"d\":2}] ,\"e\":{} }\n{}\n") ==
        Outcome{"(a=1)(b=\"x\\n\")(c=[1, {\"d\":2}])(e={})", ""});
  CHECK(read_all("{\"\\u0061\\\"\":12345678901234567890123.50,\"\":null}") ==
        Outcome{"(a\"=12345678901234567890123.50)(=null)"});
  CHECK(read_all("") == Outcome{});
}

TEST_CASE("json lines: line ends, blank lines, byte order mark") {
  CHECK(read_all("\xEF\xBB\xBF{\"a\":1}\r\n\r\n  \t\n {\"a\":2} \n\n{\"a\":3}") ==
        Outcome{"(a=1)", "(a=2)", "(a=3)"});
  JsonLinesReader reader(make_memory_source("\n\n{\"a\":1}\n\n7\n"));
  REQUIRE(reader.next().value());
  CHECK(reader.line() == 3);
  CHECK(reader.raw() == "{\"a\":1}");
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.line() == 5);
  CHECK(reader.raw() == "7");
}

TEST_CASE("json lines: bad lines are named and left behind") {
  CHECK(read_all("{\"a\":1}\n[1]\n{\"a\":1,\"b\":2,\"\\u0061\":3}\n{\"a\":2}\n") ==
        Outcome{"(a=1)", "!line 2: a JSON array; rows come as one JSON object a line (JSON lines)",
                "!line 3: the key \"a\" stands there twice", "(a=2)"});
  for (const char* line : {"{",
                           "}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1",
                           "{\"a\":1,}",
                           "{\"a\":1}}",
                           "{\"a\":1} {\"b\":2}",
                           "{\"a\":1}x",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":1,,\"b\":2}",
                           "{a:1}",
                           "{\"a\":\"x}",
                           "{\"a\":[1}",
                           "{\"a\":[1,2}",
                           "{\"a\\x\":1}",
                           "{\"a\":\"\xFF\"}",
                           "{\"a\":1 2}",
                           "{\"a\":[[[[[1]}",
                           "null",
                           "\"a\"",
                           "{]",
                           "{1:2}",
                           "x"}) {
    CAPTURE(line);
    CHECK(refused(line));
  }
}

TEST_CASE("json lines: many keys, and one of them twice") {
  std::string line = "{";
  for (int i = 0; i < 5'000; ++i)
    line += "\"column_" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  const std::string good = line + "\"last\":0}";
  const std::string bad = line + "\"column_77\":0}";
  JsonLinesReader reader(
      make_memory_source(good + "\n" + bad + "\n" + good + "\n{\"column_77\":1}"));
  REQUIRE(reader.next().value());
  CHECK(reader.members().size() == 5'001);
  CHECK(reader.members()[77].value == "77");
  auto more = reader.next();
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().message.find("\"column_77\"") != std::string::npos);
  REQUIRE(reader.next().value());
  REQUIRE(reader.next().value());
  CHECK(reader.members().size() == 1);
}

TEST_CASE("json lines: lines that are too long") {
  JsonLinesOptions options;
  options.max_line_bytes = 10;
  CHECK(read_all("{\"a\":1}\n{\"a\":\"" + std::string(500, 'x') +
                     "\"}\n{\"a\":1234}\n{\"a\":12345}\n{\"a\":2}\n",
                 options) == Outcome{"(a=1)", "!line 2: the line has more than 10 bytes",
                                     "(a=1234)", "!line 4: the line has more than 10 bytes",
                                     "(a=2)"});
  CHECK(read_all(std::string(500, 'x'), options) ==
        Outcome{"!line 1: the line has more than 10 bytes"});
}

TEST_CASE("json lines: depth is of no concern") {
  const std::string deep = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  JsonLinesReader reader(make_memory_source(deep));
  REQUIRE(reader.next().value());
  CHECK(reader.members()[0].value.size() == 200'000);
  CHECK(refused("{\"a\":" + std::string(100'000, '[') + "}"));
}

TEST_CASE("json lines: errors of the source are final") {
  const Error broken{ErrorCode::kIo, "cannot read", "disk"};
  JsonLinesReader reader(std::make_unique<test::DrippingSource>("{\"a\":1}\n{\"a\"", 4, 1, broken));
  CHECK(read_all(reader) == Outcome{"(a=1)", "!disk: cannot read"});
  CHECK_FALSE(reader.next().has_value());
}

TEST_CASE("json lines: damaged lines never harm") {
  std::mt19937_64 engine(5);
  const std::string_view alphabet = "{}[],:\"\\019 eE.-ntrufalsx\n\xC3";
  const std::string good = R"({"a":[1,2,{"b":"c\n"}],"d":{"e":null},"f":-1.5e3,"g":true,"hé":"i"})";
  for (int round = 0; round < 5'000; ++round) {
    std::string text = good + "\n" + good;
    for (std::uint64_t n = engine() % 4; n > 0; --n) {
      text[engine() % text.size()] = alphabet[engine() % alphabet.size()];
    }
    JsonLinesReader reader(std::make_unique<test::DrippingSource>(text, 50, engine()));
    for (;;) {
      auto more = reader.next();
      if (!more) continue;
      if (!*more) break;
      for (const JsonMember& member : reader.members()) REQUIRE_FALSE(member.value.empty());
    }
  }
}

}  // namespace wisp::tools
