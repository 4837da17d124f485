// wisp: rows as codec/ writes them, opened with the O(1) check and read through typed handles.
#include <optional>

#include "byte_system.h"
#include "wisp/codec/present_fields.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"

namespace wisp::bench {
namespace {

class WispRows final : public ByteSystem<WispRows> {
 public:
  explicit WispRows(const Columns& columns)
      : ByteSystem(columns),
        layout_(Layout::make(columns.schema)),
        builder_(layout_),
        present_(layout_) {
    make_handles(CellKind::kInt, ints_);
    make_handles(CellKind::kLong, longs_);
    make_handles(CellKind::kDouble, doubles_);
    make_handles(CellKind::kBool, bools_);
    make_handles(CellKind::kText, texts_);
  }

  std::string name() const override { return "wisp"; }

  std::string describe(std::string_view row) override {
    auto view = RowView::open(*layout_, as_bytes(row));
    return view ? row_encoding_name(*view) : view.error().to_string();
  }

  std::string_view encode(const RowCells& row) override {
    builder_.clear();
    for (const auto& c : row.ints) builder_.set(ints_[c.column], c.value);
    for (const auto& c : row.longs) builder_.set(longs_[c.column], c.value);
    for (const auto& c : row.doubles) builder_.set(doubles_[c.column], c.value);
    for (const auto& c : row.bools) builder_.set(bools_[c.column], c.value);
    for (const auto& c : row.texts) builder_.set(texts_[c.column], c.value);
    return finish();
  }

  Result<RowView> open(std::string_view row) const {
    return RowView::open(*layout_, as_bytes(row));
  }

  bool get(const Result<RowView>& row, std::uint32_t column, std::int32_t& out) const {
    return row && row->read(ints_[column], out) == Access::kPresent;
  }
  bool get(const Result<RowView>& row, std::uint32_t column, bool& out) const {
    return row && row->read(bools_[column], out) == Access::kPresent;
  }
  bool get(const Result<RowView>& row, std::uint32_t column, std::string_view& out) const {
    return row && row->read(texts_[column], out) == Access::kPresent;
  }

  void visit(std::string_view bytes, Digest& d) {
    const auto row = open(bytes);
    if (!row) return;
    const auto fields = present_.read(*row);
    if (!fields) return;
    for (const PresentField& f : *fields) {
      switch (columns_.kinds[to_underlying(f.column)]) {
        case CellKind::kInt:
          d.add(f.as<std::int32_t>());
          break;
        case CellKind::kLong:
          d.add(f.as<std::int64_t>());
          break;
        case CellKind::kDouble:
          d.add(f.as<double>());
          break;
        case CellKind::kBool:
          d.add(f.as<bool>());
          break;
        case CellKind::kText:
          d.add(f.as<std::string_view>());
      }
    }
  }

  bool verify(std::string_view row) const {
    const auto view = open(row);
    return view && verify_row(*view).has_value();
  }

  std::string_view update(std::string_view bytes, std::uint32_t column, std::int32_t value) {
    builder_.clear();
    const auto row = open(bytes);
    const auto fields = present_.read(*row);
    for (const PresentField& f : *fields) builder_.set_field(f);
    builder_.set(ints_[column], value);
    return finish();
  }

  // Rows are canonical: the same fields in the same schema version are the same bytes.
  bool equal(std::string_view a, std::string_view b) const { return a == b; }

 private:
  static std::span<const std::byte> as_bytes(std::string_view row) {
    return std::as_bytes(std::span(row));
  }
  template <typename T>
  void make_handles(CellKind kind, std::vector<ColumnHandle<T>>& handles) {
    handles.resize(columns_.size());
    for (std::uint32_t column : columns_.all(kind)) {
      auto handle = layout_->column<T>(ColumnIndex{column});
      if (!handle) give_up(handle.error().to_string());
      handles[column] = *handle;
    }
  }
  std::string_view finish() {
    row_.clear();
    if (auto done = builder_.finish_row(row_); !done) give_up(done.error().to_string());
    return row_;
  }
  LayoutPtr layout_;
  RowBuilder builder_;
  // Indexed by column; those of other kinds stay empty.
  std::vector<ColumnHandle<std::int32_t>> ints_;
  std::vector<ColumnHandle<std::int64_t>> longs_;
  std::vector<ColumnHandle<double>> doubles_;
  std::vector<ColumnHandle<bool>> bools_;
  std::vector<ColumnHandle<std::string_view>> texts_;
  PresentFields present_;
  std::string row_;
};

}  // namespace

SystemPtr make_wisp(const Columns& columns) {
  return std::make_unique<WispRows>(columns);
}

}  // namespace wisp::bench
