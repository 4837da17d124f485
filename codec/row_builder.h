// RowBuilder: collects the fields of one row and encodes them, and the row's key.
//
// Reuse one builder for many rows: clear() keeps the memory, and nothing is allocated per row once
// its buffers have grown. Cost follows the fields that are set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/one_nan.h"
#include "wisp/codec/row_view.h"
#include "wisp/codec/staged_fields.h"
#include "wisp/codec/unfilled_array.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

struct PresentField;

inline constexpr std::size_t kDefaultMaxRowBytes = std::size_t{16} << 20;
// No limit goes above this: offsets in a row are 32 bits wide.
inline constexpr std::size_t kMaxRowBytes = std::size_t{1} << 30;

// Making one takes a few allocations, whatever the number of columns. Threads: one at a time.
class RowBuilder {
 public:
  explicit RowBuilder(LayoutPtr layout, std::size_t max_row_bytes = kDefaultMaxRowBytes);

  // Forgets all fields, so that every column is NULL or unset again.
  void clear();

  // Sets a field of a value column. Text and bytes are borrowed: they must live until finish_row().
  // Not checked here: VARCHAR(n) length, UTF-8, ranges narrower than T's (set_value checks them
  // all): an integer beyond its column is stored as its low bits, and what is beyond a DECIMAL,
  // TIME or VARCHAR(n) is stored, to be refused by verify_row. Every NaN is stored as one. A handle
  // that does not fit the builder's layout sets nothing, and finishing fails until clear().
  void set(const ColumnHandle<bool>& c, bool v) {
    if (fits(c)) set_bits(c.slot(), v ? 1 : 0);
  }
  template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) void set(const ColumnHandle<T>& c,
                                                                       std::type_identity_t<T> v) {
    if (fits(c)) set_bits(c.slot(), static_cast<std::uint64_t>(v));
  }
  void set(const ColumnHandle<float>& c, float v) {
    if (fits(c)) set_bits(c.slot(), stored_bits(v));
  }
  void set(const ColumnHandle<double>& c, double v);
  void set(const ColumnHandle<Decimal>& c, Decimal v);
  void set(const ColumnHandle<Uuid>& c, const Uuid& v);
  void set(const ColumnHandle<std::string_view>& c, std::string_view v) {
    if (fits(c)) set_var(c.slot(), v);
  }
  // The text of a std::string that is a temporary would be gone before finish_row().
  template <typename T, typename S>
  requires std::is_same_v<std::remove_const_t<S>, std::string>
  void set(const ColumnHandle<T>& c, S&& text) = delete;
  // Takes the field back: a nullable column is NULL, any other one is unset, as if it had not been
  // named (see finish_row). set_value(column, Value()) refuses NULL for those.
  template <typename T>
  void set_null(const ColumnHandle<T>& c) {
    if (fits(c)) set_null(ColumnIndex{c.slot().column});
  }
  void set_null(ColumnIndex column);

  // Sets a field from a runtime value, key columns too. Fails with kConstraint when the value does
  // not fit the column (message and column name in the error); the field is then unchanged. The
  // value is copied; MAP entries are sorted here.
  Status set_value(ColumnIndex column, const Value& value);

  // The same for a value that was accepted before, which is not checked again. Requires: a scalar
  // of the column's kind, not NULL; no key column.
  void set_accepted(ColumnIndex column, const Value& value);

  // Sets a field as PresentFields gave it, of a row of the same layout. Text is borrowed from that
  // row.
  void set_field(const PresentField& field);
  // Copies a field of another row into `to`, a column of the same type; NULL stays NULL (a NOT NULL
  // `to` is then unset). Text is borrowed from `row`, which must live until finish_row(). Fails
  // with kCorruption where the field is damaged.
  Status copy_field(const RowView& row, ColumnIndex from, ColumnIndex to);

  // The value columns set so far.
  std::size_t set_count() const noexcept;

  // Appends the encoded row to `out`. A NOT NULL value column that was not set and has a default is
  // first set to it; a nullable one that was not set is NULL, whatever its default: a builder says
  // what the row holds. Fails with kConstraint, naming the column, when a NOT NULL value column has
  // neither, with kLimit above the row size limit, and with kInvalidArgument where a handle did
  // not fit. `out` is unchanged on failure.
  Status finish_row(std::string& out);
  // The same for the fields of a row that was stored, where a missing one is no matter of defaults:
  // any NOT NULL value column that was not set is kConstraint.
  Status finish_stored_row(std::string& out);

  // Appends the memcomparable key (codec/key.h) to `out`. Fails when a key column was not set.
  // Requires: the table has a declared key.
  Status finish_key(std::string& out) const;

  const LayoutPtr& layout() const noexcept { return layout_; }

 private:
  friend class PatchBuilder;
  friend class RowEncoder;
  // Whether the handle is for this layout.
  template <typename T>
  bool fits(const ColumnHandle<T>& c) noexcept {
    if (c.columns_key() == columns_key_) [[likely]] {
      return true;
    }
    note_misfit();
    return false;
  }
  void note_misfit() noexcept { has_misfit_ = true; }
  // Fails where a handle did not fit.
  Status check_handles() const;
  void set_bits(const ColumnSlot& s, std::uint64_t bits) {
    if (!fields_.append(s, bits)) [[unlikely]] {
      place_bits(s, bits);
    }
  }
  void set_var(const ColumnSlot& s, std::string_view bytes) {
    if (!fields_.append(s, bytes)) [[unlikely]] {
      place_var(s, bytes);
    }
  }
  void set_wide(const ColumnSlot& s, StagedFields::Wide wide);
  // Columns that cannot be appended: of the key, NOT NULL, out of order.
  void place_bits(const ColumnSlot& s, std::uint64_t bits);
  void place_var(const ColumnSlot& s, std::string_view bytes);
  void set_raw(const ColumnSlot& s, const std::byte* data, std::uint64_t bits);
  void set_key_bits(const ColumnSlot& s, std::uint64_t bits);
  void set_key(const ColumnSlot& s, Value value);
  std::string& own();
  // The first NOT NULL column that was not set.
  std::optional<ColumnIndex> first_missing() const;
  Status fill_defaults();
  Status encode(std::string& out);

  LayoutPtr layout_;
  std::uint32_t columns_key_;
  bool has_misfit_ = false;
  std::size_t max_row_bytes_;
  StagedFields fields_;
  std::vector<Value> key_;         // by key part; NULL: not set
  std::deque<std::string> owned_;  // what set_value() copied; addresses stay
  std::size_t owned_count_ = 0;
  UnfilledArray<std::uint32_t> ints_;  // of the encoder: present values of kInt4
  std::vector<std::uint16_t> spare_;   // of the encoder: slots or ranks
};

}  // namespace wisp
