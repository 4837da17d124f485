#include "wisp/codec/staged_fields.h"

#include <algorithm>
#include <bit>

#include "wisp/codec/field_kernels.h"

namespace wisp {

namespace {

constexpr std::uint32_t kNoSlot = UINT32_MAX;

std::uint64_t bit_of(std::size_t i) noexcept {
  return std::uint64_t{1} << (i % 64);
}

std::size_t count_bits(const std::vector<std::uint64_t>& words) noexcept {
  std::size_t n = 0;
  for (std::uint64_t word : words) n += static_cast<std::size_t>(std::popcount(word));
  return n;
}

}  // namespace

void StagedFields::Places::make(std::size_t n, bool has_wide, bool has_texts) {
  bits = UnfilledArray<std::uint64_t>(n);
  if (has_wide) wide = UnfilledArray<Wide>(n);
  if (has_texts) texts = UnfilledArray<std::string_view>(n);
}

StagedFields::StagedFields(const Layout& layout)
    : layout_(&layout),
      slots_(layout.nullable_count() + kFlattenSlack),
      bits_(layout.nullable_count() - layout.cls(SlotClass::kFixed16).nullable -
            layout.cls(SlotClass::kVar).nullable),
      wide_(layout.cls(SlotClass::kFixed16).nullable),
      texts_(layout.not_null_var_count() + layout.cls(SlotClass::kVar).nullable) {
  const std::size_t required = layout.not_null_fixed().size() + layout.not_null_var_count();
  bool wide = false;
  for (const std::uint32_t column : layout.not_null_fixed()) {
    wide |= layout.slot(ColumnIndex{column}).cls == SlotClass::kFixed16;
  }
  required_.make(required, wide, false);
  required_.present.resize((required + 63) / 64);

  std::uint64_t* bits = bits_.data();
  for (const ActiveClass& a : layout.active()) {
    List& l = lists_[static_cast<std::size_t>(a.cls)];
    l.slots = slots_.data() + layout.cls(a.cls).first_slot;
    if (a.cls == SlotClass::kFixed16) {
      l.values = wide_.data();
    } else if (a.cls == SlotClass::kVar) {
      l.values = texts_.data() + layout.not_null_var_count();
    } else {
      l.values = bits;
      bits += a.nullable;
    }
  }
  lists_.back().next = kNoSlot;
}

void StagedFields::clear() {
  for (std::size_t c = 0; c < kSlotClassCount; ++c) {
    lists_[c].next = 0;
    lists_[c].count = 0;
  }
  std::fill(required_.present.begin(), required_.present.end(), 0);
  if (in_order_) return;
  std::fill(by_slot_.present.begin(), by_slot_.present.end(), 0);
  in_order_ = true;
}

StagedFields::Places& StagedFields::places_of(const ColumnSlot& s, std::size_t& at) {
  if (s.not_null) {
    at = s.slot;
    required_.present[at / 64] |= bit_of(at);
    return required_;
  }
  if (in_order_) leave_order();
  at = s.stage;
  by_slot_.present[s.bitmap_word] |= bit_of(s.slot);
  return by_slot_;
}

void StagedFields::place(const ColumnSlot& s, std::uint64_t bits) {
  std::size_t at = 0;
  places_of(s, at).bits[at] = bits;
}

void StagedFields::place(const ColumnSlot& s, Wide wide) {
  std::size_t at = 0;
  places_of(s, at).wide[at] = wide;
}

void StagedFields::place(const ColumnSlot& s, std::string_view bytes) {
  std::size_t at = 0;
  Places& places = places_of(s, at);
  if (s.not_null) {
    texts_[s.fixed_offset] = bytes;
  } else {
    places.texts[at] = bytes;
  }
}

void StagedFields::remove(const ColumnSlot& s) {
  if (s.not_null) {
    required_.present[s.slot / 64] &= ~bit_of(s.slot);
    return;
  }
  if (in_order_) {
    if (!has(s)) return;
    leave_order();
  }
  by_slot_.present[s.bitmap_word] &= ~bit_of(s.slot);
}

bool StagedFields::has(const ColumnSlot& s) const noexcept {
  if (s.not_null) return (required_.present[s.slot / 64] & bit_of(s.slot)) != 0;
  if (!in_order_) return (by_slot_.present[s.bitmap_word] & bit_of(s.slot)) != 0;
  return s.slot < lists_[s.list].next &&
         std::binary_search(slots(s.cls), slots(s.cls) + count(s.cls), s.slot);
}

std::size_t StagedFields::count() const noexcept {
  std::size_t n = count_bits(required_.present);
  if (!in_order_) return n + count_bits(by_slot_.present);
  for (const ActiveClass& a : layout_->active()) n += count(a.cls);
  return n;
}

std::size_t StagedFields::first_missing() const noexcept {
  const std::size_t required = required_.bits.size();
  for (std::size_t i = 0; i < required; i += 64) {
    const auto at = i + static_cast<std::size_t>(std::countr_one(required_.present[i / 64]));
    if (at < i + 64) return std::min(at, required);
  }
  return required;
}

template <typename T>
void StagedFields::spread(SlotClass c, UnfilledArray<T>& to) const {
  T* const places = to.data() + layout_->cls(c).first_slot;
  const auto* const from = static_cast<const T*>(list(c).values);
  for (std::uint32_t i = 0; i < count(c); ++i) places[slots(c)[i]] = from[i];
}

template <typename T>
void StagedFields::gather(SlotClass c, const UnfilledArray<T>& from) {
  const T* const places = from.data() + layout_->cls(c).first_slot;
  T* const to = static_cast<T*>(list(c).values);
  for (std::uint32_t i = 0; i < count(c); ++i) to[i] = places[slots(c)[i]];
}

void StagedFields::leave_order() {
  if (by_slot_.present.empty()) {
    by_slot_.make(layout_->nullable_count(), !wide_.empty(), !texts_.empty());
    by_slot_.present.resize(layout_->bitmap_words());
  }
  for (const ActiveClass& a : layout_->active()) {
    std::uint64_t* const words = by_slot_.present.data() + layout_->cls(a.cls).first_word;
    for (std::uint32_t i = 0; i < count(a.cls); ++i) {
      const std::uint16_t slot = slots(a.cls)[i];
      words[slot / 64] |= bit_of(slot);
    }
    if (a.cls == SlotClass::kFixed16) {
      spread(a.cls, by_slot_.wide);
    } else if (a.cls == SlotClass::kVar) {
      spread(a.cls, by_slot_.texts);
    } else {
      spread(a.cls, by_slot_.bits);
    }
    lists_[static_cast<std::size_t>(a.cls)].next = kNoSlot;
  }
  in_order_ = false;
}

void StagedFields::arrange() {
  if (in_order_) return;
  for (const ActiveClass& a : layout_->active()) {
    const ClassLayout& c = layout_->cls(a.cls);
    List& l = lists_[static_cast<std::size_t>(a.cls)];
    l.count = internal::field_kernels->flatten(by_slot_.present.data() + c.first_word, c.word_count,
                                               l.slots);
    if (a.cls == SlotClass::kFixed16) {
      gather(a.cls, by_slot_.wide);
    } else if (a.cls == SlotClass::kVar) {
      gather(a.cls, by_slot_.texts);
    } else {
      gather(a.cls, by_slot_.bits);
    }
  }
}

}  // namespace wisp
