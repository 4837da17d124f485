// A row written as one JSON object: {"column": value, ...}.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/codec/row_builder.h"
#include "wisp/schema/result.h"

namespace wisp::tools {

// Members name columns exactly, else ignoring case where that is unique; values are as json.h reads
// them, null is NULL, a missing member is the column's default. Threads: one at a time.
class JsonRow {
 public:
  explicit JsonRow(const LayoutPtr& layout);
  JsonRow(JsonRow&&) noexcept;
  JsonRow& operator=(JsonRow&&) noexcept;
  ~JsonRow();

  // Sets the fields of `row`, which was cleared. They borrow from this object until its next
  // read(). Fails with kParse, kConstraint or kInvalidArgument (unknown column: "did you mean"; a
  // column named twice); `where` is the column.
  Status read(std::string_view object, RowBuilder& row);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wisp::tools
