// Projection: several columns resolved once, then read from each row in one pass.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/codec/column_mapping.h"
#include "wisp/codec/field_kernels.h"
#include "wisp/codec/layout.h"
#include "wisp/codec/row_view.h"

namespace wisp {

// The columns to read. Immutable; threads: shared by all. Keeps its layout alive.
class Projection {
 public:
  // Value columns, in the order they will be asked for; repeats are allowed. Fails on an unknown
  // name or a key column (read those from the key).
  static Result<Projection> make(LayoutPtr layout, std::span<const ColumnIndex> columns);
  static Result<Projection> make(LayoutPtr layout, std::span<const std::string> names,
                                 NameMatch match = NameMatch::kIgnoreCase);

  std::size_t size() const noexcept { return slots_.size(); }
  ColumnIndex column(std::size_t i) const noexcept { return ColumnIndex{slots_[i].column}; }
  const LayoutPtr& layout() const noexcept { return layout_; }

 private:
  friend class EarlierProjection;
  friend class ProjectedRow;
  LayoutPtr layout_;
  std::vector<ColumnSlot> slots_;
};

// The columns of a projection in rows of an earlier version, resolved once per version; reading is
// one pass over such a row, which is not rewritten for it. Immutable; threads: shared by all. Keeps
// the mapping alive.
class EarlierProjection {
 public:
  // Requires: the mapping is to the projection's layout.
  EarlierProjection(const Projection& projection, ColumnMappingPtr mapping);

  const ColumnMapping& mapping() const noexcept { return *mapping_; }

 private:
  friend class ProjectedRow;
  // A field that the rows do not have.
  struct Constant {
    std::uint32_t field = 0;
    FieldCell cell;
  };
  // A field that the rows have in a type that reads otherwise.
  struct Widening {
    std::uint32_t field = 0;
    Decimal::Int factor = 0;  // of a DECIMAL; 0: REAL to DOUBLE
  };

  ColumnMappingPtr mapping_;
  std::size_t size_ = 0;               // of the projection
  std::vector<ColumnSlot> slots_;      // what the rows have
  std::vector<std::uint32_t> fields_;  // by slot, rising: its place in the projection
  std::vector<Constant> constants_;    // all other fields
  std::vector<Widening> widenings_;
};

// The fields of one row through a projection. Reuse one for many rows: read() allocates only the
// first time. Points to: the row given to the last read(). Valid until: its bytes go. Threads: one
// at a time.
class ProjectedRow {
 public:
  // Requires: the projection outlives this.
  explicit ProjectedRow(const Projection& projection)
      : projection_(&projection), cells_(projection.size()) {}
  explicit ProjectedRow(const Projection&& projection) = delete;
  // No copies: a field may point into this object. Moving keeps what it points to.
  ProjectedRow(const ProjectedRow&) = delete;
  ProjectedRow& operator=(const ProjectedRow&) = delete;
  ProjectedRow(ProjectedRow&&) = default;
  ProjectedRow& operator=(ProjectedRow&&) = default;

  // Requires: a row of the projection's layout.
  void read(const RowView& row) {
    assert(&row.layout() == projection_->layout().get());
    earlier_ = nullptr;
    const RowBytes bytes{&row.layout(), row.bytes().data(), row.bytes().size()};
    internal::prefetch_row(bytes);
    internal::field_kernels->many(bytes, projection_->slots_.data(), cells_.size(), cells_.data());
  }
  // The same from a row of an earlier version. Requires: a row of the mapping's earlier layout, and
  // that `earlier` was made for this row's projection. It must stay while fields are read.
  void read(const RowView& row, const EarlierProjection& earlier);

  Access access(std::size_t i) const noexcept { return static_cast<Access>(cells_[i].access); }
  bool is_null(std::size_t i) const noexcept { return cells_[i].access == kReadNull; }

  // Field `i` as T, or nullopt when NULL or damaged. T: bool, an integer, float (REAL), double
  // (DOUBLE), Decimal, Uuid, std::string_view, or a view of nested_view.h. Requires: T is what the
  // column holds (Layout::column<T>).
  template <typename T>
  std::optional<T> get(std::size_t i) const noexcept {
    const FieldCell& c = cells_[i];
    if (c.access != kReadPresent) return std::nullopt;
    if constexpr (std::is_same_v<T, std::string_view>) {
      return T(reinterpret_cast<const char*>(c.data), c.bits);
    } else if constexpr (std::is_same_v<T, Uuid>) {
      Uuid u;
      std::memcpy(u.bytes.data(), c.data, 16);
      return u;
    } else if constexpr (std::is_same_v<T, Decimal>) {
      Decimal d{static_cast<std::int64_t>(c.bits)};
      if (c.data != nullptr) std::memcpy(&d.unscaled, c.data, 16);
      return d;
    } else if constexpr (std::is_same_v<T, float>) {
      return std::bit_cast<float>(static_cast<std::uint32_t>(c.bits));
    } else if constexpr (std::is_same_v<T, double>) {
      return std::bit_cast<double>(c.bits);
    } else if constexpr (std::is_same_v<T, bool>) {
      return c.bits != 0;
    } else if constexpr (std::is_same_v<T, ArrayView> || std::is_same_v<T, MapView> ||
                         std::is_same_v<T, NestedRowView>) {
      const auto view = T::open(*nested(i), {c.data, c.bits});
      if (!view) return std::nullopt;
      return *view;
    } else {
      static_assert(std::is_integral_v<T>, "no column reads as this C++ type");
      return static_cast<T>(c.bits);
    }
  }

 private:
  const TypeNode* nested(std::size_t i) const noexcept {
    const ColumnIndex column = projection_->column(i);
    return earlier_ == nullptr ? projection_->layout()->nested(column)
                               : earlier_->mapping().nested(column);
  }

  const Projection* projection_;
  const EarlierProjection* earlier_ = nullptr;  // of the last read()
  std::vector<FieldCell> cells_;
  std::vector<Decimal::Int> rescaled_;  // by field, once there was one
};

}  // namespace wisp
