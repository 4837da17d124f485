#include "wisp/schema/schema_change.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "wisp/schema/named_types.h"
#include "wisp/schema/near_name.h"
#include "wisp/schema/type_change.h"

namespace wisp {
namespace {

std::string name_column(const Column& column) {
  return "column " + quote_identifier(column.name);
}

}  // namespace

SchemaEditor::SchemaEditor(SchemaPtr base)
    : base_(std::move(base)),
      table_name_(base_->table_name()),
      columns_(base_->columns()),
      next_id_(to_underlying(base_->next_column_id())) {}

Status SchemaEditor::apply(const SchemaChange& change) {
  if (const auto* c = std::get_if<AddColumn>(&change)) return add(*c);
  if (const auto* c = std::get_if<DropColumn>(&change)) return drop(*c);
  if (const auto* c = std::get_if<RenameColumn>(&change)) return rename(*c);
  if (const auto* c = std::get_if<RenameTable>(&change)) return rename_table(*c);
  if (const auto* c = std::get_if<WidenColumn>(&change)) return widen(*c);
  if (const auto* c = std::get_if<SetDefault>(&change)) return set_default(*c);
  return set_not_null(std::get<SetNotNull>(change));
}

Result<const Column*> SchemaEditor::find(std::string_view name, NameMatch match) const {
  const auto exact = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& c) { return c.name == name; });
  if (exact != columns_.end()) return &*exact;
  const Column* found = nullptr;
  if (match == NameMatch::kIgnoreCase) {
    const std::string folded = fold_identifier(name);
    for (const Column& column : columns_) {
      if (column.name.size() != name.size() || fold_identifier(column.name) != folded) continue;
      if (found != nullptr)
        return fail(ErrorCode::kInvalidArgument,
                    "column name " + quote_identifier(name) + " is ambiguous: " +
                        quote_identifier(found->name) + " or " + quote_identifier(column.name));
      found = &column;
    }
  }
  if (found != nullptr) return found;
  NearName search(name);
  for (const Column& column : columns_) search.offer(column.name);
  std::string message =
      "no column " + quote_identifier(name) + " in table " + quote_identifier(table_name_);
  if (search.found()) message += "; did you mean " + quote_identifier(search.name()) + "?";
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<Column*> SchemaEditor::find_exact(std::string_view name) {
  WISP_ASSIGN(const Column* const column, find(name));
  return &columns_[static_cast<std::size_t>(column - columns_.data())];
}

bool SchemaEditor::is_key(const Column& column) const {
  const auto index = base_->find_id(column.id);
  return index && base_->is_key_column(*index);
}

Status SchemaEditor::check_new_name(std::string_view name) const {
  WISP_TRY(check_name("a column", name));
  const bool taken = std::any_of(columns_.begin(), columns_.end(),
                                 [&](const Column& c) { return c.name == name; });
  if (!taken) return {};
  return fail(ErrorCode::kInvalidArgument, "there is already a column " + quote_identifier(name));
}

Status SchemaEditor::add(const AddColumn& change) {
  Column column = change.column;
  WISP_TRY(check_new_name(column.name));
  if (columns_.size() >= kMaxColumns)
    return fail(ErrorCode::kLimit,
                "the table has " + std::to_string(kMaxColumns) + " columns, no more fit");
  if (next_id_ >= std::numeric_limits<std::uint32_t>::max() - 1)
    return fail(ErrorCode::kLimit, "the column ids of the table are used up");
  WISP_TRY(check_type(column.type));
  if (!column.default_value.is_null()) column.has_default = true;
  WISP_TRY(check_value(column.type, column.default_value, name_column(column)));
  if (!column.nullable && column.default_value.is_null())
    return fail(ErrorCode::kConstraint,
                "a NOT NULL column can only be added with a default: older rows need a value",
                name_column(column));
  column.id = ColumnId{next_id_++};
  column.missing_value = column.default_value;
  column.keeps_presence = false;
  columns_.push_back(std::move(column));
  return {};
}

