#include "wisp/engine/store/rocks/rocks_options.h"

#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wisp/codec/row_builder.h"
#include "wisp/engine/chain.h"
#include "wisp/engine/rocks_interop.h"
#include "wisp/engine/stored_key.h"

namespace wisp::store {
namespace {

constexpr std::size_t kLeastBlockBytes = std::size_t{1} << 10;
constexpr std::size_t kMostBlockBytes = std::size_t{16} << 20;
constexpr std::size_t kLeastWriteBufferBytes = std::size_t{64} << 10;  // RocksDB raises less to it
constexpr std::size_t kMostWriteBufferBytes = kMaxMemtableBytes / 2;   // there are two
constexpr double kLeastBloomBits = 1;
constexpr double kMostBloomBits = 100;         // RocksDB takes more for as many
constexpr std::uint32_t kProtectionBytes = 8;  // the only size that RocksDB has
constexpr std::size_t kPendingPatches = 64;
constexpr std::chrono::milliseconds kLongestGroupSync = std::chrono::hours(1);

rocksdb::BlockBasedTableOptions table_options(const DatabaseOptions& options) {
  rocksdb::BlockBasedTableOptions t;
  t.block_size = options.block_bytes;
  if (options.bloom_bits_per_key > 0) {
    t.filter_policy.reset(rocksdb::NewBloomFilterPolicy(options.bloom_bits_per_key));
  }
  // The newest format of RocksDB 7.8. Fixed here, so that another RocksDB does not change the
  // files.
  t.format_version = 5;
  t.checksum = rocksdb::kXXH3;
  if (options.rocks_host != nullptr && options.rocks_host->block_cache != nullptr) {
    t.block_cache = options.rocks_host->block_cache;
  } else if (options.block_cache_bytes == 0) {
    t.no_block_cache = true;
  } else {
    // Not strict: pinned rows may overshoot the capacity, which is better than failing reads.
    t.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  }
  return t;
}

rocksdb::CompressionType compression_of(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return rocksdb::kNoCompression;
    case Compression::kLz4:
      return rocksdb::kLZ4Compression;
    case Compression::kZstd:
      return rocksdb::kZSTD;
  }
  return rocksdb::kDisableCompressionOption;  // no compression of RocksDB's: refused
}

Status check_members(const DatabaseOptions& options) {
  const auto refuse = [](const char* member, std::string why) -> Status {
    return fail(ErrorCode::kInvalidArgument, std::move(why),
                std::string("DatabaseOptions::") + member);
  };
  if (options.mode != OpenMode::kReadWrite && options.mode != OpenMode::kReadOnly) {
    return refuse("mode",
                  "there is no such mode: " + std::to_string(static_cast<unsigned>(options.mode)));
  }
  if (options.write_buffer_bytes < kLeastWriteBufferBytes ||
      options.write_buffer_bytes > kMostWriteBufferBytes) {
    return refuse("write_buffer_bytes", "a memtable has 64 KB to 512 MB, not " +
                                            std::to_string(options.write_buffer_bytes) + " bytes");
  }
  if (options.max_row_bytes == 0 || options.max_row_bytes > kMaxRowBytes) {
    return refuse("max_row_bytes", "the limit of a row is 1 byte to 1 GB, not " +
                                       std::to_string(options.max_row_bytes) + " bytes");
  }
  const std::chrono::milliseconds interval = options.group_sync_interval;
  if (interval < std::chrono::milliseconds(0) || interval > kLongestGroupSync) {
    return refuse("group_sync_interval", "a sync waits from 0 ms to an hour, not " +
                                             std::to_string(interval.count()) + " ms");
  }
  if (options.block_bytes < kLeastBlockBytes || options.block_bytes > kMostBlockBytes) {
    return refuse("block_bytes", "a block has 1 KB to 16 MB, not " +
                                     std::to_string(options.block_bytes) + " bytes");
  }
  const double bits = options.bloom_bits_per_key;
  // The negation refuses what is not a number, too.
  if (!(bits == 0 || (bits >= kLeastBloomBits && bits <= kMostBloomBits))) {
    return refuse(
        "bloom_bits_per_key",
        "a Bloom filter has 1 to 100 bits a key, or 0 for none, not " + std::to_string(bits));
  }
  const rocksdb::CompressionType type = compression_of(options.compression);
  if (type == rocksdb::kDisableCompressionOption) {
    return refuse("compression", "there is no such compression: " +
                                     std::to_string(static_cast<unsigned>(options.compression)));
  }
  const std::vector<rocksdb::CompressionType> built_in = rocksdb::GetSupportedCompressions();
  if (std::find(built_in.begin(), built_in.end(), type) == built_in.end()) {
    return refuse("compression", "this RocksDB was built without it");
  }
  const std::uint32_t protection = options.protection_bytes_per_key;
  if (protection != 0 && protection != kProtectionBytes) {
    return refuse("protection_bytes_per_key",
                  "there are 0 or 8 bytes for each key, not " + std::to_string(protection));
  }
  return {};
}

rocksdb::Options wisp_options(const DatabaseOptions& options) {
  rocksdb::Options o;
  // Debian's build logs at DEBUG by default, and keeps a thousand old logs.
  o.info_log_level = rocksdb::WARN_LEVEL;
  o.keep_log_file_num = 4;
  o.max_log_file_size = std::size_t{4} << 20;
  // An embedded store should not wake up to write statistics nobody asked for.
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.write_buffer_size = options.write_buffer_bytes;
  // A read folds the row's pending patches, 0.15 us each and more once they leave the CPU's caches:
  // 100,000 of them took 52 ms. A write that finds this many in the memtable folds them instead.
  o.max_successive_merges = kPendingPatches;
  // Commits look for conflicts in the memtables; with the last flushed one kept, a transaction that
  // is no older than one flush does not fail for want of memory.
  o.max_write_buffer_size_to_maintain = static_cast<std::int64_t>(options.write_buffer_bytes);
  o.compression = compression_of(options.compression);
  // The manifest then lists the logs and their synced sizes: a log that is missing or short is
  // found.
  o.track_and_verify_wals_in_manifest = true;
  // Files end where a table ends, so that statistics, drops and skipping work on whole files.
  o.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(kTableIdBytes);
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(options)));
  return o;
}

