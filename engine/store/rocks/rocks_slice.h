// RocksDB's string views and ours.
#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace wisp::store {

inline rocksdb::Slice slice_of(std::string_view s) noexcept {
  return {s.data(), s.size()};
}
inline std::string_view view_of(const rocksdb::Slice& s) noexcept {
  return {s.data(), s.size()};
}

}  // namespace wisp::store
