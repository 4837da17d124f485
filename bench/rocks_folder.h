// A RocksDB database with the settings that Wisp gives its own.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "engine_system.h"

namespace wisp::bench {

class RocksFolder {
 public:
  explicit RocksFolder(std::string path) : path_(std::move(path)) {}
  ~RocksFolder() { close(); }
  RocksFolder(const RocksFolder&) = delete;
  RocksFolder& operator=(const RocksFolder&) = delete;

  void open(const EngineSettings& settings);
  void close();
  // Flushes and compacts everything.
  void settle();
  rocksdb::DB* db() const { return db_.get(); }
  rocksdb::ColumnFamilyHandle* family() const { return db_->DefaultColumnFamily(); }
  // An iterator over the table as Wisp's scans make one: past the block cache, far ahead.
  std::unique_ptr<rocksdb::Iterator> scan() const;
  // What gets are made with.
  const rocksdb::ReadOptions& read() const { return read_; }

 private:
  std::string path_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ReadOptions read_;
  std::string table_begin_, table_end_;
  rocksdb::Slice table_end_slice_;  // iterators point to it
};

// Ends the program with RocksDB's message.
void must(const rocksdb::Status& status);

inline rocksdb::Slice slice_of(std::string_view s) {
  return {s.data(), s.size()};
}
inline std::string_view view_of(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

// What RocksDB reads and finds in its block cache on this thread, from here on.
struct BlockReads {
  std::uint64_t from_disk = 0;
  std::uint64_t from_cache = 0;
};
void start_counting_blocks();
BlockReads blocks_counted();

// Wisp's settings as a string for DatabaseOptions::rocksdb_options.
std::string rocksdb_options_of(const EngineSettings& settings);

}  // namespace wisp::bench
