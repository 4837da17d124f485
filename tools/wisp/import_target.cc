#include "wisp/tools/wisp/import_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace wisp::tools {
namespace {

Result<const CreateTable*> pick(const std::vector<const CreateTable*>& tables,
                                const std::string& name) {
  if (tables.empty()) return fail(ErrorCode::kInvalidArgument, "there is no CREATE TABLE");
  if (tables.size() == 1) return tables.front();
  const std::string folded = fold_identifier(name);
  const CreateTable* by_case = nullptr;
  std::vector<std::string> names;
  for (const CreateTable* table : tables) {
    const std::string& declared = table->schema->table_name();
    if (declared == name) return table;
    if (by_case == nullptr && fold_identifier(declared) == folded) by_case = table;
    names.push_back(declared);
  }
  if (by_case != nullptr) return by_case;
  std::string message =
      fmt::format("no CREATE TABLE of the {} is called \"{}\"", names.size(), name);
  if (const auto nearest = nearest_name(name, names)) {
    message += fmt::format("; did you mean \"{}\"?", *nearest);
  }
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<SchemaPtr> renamed(const Schema& schema, const std::string& name) {
  SchemaBuilder builder(name);
  for (const Column& column : schema.columns()) builder.add(column);
  for (const KeyPart& part : schema.key()) {
    builder.key(schema.column(part.column).name, part.order);
  }
  builder.next_column_id(schema.next_column_id());
  return builder.build();
}

}  // namespace

Result<PlannedTable> plan_table(std::string_view sql, std::span<const Type> known_types,
                                const std::string& table) {
  WISP_ASSIGN(DdlScript script, parse_ddl(sql, known_types));
  std::vector<const CreateTable*> tables;
  for (const DdlStatement& statement : script.statements) {
    if (const auto* create = std::get_if<CreateTable>(&statement)) tables.push_back(create);
    if (!std::holds_alternative<CreateTable>(statement) &&
        !std::holds_alternative<CreateType>(statement)) {
      return fail(ErrorCode::kInvalidArgument,
                  "--create takes CREATE TABLE and CREATE TYPE; use wisp alter for other changes");
    }
  }
  WISP_ASSIGN(const CreateTable* const picked, pick(tables, table));
  PlannedTable planned;
  planned.if_not_exists = picked->if_not_exists;
  planned.warnings = std::move(script.warnings);
  if (picked->schema->table_name() == table) {
    planned.schema = picked->schema;
  } else {
    WISP_ASSIGN(planned.schema, renamed(*picked->schema, table));
  }
  return planned;
}

Result<Table> make_table(Database& database, const PlannedTable& planned) {
  const std::string& name = planned.schema->table_name();
  const std::vector<std::string> names = database.table_names();
  if (!std::binary_search(names.begin(), names.end(), name)) {
    return database.create_table(planned.schema);
  }
  if (planned.if_not_exists) return database.table(name);
  return fail(
      ErrorCode::kAlreadyExists,
      fmt::format("table \"{}\" is there already; leave out --create to add rows to it", name));
}

}  // namespace wisp::tools