void share_with_host(const RocksHost& host, rocksdb::Options& o) {
  if (host.write_buffer_manager != nullptr) o.write_buffer_manager = host.write_buffer_manager;
  if (host.rate_limiter != nullptr) o.rate_limiter = host.rate_limiter;
  if (host.logger != nullptr) o.info_log = host.logger;
  if (host.env != nullptr) o.env = host.env;
}

// Settings under which a promise of the engine would not hold.
Status refuse_unfit(const rocksdb::Options& o) {
  const auto* const table = o.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  const std::size_t memtables = static_cast<std::size_t>(std::max(o.max_write_buffer_number, 1));
  struct Unfit {
    bool is_set;
    const char* name;
    const char* why;
  };
  const rocksdb::MemTableRepFactory& memtable = *o.memtable_factory;
  const Unfit all[] = {
      {o.comparator != rocksdb::BytewiseComparator(), "comparator", "keys sort by bytes"},
      {o.merge_operator != nullptr, "merge_operator", "the engine owns it"},
      {o.compaction_filter != nullptr || o.compaction_filter_factory != nullptr,
       "compaction_filter", "the engine owns it"},
      {table == nullptr, "table_factory",
       "rows are pinned in the block cache of block-based tables"},
      {table != nullptr && table->checksum == rocksdb::kNoChecksum, "block_based_table_factory",
       "a damaged block would be read as rows"},
      // RocksDB ends the process on a key that is shorter than the prefix.
      {memtable.IsInstanceOf("prefix_hash") || memtable.IsInstanceOf("hash_linkedlist"),
       "memtable_factory", "it takes a prefix of every key, and some of Wisp's are too short"},
      {table != nullptr && table->index_type == rocksdb::BlockBasedTableOptions::kHashSearch,
       "block_based_table_factory: index_type",
       "it takes a prefix of every key, and some of Wisp's are too short"},
      {o.enable_blob_files, "enable_blob_files",
       "rows are pinned in the blocks of the cache, and blobs stand outside them"},
      {o.compaction_style == rocksdb::kCompactionStyleFIFO, "compaction_style",
       "FIFO compaction drops acknowledged rows"},
      {o.inplace_update_support, "inplace_update_support",
       "a snapshot would see what was written after it"},
      {o.unordered_write, "unordered_write", "a snapshot could change while it is held"},
      {o.two_write_queues, "two_write_queues", "commits are checked in the one queue of writes"},
      {o.allow_2pc, "allow_2pc", "logs would be kept for transactions that nobody prepares"},
      {o.max_successive_merges != kPendingPatches, "max_successive_merges",
       "at most 64 patches of a row wait in memory"},
      {o.allow_mmap_reads, "allow_mmap_reads", "a row would not outlive the mapping of its file"},
      {o.manual_wal_flush, "manual_wal_flush",
       "an acknowledged write would still be in our memory"},
      {o.best_efforts_recovery, "best_efforts_recovery", "it loses acknowledged rows silently"},
      {o.wal_recovery_mode != rocksdb::Options().wal_recovery_mode, "wal_recovery_mode",
       "recovery is strict first, and says what it gives up"},
      {!o.track_and_verify_wals_in_manifest, "track_and_verify_wals_in_manifest",
       "a log that is missing would not be noticed"},
      {!o.paranoid_checks, "paranoid_checks",
       "a flush that failed or a damaged file would not be noticed"},
      {o.avoid_flush_during_recovery, "avoid_flush_during_recovery",
       "compaction rewrites rows as schema versions that stand in files, where a damaged log "
       "cannot "
       "undo them"},
      {o.persist_stats_to_disk, "persist_stats_to_disk",
       "a log that two column families share may be beyond recovery once it is damaged"},
      {!o.wal_dir.empty() || !o.db_paths.empty() || !o.cf_paths.empty(),
       "wal_dir, db_paths, cf_paths", "a database is one directory"},
      // Recovery keeps the patches of a row together, as many as the memtables held.
      {o.write_buffer_size > kMaxMemtableBytes / memtables,
       "write_buffer_size, max_write_buffer_number",
       "memtables have 1 GB together at most, so that recovery can hold the patches of one row"},
  };
  for (const Unfit& unfit : all) {
    if (!unfit.is_set) continue;
    return fail(ErrorCode::kInvalidArgument,
                std::string("Wisp cannot work with this setting: ") + unfit.why,
                std::string("rocksdb_options: ") + unfit.name);
  }
  return {};
}

