// A second decoder of rows, patches and batches, for tests: slow, plain, and written from
// codec/FORMAT.md alone. It shares no code with the codec, so what both agree on is what the page
// says.
//
// It refuses whatever the page does not leave a writer: each row, patch and batch it accepts is the
// one form of its values. It does not look at UTF-8, JSON text or the ranges of TIME and DECIMAL.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"

namespace wisp::oracle {

// By column; NULL for absent ones and for key columns. Errors are kCorruption: the reason.
Result<std::vector<Value>> decode_row(const Schema& schema, std::string_view bytes);

struct Patch {
  bool creates = false;
  std::vector<std::optional<Value>> touched;  // by column
};
Result<Patch> decode_patch(const Schema& schema, std::string_view bytes);

// One vector of values per row.
Result<std::vector<std::vector<Value>>> decode_batch(const Schema& schema, std::string_view bytes);

}  // namespace wisp::oracle
