#include "wisp/codec/projection.h"

#include <utility>

namespace wisp {

Result<Projection> Projection::make(LayoutPtr layout, std::span<const ColumnIndex> columns) {
  Projection out;
  for (const ColumnIndex c : columns) {
    if (to_underlying(c) >= layout->column_count()) {
      return fail(ErrorCode::kInvalidArgument,
                  "column index " + std::to_string(to_underlying(c)) + " does not exist");
    }
    if (layout->slot(c).is_key) {
      return fail(ErrorCode::kInvalidArgument,
                  "column " + quote_identifier(layout->name(c)) +
                      " is part of the key; a projection reads value columns");
    }
    out.slots_.push_back(layout->slot(c));
  }
  out.layout_ = std::move(layout);
  return out;
}

Result<Projection> Projection::make(LayoutPtr layout, std::span<const std::string> names,
                                    NameMatch match) {
  std::vector<ColumnIndex> columns;
  for (const std::string& name : names) {
    WISP_ASSIGN(const ColumnIndex c, layout->find(name, match));
    columns.push_back(c);
  }
  return make(std::move(layout), columns);
}

EarlierProjection::EarlierProjection(const Projection& projection, ColumnMappingPtr mapping)
    : mapping_(std::move(mapping)), size_(projection.size()) {
  assert(mapping_->to() == projection.layout());
  using Kind = ColumnMapping::SourceKind;
  for (std::uint32_t field = 0; field < size_; ++field) {
    const ColumnSlot& slot = projection.slots_[field];
    const ColumnMapping::Source& source = mapping_->sources_[slot.column];
    if (source.kind == Kind::kMissing || source.kind == Kind::kAdded) {
      Constant& constant = constants_.emplace_back(Constant{field, {}});
      if (source.kind == Kind::kMissing) continue;
      const RowView& added = mapping_->added_;
      const RowBytes bytes{&added.layout(), added.bytes().data(), added.bytes().size()};
      internal::field_kernels->many(bytes, &source.slot, 1, &constant.cell);
      continue;
    }
    slots_.push_back(source.slot);
    fields_.push_back(field);
    if (source.kind == Kind::kRescaled) {
      widenings_.push_back({field, ColumnMapping::rescaled(Decimal{1}, source).unscaled});
    } else if (source.slot.cls == SlotClass::kReal && slot.cls == SlotClass::kDouble) {
      widenings_.push_back({field, 0});
    }
  }
}

void ProjectedRow::read(const RowView& row, const EarlierProjection& earlier) {
  assert(&row.layout() == earlier.mapping_->from().get());
  assert(earlier.mapping_->to() == projection_->layout() && earlier.size_ == cells_.size());
  earlier_ = &earlier;
  const RowBytes bytes{&row.layout(), row.bytes().data(), row.bytes().size()};
  internal::prefetch_row(bytes);
  const std::size_t stored = earlier.slots_.size();
  internal::field_kernels->many(bytes, earlier.slots_.data(), stored, cells_.data());
  if (stored < cells_.size()) {
    // From the last one on: no field's place is before that of its slot.
    for (std::size_t i = stored; i-- > 0;) cells_[earlier.fields_[i]] = cells_[i];
    for (const auto& constant : earlier.constants_) cells_[constant.field] = constant.cell;
  }
  for (const auto& widening : earlier.widenings_) {
    FieldCell& cell = cells_[widening.field];
    if (cell.access != kReadPresent) continue;
    if (widening.factor == 0) {
      const auto real = std::bit_cast<float>(static_cast<std::uint32_t>(cell.bits));
      cell.bits = std::bit_cast<std::uint64_t>(double{real});
      continue;
    }
    // Unsigned, because damaged digits may overflow.
    __extension__ using Wide = unsigned __int128;
    const auto digits = static_cast<Wide>(get<Decimal>(widening.field)->unscaled);
    rescaled_.resize(cells_.size());
    rescaled_[widening.field] =
        static_cast<Decimal::Int>(digits * static_cast<Wide>(widening.factor));
    cell.data = reinterpret_cast<const std::byte*>(&rescaled_[widening.field]);
  }
}

}  // namespace wisp
