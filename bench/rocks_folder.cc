#include "rocks_folder.h"

#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <filesystem>

#include "wisp/engine/store/rocks/rocks_options.h"

namespace wisp::bench {

void must(const rocksdb::Status& status) {
  if (!status.ok()) give_up("rocksdb: " + status.ToString());
}

std::string rocksdb_options_of(const EngineSettings& settings) {
  return settings.direct_reads ? "use_direct_reads=true" : "";
}

void RocksFolder::open(const EngineSettings& settings) {
  DatabaseOptions options;
  options.block_cache_bytes = settings.cache_bytes;
  options.rocksdb_options = rocksdb_options_of(settings);
  const bool exists = std::filesystem::exists(path_);
  auto rocks = store::make_rocks_options(
      exists ? store::RocksOpenMode::kReadWrite : store::RocksOpenMode::kCreate, options);
  if (!rocks) give_up(rocks.error().to_string());
  // What the engine hooks in for itself is no part of the floor.
  rocks->merge_operator.reset();
  rocks->compaction_filter = nullptr;
  rocks->compaction_filter_factory.reset();
  rocks->table_properties_collector_factories.clear();
  // RocksDB's own row cache, in the block cache's memory.
  if (settings.cache_rows) rocks->row_cache = store::cache_of(*rocks);
  read_.fill_cache = !settings.cache_rows;
  rocksdb::DB* db = nullptr;
  must(rocksdb::DB::Open(*rocks, path_, &db));
  db_.reset(db);
  table_begin_ = make_row_key(0).stored().substr(0, 4);
  table_end_ = table_begin_;
  ++table_end_.back();
  table_end_slice_ = table_end_;
}

void RocksFolder::close() {
  if (db_ == nullptr) return;
  must(db_->Close());
  db_.reset();
}

void RocksFolder::settle() {
  must(db_->Flush(rocksdb::FlushOptions()));
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  must(db_->CompactRange(options, nullptr, nullptr));
}

std::unique_ptr<rocksdb::Iterator> RocksFolder::scan() const {
  rocksdb::ReadOptions read;
  read.iterate_upper_bound = &table_end_slice_;
  read.fill_cache = false;
  read.readahead_size = std::size_t{2} << 20;
  read.total_order_seek = true;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read));
  it->Seek(table_begin_);
  return it;
}

void start_counting_blocks() {
  rocksdb::SetPerfLevel(rocksdb::kEnableCount);
  rocksdb::get_perf_context()->Reset();
}

BlockReads blocks_counted() {
  const rocksdb::PerfContext& counted = *rocksdb::get_perf_context();
  const BlockReads out{counted.block_read_count, counted.block_cache_hit_count};
  rocksdb::SetPerfLevel(rocksdb::kDisable);
  return out;
}

}  // namespace wisp::bench
