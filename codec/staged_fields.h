// The value fields that a builder was given, for the encoder: one list per class, by slot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/unfilled_array.h"

namespace wisp {

// Fields that come in the order of their columns, as they nearly always do, are appended: nothing
// is searched or sorted, and cost follows the fields that are set. The first that comes out of
// order, or again, moves all to places of their own by slot, until clear().
//
// Threads: one at a time.
class StagedFields {
 public:
  struct Wide {
    std::uint64_t low, high;
  };

  // `layout` must outlive this.
  explicit StagedFields(const Layout& layout);
  StagedFields(StagedFields&&) = default;
  StagedFields& operator=(StagedFields&&) = default;
  StagedFields(const StagedFields&) = delete;
  StagedFields& operator=(const StagedFields&) = delete;

  void clear();

  // Appends a nullable field. False: it is none, or out of order; place() it. Requires: the
  // column's class holds such values.
  bool append(const ColumnSlot& s, std::uint64_t bits) { return append_value(s, bits); }
  bool append(const ColumnSlot& s, Wide wide) { return append_value(s, wide); }
  bool append(const ColumnSlot& s, std::string_view bytes) { return append_value(s, bytes); }
  // Sets any value column.
  void place(const ColumnSlot& s, std::uint64_t bits);
  void place(const ColumnSlot& s, Wide wide);
  void place(const ColumnSlot& s, std::string_view bytes);
  void remove(const ColumnSlot& s);

  bool has(const ColumnSlot& s) const noexcept;
  std::size_t count() const noexcept;
  // The first NOT NULL column that is missing, by ColumnSlot::slot; as many as there are: none.
  std::size_t first_missing() const noexcept;

  // Brings the lists up to date. Before anything below is asked.
  void arrange();

  std::uint32_t count(SlotClass c) const noexcept { return list(c).count; }
  // Ascending slots, and their values.
  const std::uint16_t* slots(SlotClass c) const noexcept { return list(c).slots; }
  const std::uint64_t* bits(SlotClass c) const noexcept {
    return static_cast<const std::uint64_t*>(list(c).values);
  }
  const Wide* wide() const noexcept { return wide_.data(); }
  // As the offset table has them: the NOT NULL ones, then those of the list.
  std::span<const std::string_view> texts() const noexcept {
    return {texts_.data(), layout_->not_null_var_count() + count(SlotClass::kVar)};
  }
  // NOT NULL columns, by ColumnSlot::slot.
  const std::uint64_t* required_bits() const noexcept { return required_.bits.data(); }
  const Wide* required_wide() const noexcept { return required_.wide.data(); }

 private:
  // The fields of one class.
  struct List {
    std::uint32_t next = 0;  // the lowest slot that may be appended
    std::uint32_t count = 0;
    std::uint16_t* slots = nullptr;
    void* values = nullptr;
  };
  // Values with a place each, and which of them are set.
  struct Places {
    std::vector<std::uint64_t> present;
    UnfilledArray<std::uint64_t> bits;
    UnfilledArray<Wide> wide;               // empty without 16-byte columns
    UnfilledArray<std::string_view> texts;  // empty without variable-length columns

    void make(std::size_t n, bool has_wide, bool has_texts);
  };

  template <typename T>
  bool append_value(const ColumnSlot& s, const T& value) {
    List& l = lists_[s.list];
    if (s.slot < l.next) [[unlikely]] {
      return false;
    }
    // A count, not two ends: what a call waits for of the one before is half as long.
    l.slots[l.count] = s.slot;
    static_cast<T*>(l.values)[l.count] = value;
    ++l.count;
    l.next = s.slot + 1u;
    return true;
  }
  const List& list(SlotClass c) const noexcept { return lists_[static_cast<std::size_t>(c)]; }
  // Where place() puts the column, and its number there.
  Places& places_of(const ColumnSlot& s, std::size_t& at);
  void leave_order();
  template <typename T>
  void spread(SlotClass c, UnfilledArray<T>& to) const;
  template <typename T>
  void gather(SlotClass c, const UnfilledArray<T>& from);

  const Layout* layout_;
  std::array<List, kSlotClassCount + 1> lists_{};  // the last: columns that are in no list
  UnfilledArray<std::uint16_t> slots_;             // of all classes, a part for each
  UnfilledArray<std::uint64_t> bits_;
  UnfilledArray<Wide> wide_;
  UnfilledArray<std::string_view> texts_;  // NOT NULL ones first
  Places required_;                        // without texts
  Places by_slot_;  // empty until fields come out of order; present: by ColumnSlot::bitmap_word
  bool in_order_ = true;
};

}  // namespace wisp
