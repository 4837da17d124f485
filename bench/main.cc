// wisp-bench SUITE [--quick] [--out DIR] [--data DIR] [--filter REGEX]
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>

#include "bench_config.h"
#include "suite.h"
#include "workload.h"

namespace {

constexpr char kUsage[] =
    "usage: wisp-bench SUITE [--quick] [--out DIR] [--data DIR] [--filter REGEX]\n"
    "  SUITE     codec or engine (no suite: lists them)\n"
    "  --quick   few rows, short runs: does everything work?\n"
    "  --out     where results.json goes, and the engine suite's databases while it runs\n"
    "            (default: the current folder)\n"
    "  --data    folder of data sets (default: ../shared/data)\n"
    "  --filter  only names workload/columns/percent/system/metric that match\n";

struct Arguments {
  std::string suite;
  std::string out = ".";
  wisp::bench::RunOptions run;
};

struct Suite {
  const char* name;
  void (*run)(const wisp::bench::RunOptions&, wisp::bench::Results&);
  void (*print_targets)(const wisp::bench::Results&);
};
constexpr Suite kSuites[] = {
    {"codec", wisp::bench::run_codec_suite, wisp::bench::print_codec_targets},
#ifdef WISP_BENCH_ENGINE
    {"engine", wisp::bench::run_engine_suite, wisp::bench::print_engine_targets},
#endif
};

// False on a mistake.
bool parse(int argc, char** argv, Arguments& a) {
  a.run.data_dir = "../shared/data";
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&](std::string& into) {
      if (++i >= argc) return false;
      into = argv[i];
      return true;
    };
    if (arg == "--quick") {
      a.run.quick = true;
    } else if (arg == "--out") {
      if (!value(a.out)) return false;
    } else if (arg == "--data") {
      if (!value(a.run.data_dir)) return false;
    } else if (arg == "--filter") {
      if (!value(a.run.filter)) return false;
    } else if (arg[0] == '-' || !a.suite.empty()) {
      return false;
    } else {
      a.suite = arg;
    }
  }
  return !a.suite.empty();
}

// The library reads flags only from a command line. Random interleaving spreads slow phases of the
// machine over all systems.
void start_timing_library() {
  char program[] = "wisp-bench";
  char interleave[] = "--benchmark_enable_random_interleaving=true";
  char* args[] = {program, interleave, nullptr};
  int count = 2;
  benchmark::Initialize(&count, args);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    for (const Suite& suite : kSuites) std::puts(suite.name);
    return 0;
  }
  Arguments a;
  const bool parsed = parse(argc, argv, a);
  const auto* suite = std::find_if(std::begin(kSuites), std::end(kSuites),
                                   [&](const Suite& s) { return a.suite == s.name; });
  if (!parsed || suite == std::end(kSuites)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  std::error_code error;
  std::filesystem::create_directories(a.out, error);
  start_timing_library();
  wisp::bench::Results results;
  a.run.work_dir = a.out;
  suite->run(a.run, results);
  suite->print_targets(results);
  const std::string path = a.out + "/results.json";
  if (!results.write_json(path)) wisp::bench::give_up("cannot write " + path);
  std::printf("\n%zu records in %s\n", results.records().size(), path.c_str());
  return 0;
}
