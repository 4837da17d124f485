#include "wisp/tools/column_selection.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace wisp::tools {
namespace {

SchemaPtr make_schema() {
  SchemaBuilder builder("t");
  for (const char* name : {"id", "ship.city", "ship.zip", "a,b", "Name", "NAME", "x*y", "xy"}) {
    builder.add(name, Type(TypeKind::kInteger));
  }
  auto schema = builder.build();
  REQUIRE(schema.has_value());
  return *schema;
}

std::vector<std::string> chosen(const std::vector<std::string>& arguments) {
  const SchemaPtr schema = make_schema();
  const auto columns = select_columns(*schema, arguments);
  if (!columns) return {"error: " + columns.error().to_string()};
  std::vector<std::string> names;
  for (const ColumnIndex column : *columns) names.push_back(schema->column(column).name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("names and globs keep the order of the arguments") {
  CHECK(chosen({"xy,id"}) == Names{"xy", "id"});
  CHECK(chosen({"xy", "id"}) == Names{"xy", "id"});
  CHECK(chosen({"ship.*,id"}) == Names{"ship.city", "ship.zip", "id"});
  CHECK(chosen({"id", "*"}) ==
        Names{"id", "ship.city", "ship.zip", "a,b", "Name", "NAME", "x*y", "xy"});
  CHECK(chosen({"xy", "xy,id,xy"}) == Names{"xy", "id"});
}

TEST_CASE("an argument that is a column's whole name is that column") {
  CHECK(chosen({"a,b"}) == Names{"a,b"});
  CHECK(chosen({"x*y"}) == Names{"x*y"});
  CHECK(chosen({"x?y"}) == Names{"x*y"});
}

TEST_CASE("case is ignored only where nothing matches exactly") {
  CHECK(chosen({"ID"}) == Names{"id"});
  CHECK(chosen({"Name"}) == Names{"Name"});
  CHECK(chosen({"N*"}) == Names{"Name", "NAME"});
  CHECK(chosen({"SHIP.*"}) == Names{"ship.city", "ship.zip"});
  CHECK(chosen({"name"}).front().starts_with("error: "));  // two of them
}

TEST_CASE("what matches nothing is an error with a suggestion") {
  CHECK(chosen({"ship.cty"}).front().find("did you mean \"ship.city\"") != std::string::npos);
  CHECK(chosen({"q*"}).front().find("\"q*\"") != std::string::npos);
  CHECK(chosen({"id,,xy"}).front().starts_with("error: "));
}

// What a glob means, said the slow way.
bool matches_slowly(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (matches_slowly(glob.substr(1), text.substr(i))) return true;
    }
    return false;
  }
  return !text.empty() && (glob[0] == '?' || glob[0] == text[0]) &&
         matches_slowly(glob.substr(1), text.substr(1));
}

TEST_CASE("glob matching agrees with its definition") {
  std::mt19937_64 random(7);
  int matched = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string glob;
    std::string text;
    for (auto n = random() % 7; n > 0; --n) glob += "ab*?"[random() % 4];
    for (auto n = random() % 8; n > 0; --n) text += "ab"[random() % 2];
    CAPTURE(glob);
    CAPTURE(text);
    REQUIRE(glob_matches(glob, text) == matches_slowly(glob, text));
    matched += glob_matches(glob, text) ? 1 : 0;
  }
  CHECK(matched > 1000);
}

TEST_CASE("a glob of many stars ends") {
  std::string glob;
  for (int i = 0; i < 200; ++i) glob += "*a";
  CHECK_FALSE(glob_matches(glob + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace wisp::tools
