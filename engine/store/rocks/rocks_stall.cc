#include "wisp/engine/store/rocks/rocks_stall.h"

#include <rocksdb/options.h>

#include <cstdint>
#include <string>

namespace wisp::store {
namespace {

std::string reason_of(const rocksdb::Options& options, const StoreStats& stats) {
  const bool stopped = stats.writes == WriteState::kStopped;
  // As RocksDB decides (db/column_family.cc, GetWriteStallConditionAndCause).
  const auto memtables = static_cast<std::uint64_t>(options.max_write_buffer_number);
  if (stats.unflushed_memtables >= (stopped ? memtables : memtables - 1)) {
    return std::to_string(stats.unflushed_memtables) + " memtables wait to be flushed";
  }
  const int files =
      stopped ? options.level0_stop_writes_trigger : options.level0_slowdown_writes_trigger;
  if (files >= 0 && stats.level0_files >= static_cast<std::uint64_t>(files)) {
    return std::to_string(stats.level0_files) + " files of level 0 wait to be compacted";
  }
  const std::uint64_t bytes = stopped ? options.hard_pending_compaction_bytes_limit
                                      : options.soft_pending_compaction_bytes_limit;
  if (bytes != 0 && stats.pending_compaction_bytes >= bytes) {
    return std::to_string(stats.pending_compaction_bytes) + " bytes wait to be compacted";
  }
  return "flushes or compactions have fallen behind";
}

}  // namespace

void find_stall(rocksdb::DB& db, StoreStats& stats) {
  std::uint64_t stopped = 0;
  if (db.GetIntProperty(rocksdb::DB::Properties::kIsWriteStopped, &stopped) && stopped != 0) {
    stats.writes = WriteState::kStopped;
  } else if (stats.delayed_write_rate_bytes != 0) {
    stats.writes = WriteState::kSlowed;
  } else {
    return;
  }
  stats.writes_reason = reason_of(db.GetOptions(), stats);
}

}  // namespace wisp::store
