// The codec does not reach into the store seam.
// layer: codec
// elsewhere: engine
// expect: wisp/engine/store/store.h: No such file|'wisp/engine/store/store.h' file not found
#ifdef WISP_GOOD_TWIN
#include "wisp/schema/schema.h"
#else
#include "wisp/engine/store/store.h"
#endif
