// The part of verify_row that looks at sections of integers.
#pragma once

#include "wisp/codec/row_sections.h"
#include "wisp/schema/result.h"

namespace wisp {

// The section of a class that may be narrowed: its form is the cheapest, its samples are right,
// every value has its smallest width and is within the limits of its type. Requires: RowSections
// has found the section, and presence is verified.
Status verify_int_section(const RowBytes& row, const RowSections& sections, const ActiveClass& a);

}  // namespace wisp
