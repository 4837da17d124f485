// Text is read as a view; a handle of std::string would copy behind the caller's back.
// layer: codec
// expect: no column type reads as this C\+\+ type
#include <string>
#include <string_view>

#include "wisp/codec/layout.h"

bool has_name(const wisp::Layout& layout) {
#ifdef WISP_GOOD_TWIN
  return layout.column<std::string_view>("name").has_value();
#else
  return layout.column<std::string>("name").has_value();
#endif
}
