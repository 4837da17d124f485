#include "ddl_refusal.h"

#include <doctest/doctest.h>

#include "wisp/schema/ddl.h"

namespace wisp::testing {

void check_refused(const std::string& before, const std::string& statement, std::string_view text,
                   ErrorCode code) {
  std::string sql = before + statement;
  const std::size_t offset = sql.find('@');
  REQUIRE(offset != std::string::npos);
  sql.erase(offset, 1);
  const auto script = parse_ddl(sql);
  INFO(statement);
  REQUIRE_FALSE(script.has_value());
  const std::string& message = script.error().message;
  INFO(message);
  CHECK(script.error().code == code);
  CHECK(message.starts_with("line 1, column " + std::to_string(offset + 1) + ": "));
  CHECK(message.substr(0, message.find('\n')).find(text) != std::string::npos);
}

}  // namespace wisp::testing
