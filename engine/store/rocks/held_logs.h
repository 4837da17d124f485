// HeldLogs: the write-ahead logs of a directory as they stand there now, whatever becomes of them.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wisp::store {

// The file system of a database that is opened beside its writer. A flush moves what is in a log to
// a file, names the file in the manifest and deletes the log. Who reads the manifest before and the
// logs afterwards, as RocksDB does, misses what was moved in between, and sees newer logs. Here the
// logs are opened first, and only they are seen: what the manifest does not have yet is in them,
// and what came after them is not seen at all.
//
// Threads: one, until release().
class HeldLogs final : public rocksdb::FileSystemWrapper {
 public:
  // Opens the logs in `directory`.
  static rocksdb::Status hold(const std::shared_ptr<rocksdb::FileSystem>& files,
                              const std::string& directory, std::shared_ptr<HeldLogs>& out);
  const char* Name() const override { return "WispHeldLogs"; }

  // Each log can be read once.
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* out,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions& options,
                                std::vector<std::string>* out,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                std::uint64_t* out, rocksdb::IODebugContext* debug) override;

  // Closes those that nobody read.
  void release();

 private:
  struct Log {
    std::unique_ptr<rocksdb::FSSequentialFile> file;  // null once it is read
    std::uint64_t bytes = 0;                          // when it was opened
  };

  // Opens a log.
  rocksdb::IOStatus add(const std::string& directory, const std::string& name);

  explicit HeldLogs(const std::shared_ptr<rocksdb::FileSystem>& files)
      : rocksdb::FileSystemWrapper(files) {}

  std::map<std::string, Log> logs_;  // by name
};

}  // namespace wisp::store
