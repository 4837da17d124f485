#include "wisp/tools/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wisp/tools/interrupt.h"

namespace wisp::tools {
namespace {

constexpr std::string_view kGzipMagic = "\x1F\x8B\x08";
constexpr std::size_t kCompressedChunkBytes = std::size_t{256} << 10;
// zlib counts in unsigned int.
constexpr std::size_t kMaxInflateBytes = std::size_t{1} << 30;

tl::unexpected<Error> os_failure(int error, const char* what, const std::string& name) {
  const auto code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return fail(code, std::string(what) + ": " + std::generic_category().message(error), name);
}

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, bool owned, std::optional<std::uint64_t> size, std::string name)
      : fd_(fd), owned_(owned), size_(size), name_(std::move(name)) {}
  ~FileSource() override {
    if (owned_) ::close(fd_);
  }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    for (;;) {
      if (!wait_readable(fd_)) return os_failure(EINTR, "cannot read", name_);
      const ssize_t got = ::read(fd_, out, capacity);
      if (got >= 0) {
        position_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) return os_failure(errno, "cannot read", name_);
    }
  }
  std::uint64_t input_bytes() const noexcept override { return position_; }
  std::optional<std::uint64_t> input_size() const noexcept override { return size_; }

 private:
  int fd_;
  bool owned_;
  std::optional<std::uint64_t> size_;
  std::string name_;
  std::uint64_t position_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    const std::size_t count = std::min(capacity, bytes_.size() - position_);
    std::memcpy(out, bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  std::uint64_t input_bytes() const noexcept override { return position_; }
  std::optional<std::uint64_t> input_size() const noexcept override { return bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

// Gives back what was read to look at the first bytes, then the rest.
class PrefixedSource final : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    if (given_ == prefix_.size()) return rest_->read(out, capacity);
    const std::size_t count = std::min(capacity, prefix_.size() - given_);
    std::memcpy(out, prefix_.data() + given_, count);
    given_ += count;
    return count;
  }
  std::uint64_t input_bytes() const noexcept override { return rest_->input_bytes(); }
  std::optional<std::uint64_t> input_size() const noexcept override { return rest_->input_size(); }

 private:
  std::string prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

class GzipSource final : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> compressed, std::string name)
      : compressed_(std::move(compressed)), name_(std::move(name)), input_(kCompressedChunkBytes) {}
  ~GzipSource() override {
    if (started_) ::inflateEnd(&stream_);
  }

  bool start() {
    constexpr int kGzipOnly = 16;
    started_ = ::inflateInit2(&stream_, kGzipOnly + MAX_WBITS) == Z_OK;
    return started_;
  }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    const std::size_t room = std::min(capacity, kMaxInflateBytes);
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) WISP_TRY(fill());
      if (stream_.avail_in == 0) {
        if (between_members_) return 0;
        return fail(ErrorCode::kCorruption, "the compressed data ends too early", name_);
      }
      WISP_TRY(inflate_some());
    }
    return room - stream_.avail_out;
  }
  std::uint64_t input_bytes() const noexcept override { return compressed_->input_bytes(); }
  std::optional<std::uint64_t> input_size() const noexcept override {
    return compressed_->input_size();
  }

 private:
  Status fill() {
    WISP_ASSIGN(const std::size_t count, compressed_->read(input_.data(), input_.size()));
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(count);
    return {};
  }

  Status inflate_some() {
    between_members_ = false;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      ++members_;
      between_members_ = true;
      if (::inflateReset(&stream_) == Z_OK) return {};
    } else if (code == Z_OK || code == Z_BUF_ERROR) {
      return {};
    }
    if (code == Z_MEM_ERROR) return fail(ErrorCode::kLimit, "no memory to decompress", name_);
    std::string message = "the compressed data is damaged";
    if (stream_.msg != nullptr) message.append(" (").append(stream_.msg).append(")");
    if (members_ != 0) message += ", or something else follows it";
    return fail(ErrorCode::kCorruption, std::move(message), name_);
  }

  std::unique_ptr<ByteSource> compressed_;
  std::string name_;
  std::vector<char> input_;
  z_stream stream_{};
  bool started_ = false;
  // Nothing of a member has been read: only here may the data end. Never before the first member.
  bool between_members_ = false;
  std::uint64_t members_ = 0;
};

Result<std::unique_ptr<ByteSource>> undo_gzip(std::unique_ptr<ByteSource> source,
                                              std::string name) {
  std::string prefix(kGzipMagic.size(), '\0');
  std::size_t length = 0;
  while (length < prefix.size()) {
    WISP_ASSIGN(const std::size_t count,
                source->read(prefix.data() + length, prefix.size() - length));
    if (count == 0) break;
    length += count;
  }
  prefix.resize(length);
  const bool compressed = prefix == kGzipMagic;
  auto whole = std::make_unique<PrefixedSource>(std::move(prefix), std::move(source));
  if (compressed) return make_gzip_source(std::move(whole), std::move(name));
  return std::unique_ptr<ByteSource>(std::move(whole));
}

}  // namespace

Result<std::unique_ptr<ByteSource>> make_gzip_source(std::unique_ptr<ByteSource> compressed,
                                                     std::string name) {
  auto source = std::make_unique<GzipSource>(std::move(compressed), name);
  if (!source->start()) return fail(ErrorCode::kLimit, "no memory to decompress", std::move(name));
  return std::unique_ptr<ByteSource>(std::move(source));
}

std::unique_ptr<ByteSource> make_memory_source(std::string bytes) {
  return std::make_unique<MemorySource>(std::move(bytes));
}

Result<std::unique_ptr<ByteSource>> open_byte_source(const std::string& path) {
  const bool is_stdin = path == "-";
  const std::string name = is_stdin ? "standard input" : path;
  const int fd = is_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return os_failure(errno, "cannot open", name);
  struct stat status {};
  const bool known = ::fstat(fd, &status) == 0;
  std::optional<std::uint64_t> size;
  if (known && S_ISREG(status.st_mode)) size = static_cast<std::uint64_t>(status.st_size);
  auto file = std::make_unique<FileSource>(fd, !is_stdin, size, name);
  if (known && S_ISDIR(status.st_mode)) return fail(ErrorCode::kIo, "is a directory", name);
  if (size) ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return undo_gzip(std::move(file), name);
}

}  // namespace wisp::tools
