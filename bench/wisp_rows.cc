// wisp: rows as codec/ writes them, opened with the O(1) check and read through typed handles.
#include <optional>

#include "byte_system.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"

namespace wisp::bench {
namespace {

class WispRows final : public ByteSystem<WispRows> {
 public:
  explicit WispRows(const Columns& columns)
      : ByteSystem(columns), layout_(Layout::make(columns.schema)), builder_(layout_) {
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
    each_field(bytes, [&d](const auto&, auto value) { d.add(value); });
  }

  bool verify(std::string_view row) const {
    const auto view = open(row);
    return view && verify_row(*view).has_value();
  }

  std::string_view update(std::string_view row, std::uint32_t column, std::int32_t value) {
    builder_.clear();
    each_field(row, [this](const auto& handle, auto field) { builder_.set(handle, field); });
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
  // Calls visit(handle, value) for every present field.
  template <typename Visit>
  void each_field(std::string_view bytes, Visit&& visit) {
    const auto row = open(bytes);
    if (!row || !row->present_columns(present_)) return;
    for (std::uint32_t column : present_) {
      switch (columns_.kinds[column]) {
        case CellKind::kInt:
          visit_field(*row, ints_[column], visit);
          break;
        case CellKind::kLong:
          visit_field(*row, longs_[column], visit);
          break;
        case CellKind::kDouble:
          visit_field(*row, doubles_[column], visit);
          break;
        case CellKind::kBool:
          visit_field(*row, bools_[column], visit);
          break;
        case CellKind::kText:
          visit_field(*row, texts_[column], visit);
      }
    }
  }
  template <typename T, typename Visit>
  static void visit_field(const RowView& row, const ColumnHandle<T>& handle, Visit& visit) {
    T value{};
    if (row.read(handle, value) == Access::kPresent) visit(handle, value);
  }

  LayoutPtr layout_;
  RowBuilder builder_;
  // Indexed by column; those of other kinds stay empty.
  std::vector<ColumnHandle<std::int32_t>> ints_;
  std::vector<ColumnHandle<std::int64_t>> longs_;
  std::vector<ColumnHandle<double>> doubles_;
  std::vector<ColumnHandle<bool>> bools_;
  std::vector<ColumnHandle<std::string_view>> texts_;
  std::vector<std::uint32_t> present_;
  std::string row_;
};

}  // namespace

SystemPtr make_wisp(const Columns& columns) {
  return std::make_unique<WispRows>(columns);
}

}  // namespace wisp::bench
