// RocksFollower: a database of another process, read as of moments that it was opened at.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wisp/engine/store/rocks/row_cache.h"
#include "wisp/schema/result.h"

namespace wisp::store {

// Every moment is an opening of its own (held_logs.h). RocksDB's secondaries would read on where
// they are, but they miss what a flush moves from a log to a file while they look, keep memtables
// that hide what was written since, and take a lost file for one that was never there.
//
// Threads: shared by all, but look_ahead() and show_ahead(): one at a time.
class RocksFollower {
 public:
  // Opens the database in directory `path`, also beside a live writer, and writes nothing anywhere.
  // Adds a sentence to `warnings` where a log is damaged: writes from there on are not shown. Fails
  // with kCorruption where a file is missing or cut off.
  static Result<std::unique_ptr<RocksFollower>> open(rocksdb::Options options, std::string path,
                                                     std::vector<std::string>& warnings);

  // The newest moment; it stays as it is, and open as long as somebody holds it.
  std::shared_ptr<rocksdb::DB> moment() const {
    const std::lock_guard lock(mutex_);
    return moment_;
  }
  // A moment newer than moment(), or null where nothing was written since. A damaged log fails it.
  Result<std::shared_ptr<rocksdb::DB>> look_ahead();
  // Makes it the newest. `rows` is told; may be null. Requires: look_ahead() gave one.
  void show_ahead(RowCache* rows);

 private:
  // The files that say what is in a database: where they are the same, so are its rows.
  struct Files {
    std::string manifest;
    std::uint64_t manifest_bytes = 0;
    std::map<std::string, std::uint64_t> logs;  // names and bytes

    bool operator==(const Files&) const = default;
    bool same_manifest(const Files& other) const {
      return manifest == other.manifest && manifest_bytes == other.manifest_bytes;
    }
  };
  struct Opening {
    std::shared_ptr<rocksdb::DB> db;
    Files files;          // as they were when it began
    std::string warning;  // of a damaged log
  };

  RocksFollower(rocksdb::Options options, std::string path)
      : options_(std::move(options)), path_(std::move(path)) {}

  Result<Opening> open_newest() const;
  // Fails with kCorruption where not all that the manifest names is there.
  Result<Opening> open_whole(rocksdb::WALRecoveryMode mode) const;
  rocksdb::Status list(Files& out) const;

  const rocksdb::Options options_;
  const std::string path_;
  mutable std::mutex mutex_;             // of moment_
  std::shared_ptr<rocksdb::DB> moment_;  // never null
  Files files_;                          // of moment_
  Opening ahead_;                        // what look_ahead() gave and is not shown yet
};

}  // namespace wisp::store
