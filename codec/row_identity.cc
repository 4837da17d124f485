#include "wisp/codec/row_identity.h"

#include <xxhash.h>

#include <cassert>
#include <cstring>

namespace wisp {

bool rows_equal(const RowView& a, const RowView& b) noexcept {
  assert(&a.layout() == &b.layout());
  return a.bytes().size() == b.bytes().size() &&
         std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}

std::uint64_t row_hash(const RowView& row) noexcept {
  return XXH3_64bits(row.bytes().data(), row.bytes().size());
}

}  // namespace wisp
