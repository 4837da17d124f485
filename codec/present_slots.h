// PresentSlots: the present columns of one class, in order, one at a time and without memory.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

#include "wisp/codec/bytes.h"
#include "wisp/codec/row_sections.h"

namespace wisp {

// A walk takes as long as the columns it gives (in a bitmap also a step per 64 slots). Points to
// what it is made of.
class PresentSlots {
 public:
  // Requires: the presence section is what an encoder writes: verify_row has looked at it.
  PresentSlots(const RowBytes& row, const RowSections& s, SlotClass cls)
      : row_(row), s_(s), cls_(row.layout->cls(cls)) {
    switch (s.format.presence()) {
      case PresenceForm::kList:
      case PresenceForm::kAbsent:
        at_ = cls_.first_page == 0 ? 0 : s.entry(row, cls_.first_page - 1);
        break;
      case PresenceForm::kShort:
        at_ = s.present_before(cls);
        break;
      default:
        break;
    }
    if (s.format.presence() == PresenceForm::kAbsent) absent_ = next_listed();
  }

  // The column of the next one. Requires: there is one.
  std::uint32_t next() noexcept {
    const std::uint32_t slot = next_slot();
    assert(slot < cls_.nullable);
    return row_.layout->slot_columns()[cls_.first_slot + slot];
  }

 private:
  std::uint32_t next_slot() noexcept {
    switch (s_.format.presence()) {
      case PresenceForm::kFull:
        return slot_++;
      case PresenceForm::kBitmap:
        return next_bit();
      case PresenceForm::kList:
        return next_listed();
      case PresenceForm::kAbsent:
        for (; slot_ == absent_; ++slot_) absent_ = next_listed();
        return slot_++;
      case PresenceForm::kShort:
        return load_le<std::uint16_t>(row_.data + s_.presence + 2 * std::uint64_t{at_++});
    }
    return 0;
  }

  std::uint32_t next_bit() noexcept {
    for (; word_ == 0; slot_ += 64) {
      assert(slot_ < cls_.nullable);
      word_ = load_word(row_.data, row_.size, s_.presence + cls_.bitmap_offset + slot_ / 8);
      // The bits behind those of the class are of another.
      const std::uint32_t left = cls_.nullable - slot_;
      if (left < 64) word_ &= (std::uint64_t{1} << left) - 1;
    }
    const auto bit = static_cast<std::uint32_t>(std::countr_zero(word_));
    word_ &= word_ - 1;
    return slot_ - 64 + bit;
  }

  // The next slot of the class in a list; one that does not exist behind the last.
  std::uint32_t next_listed() noexcept {
    for (; page_ < cls_.page_count; ++page_) {
      if (at_ < s_.entry(row_, cls_.first_page + page_)) {
        return page_ * kPageSlots + std::to_integer<std::uint32_t>(row_.data[s_.presence + at_++]);
      }
    }
    return UINT32_MAX;
  }

  const RowBytes& row_;
  const RowSections& s_;
  const ClassLayout& cls_;
  std::uint32_t slot_ = 0;    // kFull, kAbsent: the next; kBitmap: behind those of word_
  std::uint32_t absent_ = 0;  // kAbsent: the next one
  std::uint32_t at_ = 0;      // in the presence section, in listed slots
  std::uint32_t page_ = 0;
  std::uint64_t word_ = 0;
};

}  // namespace wisp
