#include "wisp/engine/directory_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace wisp {
namespace {

constexpr std::string_view kMarkPrefix = "wisp database ";
constexpr std::string_view kMark = "wisp database 1\n";
constexpr char kUnfinishedMark[] = "WISP.new";
constexpr char kWalArchive[] = "archive";  // the one directory that RocksDB may make

std::string system_message(int error) {
  char buffer[256];
  return strerror_r(error, buffer, sizeof buffer);  // the GNU one, which is safe in threads
}

tl::unexpected<Error> fail_system(const char* what, const std::string& path, int error) {
  return fail(ErrorCode::kIo, std::string(what) + ": " + system_message(error), path);
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)), error_(errno) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int error() const { return error_; }
  int take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
  int error_;
};

// At most `limit` bytes from the start of a small file.
std::string read_start(int fd, std::size_t limit) {
  std::string out(limit, '\0');
  const ssize_t n = ::pread(fd, out.data(), out.size(), 0);
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

bool write_all(int fd, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

Status sync_directory(const std::string& path) {
  const File dir(path, O_RDONLY | O_DIRECTORY);
  if (!dir.ok()) return fail_system("cannot open the directory", path, dir.error());
  if (::fsync(dir.fd()) != 0) return fail_system("cannot sync the directory", path, errno);
  return {};
}

using Directory = std::unique_ptr<DIR, decltype([](DIR* d) { ::closedir(d); })>;

bool is_dot(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

}  // namespace

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& o) noexcept {
  if (this != &o) {
    release();
    fd_ = std::exchange(o.fd_, -1);
  }
  return *this;
}

void DirectoryLock::release() noexcept {
  if (fd_ < 0) return;
  // Only a text for messages; the lock goes with the descriptor.
  [[maybe_unused]] const int ignored = ::ftruncate(fd_, 0);
  ::close(std::exchange(fd_, -1));
}

Result<DirectoryLock> DirectoryLock::acquire(const std::string& directory) {
  const std::string path = directory + "/" + kLockFileName;
  // O_NONBLOCK: a pipe planted here must not hang us.
  File file(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (!file.ok()) return fail_system("cannot open the lock file", path, file.error());
  struct stat st {};
  if (::fstat(file.fd(), &st) != 0) return fail_system("cannot stat the lock file", path, errno);
  if (!S_ISREG(st.st_mode))
    return fail(ErrorCode::kIo, "the lock file is not a regular file", path);

  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.fd(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return fail_system("cannot lock", path, errno);
    const long holder = std::strtol(read_start(file.fd(), 20).c_str(), nullptr, 10);
    std::string who = "another process";
    if (holder == static_cast<long>(::getpid())) {
      who = "this process";
    } else if (holder > 0) {
      who = "process " + std::to_string(holder);
    }
    return fail(ErrorCode::kBusy,
                "the database is open for writing in " + who +
                    "; close it there, or open it read-only here",
                directory);
  }
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.fd(), 0) != 0 || !write_all(file.fd(), text)) {
    return fail_system("cannot write the lock file", path, errno);
  }
  return DirectoryLock(file.take());
}

Result<std::string> resolve_directory(const std::string& path) {
  const std::unique_ptr<char, decltype([](char* p) { std::free(p); })> real(
      ::realpath(path.c_str(), nullptr));
  if (real == nullptr) {
    if (errno == ENOENT) return fail(ErrorCode::kNotFound, "there is no such directory", path);
    return fail_system("cannot resolve the path", path, errno);
  }
  struct stat st {};
  if (::stat(real.get(), &st) != 0) return fail_system("cannot stat", path, errno);
  if (!S_ISDIR(st.st_mode)) return fail(ErrorCode::kNotFound, "this is not a directory", path);
  return std::string(real.get());
}

Status refuse_planted_entries(const std::string& directory) {
  const Directory dir(::opendir(directory.c_str()));
  if (dir == nullptr) return fail_system("cannot list the directory", directory, errno);
  const int dir_fd = ::dirfd(dir.get());
  while (const dirent* entry = ::readdir(dir.get())) {
    if (is_dot(entry->d_name)) continue;
    struct stat st {};
    const std::string path = directory + "/" + entry->d_name;
    if (::fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // a live writer has just deleted it
      return fail_system("cannot stat", path, errno);
    }
    if (S_ISLNK(st.st_mode)) {
      return fail(ErrorCode::kIo,
                  "refused: a symbolic link inside a database directory would be followed and "
                  "overwritten",
                  path);
    }
    if (S_ISDIR(st.st_mode)) {
      if (std::strcmp(entry->d_name, kWalArchive) == 0) WISP_TRY(refuse_planted_entries(path));
    } else if (!S_ISREG(st.st_mode)) {
      return fail(ErrorCode::kIo, "refused: neither a file nor a directory", path);
    }
  }
  return {};
}

Status check_mark(const std::string& directory) {
  const std::string path = directory + "/" + kMarkFileName;
  const File file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file.ok()) {
    if (file.error() != ENOENT) return fail_system("cannot read the mark", path, file.error());
    return fail(
        ErrorCode::kNotFound,
        "this is not a Wisp database: it has no file WISP (an interrupted create leaves none)",
        directory);
  }
  const std::string text = read_start(file.fd(), kMark.size() + 32);
  if (text == kMark) return {};
  if (text.starts_with(kMarkPrefix)) {
    return fail(ErrorCode::kUnknownSchema, "made by another version of Wisp than this one", path);
  }
  return fail(ErrorCode::kCorruption, "the mark of a Wisp database is damaged", path);
}

Status write_mark(const std::string& directory) {
  const std::string unfinished = directory + "/" + kUnfinishedMark;
  const std::string path = directory + "/" + kMarkFileName;
  {
    const File file(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
    if (!file.ok()) return fail_system("cannot write the mark", unfinished, file.error());
    if (!write_all(file.fd(), kMark) || ::fsync(file.fd()) != 0) {
      return fail_system("cannot write the mark", unfinished, errno);
    }
  }
  if (::rename(unfinished.c_str(), path.c_str()) != 0) {
    return fail_system("cannot write the mark", path, errno);
  }
  return sync_directory(directory);
}

Status make_empty_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) {
    std::string parent = path;
    while (parent.size() > 1 && parent.back() == '/') parent.pop_back();
    const std::size_t slash = parent.rfind('/');
    parent = slash == std::string::npos ? "." : parent.substr(0, slash + 1);
    return sync_directory(parent);
  }
  if (errno != EEXIST) return fail_system("cannot make the directory", path, errno);
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return fail_system("cannot stat", path, errno);
  if (!S_ISDIR(st.st_mode)) {
    return fail(ErrorCode::kAlreadyExists, "a file of this name is in the way", path);
  }
  const Directory dir(::opendir(path.c_str()));
  if (dir == nullptr) return fail_system("cannot list the directory", path, errno);
  while (const dirent* entry = ::readdir(dir.get())) {
    if (is_dot(entry->d_name)) continue;
    return fail(ErrorCode::kAlreadyExists, "the directory is not empty", path);
  }
  return {};
}

Result<bool> holds_only_lock(const std::string& directory) {
  const Directory dir(::opendir(directory.c_str()));
  if (dir == nullptr) return fail_system("cannot list the directory", directory, errno);
  while (const dirent* entry = ::readdir(dir.get())) {
    if (!is_dot(entry->d_name) && std::strcmp(entry->d_name, kLockFileName) != 0) return false;
  }
  return true;
}

}  // namespace wisp
