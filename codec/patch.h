// Patches: some columns of a row, set to a value or to NULL. Bytes follow the touched columns.
//
// A patch is put on a row (row_patcher.h), or folded onto an earlier patch: the row with a and then
// b on it equals the row with fold(a, b) on it, and folding is associative. codec/FORMAT.md
// ("Patches") has the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_builder.h"
#include "wisp/codec/row_view.h"
#include "wisp/schema/result.h"

namespace wisp {

// What happens when the row to patch does not exist. FROZEN numbers.
enum class MissingRow : std::uint8_t {
  kIgnore = 0,  // nothing: the patch has no effect
  kCreate = 1,  // a row with the patch's values is made
};

// Collects the touched columns of a patch. Reuse one for many. Threads: one at a time.
class PatchBuilder {
 public:
  // `layout` is Layout::make_patch(); handles come from it, or from the table's rows.
  explicit PatchBuilder(LayoutPtr layout, std::size_t max_patch_bytes = kDefaultMaxRowBytes);

  void clear();
  // Text is borrowed until finish(), which fails where a handle is of another table or version, or
  // of a key column.
  template <typename T>
  void set(const ColumnHandle<T>& c, std::type_identity_t<T> v) {
    if (c.columns_key() == layout()->row_columns_key()) {
      return set(layout()->checked_column<T>(ColumnIndex{c.slot().column}), v);
    }
    if (c.slot().is_key || !values_.fits(c)) return values_.note_misfit();
    values_.set(c, v);
    untouch_null(c.slot());
  }
  template <typename T, typename S>
  requires std::is_same_v<std::remove_const_t<S>, std::string>
  void set(const ColumnHandle<T>& c, S&& text) = delete;
  // Copies; fails as RowBuilder::set_value. NULL is set_null().
  Status set_value(ColumnIndex column, const Value& value);
  // Fails with kConstraint for a NOT NULL column, kInvalidArgument for a key column.
  Status set_null(ColumnIndex column);

  // Appends the patch to `out`. Fails as RowBuilder::finish_row where a handle did not fit or the
  // patch is too large.
  Status finish(MissingRow missing, std::string& out);

  const LayoutPtr& layout() const noexcept { return values_.layout(); }

 private:
  friend class PatchMigration;
  friend Status fold_patch(const class PatchView& first, const class PatchView& second,
                           std::string& out);
  void untouch_null(const ColumnSlot& s) {
    nulls_[s.stage / 64] &= ~(std::uint64_t{1} << (s.stage % 64));
  }
  void touch_null(const ColumnSlot& s) {
    nulls_[s.stage / 64] |= std::uint64_t{1} << (s.stage % 64);
  }

  RowBuilder values_;
  std::vector<std::uint64_t> nulls_;  // a bit per nullable slot, by ColumnSlot::stage
};

// Reads a patch in place. Points to: its bytes and the patch layout. Valid until: either goes.
// Threads: any number may read one.
class PatchView {
 public:
  // Checks the header and the list of NULLs; values are checked as they are read. Fails with
  // kCorruption or kUnknownSchema.
  static Result<PatchView> open(const Layout& patch_layout, std::span<const std::byte> bytes);

  MissingRow missing() const noexcept { return missing_; }
  const RowView& values() const noexcept { return values_; }
  std::size_t null_count() const noexcept { return null_count_; }
  // The i-th column that is set to NULL. Requires: i < null_count().
  ColumnIndex null_column(std::size_t i) const noexcept;

 private:
  MissingRow missing_ = MissingRow::kIgnore;
  const std::byte* nulls_ = nullptr;
  std::size_t null_count_ = 0;
  RowView values_;
};

// The schema version a patch was written with; as row_schema_version().
Result<SchemaVersion> patch_schema_version(std::span<const std::byte> patch);

// Appends the patch that does first `first`, then `second`; the mode is second's, unless first
// creates. Requires: one layout.
Status fold_patch(const PatchView& first, const PatchView& second, std::string& out);

// The complete check: canonical form of everything.
Status verify_patch(const PatchView& patch);

}  // namespace wisp
