// Writes the directory and the presence bytes of a row.
#pragma once

#include <cstdint>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_format.h"
#include "wisp/codec/staged_fields.h"

namespace wisp {

// `out` has presence_bytes() bytes, all zero. Returns the place behind them. `spare` is memory to
// use. Requires: `fields` is arranged; `wide` as needs_wide_directory() says.
char* write_presence(char* out, const Layout& layout, PresenceForm form, bool wide,
                     const StagedFields& fields, std::vector<std::uint16_t>& spare);

}  // namespace wisp
