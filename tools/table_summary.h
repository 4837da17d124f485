// What the rows of a table are like: sizes, encodings, and how full each column is.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "wisp/engine/row_forms.h"
#include "wisp/engine/table.h"
#include "wisp/schema/result.h"

namespace wisp::tools {

// How often each size occurs; memory is bounded by the number of different sizes.
class SizeCounts {
 public:
  void add(std::uint64_t size);
  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t total() const noexcept { return total_; }
  std::uint64_t largest() const noexcept { return counts_.empty() ? 0 : counts_.rbegin()->first; }
  double average() const noexcept;
  // The smallest size that at least `percent` % of all do not exceed. 0 when there are none.
  std::uint64_t percentile(double percent) const noexcept;

 private:
  std::map<std::uint64_t, std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
};

struct ColumnSummary {
  std::uint64_t rows = 0;         // where it is not NULL
  std::uint64_t value_bytes = 0;  // stored bytes of its values; booleans (bits) and key columns 0
};

// Threads: one at a time.
class TableSummary {
 public:
  explicit TableSummary(const Schema& schema) : columns(schema.column_count()) {}

  // Counts a row in. Fails with kCorruption and counts nothing when it does not verify.
  Status add(const RowRef& row);

  SizeCounts row_bytes;        // encoded rows, without key and checksum
  SizeCounts key_bytes;        // memcomparable keys, without table id
  SizeCounts columns_present;  // per row
  RowForms forms;
  std::vector<ColumnSummary> columns;
};

}  // namespace wisp::tools
