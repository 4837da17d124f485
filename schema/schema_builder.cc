#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>

#include "wisp/schema/named_types.h"
#include "wisp/schema/schema.h"

namespace wisp {
namespace {

// The id after the last one must still be a number.
constexpr std::uint32_t kMaxColumnId = std::numeric_limits<std::uint32_t>::max() - 1;

std::string name_column(const Column& column) {
  return "column " + quote_identifier(column.name);
}

}  // namespace

SchemaBuilder::SchemaBuilder(std::string table_name) : schema_(new Schema) {
  schema_->table_name_ = std::move(table_name);
}

void SchemaBuilder::refuse(ErrorCode code, std::string message, std::string where) {
  if (!error_) error_ = Error{code, std::move(message), std::move(where)};
}

SchemaBuilder& SchemaBuilder::add(Column column) {
  assert(schema_ != nullptr && "the builder is not spent");
  // What is refused anyway must not fill the memory.
  if (schema_->columns_.size() >= kMaxColumns) {
    refuse(ErrorCode::kLimit, "more than " + std::to_string(kMaxColumns) + " columns");
    return *this;
  }
  if (column.id == ColumnId{0}) column.id = ColumnId{next_id_};
  const std::uint32_t id = to_underlying(column.id);
  if (id > kMaxColumnId) {
    refuse(ErrorCode::kLimit, "the column ids of the table are used up", name_column(column));
    return *this;
  }
  next_id_ = std::max(next_id_, id + 1);
  if (!column.default_value.is_null()) column.has_default = true;
  schema_->columns_.push_back(std::move(column));
  return *this;
}

SchemaBuilder& SchemaBuilder::add(std::string name, Type type, bool nullable) {
  Column column;
  column.name = std::move(name);
  column.type = std::move(type);
  column.nullable = nullable;
  return add(std::move(column));
}

SchemaBuilder& SchemaBuilder::key(std::string_view column_name, SortOrder order) {
  key_names_.emplace_back(column_name, order);
  return *this;
}

SchemaBuilder& SchemaBuilder::version(SchemaVersion v) {
  assert(schema_ != nullptr && "the builder is not spent");
  if (v == SchemaVersion{0}) refuse(ErrorCode::kInvalidArgument, "schema versions start at 1");
  schema_->version_ = v;
  return *this;
}

SchemaBuilder& SchemaBuilder::next_column_id(ColumnId id) {
  if (to_underlying(id) < next_id_)
    refuse(ErrorCode::kInvalidArgument, "the next column id " + std::to_string(to_underlying(id)) +
                                            " is not above the ids in use, up to " +
                                            std::to_string(next_id_ - 1));
  next_id_ = std::max(next_id_, to_underlying(id));
  return *this;
}

Status SchemaBuilder::index_columns() {
  Schema& schema = *schema_;
  const auto count = static_cast<std::uint32_t>(schema.columns_.size());
  schema.by_name_.reserve(count);
  schema.by_folded_name_.reserve(count);
  schema.by_id_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Column& column = schema.columns_[i];
    if (!schema.by_name_.emplace(column.name, i).second)
      return fail(ErrorCode::kInvalidArgument, "duplicate " + name_column(column));
    const auto [folded, is_new] =
        schema.by_folded_name_.try_emplace(column.name, Schema::FoldedMatch{i, std::nullopt});
    if (!is_new && !folded->second.second) folded->second.second = i;
    schema.by_id_.emplace_back(to_underlying(column.id), i);
  }
  if (!std::is_sorted(schema.by_id_.begin(), schema.by_id_.end()))
    std::sort(schema.by_id_.begin(), schema.by_id_.end());
  const auto same = std::adjacent_find(schema.by_id_.begin(), schema.by_id_.end(),
                                       [](auto a, auto b) { return a.first == b.first; });
  if (same != schema.by_id_.end())
    return fail(ErrorCode::kInvalidArgument, name_column(schema.columns_[std::next(same)->second]) +
                                                 " has the id of " +
                                                 name_column(schema.columns_[same->second]));
  return {};
}

Status SchemaBuilder::resolve_key() {
  Schema& schema = *schema_;
  schema.is_key_.assign(schema.columns_.size(), false);
  schema.key_.reserve(key_names_.size());
  for (const auto& [name, order] : key_names_) {
    WISP_ASSIGN(const ColumnIndex index, schema.find(name, NameMatch::kExact));
    Column& column = schema.columns_[to_underlying(index)];
    if (schema.is_key_[to_underlying(index)])
      return fail(ErrorCode::kInvalidArgument, name_column(column) + " is in the key twice");
    if (!is_key_type(column.type.kind()))
      return fail(ErrorCode::kInvalidArgument, column.type.to_sql() + " cannot be part of a key",
                  name_column(column));
    schema.is_key_[to_underlying(index)] = true;
    column.nullable = false;
    if (column.keeps_presence || !column.missing_value.is_null())
      return fail(ErrorCode::kInvalidArgument, "a key column is as old as its table",
                  name_column(column));
    schema.key_.push_back({index, order});
  }
  return {};
}

Status SchemaBuilder::check_columns() const {
  NamedTypes named;
  for (const Column& column : schema_->columns_) {
    WISP_TRY(check_name("a column", column.name));
    if (Status status = named.add(column.type); !status)
      return fail(std::move(status).error().within(name_column(column)));
    if (Status status = check_value(column.type, column.default_value, "default"); !status)
      return fail(std::move(status).error().within(name_column(column)));
    if (Status status = check_value(column.type, column.missing_value, "value in older rows");
        !status)
      return fail(std::move(status).error().within(name_column(column)));
    if (column.keeps_presence && column.nullable)
      return fail(ErrorCode::kInvalidArgument, "a nullable column has its presence anyway",
                  name_column(column));
  }
  return {};
}

Result<SchemaPtr> SchemaBuilder::build() {
  assert(schema_ != nullptr && "the builder is not spent");
  if (error_) return fail(std::move(*error_));
  WISP_TRY(check_name("the table", schema_->table_name_));
  if (schema_->columns_.empty())
    return fail(ErrorCode::kInvalidArgument,
                "table " + quote_identifier(schema_->table_name_) + " has no columns");
  schema_->next_column_id_ = ColumnId{next_id_};
  WISP_TRY(check_columns());
  WISP_TRY(index_columns());
  WISP_TRY(resolve_key());
  return SchemaPtr(std::move(schema_));
}

}  // namespace wisp
