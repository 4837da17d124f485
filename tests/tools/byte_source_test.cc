#include "wisp/tools/byte_source.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "dripping_source.h"

namespace wisp::tools {
namespace {

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> read_all(ByteSource& source, std::size_t piece = 1000) {
  std::string out;
  std::string buffer(piece, '\0');
  for (;;) {
    WISP_ASSIGN(const std::size_t count, source.read(buffer.data(), buffer.size()));
    if (count == 0) break;
    out.append(buffer, 0, count);
  }
  WISP_ASSIGN(const std::size_t again, source.read(buffer.data(), buffer.size()));
  CHECK(again == 0);
  return out;
}

Result<std::string> gunzip(const std::string& bytes, std::size_t piece = 100) {
  WISP_ASSIGN(auto source,
              make_gzip_source(std::make_unique<test::DrippingSource>(bytes, piece), "data"));
  return read_all(*source);
}

std::string random_text(std::size_t size) {
  std::mt19937_64 engine(size);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + engine() % 7);
  return text;
}

// A folder of its own, gone with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wisp-source-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string path() const { return path_.string(); }
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream out(path_ / name, std::ios::binary);
    out << bytes;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

Result<std::string> read_file(const std::string& path) {
  WISP_ASSIGN(auto source, open_byte_source(path));
  return read_all(*source);
}

}  // namespace

TEST_CASE("byte source: files, gzip by content and not by name") {
  const Folder folder;
  for (std::size_t size : {0, 1, 2, 3, 4, 1'000, 300'000, 2'000'000}) {
    const std::string text = random_text(size);
    CHECK(read_file(folder.write("plain.gz", text)).value() == text);
    CHECK(read_file(folder.write("packed.csv", gzip(text))).value() == text);
  }
  CHECK(read_file(folder.write("magic", "\x1F\x8B")).value() == "\x1F\x8B");
}

TEST_CASE("byte source: how much of the file was read") {
  const Folder folder;
  const std::string packed = gzip(random_text(100'000));
  auto source = open_byte_source(folder.write("a", packed));
  REQUIRE(source.has_value());
  CHECK((*source)->input_size() == packed.size());
  REQUIRE(read_all(**source).has_value());
  CHECK((*source)->input_bytes() == packed.size());
}

TEST_CASE("byte source: files that cannot be read") {
  const Folder folder;
  auto missing = open_byte_source(folder.path() + "/none");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(missing.error().where == folder.path() + "/none");
  auto directory = open_byte_source(folder.path());
  REQUIRE_FALSE(directory.has_value());
  CHECK(directory.error().code == ErrorCode::kIo);
}

TEST_CASE("byte source: standard input, a pipe") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const int saved = ::dup(STDIN_FILENO);
  const std::string packed = gzip("from a pipe");
  REQUIRE(::write(ends[1], packed.data(), packed.size()) == static_cast<ssize_t>(packed.size()));
  ::close(ends[1]);
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[0]);
  auto text = read_file("-");
  ::dup2(saved, STDIN_FILENO);
  ::close(saved);
  REQUIRE(text.has_value());
  CHECK(*text == "from a pipe");
}

TEST_CASE("byte source: gzip members behind each other") {
  const std::string first = random_text(70'000);
  CHECK(gunzip(gzip(first) + gzip("") + gzip("second")).value() == first + "second");
  CHECK(gunzip(gzip(first) + gzip("second"), 1).value() == first + "second");
}

TEST_CASE("byte source: gzip data cut short, at every byte") {
  const std::string packed = gzip(random_text(300)) + gzip("x");
  const std::size_t first = gzip(random_text(300)).size();
  for (std::size_t length = 0; length < packed.size(); ++length) {
    auto text = gunzip(packed.substr(0, length), 64);
    CAPTURE(length);
    if (length == first) {
      CHECK(text.has_value());
    } else {
      REQUIRE_FALSE(text.has_value());
      CHECK(text.error().code == ErrorCode::kCorruption);
      CHECK(text.error().where == "data");
    }
  }
}

TEST_CASE("byte source: damaged gzip data") {
  const std::string text = random_text(5'000);
  const std::string packed = gzip(text);
  int refused = 0;
  for (std::size_t at = 10; at < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    auto back = gunzip(damaged);
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error().code == ErrorCode::kCorruption);
    ++refused;
  }
  CHECK(refused > 1'000);
  for (std::string_view behind : {"x", "\x1F", "\x1F\x8B\x08", "garbage garbage garbage"}) {
    auto back = gunzip(packed + std::string(behind));
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error().code == ErrorCode::kCorruption);
  }
  CHECK_FALSE(gunzip(packed + std::string(10, '\0')).has_value());
}

TEST_CASE("byte source: errors below come up") {
  const Error broken{ErrorCode::kIo, "cannot read", "disk"};
  auto source = make_gzip_source(
      std::make_unique<test::DrippingSource>(gzip("abc").substr(0, 12), 5, 1, broken), "data");
  REQUIRE(source.has_value());
  auto text = read_all(**source);
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().code == ErrorCode::kIo);
}

}  // namespace wisp::tools
