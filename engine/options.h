// Options: few, each with its default and the reason for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace wisp {

struct RocksHost;  // rocks_interop.h
class Snapshot;

// What an acknowledged write promises. Writes become durable in the order of their acknowledgement:
// what survives is always everything up to some write, and a batch or transaction whole.
enum class Durability : std::uint8_t {
  // On stable storage: survives power loss. Writers that wait at the same time share one sync.
  kSync,
  // No sync: handed to the operating system. Survives kill -9 of the process; a power loss takes
  // what the system had not written out by itself, or by a later synced write.
  kWal,
  // As kWal, and synced in the background, together with what others wrote meanwhile, after
  // DatabaseOptions::group_sync_interval at the latest: that much a power loss takes. When that
  // sync fails, every later write is refused with kIo.
  kGroup,
};

enum class OpenMode : std::uint8_t {
  kReadWrite,  // one process at a time; a second one gets kBusy
  kReadOnly,   // sees the database as of opening; works beside a live writer; creates no file in it
};

struct DatabaseOptions {
  OpenMode mode = OpenMode::kReadWrite;
  // Uncompressed block cache, shared by all tables. 0: none, every row that is read is copied.
  std::size_t block_cache_bytes = std::size_t{64} << 20;
  // One memtable. Larger: fewer flushes, more memory and longer replay after a crash.
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  // How long a write of Durability::kGroup may wait for its sync.
  std::chrono::milliseconds group_sync_interval{50};
  // A row larger than this is refused when written.
  std::size_t max_row_bytes = std::size_t{16} << 20;
  // Handed to RocksDB as "name=value;name=value" after Wisp's own settings. Unknown names are an
  // error, and so are settings under which Wisp cannot keep its promises (mmap reads, another log
  // directory).
  //
  // What Wisp sets itself, measured on RocksDB 7.8.3 with rows of 0.5 to 1 KB. Blocks of 16 KB:
  // scans of cached blocks are fastest from there on, gets do not care. A Bloom filter of 10 bits a
  // key: without one a missing key costs four to seven times as much. LZ4: a scan takes 310 ns a
  // row, with ZSTD 784. XXH3 block checksums, checked on every read from a file, which does not
  // show. No protection bytes: 80 ns a row for what the row's checksum covers already. A log of
  // warnings in 4 files of 4 MB: Debian's build logs debugging by default.
  std::string rocksdb_options;
  // What a host that uses RocksDB itself shares with this database (rocks_interop.h).
  std::shared_ptr<const RocksHost> rocks_host;
};

// Fixed when a table is created.
struct TableOptions {
  // Eight bytes behind every row that bind it to its key (row_checksum.h). Off only where those
  // bytes matter more than finding a row that was damaged outside RocksDB's own block checksums.
  bool row_checksums = true;
};

struct ReadOptions {
  // Compare each row with its checksum; a difference is kCorruption. Off, because RocksDB has
  // already checked the block and reading every byte of a 500 B row adds a tenth to a get.
  bool verify_checksums = false;
  // Read as of this snapshot, of the same database; null: as of now. Must live until the call
  // returns.
  const Snapshot* snapshot = nullptr;
};

struct WriteOptions {
  Durability durability = Durability::kSync;  // the safe default; batches make it cheap
};

}  // namespace wisp