Status SchemaEditor::drop(const DropColumn& change) {
  WISP_ASSIGN(const Column* const column, find_exact(change.column));
  if (is_key(*column))
    return fail(ErrorCode::kInvalidArgument, "a column of the key cannot be dropped",
                name_column(*column));
  if (columns_.size() == 1)
    return fail(ErrorCode::kInvalidArgument, "the last column cannot be dropped",
                name_column(*column));
  columns_.erase(columns_.begin() + (column - columns_.data()));
  return {};
}

Status SchemaEditor::rename(const RenameColumn& change) {
  WISP_ASSIGN(Column* const column, find_exact(change.column));
  if (change.new_name == change.column) return {};
  WISP_TRY(check_new_name(change.new_name));
  column->name = change.new_name;
  return {};
}

Status SchemaEditor::rename_table(const RenameTable& change) {
  WISP_TRY(check_name("the table", change.new_name));
  table_name_ = change.new_name;
  return {};
}

Status SchemaEditor::widen(const WidenColumn& change) {
  WISP_ASSIGN(Column* const column, find_exact(change.column));
  if (is_key(*column))
    return fail(ErrorCode::kInvalidArgument, "a column of the key keeps its type",
                name_column(*column));
  WISP_TRY(check_type(change.type));
  if (Status status = check_widening(column->type, change.type); !status)
    return fail(std::move(status).error().within(name_column(*column)));
  column->default_value = widen_value(column->type, change.type, column->default_value);
  column->missing_value = widen_value(column->type, change.type, column->missing_value);
  column->type = change.type;
  return {};
}

void SchemaEditor::extend(std::string_view name, const Type& type) {
  const auto found = find_exact(name);
  assert(found && extends_type((*found)->type, type));
  Column& column = **found;
  column.default_value = extend_value(column.type, type, column.default_value);
  column.missing_value = extend_value(column.type, type, column.missing_value);
  column.type = type;
}

Status SchemaEditor::set_default(const SetDefault& change) {
  WISP_ASSIGN(Column* const column, find_exact(change.column));
  const Value value = change.value.value_or(Value());
  if (change.value && value.is_null() && !column->nullable)
    return fail(ErrorCode::kConstraint, "the default of a NOT NULL column cannot be NULL",
                name_column(*column));
  WISP_TRY(check_value(column->type, value, name_column(*column)));
  column->has_default = change.value.has_value();
  column->default_value = value;
  return {};
}

Status SchemaEditor::set_not_null(const SetNotNull& change) {
  WISP_ASSIGN(Column* const column, find_exact(change.column));
  if (change.not_null == !column->nullable) return {};
  if (!change.not_null && is_key(*column))
    return fail(ErrorCode::kInvalidArgument, "a column of the key is always NOT NULL",
                name_column(*column));
  if (change.not_null && column->has_default && column->default_value.is_null())
    return fail(ErrorCode::kConstraint,
                "the default of the column is NULL, so it cannot be NOT NULL",
                name_column(*column));
  if (change.not_null && column->id >= base_->next_column_id() && column->missing_value.is_null())
    return fail(ErrorCode::kConstraint,
                "the column is new and would be NULL in older rows; add it with a default",
                name_column(*column));
  column->nullable = !change.not_null;
  column->keeps_presence = change.not_null;
  return {};
}

Result<SchemaPtr> SchemaEditor::finish() {
  const std::uint32_t version = to_underlying(base_->version());
  if (version >= kMaxSchemaVersions)
    return fail(ErrorCode::kLimit,
                "a table has at most " + std::to_string(kMaxSchemaVersions) + " schema versions",
                "table " + quote_identifier(table_name_));
  SchemaBuilder builder(table_name_);
  builder.version(SchemaVersion{version + 1});
  for (const KeyPart& part : base_->key()) {
    const ColumnId id = base_->column(part.column).id;
    const auto column =
        std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.id == id; });
    builder.key(column->name, part.order);
  }
  for (Column& column : columns_) builder.add(std::move(column));
  builder.next_column_id(ColumnId{next_id_});
  return builder.build();
}

}  // namespace wisp
