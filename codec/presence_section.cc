#include "wisp/codec/presence_section.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "wisp/codec/bytes.h"

namespace wisp {

namespace {

constexpr std::uint32_t kMostGroups = 1024;  // a class has fewer than 65,536 columns
constexpr std::array<std::uint8_t, 8> kBit = {1, 2, 4, 8, 16, 32, 64, 128};

class PresenceWriter {
 public:
  PresenceWriter(char* out, const Layout& layout, bool wide) : p_(out), l_(layout), wide_(wide) {}

  // The slots of each class, as low bytes.
  template <typename SlotsOf>
  char* list(std::uint32_t pages, const SlotsOf& slots_of) {
    char* bytes = p_ + std::size_t{pages} * (wide_ ? 2 : 1);
    for (const ActiveClass& a : l_.active()) {
      const std::span<const std::uint16_t> slots = slots_of(a);
      counts<8>(l_.cls(a.cls).page_count, slots);
      for (std::size_t i = 0; i < slots.size(); ++i) bytes[i] = static_cast<char>(slots[i]);
      bytes += slots.size();
    }
    return bytes;
  }
  template <typename SlotsOf>
  char* bitmap(const SlotsOf& slots_of) {
    char* const bits = p_ + std::size_t{l_.bitmap_words()} * (wide_ ? 2 : 1);
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = l_.cls(a.cls);
      const std::span<const std::uint16_t> slots = slots_of(a);
      counts<6>(c.word_count, slots);
      auto* const to = reinterpret_cast<unsigned char*>(bits + c.bitmap_offset);
      for (const std::uint16_t slot : slots) to[slot / 8] |= kBit[slot % 8];
    }
    return bits + l_.bitmap_bytes();
  }
  template <typename SlotsOf>
  char* short_slots(const SlotsOf& slots_of) {
    for (const ActiveClass& a : l_.active()) {
      before_ += static_cast<std::uint32_t>(slots_of(a).size());
      count(before_);
    }
    for (const ActiveClass& a : l_.active()) {
      const std::span<const std::uint16_t> slots = slots_of(a);
      std::memcpy(p_, slots.data(), slots.size_bytes());
      p_ += slots.size_bytes();
    }
    return p_;
  }

 private:
  void count(std::uint32_t n) {
    if (wide_) {
      store_le(p_, static_cast<std::uint16_t>(n));
      p_ += 2;
    } else {
      *p_++ = static_cast<char>(n);
    }
  }
  // The directory entries of a class: how many slots there are up to the end of each group of
  // 2^kGroupBits, and in earlier classes.
  template <unsigned kGroupBits>
  void counts(std::uint32_t groups, std::span<const std::uint16_t> slots) {
    const auto n = static_cast<std::uint32_t>(slots.size());
    if (groups > 1 && n < 4 * groups) {
      // Few slots, many groups. Only stores: a loop that ends where a group does is mispredicted at
      // most of them.
      std::array<std::uint32_t, kMostGroups> ends;
      std::fill_n(ends.begin(), groups, 0);
      for (std::uint32_t i = 0; i < n; ++i) ends[slots[i] >> kGroupBits] = i + 1;
      std::uint32_t end = 0;
      for (std::uint32_t g = 0; g + 1 < groups; ++g) {
        end = std::max(end, ends[g]);
        count(before_ + end);
      }
    } else {
      for (std::uint32_t g = 1; g < groups; ++g) {
        count(before_ + count_below(slots.data(), n, g << kGroupBits));
      }
    }
    before_ += n;
    count(before_);
  }
  // A binary search without a branch on what it finds; each starts anew, so that none waits for
  // the one before.
  static std::uint32_t count_below(const std::uint16_t* slots, std::uint32_t n,
                                   std::uint32_t limit) noexcept {
    if (n == 0) return 0;
    const std::uint16_t* at = slots;
    while (n > 1) {
      const std::uint32_t half = n / 2;
      at += at[half - 1] < limit ? half : 0;
      n -= half;
    }
    return static_cast<std::uint32_t>(at - slots) + (*at < limit);
  }

  char* p_;
  const Layout& l_;
  const bool wide_;
  std::uint32_t before_ = 0;  // present in earlier classes
};

// The slots of a class that are not in `present`.
std::span<const std::uint16_t> complement(std::span<const std::uint16_t> present,
                                          std::uint32_t nullable, std::vector<std::uint16_t>& out) {
  out.clear();
  if (present.size() == nullable) return {};
  std::uint32_t next = 0;
  const auto until = [&](std::uint32_t slot) {
    for (; next < slot; ++next) out.push_back(static_cast<std::uint16_t>(next));
    ++next;
  };
  for (const std::uint16_t slot : present) until(slot);
  until(nullable);
  return out;
}

}  // namespace

char* write_presence(char* out, const Layout& layout, PresenceForm form, bool wide,
                     const StagedFields& fields, std::vector<std::uint16_t>& spare) {
  PresenceWriter writer(out, layout, wide);
  const auto present = [&](const ActiveClass& a) {
    return std::span(fields.slots(a.cls), fields.count(a.cls));
  };
  switch (form) {
    case PresenceForm::kFull:
      return out;
    case PresenceForm::kList:
      return writer.list(layout.directory_entries(form), present);
    case PresenceForm::kBitmap:
      return writer.bitmap(present);
    case PresenceForm::kAbsent:
      return writer.list(layout.directory_entries(form), [&](const ActiveClass& a) {
        return complement(present(a), a.nullable, spare);
      });
    case PresenceForm::kShort:
      break;
  }
  return writer.short_slots(present);
}

}  // namespace wisp
