// A column's id is not its position.
// layer: codec
// expect: (could not|cannot) (convert|initialize)
#include "wisp/schema/schema.h"

bool is_nullable(const wisp::Schema& schema, wisp::ColumnId id) {
#ifdef WISP_GOOD_TWIN
  auto index = schema.find_id(id);
  return index && schema.column(*index).nullable;
#else
  return schema.column(id).nullable;
#endif
}
