#include "wisp/codec/row_patcher.h"

namespace wisp {

RowPatcher::RowPatcher(const LayoutPtr& layout, const LayoutPtr& patch_layout)
    : row_(layout, kMaxRowBytes), row_fields_(layout), patch_fields_(patch_layout) {
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    const ColumnIndex index{i};
    const Column& column = layout->schema()->column(index);
    if (layout->slot(index).is_key || column.nullable || column.default_value.is_null()) continue;
    defaults_.emplace_back(index, column.default_value);
  }
}

Status RowPatcher::set_fields(PresentFields& fields, const RowView& row) {
  WISP_ASSIGN(const auto present, fields.read(row));
  for (const PresentField& field : present) row_.set_field(field);
  return {};
}

Status RowPatcher::start(const RowView& row) {
  row_.clear();
  return set_fields(row_fields_, row);
}

Status RowPatcher::start_empty() {
  row_.clear();
  for (const auto& [column, value] : defaults_) WISP_TRY(row_.set_value(column, value));
  return {};
}

Status RowPatcher::add(const PatchView& patch) {
  for (std::size_t i = 0; i < patch.null_count(); ++i) row_.set_null(patch.null_column(i));
  return set_fields(patch_fields_, patch.values());
}

std::vector<ColumnIndex> RowPatcher::needed_to_create(const Schema& schema) {
  std::vector<bool> is_key(schema.columns().size());
  for (const KeyPart& part : schema.key()) is_key[to_underlying(part.column)] = true;
  std::vector<ColumnIndex> needed;
  for (std::uint32_t i = 0; i < is_key.size(); ++i) {
    const Column& column = schema.column(ColumnIndex{i});
    if (!is_key[i] && !column.nullable && column.default_value.is_null()) {
      needed.push_back(ColumnIndex{i});
    }
  }
  return needed;
}

}  // namespace wisp
