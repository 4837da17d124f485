// wisp: rows as codec/ writes them, opened with the O(1) check and read through typed handles, a
// projection (read_5, batch_3) or in one pass (visits). batch_3 iterates a frozen RowBatch.
// wisp_unchecked: the same reads of rows that are trusted, as those of a frozen batch are.
#include <optional>

#include "byte_system.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/present_fields.h"
#include "wisp/codec/projection.h"
#include "wisp/codec/row_batch.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_identity.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"

namespace wisp::bench {
namespace {

// A row as open() gives it; the unchecked form has the interface of a Result that is never an
// error.
class TrustedRow {
 public:
  explicit TrustedRow(const RowView& view) : view_(view) {}
  explicit operator bool() const { return true; }
  const RowView& operator*() const { return view_; }
  const RowView* operator->() const { return &view_; }

 private:
  RowView view_;
};

template <bool kChecked>
class WispRows final : public ByteSystem<WispRows<kChecked>> {
  using Base = ByteSystem<WispRows>;
  using Base::columns_;
  using Opened = std::conditional_t<kChecked, std::optional<RowView>, TrustedRow>;

 public:
  explicit WispRows(const Columns& columns)
      : Base(columns),
        layout_(Layout::make(columns.schema)),
        builder_(layout_),
        present_(layout_),
        patch_layout_(Layout::make_patch(columns.schema)),
        patch_(patch_layout_),
        patcher_(layout_, patch_layout_) {
    make_handles(*layout_, CellKind::kInt, ints_);
    make_handles(*layout_, CellKind::kLong, longs_);
    make_handles(*layout_, CellKind::kDouble, doubles_);
    make_handles(*layout_, CellKind::kBool, bools_);
    make_handles(*layout_, CellKind::kText, texts_);
    make_handles(*patch_layout_, CellKind::kInt, patch_ints_);
  }

  std::string name() const override { return kChecked ? "wisp" : "wisp_unchecked"; }

  // What does not open a row to read from it costs the same in both.
  bool can(Metric m) const override {
    const bool is_read = m != Metric::kEncode && m != Metric::kVerify && m != Metric::kUpdate1 &&
                         m != Metric::kEqual && m != Metric::kBatch3;
    return (kChecked || is_read) && Base::can(m);
  }

  void set_five(const Five& five) override {
    Base::set_five(five);
    five_columns_ =
        make_projection({five.int_a, five.int_b, five.text_a, five.text_b, five.bool_a});
    three_columns_ = make_projection({five.int_a, five.text_a, five.bool_a});
    five_row_.emplace(*five_columns_);
    three_row_.emplace(*three_columns_);
  }

  void load_many(const RowStore& rows) override {
    if (!kChecked) return;
    RowBatchBuilder batch(layout_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (auto done = batch.append(as_bytes(rows[i])); !done) give_up(done.error().to_string());
    }
    batch_ = batch.freeze();
  }

  std::uint64_t run(Metric m, const Batch& batch) override {
    if (m != Metric::kBatch3 || batch_.empty()) return Base::run(m, batch);
    // The queries are rows in order: those of a slice.
    const std::size_t first = batch.queries.front().row_index;
    Digest d;
    for (std::size_t i = first; i < first + batch.queries.size(); ++i) three(batch_[i], d);
    return d.sum + d.count;
  }

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

  Opened open(std::string_view row) const {
    if constexpr (kChecked) {
      return RowView::try_open(*layout_, as_bytes(row));
    } else {
      return TrustedRow(RowView::trust_bytes(*layout_, as_bytes(row)));
    }
  }

  bool get(const Opened& row, std::uint32_t column, std::int32_t& out) const {
    return row && row->read(ints_[column], out) == Access::kPresent;
  }
  bool get(const Opened& row, std::uint32_t column, bool& out) const {
    return row && row->read(bools_[column], out) == Access::kPresent;
  }
  bool get(const Opened& row, std::uint32_t column, std::string_view& out) const {
    return row && row->read(texts_[column], out) == Access::kPresent;
  }

