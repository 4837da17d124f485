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

// Whether the database takes writes. A stall is the store's: data comes faster than it is flushed
// or compacted. It ends by itself; what a writer does about it is WriteOptions::wait_in_stall.
enum class WriteState : std::uint8_t {
  kRunning,
  kSlowed,   // a stall: writes are let through at a lower rate
  kStopped,  // a stall: no write goes through until flushes or compactions have caught up
  // Every write fails: opened read-only (kUnsupported); a write, or a flush or compaction that
  // RocksDB cannot go on without, has failed (kIo) until the database is opened again; or a flush
  // found the disk full (kNoSpace). That ends by itself: the store looks for space every 5 seconds,
  // and wants write_buffer_bytes of it. A write that had no space in the log is not among these,
  // since what of it is on the disk is not known (kUnknownOutcome, then kIo).
  kRefused,
};

enum class OpenMode : std::uint8_t {
  kReadWrite,  // one process at a time; a second one gets kBusy
  kReadOnly,   // sees the database as of opening; works beside a live writer; creates no file in it
};

// How blocks of rows are compressed in files. A block says how it is: files of an earlier choice
// stay readable.
enum class Compression : std::uint8_t { kNone, kLz4, kZstd };

// Measurements: RocksDB 7.8.3, rows of 0.5 to 1 KB. A value that is out of its limits fails the
// opening with kInvalidArgument, which names the member.
struct DatabaseOptions {
  OpenMode mode = OpenMode::kReadWrite;
  // Uncompressed block cache, shared by all tables. 0: none, every row that is read is copied.
  std::size_t block_cache_bytes = std::size_t{64} << 20;
  // The cache takes the rows that get() and multi_get() read, one by one, not the blocks around
  // them; scans go on with blocks, and a row that is held pins its own bytes instead of a block.
  // For hot rows that are not side by side: 200,000 rows of 500 bytes, read at random, take 0.8 us
  // each from cached rows and 6.1 from cached blocks; zipfian reads with a cache of a quarter of
  // their bytes 9.1 us instead of 19.2, since it holds hot rows only. Off, because gets of
  // neighbours then read and unpack their block anew each time. erase_range() makes the cache
  // forget all rows of the table; reads of a snapshot use no cached rows. Fails the opening where
  // there is no cache.
  bool cache_rows = false;
  // One memtable, of two: 64 KB to 512 MB. Larger: fewer flushes, more memory and longer replay
  // after a crash.
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  // Uncompressed size of a block, the unit of reading, compressing and caching: 1 KB to 16 MB. Gets
  // from the cache do not care (4, 16 or 32 KB: noise); scans of cached blocks are fastest from 16
  // KB on, and wide rows compress better together. Holds for files written from now on.
  std::size_t block_bytes = std::size_t{16} << 10;
  // Bits that the Bloom filter of a file spends on each key: 1 to 100; 0: no filter, and a get of a
  // missing key takes four to seven times as long. At 10 about 1 in 100 missing keys still reads a
  // block. Holds for files written from now on.
  double bloom_bits_per_key = 10;
  // LZ4: a scan takes 310 ns a row from the page cache, with ZSTD 784, and files are written four
  // times as fast (919,000 rows a second against 227,000); ZSTD makes the smaller files. Opening
  // fails where RocksDB was built without it. Holds for files written from now on.
  Compression compression = Compression::kLz4;
  // 8: a write carries a checksum per key from the moment it is handed over until it stands in the
  // memtable, so that memory that goes bad on the way fails the write (kUnknownOutcome). 0: none,
  // since it costs 80 ns a row, and row checksums find such a row when it is read with them.
  std::uint32_t protection_bytes_per_key = 0;
  // How long a write of Durability::kGroup may wait for its sync: 0 to an hour.
  std::chrono::milliseconds group_sync_interval{50};
  // A row or patch larger than this is refused when written: 1 byte to 1 GB (kMaxRowBytes). An
  // update outside a transaction does not look at the row: many of them can take a row beyond, and
  // one that has grown beyond 1 GB cannot be read until it is put anew.
  std::size_t max_row_bytes = std::size_t{16} << 20;
  // Handed to RocksDB as "name=value;name=value" after Wisp's own settings: it has the last word.
  // Unknown names are an error, and so are settings under which Wisp cannot keep its promises (FIFO
  // compaction, which drops rows; unordered writes; mmap reads; another log directory; ...).
  //
  // Beside the members above Wisp sets: XXH3 block checksums, checked on every read from a file,
  // which does not show; a log of warnings in 4 files of 4 MB, since Debian's build logs debugging
  // by default.
  std::string rocksdb_options{};
  // What a host that uses RocksDB itself shares with this database (rocks_interop.h).
  std::shared_ptr<const RocksHost> rocks_host{};
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
  // What a write does in a stall (WriteState). True: it waits its turn, without a limit of time,
  // and DDL waits behind it; a stall is then never an error. False: it fails at once with kBusy,
  // also where it would only be slowed, or would wait for a change of the schema or an erased range
  // in front of it; nothing of it is written, and trying later can work. Two writes wait all the
  // same: a put that takes a new row id where ids have to be leased first (one in 4096), and
  // erase_range, for the commits of transactions in front of it.
  bool wait_in_stall = true;
};

}  // namespace wisp
