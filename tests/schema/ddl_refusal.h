// DDL that is refused, and where the caret of the message stands.
#pragma once

#include <string>
#include <string_view>

#include "wisp/schema/result.h"

namespace wisp::testing {

// CHECKs that `before` and `statement` together are refused: the first line of the message has
// `text`, and its caret is where '@' marks the place (which is no part of the DDL).
void check_refused(const std::string& before, const std::string& statement, std::string_view text,
                   ErrorCode code);

}  // namespace wisp::testing
