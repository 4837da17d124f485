// The part of verify_row that looks inside variable-length values.
#pragma once

#include <cstddef>
#include <span>

#include "wisp/codec/nested_view.h"
#include "wisp/codec/row_verify.h"

namespace wisp {

// Checks one variable-length value: nested values inward, text and JSON when asked. `node` is null
// for a type that is not nested.
Status verify_value_bytes(const TypeNode* node, const Type& type, std::span<const std::byte> bytes,
                          const VerifyOptions& options);

}  // namespace wisp
