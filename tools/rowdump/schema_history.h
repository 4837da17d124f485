// What changed from one schema version to the next, as ALTER TABLE has it.
#pragma once

#include <string>

#include "wisp/schema/schema.h"

namespace wisp::tools {

// "ADD c INTEGER, DROP b, RENAME a TO x": what makes `after` of `before`, columns in the order of
// `after`, dropped ones behind.
std::string schema_changes(const Schema& before, const Schema& after);

}  // namespace wisp::tools
