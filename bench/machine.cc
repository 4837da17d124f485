// What the figures depend on: the machine, the compiler and the versions of all that is measured.
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "bench_config.h"
#include "report.h"

#ifdef WISP_BENCH_ROCKSDB
#include <dlfcn.h>
#include <rocksdb/version.h>
#endif

namespace wisp::bench {
namespace {

std::string first_line_with(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t value = line.find_first_not_of(" \t", line.find(':') + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

std::string object(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = "{";
  for (const auto& [key, value] : fields) {
    out += (out.size() > 1 ? ", " : "") + quoted(key) + ": " + quoted(value);
  }
  return out + "}";
}

std::string cache_size(int name) {
  const long bytes = sysconf(name);
  return bytes > 0 ? fmt::format("{} KiB", bytes / 1024) : "unknown";
}

#ifdef WISP_BENCH_ROCKSDB
// Sync points exist only in a library built without NDEBUG: assertions are then live too.
std::string rocksdb_build() {
  return dlsym(RTLD_DEFAULT, "_ZN7rocksdb9SyncPoint11GetInstanceEv") != nullptr
             ? "with assertions and sync points (no NDEBUG)"
             : "release (NDEBUG)";
}
#endif

}  // namespace

std::string machine_json() {
  utsname system{};
  uname(&system);
  return object({{"cpu", first_line_with("/proc/cpuinfo", "model name")},
                 {"cores", std::to_string(sysconf(_SC_NPROCESSORS_ONLN))},
                 {"cache_l1d", cache_size(_SC_LEVEL1_DCACHE_SIZE)},
                 {"cache_l2", cache_size(_SC_LEVEL2_CACHE_SIZE)},
                 {"cache_l3", cache_size(_SC_LEVEL3_CACHE_SIZE)},
                 {"memory", first_line_with("/proc/meminfo", "MemTotal")},
                 {"kernel", std::string(system.sysname) + " " + system.release},
                 {"arch", system.machine}});
}

std::string build_json() {
  std::vector<std::pair<std::string, std::string>> fields = {{"wisp", WISP_BENCH_VERSION},
                                                             {"compiler", WISP_BENCH_COMPILER},
                                                             {"buildtype", WISP_BENCH_BUILDTYPE},
                                                             {"cpp_args", WISP_BENCH_CPP_ARGS},
                                                             {"peers", WISP_BENCH_PEERS}};
#ifdef WISP_BENCH_ROCKSDB
  fields.emplace_back("rocksdb_build", rocksdb_build());
#endif
  return object(fields);
}

}  // namespace wisp::bench
