// What stands behind damage in a write-ahead log: RocksDB reads no further than to the damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wisp::store {

struct LogDamage {
  std::string file;                   // its name within the directory
  std::uint64_t offset = 0;           // of the first record that is not whole
  bool whole_records_follow = false;  // in this log or a later one
};

// Looks through the logs of a RocksDB directory in their order. Null where every record is whole,
// and where a file cannot be read. A write that a crash cut off is the last of the last log; whole
// records behind a bad one mean that what was written once has changed. Reads all logs, in memory
// one at a time; changes nothing.
//
// The format is RocksDB's (github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format): blocks of
// 32 KB, records that do not cross them, each with a masked CRC-32C.
std::optional<LogDamage> find_log_damage(const std::string& directory);

}  // namespace wisp::store
