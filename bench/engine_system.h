// What the engine suite measures: tables of wide rows in a directory, by Wisp and by its peers.
//
// A system runs a whole batch of operations per call, so that one virtual call is paid per batch.
// Keys are 64-bit numbers; their bytes (a table's prefix and the number, big-endian) are made
// before anything is timed and are the same in all stores.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "system.h"

namespace wisp::bench {

enum class EngineMetric : std::uint8_t {
  kGet3,          // one row by key, three fields of it
  kGet3Verified,  // the same, with the row's checksum compared
  kMultiGet3,     // 32 rows at a time
  kScan3Where,    // all rows with a predicate on a fourth field; three fields of those that pass
  kPutBatch,      // encode and write, 100 rows in a batch, logged but not synced
  kPutSync,       // one row, synced
  kUpdate3,       // three fields set to new values, as the system does that best; logged
  kGetPatchPut3,  // the same by reading the row and writing it back
  kGet3Pending,   // kGet3 of rows with one update that is not yet folded
};
inline constexpr std::size_t kEngineMetricCount = 9;
std::string_view engine_metric_name(EngineMetric m);

inline constexpr std::size_t kMultiGetRows = 32;
inline constexpr std::size_t kBatchRows = 100;

struct RowKey {
  std::int64_t id;
  // 4 bytes of table id and 8 of the number as order-preserving bytes: what Wisp stores.
  std::array<char, 12> bytes;
  std::string_view stored() const { return {bytes.data(), bytes.size()}; }
  std::string_view without_table() const { return stored().substr(4); }
};
// What kUpdate3 and kGetPatchPut3 set in the row of a key.
inline ThreeFields new_fields(const RowKey& key) {
  return {static_cast<std::int32_t>(key.id), "a new text of three fields", true};
}
// The table id that Wisp gives to the first table of a database.
inline constexpr std::uint32_t kBenchTableId = 1;
RowKey make_row_key(std::int64_t id);

struct EngineBatch {
  std::span<const RowKey> keys;    // one per operation; a scan has none
  std::span<const RowCells> rows;  // for writes: one per key, or fewer that are written in turns

  const RowCells& row(std::size_t i) const { return rows[i % rows.size()]; }
};

struct EngineSettings {
  std::size_t cache_bytes = 0;
  bool direct_reads = false;  // past the operating system's cache
  bool cache_rows = false;    // gets keep rows in the cache, not blocks
};

// Threads: one at a time.
class EngineSystem {
 public:
  virtual ~EngineSystem() = default;
  virtual std::string name() const = 0;
  virtual bool can(EngineMetric m) const = 0;
  // Has a cache of its own that holds what it reads, and can go past the operating system's.
  virtual bool has_own_cache() const = 0;
  // Opens the table, which is made the first time. Requires: not open.
  virtual void open(const EngineSettings& settings) = 0;
  virtual void close() = 0;
  // Everything into its final place on disk.
  virtual void settle() = 0;
  // The rows that the next writes take (or the first of them), not timed: for a system whose
  // encoding is no part of its writes.
  virtual void prepare(std::span<const RowCells>) {}
  // The operations of `batch`; the sum of what was read.
  virtual Digest run(EngineMetric m, const EngineBatch& batch) = 0;
};
using EngineSystemPtr = std::unique_ptr<EngineSystem>;

// The three fields that are read and the one that is filtered by: the last columns of the table.
Five late_columns(const Columns& columns);

// Each keeps its files in `folder`, which is made. Null: not in this build.
EngineSystemPtr make_wisp_engine(const Columns& columns, const std::string& folder);
// The bytes that Wisp stores, put and got by RocksDB alone: the floor. Reads touch the value.
EngineSystemPtr make_rocksdb_bare(const Columns& columns, const std::string& folder);
// Values of `codec` in RocksDB.
EngineSystemPtr make_rocksdb_values(SystemPtr codec, const Columns& columns,
                                    const std::string& folder);
EngineSystemPtr make_rocksdb_entities(const Columns& columns, const std::string& folder);
EngineSystemPtr make_sqlite_engine(const Columns& columns, const std::string& folder);
EngineSystemPtr make_lmdb(SystemPtr codec, const Columns& columns, const std::string& folder);

}  // namespace wisp::bench
