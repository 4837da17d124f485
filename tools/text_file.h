// Whole small files and stdin as text: DDL scripts, JSON objects.
#pragma once

#include <string>

#include "wisp/schema/result.h"

namespace wisp::tools {

// Reads all of `path`, or of stdin for "-". Fails with kIo (`where` is the path) and with kLimit
// above 1 GiB.
Result<std::string> read_text(const std::string& path);

}  // namespace wisp::tools
