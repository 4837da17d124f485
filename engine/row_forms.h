// RowForms: how rows are stored, counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "wisp/engine/row.h"

namespace wisp {

// Threads: one at a time.
struct RowForms {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;                          // encoded rows, without key and checksum
  std::map<std::string, std::uint64_t> encodings;   // rows by row_encoding_name(): "list" ...
  std::map<std::uint32_t, std::uint64_t> versions;  // rows by the schema version they are stored in

  // Requires: a row, not empty().
  void add(const RowRef& row);
};

}  // namespace wisp
