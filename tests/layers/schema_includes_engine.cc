// Schemas know nothing of where rows live.
// layer: schema
// elsewhere: engine
// expect: wisp/engine/options.h: No such file|'wisp/engine/options.h' file not found
#ifdef WISP_GOOD_TWIN
#include "wisp/schema/result.h"
#else
#include "wisp/engine/options.h"
#endif
