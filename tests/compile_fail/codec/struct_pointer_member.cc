// A pointer says nothing that a row could keep.
// layer: codec
// expect: a pointer cannot be stored; use std::optional
#include "wisp/schema/struct_schema.h"

struct Named {
#ifdef WISP_GOOD_TWIN
  std::optional<std::string> name;
#else
  const char* name;
#endif
};

bool has_schema() {
  return wisp::struct_schema<Named>("named").has_value();
}
