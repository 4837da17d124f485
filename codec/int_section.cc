#include "wisp/codec/int_section.h"

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
    {0, 1, 1, 1, 1},
    {0, 1, 1, 2, 3},
}};
constexpr std::array<std::uint8_t, 5> kInt8Codes = {0, 1, 1, 2, 3};

}  // namespace

unsigned palette_code(SlotClass cls, IntForm form, unsigned width) noexcept {
  return cls == SlotClass::kInt4 ? kInt4Codes[static_cast<std::size_t>(form)][width]
                                 : kInt8Codes[width];
}

std::uint64_t int_section_bytes(SlotClass cls, IntForm form, const IntWidths& widths) noexcept {
  const std::uint64_t n = widths.total();
  if (form == IntForm::kPlain) return n * (cls == SlotClass::kInt4 ? 4 : 8);
  if (n == 0) return kImpossible;
  const IntPalette& palette = palette_of(cls, form);
  std::uint64_t units = 0;
  for (unsigned w = 0; w < widths.count.size(); ++w) {
    units += std::uint64_t{widths.count[w]} * palette.units[palette_code(cls, form, w)];
  }
  if (units > kMaxCodedUnits) return kImpossible;
  return 2 * ((n + kIntBlock - 1) / kIntBlock) + palette.planes * ((n + 7) / 8) +
         (cls == SlotClass::kInt4 ? (units + 1) / 2 : units);
}

IntForm cheapest_int_form(SlotClass cls, const IntWidths& widths) noexcept {
  IntForm best = IntForm::kPlain;
  std::uint64_t best_bytes = int_section_bytes(cls, best, widths);
  const unsigned forms = cls == SlotClass::kInt4 ? 4 : 2;
  for (unsigned f = 1; f < forms; ++f) {
    const std::uint64_t bytes = int_section_bytes(cls, static_cast<IntForm>(f), widths);
    if (bytes < best_bytes) {
      best = static_cast<IntForm>(f);
      best_bytes = bytes;
    }
  }
  return best;
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

void CodedIntWriter::finish() noexcept {
  if (count_ % kIntBlock != 0) {
    store_le(reinterpret_cast<char*>(samples_ + 2 * (count_ / kIntBlock)),
             static_cast<std::uint16_t>(units_));
  }
}

}  // namespace wisp
