// The same for a batch.
// layer: engine
// flags: -Werror=unused-result
// expect: nodiscard
#include "wisp/engine/database.h"

bool store(wisp::WriteBatch& batch) {
#ifdef WISP_GOOD_TWIN
  return batch.commit().has_value();
#else
  batch.commit();
  return true;
#endif
}
