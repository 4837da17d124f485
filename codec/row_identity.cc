#include "wisp/codec/row_identity.h"

#include <cassert>
#include <cstring>

#include "wisp/codec/xxh3.h"

namespace wisp {

bool rows_equal(const RowView& a, const RowView& b) noexcept {
  assert(&a.layout() == &b.layout());
  return a.bytes().size() == b.bytes().size() &&
         std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}

std::uint64_t row_hash(const RowView& row) noexcept {
  const auto bytes = row.bytes();
  return xxh3_64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace wisp
