#include "wisp/tools/rowdump/schema_history.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "wisp/schema/schema_change.h"
#include "wisp/schema/type.h"
#include "wisp/schema/type_change.h"

namespace wisp::tools {
namespace {

// Joins the changes with commas.
class ChangeList {
 public:
  void add(const std::string& change) {
    if (!text_.empty()) text_ += ", ";
    text_ += change;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string added(const Column& column) {
  std::string text = "ADD " + quote_identifier(column.name) + " " + column.type.to_sql();
  if (!column.nullable) text += " NOT NULL";
  if (column.has_default) text += " DEFAULT " + default_sql(column);
  return text;
}

// What ALTER TYPE added to the named types that both have.
void compare_types(const Schema& before, const Schema& after, ChangeList& changes) {
  const std::vector<Type> old_types = before.named_types();
  for (const Type& type : after.named_types()) {
    const auto old = std::find_if(old_types.begin(), old_types.end(),
                                  [&](const Type& t) { return t.type_name() == type.type_name(); });
    if (old == old_types.end()) continue;
    for (std::size_t i = old->fields().size(); i < type.fields().size(); ++i) {
      const RowField& field = type.fields()[i];
      changes.add("ALTER TYPE " + quote_identifier(type.type_name()) + " ADD ATTRIBUTE " +
                  quote_identifier(field.name) + " " + field.type.to_sql());
    }
  }
}

void compare(const Column& before, const Column& after, ChangeList& changes) {
  if (before.name != after.name) {
    changes.add("RENAME " + quote_identifier(before.name) + " TO " + quote_identifier(after.name));
  }
  const std::string alter = "ALTER " + quote_identifier(after.name);
  if (!extends_type(before.type, after.type)) {
    changes.add(alter + " TYPE " + after.type.to_sql());
  }
  if (before.has_default && !after.has_default) {
    changes.add(alter + " DROP DEFAULT");
  } else if (before.has_default != after.has_default ||
             widen_value(before.type, after.type, before.default_value) != after.default_value) {
    changes.add(alter + " SET DEFAULT " + default_sql(after));
  }
  if (before.nullable != after.nullable) {
    changes.add(alter + (after.nullable ? " DROP NOT NULL" : " SET NOT NULL"));
  }
}

}  // namespace

std::string schema_changes(const Schema& before, const Schema& after) {
  ChangeList changes;
  if (before.table_name() != after.table_name()) {
    changes.add("RENAME TO " + quote_identifier(after.table_name()));
  }
  compare_types(before, after, changes);
  for (const Column& column : after.columns()) {
    if (const auto old = before.find_id(column.id)) {
      compare(before.column(*old), column, changes);
    } else {
      changes.add(added(column));
    }
  }
  for (const Column& column : before.columns()) {
    if (!after.find_id(column.id)) changes.add("DROP " + quote_identifier(column.name));
  }
  return changes.take();
}

}  // namespace wisp::tools
