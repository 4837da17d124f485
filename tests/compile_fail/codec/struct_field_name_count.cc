// One declared name for each member.
// layer: codec
// expect: FieldNames<T>::names has another number of names than T has members
#include "wisp/schema/struct_schema.h"

struct Pair {
  int a, b;
};
template <>
struct wisp::FieldNames<Pair> {
#ifdef WISP_GOOD_TWIN
  static constexpr std::array names{"a", "b"};
#else
  static constexpr std::array names{"a"};
#endif
};

bool has_schema() {
  return wisp::struct_schema<Pair>("pair").has_value();
}
