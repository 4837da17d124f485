#include "wisp/codec/int_section.h"

#include <algorithm>
#include <cstring>

#include "wisp/codec/bytes.h"
#include "wisp/codec/presence_cost.h"

namespace wisp {

namespace {

const IntPalette& palette_of(SlotClass cls, IntForm form) noexcept {
  return cls == SlotClass::kInt4 ? kInt4Palettes[static_cast<std::size_t>(form)]
                                 : kInt8Palettes[static_cast<std::size_t>(form)];
}

// Code of each width (0, 4, 8, 16, 32 bits; INT8: 0, -, 16, 32, 64) in each palette.
constexpr std::array<std::array<std::uint8_t, 5>, 4> kInt4Codes = {{
    {0, 0, 0, 0, 0},
    {0, 0, 1, 2, 3},
    {0, 0, 1, 2, 3},
    {0, 1, 1, 2, 3},
}};
constexpr std::array<std::uint8_t, 5> kInt8Codes = {0, 1, 1, 2, 3};

}  // namespace

unsigned palette_code(SlotClass cls, IntForm form, unsigned width) noexcept {
  return cls == SlotClass::kInt4 ? kInt4Codes[static_cast<std::size_t>(form)][width]
                                 : kInt8Codes[width];
}

std::uint64_t int_section_bytes(SlotClass cls, IntForm form, const IntWidths& widths) noexcept {
  const auto& c = widths.count;
  const std::uint64_t n = std::uint64_t{c[0]} + c[1] + c[2] + c[3] + c[4];
  const bool nibbles = cls == SlotClass::kInt4;
  if (form == IntForm::kPlain) return n * (nibbles ? 4 : 8);
  if (n == 0) return kImpossible;
  if (form == IntForm::kSparse) {
    const std::uint64_t listed = n - c[0];
    const std::uint64_t list = 2 * ((n + kSparsePage - 1) / kSparsePage) + listed;
    if (listed == 0) return list;
    const std::uint64_t coded =
        int_section_bytes(cls, IntForm::kPalette1, {{0, c[1], c[2], c[3], c[4]}});
    return coded == kImpossible ? kImpossible : list + coded;
  }
  const IntPalette& palette = palette_of(cls, form);
  const auto& codes = nibbles ? kInt4Codes[static_cast<std::size_t>(form)] : kInt8Codes;
  const auto& u = palette.units;
  const std::uint64_t units = std::uint64_t{c[0]} * u[codes[0]] +
                              std::uint64_t{c[1]} * u[codes[1]] +
                              std::uint64_t{c[2]} * u[codes[2]] +
                              std::uint64_t{c[3]} * u[codes[3]] + std::uint64_t{c[4]} * u[codes[4]];
  if (units > kMaxCodedUnits) return kImpossible;
  return 2 * ((n + kIntBlock - 1) / kIntBlock) + palette.planes * ((n + 7) / 8) +
         (nibbles ? (units + 1) / 2 : units);
}

IntForm cheapest_int_form(SlotClass cls, const IntWidths& widths) noexcept {
  const auto& c = widths.count;
  const bool nibbles = cls == SlotClass::kInt4;
  const std::uint64_t n = std::uint64_t{c[0]} + c[1] + c[2] + c[3] + c[4];
  // What narrowing can save at most, against what it costs beside the values.
  const std::uint64_t saved =
      nibbles ? (8 * std::uint64_t{c[0]} + 7 * std::uint64_t{c[1]} + 6 * std::uint64_t{c[2]} +
                 4 * std::uint64_t{c[3]}) /
                    2
              : 8 * std::uint64_t{c[0]} + 6 * std::uint64_t{c[2]} + 4 * std::uint64_t{c[3]};
  const std::uint64_t list = 2 * ((n + kSparsePage - 1) / kSparsePage) + n - c[0];
  const std::uint64_t planes = 2 * ((n + 7) / 8) + 2 * ((n + kIntBlock - 1) / kIntBlock);
  if (saved <= (nibbles ? std::min(list, planes) : planes)) return IntForm::kPlain;
  IntForm best = IntForm::kPlain;
  std::uint64_t best_bytes = n * (nibbles ? 4 : 8);
  const unsigned forms = nibbles ? 4 : 2;
  for (unsigned f = 1; f < forms; ++f) {
    const std::uint64_t bytes = int_section_bytes(cls, static_cast<IntForm>(f), widths);
    if (bytes < best_bytes) {
      best = static_cast<IntForm>(f);
      best_bytes = bytes;
    }
  }
  return best;
}

bool is_surely_plain(SlotClass cls, std::uint32_t count, std::uint32_t wide) noexcept {
  // Zeros take the least in every coded form.
  IntWidths widths;
  widths.count[0] = count - wide;
  widths.count[4] = wide;
  return cheapest_int_form(cls, widths) == IntForm::kPlain;
}

char* write_sparse_list(char* out, std::span<const std::uint16_t> ranks,
                        std::uint32_t count) noexcept {
  char* list = out + 2 * std::size_t{(count + kSparsePage - 1) / kSparsePage};
  std::size_t next = 0;
  for (std::uint32_t end = kSparsePage; end < count + kSparsePage; end += kSparsePage) {
    while (next < ranks.size() && ranks[next] < end) ++next;
    store_le(out, static_cast<std::uint16_t>(next));
    out += 2;
  }
  for (const std::uint16_t rank : ranks) *list++ = static_cast<char>(rank);
  return list;
}

CodedIntWriter::CodedIntWriter(char* out, SlotClass cls, IntForm form, std::uint32_t count) noexcept
    : palette_(palette_of(cls, form)), cls_(cls), form_(form), count_(count) {
  const std::size_t plane = (count + 7) / 8;
  samples_ = reinterpret_cast<unsigned char*>(out);
  low_ = samples_ + 2 * ((count + kIntBlock - 1) / kIntBlock);
  high_ = low_ + plane;
  values_ = low_ + palette_.planes * plane;
}

void CodedIntWriter::add(std::uint64_t bits, unsigned width) noexcept {
  const unsigned code = palette_code(cls_, form_, width);
  const unsigned char bit = static_cast<unsigned char>(1u << (next_ & 7));
  if ((code & 1) != 0) low_[next_ / 8] |= bit;
  if ((code & 2) != 0) high_[next_ / 8] |= bit;
  const unsigned units = palette_.units[code];
  if (cls_ == SlotClass::kInt8) {
    std::memcpy(values_ + units_, &bits, units);
  } else if (units == 1) {
    values_[units_ / 2] |= static_cast<unsigned char>((bits & 15) << ((units_ & 1) * 4));
  } else if (units != 0) {
    const unsigned bytes = units / 2;
    if ((units_ & 1) == 0) {
      std::memcpy(values_ + units_ / 2, &bits, bytes);
    } else {
      const std::uint64_t mask = (std::uint64_t{1} << (bytes * 8)) - 1;
      const std::uint64_t shifted = (bits & mask) << 4 | values_[units_ / 2];
      std::memcpy(values_ + units_ / 2, &shifted, bytes + 1);
    }
  }
  units_ += units;
  ++next_;
  if (next_ % kIntBlock == 0) {
    store_le(reinterpret_cast<char*>(samples_ + 2 * (next_ / kIntBlock - 1)),
             static_cast<std::uint16_t>(units_));
  }
}

char* CodedIntWriter::finish() noexcept {
  if (count_ % kIntBlock != 0) {
    store_le(reinterpret_cast<char*>(samples_ + 2 * (count_ / kIntBlock)),
             static_cast<std::uint16_t>(units_));
  }
  return reinterpret_cast<char*>(values_ + (cls_ == SlotClass::kInt4 ? (units_ + 1) / 2 : units_));
}

}  // namespace wisp
