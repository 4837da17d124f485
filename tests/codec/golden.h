// Golden files: bytes that must be read, and written the same, for ever. One file each:
//
//   kind    row, patch, batch, slice, key, row id, schema or type
//   sql     the statements that declare the table (or the type), on one line
//   version of the schema, where it is not 1
//   values  as JSON; NULL columns are left out. A batch: an array of rows
//   nulls   patch: the columns set to NULL
//   missing patch: "create" or "ignore"
//   bytes   hex; XX*n stands for n bytes XX
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/schema.h"

namespace wisp::testing {

struct Golden {
  std::string name;  // of the file, without ".golden"
  std::string kind;
  std::string sql;
  std::uint32_t version = 1;
  std::string values;
  std::string nulls;
  std::string missing;
  std::string bytes;
};

std::string print_golden(const Golden& golden);
// Empty kind: not a golden file.
Golden parse_golden(std::string_view text);

// What there must be a file of; without bytes.
std::vector<Golden> golden_samples();

}  // namespace wisp::testing
