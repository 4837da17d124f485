// CatalogDraft: a catalog that grows by statements, and the entries that this takes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "wisp/engine/catalog.h"
#include "wisp/engine/table.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/type.h"

namespace wisp {

// Each fails as the statement does, and the draft is then not to be used. Threads: one at a time.
class CatalogDraft {
 public:
  explicit CatalogDraft(const Catalog& start)
      : catalog_(start), first_new_table_id_(start.next_table_id) {}

  Status add_type(const Type& type);
  Status add_table(const SchemaPtr& schema, const TableOptions& options);
  Status alter_type(const ChangedType& change);
  Status alter_table(const AlterTable& alter);
  Status drop_table(const std::string& name);

  const Catalog& catalog() const { return catalog_; }
  Catalog take_catalog() { return std::move(catalog_); }
  CatalogChange& change() { return change_; }

 private:
  // A table that was there before the draft: what one call creates it does not change again.
  Result<CatalogTable*> find_old(const std::string& name);
  Status add_used_type(const Type& type);

  Catalog catalog_;
  const std::uint32_t first_new_table_id_;
  CatalogChange change_;
};

}  // namespace wisp
