#include "wisp/engine/store/rocks/log_scan.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "wisp/codec/bytes.h"

namespace wisp::store {
namespace {

constexpr std::size_t kBlockBytes = 32768;
constexpr std::size_t kHeaderBytes = 7;             // checksum, u16 length, type
constexpr std::size_t kRecyclableHeaderBytes = 11;  // and the number of the log
constexpr unsigned kLastType = 9;

using Bytes = std::span<const std::byte>;
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

bool is_recyclable(unsigned type) {
  return type >= 5 && type <= 8;
}

// Bytes of the whole record at the beginning of `block`; 0: there is none.
std::size_t whole_record(Bytes block, std::uint64_t log_number) {
  if (block.size() < kHeaderBytes) return 0;
  const auto type = std::to_integer<unsigned>(block[6]);
  if (type == 0 || type > kLastType) return 0;
  const std::size_t header = is_recyclable(type) ? kRecyclableHeaderBytes : kHeaderBytes;
  const std::size_t size = header + load_le<std::uint16_t>(block.data() + 4);
  if (size > block.size()) return 0;
  // What a log that is used again still has of its last use is none of its records.
  if (header == kRecyclableHeaderBytes && load_le<std::uint32_t>(block.data() + kHeaderBytes) !=
                                              static_cast<std::uint32_t>(log_number)) {
    return 0;
  }
  Crc32c crc;
  crc.process_bytes(block.data() + 6, size - 6);
  const std::uint32_t sum = crc.checksum();
  const std::uint32_t masked = ((sum >> 15) | (sum << 17)) + 0xA282EAD8;
  return masked == load_le<std::uint32_t>(block.data()) ? size : 0;
}

// Whether nothing was written here: the end of a block, or room that was set aside.
bool is_blank(Bytes rest) {
  return std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{0}; });
}

// Looks at one log; `damage` is what an earlier one had, or gets what this one has. False: whole
// records follow the damage, and there is no need to look on.
bool look_through(Bytes log, const std::string& name, std::uint64_t number,
                  std::optional<LogDamage>& damage) {
  for (std::size_t begin = 0; begin < log.size(); begin += kBlockBytes) {
    const Bytes block = log.subspan(begin, std::min(kBlockBytes, log.size() - begin));
    bool searched = false;
    std::size_t at = 0;
    while (at < block.size()) {
      const Bytes rest = block.subspan(at);
      if (const std::size_t size = whole_record(rest, number); size > 0) {
        if (damage) {
          damage->whole_records_follow = true;
          return false;
        }
        at += size;
        continue;
      }
      if (rest.size() < kHeaderBytes || is_blank(rest)) break;
      if (!damage) {
        damage = LogDamage{name, begin + at, false};
        searched = true;
      }
      // The length may be what is damaged: the next record may begin anywhere. Later blocks begin
      // with one.
      if (!searched) break;
      ++at;
    }
  }
  return true;
}

}  // namespace

std::optional<LogDamage> find_log_damage(const std::string& directory) {
  namespace fs = std::filesystem;
  std::vector<std::pair<std::uint64_t, fs::path>> logs;
  std::error_code failed;
  for (fs::directory_iterator it(directory, failed), end; !failed && it != end;
       it.increment(failed)) {
    const std::string stem = it->path().stem().string();
    std::uint64_t number = 0;
    const auto [last, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (it->path().extension() != ".log" || error != std::errc() ||
        last != stem.data() + stem.size()) {
      continue;
    }
    logs.emplace_back(number, it->path());
  }
  std::sort(logs.begin(), logs.end());
  std::optional<LogDamage> damage;
  for (const auto& [number, path] : logs) {
    std::ifstream in(path, std::ios::binary);
    const std::string log{std::istreambuf_iterator<char>(in), {}};
    if (!in) break;
    if (!look_through(std::as_bytes(std::span(log)), path.filename().string(), number, damage))
      break;
  }
  return damage;
}

}  // namespace wisp::store
