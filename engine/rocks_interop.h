// What a host that runs RocksDB databases of its own may share with Wisp's: one cache and one
// memory budget for all of them. Opt-in: the only public header that names RocksDB's types. The
// host must be linked to the same RocksDB as Wisp.
//
//   auto host = std::make_shared<wisp::RocksHost>();
//   host->block_cache = my_cache;
//   options.rocks_host = host;
#pragma once

#include <memory>

namespace rocksdb {
class Cache;
class Env;
class Logger;
class RateLimiter;
class WriteBufferManager;
}  // namespace rocksdb

namespace wisp {

// Empty members leave Wisp's own. A database keeps what it was opened with until it is closed;
// rows that are held keep the cache.
struct RocksHost {
  // In the place of a cache of DatabaseOptions::block_cache_bytes, which then counts for nothing.
  // With a strict capacity limit, reads fail (kIo) while pinned rows fill it. Cached rows
  // (DatabaseOptions::cache_rows) stay in it after the database: it must go before Wisp's library
  // is unloaded.
  std::shared_ptr<rocksdb::Cache> block_cache;
  // Bounds the memtables of all databases together.
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffer_manager;
  // Of flushes and compactions.
  std::shared_ptr<rocksdb::RateLimiter> rate_limiter;
  // In the place of a LOG file in the database's directory.
  std::shared_ptr<rocksdb::Logger> logger;
  // Must outlive the database. Its files must be those of the operating system under the same
  // names: Wisp checks and locks the directory itself.
  rocksdb::Env* env = nullptr;
};

}  // namespace wisp
