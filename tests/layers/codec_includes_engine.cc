// The codec knows nothing of where rows live.
// layer: codec
// elsewhere: engine
// expect: wisp/engine/options.h: No such file|'wisp/engine/options.h' file not found
#ifdef WISP_GOOD_TWIN
#include "wisp/codec/layout.h"
#else
#include "wisp/engine/options.h"
#endif