  void read_five(std::string_view bytes, Digest& d) {
    const auto row = open(bytes);
    if (!row) return;
    ProjectedRow& fields = *five_row_;
    fields.read(*row);
    add_field<std::int32_t>(fields, 0, d);
    add_field<std::int32_t>(fields, 1, d);
    add_field<std::string_view>(fields, 2, d);
    add_field<std::string_view>(fields, 3, d);
    add_field<bool>(fields, 4, d);
  }

  void visit(std::string_view bytes, Digest& d) {
    const auto row = open(bytes);
    if (!row) return;
    const auto visited = present_.visit(*row, [&](ColumnIndex, auto value) {
      if constexpr (std::is_same_v<decltype(value), std::int32_t> ||
                    std::is_same_v<decltype(value), std::int64_t> ||
                    std::is_same_v<decltype(value), double> ||
                    std::is_same_v<decltype(value), bool> ||
                    std::is_same_v<decltype(value), std::string_view>) {
        d.add(value);
      }
    });
    if (!visited) d = {};
  }

  bool verify(std::string_view row) const {
    const auto view = open(row);
    return view && verify_row(*view).has_value();
  }

  std::string_view update(std::string_view bytes, std::uint32_t column, std::int32_t value) {
    patch_.clear();
    patch_.set(patch_ints_[column], value);
    patch_bytes_.clear();
    must(patch_.finish(MissingRow::kIgnore, patch_bytes_));
    const auto patch = PatchView::open(*patch_layout_, as_bytes(patch_bytes_));
    if (!patch) give_up(patch.error().to_string());
    must(patcher_.start(*open(bytes)));
    must(patcher_.add(*patch));
    patched_.clear();
    must(patcher_.finish(patched_));
    return patched_;
  }

  bool equal(std::string_view a, std::string_view b) const {
    const auto x = open(a);
    const auto y = open(b);
    return x && y && rows_equal(*x, *y);
  }

 private:
  static std::span<const std::byte> as_bytes(std::string_view row) {
    return std::as_bytes(std::span(row));
  }
  static void must(const Status& done) {
    if (!done) give_up(done.error().to_string());
  }
  std::optional<Projection> make_projection(std::initializer_list<std::uint32_t> columns) const {
    std::vector<ColumnIndex> indexes;
    for (std::uint32_t c : columns) indexes.push_back(ColumnIndex{c});
    auto made = Projection::make(layout_, indexes);
    if (!made) give_up(made.error().to_string());
    return *made;
  }
  template <typename T>
  static void add_field(const ProjectedRow& fields, std::size_t i, Digest& d) {
    if (const auto value = fields.get<T>(i)) d.add(*value);
  }
  void three(const RowView& row, Digest& d) {
    ProjectedRow& fields = *three_row_;
    fields.read(row);
    add_field<std::int32_t>(fields, 0, d);
    add_field<std::string_view>(fields, 1, d);
    add_field<bool>(fields, 2, d);
  }
  template <typename T>
  void make_handles(const Layout& layout, CellKind kind, std::vector<ColumnHandle<T>>& handles) {
    handles.resize(columns_.size());
    for (std::uint32_t column : columns_.all(kind)) {
      auto handle = layout.column<T>(ColumnIndex{column});
      if (!handle) give_up(handle.error().to_string());
      handles[column] = *handle;
    }
  }
  std::string_view finish() {
    row_.clear();
    must(builder_.finish_row(row_));
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
  std::optional<Projection> five_columns_, three_columns_;
  std::optional<ProjectedRow> five_row_, three_row_;
  LayoutPtr patch_layout_;
  PatchBuilder patch_;
  RowPatcher patcher_;
  std::vector<ColumnHandle<std::int32_t>> patch_ints_;
  std::string patch_bytes_;
  std::string patched_;
  RowBatch batch_;
  std::string row_;
};

}  // namespace

SystemPtr make_wisp(const Columns& columns, bool checked) {
  if (checked) return std::make_unique<WispRows<true>>(columns);
  return std::make_unique<WispRows<false>>(columns);
}

}  // namespace wisp::bench
