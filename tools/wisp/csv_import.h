// The rows of a CSV file with a header.
#pragma once

#include <memory>
#include <string>

#include "wisp/tools/byte_source.h"
#include "wisp/tools/wisp/import_source.h"

namespace wisp::tools {

// Reads the header. Fails with kParse where there is none; `name` is the file, for messages.
Result<std::unique_ptr<ImportSource>> open_csv_import(std::unique_ptr<ByteSource> bytes,
                                                      const std::string& name);

}  // namespace wisp::tools
