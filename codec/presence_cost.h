// What the presence of a row's columns costs in each form; the encoder takes the cheapest.
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

// The form the encoder writes: the cheapest; among equals the one that reads fastest.
inline PresenceForm cheapest_presence(const Layout& layout, std::uint64_t present) {
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
  return best;
}

}  // namespace wisp
