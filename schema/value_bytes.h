// Values inside serialized schemas (column defaults). Not installed; the grammar is in
// schema_bytes.cc.
#pragma once

#include "wisp/schema/byte_stream.h"
#include "wisp/schema/result.h"
#include "wisp/schema/value.h"

namespace wisp {

// Equal values give equal bytes (one NaN).
void put_value(const Value& value, ByteWriter& writer);

// `depth_left`: how many ARRAY, MAP and ROW values may stand in one another.
Result<Value> take_value(ByteReader& reader, int depth_left);

}  // namespace wisp