// For a reader beside a live writer: the log of RocksDB must not land in the database's directory.
class SilentLogger final : public rocksdb::Logger {
 public:
  SilentLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

Result<rocksdb::Options> make_rocks_options(RocksOpenMode mode, const DatabaseOptions& options) {
  WISP_TRY(check_members(options));
  rocksdb::Options o = wisp_options(options);
  if (options.rocks_host != nullptr) share_with_host(*options.rocks_host, o);
  if (!options.rocksdb_options.empty()) {
    rocksdb::ConfigOptions config;
    config.ignore_unknown_options = false;
    config.ignore_unsupported_options = false;  // "merge_operator=x" would pass silently
    rocksdb::Options changed;
    const rocksdb::Status s =
        rocksdb::GetOptionsFromString(config, o, options.rocksdb_options, &changed);
    if (!s.ok()) return fail(ErrorCode::kInvalidArgument, s.ToString(), "rocksdb_options");
    o = std::move(changed);
  }
  if (options.cache_rows && cache_of(o) == nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                "rows are cached where blocks are, and there is no cache",
                "DatabaseOptions::cache_rows");
  }
  o.create_if_missing = mode == RocksOpenMode::kCreate;
  o.error_if_exists = mode == RocksOpenMode::kCreate;
  WISP_TRY(refuse_unfit(o));
  if (mode == RocksOpenMode::kReadOnly) {
    // Every file is opened at once: the writer may delete files that a compaction replaced.
    o.max_open_files = -1;
    if (o.info_log == nullptr) o.info_log = std::make_shared<SilentLogger>();
  }
  return o;
}

std::shared_ptr<rocksdb::Cache> cache_of(const rocksdb::Options& options) {
  const auto* table = options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  return table == nullptr || table->no_block_cache ? nullptr : table->block_cache;
}

Error to_error(const rocksdb::Status& status) {
  ErrorCode code = ErrorCode::kIo;
  switch (status.code()) {
    case rocksdb::Status::kNotFound:
      code = ErrorCode::kNotFound;
      break;
    case rocksdb::Status::kCorruption:
      code = ErrorCode::kCorruption;
      break;
    case rocksdb::Status::kNotSupported:
      code = ErrorCode::kUnsupported;
      break;
    case rocksdb::Status::kInvalidArgument:
      code = ErrorCode::kInvalidArgument;
      break;
    case rocksdb::Status::kBusy:
    case rocksdb::Status::kTryAgain:
      code = ErrorCode::kBusy;
      break;
    case rocksdb::Status::kIOError:
      if (status.IsNoSpace()) code = ErrorCode::kNoSpace;
      break;
    default:
      break;
  }
  return Error{code, "the store reports: " + status.ToString(), {}};
}

}  // namespace wisp::store
