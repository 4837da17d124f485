#include "system.h"

#include <algorithm>
#include <array>

#include "bench_config.h"
#include "engine_system.h"

namespace wisp::bench {

std::string_view metric_name(Metric m) {
  static constexpr std::array<std::string_view, kMetricCount> kNames = {
      "encode", "read_int",      "read_text", "read_int_chain", "read_text_chain", "read_null",
      "read_5", "visit_present", "verify",    "update_1",       "equal",           "batch_3"};
  return kNames[static_cast<std::size_t>(m)];
}

Digest digest_of(const RowCells& row) {
  Digest d;
  for (const auto& c : row.ints) d.add(c.value);
  for (const auto& c : row.longs) d.add(c.value);
  for (const auto& c : row.doubles) d.add(c.value);
  for (const auto& c : row.bools) d.add(c.value);
  for (const auto& c : row.texts) d.add(c.value);
  return d;
}

void RowStore::add(std::string_view row) {
  constexpr std::size_t kPieceBytes = std::size_t{16} << 20;
  const std::size_t needed = (row.size() + alignment_ - 1) / alignment_ * alignment_;
  if (needed > free_) {
    free_ = std::max(kPieceBytes, needed);
    // operator new[] of char is aligned for every alignment used here (at most 16).
    pieces_.push_back(std::make_unique_for_overwrite<char[]>(free_));
    next_ = pieces_.back().get();
  }
  std::memcpy(next_, row.data(), row.size());
  rows_.emplace_back(next_, row.size());
  next_ += needed;
  free_ -= needed;
  total_bytes_ += row.size();
}

// Peers that this build has not got.
#ifndef WISP_BENCH_FLATBUFFERS
SystemPtr make_flatbuffers(const Columns&, bool) {
  return nullptr;
}
#endif
#ifndef WISP_BENCH_PROTOBUF
SystemPtr make_protobuf(const Columns&, bool, bool) {
  return nullptr;
}
#endif
#ifndef WISP_BENCH_CAPNP
SystemPtr make_capnp(const Columns&, bool) {
  return nullptr;
}
#endif
#ifndef WISP_BENCH_SQLITE
SystemPtr make_sqlite(const Columns&) {
  return nullptr;
}
#endif
#ifndef WISP_BENCH_ROCKSDB
SystemPtr make_rocksdb_entity(const Columns&) {
  return nullptr;
}
#endif
#ifndef WISP_BENCH_MSGPACK
SystemPtr make_msgpack(const Columns&) {
  return nullptr;
}
#endif
#ifdef WISP_BENCH_ENGINE
#ifndef WISP_BENCH_SQLITE
EngineSystemPtr make_sqlite_engine(const Columns&, const std::string&) {
  return nullptr;
}
#endif
#ifndef WISP_BENCH_LMDB
EngineSystemPtr make_lmdb(SystemPtr, const Columns&, const std::string&) {
  return nullptr;
}
#endif
#endif

}  // namespace wisp::bench
