// Schemas know nothing of how a row is bytes.
// layer: schema
// elsewhere: codec
// expect: wisp/codec/layout.h: No such file|'wisp/codec/layout.h' file not found
#ifdef WISP_GOOD_TWIN
#include "wisp/schema/schema.h"
#else
#include "wisp/codec/layout.h"
#endif
