// Layout::find: fields of a ROW are looked up as columns of a table are.
#include "wisp/codec/layout.h"

#include <doctest/doctest.h>

#include <string>

#include "wisp/schema/ddl.h"

namespace wisp {
namespace {

std::string not_found(const Layout& layout, const std::string& name,
                      NameMatch match = NameMatch::kIgnoreCase) {
  const auto found = layout.find(name, match);
  return found ? "found" : found.error().to_string();
}

TEST_CASE("fields of a ROW are found by name as columns are") {
  const Type integer(TypeKind::kInteger);
  const auto unnamed = Layout::make_nested(
      Type::row({{1, "bx", integer}, {2, "Bx", integer}, {3, "port", integer}}));
  CHECK(*unnamed->find("bx", NameMatch::kIgnoreCase) == ColumnIndex{0});
  CHECK(*unnamed->find("Bx", NameMatch::kIgnoreCase) == ColumnIndex{1});
  CHECK(*unnamed->find("PORT", NameMatch::kIgnoreCase) == ColumnIndex{2});
  CHECK(not_found(*unnamed, "BX") ==
        "field name \"BX\" is ambiguous in the ROW type: \"bx\" or \"Bx\"");
  CHECK(not_found(*unnamed, "prot") == "no field \"prot\" in the ROW type; did you mean \"port\"?");
  CHECK(not_found(*unnamed, "harbour") == "no field \"harbour\" in the ROW type");
  CHECK(not_found(*unnamed, "PORT", NameMatch::kExact) ==
        "no field \"PORT\" in the ROW type; did you mean \"port\"?");

  const auto script = parse_ddl(
      "CREATE TYPE place AS (city VARCHAR, \"City\" VARCHAR); CREATE TABLE t (k BIGINT, p place)");
  REQUIRE_MESSAGE(script, script.error().to_string());
  const auto named = Layout::make_nested(
      std::get<CreateTable>(script->statements.back()).schema->column(ColumnIndex{1}).type);
  CHECK(not_found(*named, "CITY") ==
        "field name \"CITY\" is ambiguous in ROW type \"place\": \"city\" or \"City\"");
  CHECK(not_found(*named, "x") == "no field \"x\" in ROW type \"place\"");
}

}  // namespace
}  // namespace wisp
