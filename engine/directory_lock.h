// The database's directory: who may write to it, what may stand in it, and how it is recognised.
//
// Files of Wisp beside those of the store:
//   WISP       "wisp database 1\n": the mark of a complete database; create() writes it last, so a
//              directory without it is never touched by open()
//   LOCK.wisp  held by the one process that writes; its text is that process's id, for messages
#pragma once

#include <string>
#include <utility>

#include "wisp/schema/result.h"

namespace wisp {

inline constexpr char kMarkFileName[] = "WISP";
inline constexpr char kLockFileName[] = "LOCK.wisp";

// An open-file-description lock: unlike RocksDB's own (which the process loses when it opens and
// closes LOCK anywhere), it conflicts within a process too and lives exactly as long as this
// object, or a child forked while it was held. Threads: one at a time.
class DirectoryLock {
 public:
  DirectoryLock() = default;
  DirectoryLock(DirectoryLock&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& o) noexcept;
  ~DirectoryLock() { release(); }

  // Fails with kBusy, naming the holder where it is known, and kIo.
  static Result<DirectoryLock> acquire(const std::string& directory);
  void release() noexcept;
  bool held() const noexcept { return fd_ >= 0; }

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// The directory's real path; the path itself may lead through symbolic links. kNotFound.
Result<std::string> resolve_directory(const std::string& path);

// Fails with kIo where an entry is a symbolic link or anything but a file or a directory: RocksDB
// would follow a planted link and overwrite what it points to.
Status refuse_planted_entries(const std::string& directory);

// Fails with kNotFound where the mark is missing, kUnknownSchema where it is of another version,
// kCorruption where it is something else.
Status check_mark(const std::string& directory);
// Writes the mark so that it is there completely or not at all, and durable.
Status write_mark(const std::string& directory);

// Makes `path`, or takes it when it is an empty directory; kAlreadyExists otherwise. Durable.
Status make_empty_directory(const std::string& path);
// Whether `directory` holds nothing but the lock file.
Result<bool> holds_only_lock(const std::string& directory);

}  // namespace wisp
