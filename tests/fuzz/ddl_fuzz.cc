// DDL: whatever parses prints as DDL that parses to the same schema.
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  const auto script = parse_ddl(fuzz::as_text(data, size));
  if (!script) return 0;
  for (const DdlStatement& statement : script->statements) {
    const auto* table = std::get_if<CreateTable>(&statement);
    if (table == nullptr) continue;
    const auto again = parse_ddl(table->schema->to_sql(), table->schema->named_types());
    fuzz::require(again.has_value(), "a schema prints as DDL that parses");
    const Schema& schema = *std::get<CreateTable>(again->statements.back()).schema;
    fuzz::require(schema == *table->schema, "a schema prints as DDL of the same schema");
  }
  return 0;
}
