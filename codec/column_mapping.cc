#include "wisp/codec/column_mapping.h"

#include <cassert>
#include <span>
#include <utility>

#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_builder.h"
#include "wisp/schema/schema_change.h"
#include "wisp/schema/type_change.h"

namespace wisp {

Result<ColumnMappingPtr> ColumnMapping::make(LayoutPtr from, LayoutPtr to) {
  std::shared_ptr<ColumnMapping> mapping(new ColumnMapping(std::move(from), std::move(to)));
  if (mapping->is_to_earlier()) {
    WISP_TRY(mapping->check_earlier());
  } else {
    WISP_TRY(mapping->encode_added());
  }
  return ColumnMappingPtr(std::move(mapping));
}

ColumnMappingPtr ColumnMapping::make_nested(LayoutPtr from, LayoutPtr to) {
  assert(from->schema() == nullptr && to->schema() == nullptr);
  return ColumnMappingPtr(new ColumnMapping(std::move(from), std::move(to)));
}

ColumnMapping::ColumnMapping(LayoutPtr from, LayoutPtr to)
    : from_(std::move(from)),
      to_(std::move(to)),
      sources_(to_->column_count()),
      later_(from_->column_count(), kNone) {
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    const ColumnIndex index{i};
    if (to_->slot(index).is_key) continue;
    const auto old = from_->find_id(to_->id(index));
    if (!old) {
      // Fields of a ROW are NULL, and columns that are dropped by now.
      const bool is_added = to_->schema() != nullptr && !is_to_earlier();
      if (is_added && !to_->schema()->column(index).missing_value.is_null()) {
        added_columns_.push_back(i);
      }
      continue;
    }
    later_[to_underlying(*old)] = i;
    Source& source = sources_[i];
    source.slot = from_->slot(*old);
    source.kind = SourceKind::kRow;
    const Type& type = from_->type(*old);
    const Type& now = to_->type(index);
    if (type.kind() == TypeKind::kUInteger && now.kind() == TypeKind::kBigInt) {
      source.kind = SourceKind::kUnsigned32;
    } else if (type.kind() == TypeKind::kDecimal && now.scale() > type.scale()) {
      source.kind = SourceKind::kRescaled;
      source.digits = static_cast<std::uint8_t>(now.scale() - type.scale());
    } else if (now.is_nested() && !(type == now) && !is_to_earlier()) {
      assert(extends_type(type, now));
      source.kind = SourceKind::kExtended;
      extended_.resize(sources_.size());
      extended_[i] = TypeNode::make_earlier(*from_->nested(*old), *to_->nested(index));
    }
  }
}

bool ColumnMapping::is_to_earlier() const {
  return to_->schema() != nullptr && to_->schema()->version() < from_->schema()->version();
}

Status ColumnMapping::check_earlier() const {
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    const ColumnIndex index{i};
    if (to_->slot(index).is_key) continue;
    const Column& column = to_->schema()->column(index);
    const char* change = nullptr;
    if (sources_[i].kind == SourceKind::kMissing) {
      if (!column.nullable) change = "was dropped";
    } else {
      const Type& now = from_->type(ColumnIndex{sources_[i].slot.column});
      const bool longer_text = is_string_like(now.kind()) && now.kind() == column.type.kind();
      if (!(now == column.type) && !longer_text) change = "has another type";
    }
    if (change == nullptr) continue;
    return fail(ErrorCode::kUnknownSchema,
                std::string("the column ") + change + " in schema version " +
                    std::to_string(to_underlying(from_->schema()->version())) +
                    ", which the row has; take the table from the database again",
                "column " + quote_identifier(column.name));
  }
  return {};
}

// One row holds the values of all added columns, so that they are read as any field is, views into
// text and nested values included.
Status ColumnMapping::encode_added() {
  if (added_columns_.empty()) return {};
  added_layout_ = Layout::make_patch(to_->schema());
  RowBuilder builder(added_layout_, kMaxRowBytes);
  for (const std::uint32_t i : added_columns_) {
    const ColumnIndex index{i};
    WISP_TRY(builder.set_value(index, to_->schema()->column(index).missing_value));
    sources_[i].slot = added_layout_->slot(index);
    sources_[i].kind = SourceKind::kAdded;
  }
  WISP_TRY(builder.finish_row(added_bytes_));
  WISP_ASSIGN(added_, RowView::open(*added_layout_, std::as_bytes(std::span(added_bytes_))));
  return {};
}

Decimal ColumnMapping::rescaled(Decimal value, const Source& source) noexcept {
  // Unsigned, because damaged digits may overflow.
  __extension__ using Wide = unsigned __int128;
  auto digits = static_cast<Wide>(value.unscaled);
  for (unsigned i = 0; i < source.digits; ++i) digits *= 10;
  return {static_cast<Decimal::Int>(digits)};
}

Access ColumnMapping::presence(const RowView& row, ColumnIndex column) const {
  assert(&row.layout() == from_.get());
  const Source& source = sources_[to_underlying(column)];
  if (source.kind == SourceKind::kMissing) return Access::kNull;
  if (source.kind == SourceKind::kAdded) return Access::kPresent;
  const RowBytes bytes{from_.get(), row.bytes().data(), row.bytes().size()};
  return static_cast<Access>(internal::field_kernels->presence(bytes, source.slot));
}

Result<Value> ColumnMapping::value(const RowView& row, ColumnIndex column) const {
  assert(&row.layout() == from_.get());
  const Source& source = sources_[to_underlying(column)];
  if (source.kind == SourceKind::kMissing) return Value();
  if (source.kind == SourceKind::kAdded) return to_->schema()->column(column).missing_value;
  const ColumnIndex old{source.slot.column};
  WISP_ASSIGN(const Value value, row.value(old));
  return widen_value(from_->type(old), to_->type(column), value);
}

Status ColumnMapping::present_columns(const RowView& row, std::vector<std::uint32_t>& out) const {
  assert(&row.layout() == from_.get());
  WISP_TRY(row.present_columns(out));
  std::size_t kept = 0;
  for (const std::uint32_t old : out) {
    if (later_[old] != kNone) out[kept++] = later_[old];
  }
  out.resize(kept);
  out.insert(out.end(), added_columns_.begin(), added_columns_.end());
  return {};
}

std::optional<ColumnIndex> ColumnMapping::later(ColumnIndex column) const noexcept {
  const std::uint32_t index = later_[to_underlying(column)];
  if (index == kNone) return std::nullopt;
  return ColumnIndex{index};
}

}  // namespace wisp
