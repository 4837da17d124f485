// The suites of wisp-bench. Each fills Results and prints its tables as it goes.
#pragma once

#include <string>

#include "report.h"

namespace wisp::bench {

struct RunOptions {
  bool quick = false;    // few rows and short runs: checks that everything works
  std::string work_dir;  // where the engine suite makes (and removes) its databases
  std::string data_dir;  // folder of data sets; those that are not there are left out
  std::string filter;    // regular expression on workload/columns/pct/system/metric; empty: all
};

void run_codec_suite(const RunOptions& options, Results& results);
void run_engine_suite(const RunOptions& options, Results& results);

// The targets of a suite against what was measured; prints a line for each.
void print_codec_targets(const Results& results);
void print_engine_targets(const Results& results);

}  // namespace wisp::bench
