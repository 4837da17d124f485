// What the presence of a row's columns costs in each form, and which form the encoder takes.
#pragma once

#include <cstdint>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_format.h"

namespace wisp {

// Not a size: the row cannot be encoded in that form.
inline constexpr std::uint64_t kImpossible = UINT64_MAX;

// Whether directory entries of `form` need two bytes. `present` nullable columns are present.
inline bool needs_wide_directory(const Layout& layout, PresenceForm form, std::uint64_t present) {
  const std::uint64_t counted =
      form == PresenceForm::kAbsent ? layout.nullable_count() - present : present;
  return form != PresenceForm::kFull && counted > 0xFF;
}

// Bytes of directory and presence together.
inline std::uint64_t presence_bytes(const Layout& layout, PresenceForm form,
                                    std::uint64_t present) {
  const std::uint64_t absent = layout.nullable_count() - present;
  const std::uint64_t directory = std::uint64_t{layout.directory_entries(form)} *
                                  (needs_wide_directory(layout, form, present) ? 2 : 1);
  switch (form) {
    case PresenceForm::kFull:
      return absent == 0 ? 0 : kImpossible;
    case PresenceForm::kList:
      return directory + present;
    case PresenceForm::kBitmap:
      return directory + layout.bitmap_bytes();
    case PresenceForm::kAbsent:
      return directory + absent;
    case PresenceForm::kShort:
      return directory + 2 * present;
  }
  return kImpossible;
}

// The form the encoder writes: the cheapest, but a bitmap where that costs little, since it reads
// fastest and compresses best: at most half more than the cheapest, and a sixteenth of the row.
// `rest` is what the row takes beside directory and presence, with block starts of two bytes.
inline PresenceForm choose_presence(const Layout& layout, std::uint64_t present,
                                    std::uint64_t rest) {
  PresenceForm best = PresenceForm::kFull;
  std::uint64_t best_bytes = presence_bytes(layout, best, present);
  for (const PresenceForm form :
       {PresenceForm::kBitmap, PresenceForm::kList, PresenceForm::kAbsent, PresenceForm::kShort}) {
    const std::uint64_t bytes = presence_bytes(layout, form, present);
    if (bytes < best_bytes) {
      best = form;
      best_bytes = bytes;
    }
  }
  if (best == PresenceForm::kFull) return best;
  const std::uint64_t more = presence_bytes(layout, PresenceForm::kBitmap, present) - best_bytes;
  const bool cheap = more <= best_bytes / 2 && more <= (rest + best_bytes) / kBitmapShare;
  return cheap ? PresenceForm::kBitmap : best;
}

}  // namespace wisp
