#include "wisp/tools/row_lookup.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace wisp::tools {

Result<Row> find_row(const Table& table, const Key& key, bool verify_checksum) {
  auto found = table.get(KeyValues(key), ReadOptions{.verify_checksums = verify_checksum});
  if (!found) return fail(std::move(found).error());
  if (!*found) {
    return fail(ErrorCode::kNotFound,
                fmt::format("no such row in table \"{}\"", table.schema()->table_name()),
                key_text(*table.schema(), key));
  }
  return std::move(**found);
}

}  // namespace wisp::tools
