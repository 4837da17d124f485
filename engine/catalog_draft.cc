#include "wisp/engine/catalog_draft.h"

#include <algorithm>

#include "wisp/engine/stored_key.h"

namespace wisp {

Status CatalogDraft::add_type(const Type& type) {
  if (catalog_.find_type(type.type_name()) != nullptr) {
    return fail(ErrorCode::kAlreadyExists,
                "there is already a type " + quote_identifier(type.type_name()));
  }
  change_.put_type(catalog_.types.size(), type);
  catalog_.types.push_back(type);
  return {};
}

Status CatalogDraft::add_table(const SchemaPtr& schema, const TableOptions& options) {
  if (to_underlying(schema->version()) != 1) {
    return fail(ErrorCode::kInvalidArgument, "a new table starts with schema version 1",
                "table " + quote_identifier(schema->table_name()));
  }
  if (catalog_.find_table(schema->table_name()) != nullptr) {
    return fail(ErrorCode::kAlreadyExists,
                "there is already a table " + quote_identifier(schema->table_name()));
  }
  if (catalog_.next_table_id >= kNoTableId) {
    return fail(ErrorCode::kLimit, "the database has used up its table ids");
  }
  for (const Type& type : schema->named_types()) WISP_TRY(add_used_type(type));
  CatalogTable table;
  table.id = catalog_.next_table_id++;
  table.row_checksums = options.row_checksums;
  table.versions.push_back(schema);
  change_.put_table(table);
  catalog_.tables.push_back(std::move(table));
  return {};
}

Status CatalogDraft::alter_type(const ChangedType& change) {
  for (const Type& type : change.types) {
    const auto known =
        std::find_if(catalog_.types.begin(), catalog_.types.end(),
                     [&](const Type& t) { return t.type_name() == type.type_name(); });
    if (known == catalog_.types.end()) {
      return fail(ErrorCode::kNotFound, "there is no type " + quote_identifier(type.type_name()));
    }
    *known = type;
    change_.put_type(static_cast<std::size_t>(known - catalog_.types.begin()), type);
  }
  for (const SchemaPtr& schema : change.schemas) {
    WISP_ASSIGN(CatalogTable* const table, find_old(schema->table_name()));
    table->versions.push_back(schema);
    change_.put_table(*table);
  }
  return {};
}

Status CatalogDraft::alter_table(const AlterTable& alter) {
  WISP_ASSIGN(CatalogTable* const table, find_old(alter.table));
  const std::string& name = alter.schema->table_name();
  if (name != table->name() && catalog_.find_table(name) != nullptr) {
    return fail(ErrorCode::kAlreadyExists, "there is already a table " + quote_identifier(name));
  }
  for (const Type& type : alter.schema->named_types()) WISP_TRY(add_used_type(type));
  table->versions.push_back(alter.schema);
  change_.put_table(*table);
  return {};
}

Status CatalogDraft::drop_table(const std::string& name) {
  WISP_ASSIGN(CatalogTable* const table, find_old(name));
  change_.erase_table(*table);
  catalog_.tables.erase(catalog_.tables.begin() + (table - catalog_.tables.data()));
  return {};
}

Result<CatalogTable*> CatalogDraft::find_old(const std::string& name) {
  const auto found = std::find_if(catalog_.tables.begin(), catalog_.tables.end(),
                                  [&](const CatalogTable& t) { return t.name() == name; });
  if (found == catalog_.tables.end()) {
    return fail(ErrorCode::kNotFound, "there is no table " + quote_identifier(name));
  }
  if (found->id < first_new_table_id_) return &*found;
  return fail(ErrorCode::kUnsupported,
              "a table that the same text creates cannot be changed or dropped in it",
              "table " + quote_identifier(name));
}

Status CatalogDraft::add_used_type(const Type& type) {
  const Type* known = catalog_.find_type(type.type_name());
  if (known == nullptr) return add_type(type);
  if (*known == type) return {};
  return fail(ErrorCode::kAlreadyExists, "there is already another type " +
                                             quote_identifier(type.type_name()) +
                                             ", which the table would need");
}

}  // namespace wisp
