// The rows of a JSON lines file.
#pragma once

#include <memory>

#include "wisp/tools/byte_source.h"
#include "wisp/tools/wisp/import_source.h"

namespace wisp::tools {

Result<std::unique_ptr<ImportSource>> open_json_import(std::unique_ptr<ByteSource> bytes);

}  // namespace wisp::tools
