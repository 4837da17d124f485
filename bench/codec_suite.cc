// The codec suite: sizes and times of encoded rows, Wisp and its peers on the same rows.
//
// For each workload every system encodes the same rows, reads them back (checked before anything is
// timed), is measured in bytes and then in time. Times come from Google Benchmark, with the repeats
// of all systems interleaved.
//   hot     what is read stays in the caches near the core (kHotRows)
//   _dram   200k rows (fewer where they would take more than 2 GiB), in random order
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "block_size.h"
#include "queries.h"
#include "suite.h"
#include "system.h"

namespace wisp::bench {

volatile std::uint64_t g_zero = 0;

namespace {

// Fields are read, each query a random row and a random column, from rows that are in the cache but
// that the branch predictor cannot learn by heart; as many rows are encoded. Other operations on
// whole rows repeat a few rows.
constexpr std::size_t kHotRows = 1024;
constexpr std::size_t kHotWholeRows = 16;
constexpr std::size_t kHotQueries = 16384;
constexpr std::size_t kHotRowQueries = 256;
constexpr std::size_t kChunk = 4096;  // queries per iteration
constexpr std::size_t kCheckedRows = 64;
constexpr std::uint64_t kMemoryBytes = std::uint64_t{2} << 30;

constexpr Metric kFromMemory[] = {Metric::kReadInt,       Metric::kReadText, Metric::kReadIntChain,
                                  Metric::kReadTextChain, Metric::kReadNull, Metric::kRead5,
                                  Metric::kVisitPresent};

struct Figure {
  std::string system;
  std::string metric;
  double operations;  // per iteration
  std::vector<double> ns;
};

// Not inlined, so that the instructions of all measured operations can be counted:
//   valgrind --tool=callgrind --toggle-collect='*run_measured*' wisp-bench codec --quick
//     --filter '^synthetic_random/700/5/wisp/read_int$'
[[gnu::noinline]] std::uint64_t run_measured(System& system, Metric metric, const Batch& batch) {
  return system.run(metric, batch);
}

// Collects the repeats of every figure; prints nothing.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  explicit Collector(std::vector<Figure>& figures) : figures_(figures) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      Figure& figure = figures_[static_cast<std::size_t>(run.family_index)];
      figure.ns.push_back(run.cpu_accumulated_time * 1e9 / static_cast<double>(run.iterations) /
                          figure.operations);
    }
  }

 private:
  std::vector<Figure>& figures_;
};

class WorkloadRun {
 public:
  WorkloadRun(const Workload& workload, const RunOptions& options, Results& results)
      : workload_(workload),
        options_(options),
        results_(results),
        place_{workload.name(), workload.columns().size(), workload.present_pct()} {}

  void run() {
    make_systems();
    if (systems_.empty()) return;
    fmt::print(stderr, "{}, {} columns, {:.3g} %: rows\n", place_.workload, place_.columns,
               place_.present_pct);
    take_rows();
    if (Loaded* protobuf = find("protobuf")) choose_integers(*protobuf);
    for (Loaded& system : systems_) measure_sizes(system);
    register_hot();
    time_all("times");
    if (workload_.name() == "synthetic_random") {
      load_many();
      register_many();
      time_all("times from memory");
    }
    if (Loaded* wisp = find("wisp")) {
      fmt::print("\n(wisp: the first row is of form \"{}\")",
                 wisp->system->describe(wisp->rows[0]));
    }
    results_.print_table(place_);
  }

 private:
  struct Loaded {
    SystemPtr system;
    RowStore rows;
    RowStore many;
    QuerySet queries;
    QuerySet many_queries;
  };

  void take_rows() {
    const std::size_t wanted = options_.quick ? 300 : 2000;
    const std::size_t count =
        workload_.is_synthetic()
            ? wanted
            : std::min(workload_.row_count(), options_.quick ? wanted : workload_.row_count());
    cells_.resize(count);
    for (std::size_t i = 0; i < count; ++i) workload_.row(i, cells_[i]);
    picks_ = make_picks(workload_.columns(), cells_, {kHotQueries, kHotRows},
                        {kHotRowQueries, kHotWholeRows});
  }

  void make_systems() {
    const Columns& columns = workload_.columns();
    const bool synthetic = workload_.is_synthetic();
    add(make_wisp(columns, true));
    add(make_wisp(columns, false));
    add(make_flatbuffers(columns, synthetic));
    add(make_protobuf(columns, synthetic, true));
    add(make_capnp(columns, false));
    add(make_capnp(columns, true));
    add(make_sqlite(columns));
    add(make_rocksdb_entity(columns));
    add(make_plain_struct(columns));
    add(make_msgpack(columns));
  }
  void add(SystemPtr system) {
    if (system == nullptr || !wants_any(system->name())) return;
    const std::size_t alignment = system->alignment();
    systems_.push_back({std::move(system), RowStore(alignment), RowStore(alignment), {}, {}});
  }
  Loaded* find(std::string_view name) {
    const auto found = std::find_if(systems_.begin(), systems_.end(),
                                    [&](const Loaded& l) { return l.system->name() == name; });
    return found == systems_.end() ? nullptr : &*found;
  }
  // Protobuf's integers of a data set as int instead of sint where that makes the table smaller.
  void choose_integers(Loaded& protobuf) {
    if (workload_.is_synthetic()) return;
    SystemPtr other = make_protobuf(workload_.columns(), false, false);
    std::uint64_t as_sint = 0;
    std::uint64_t as_int = 0;
    for (const RowCells& row : cells_) {
      as_sint += protobuf.system->encode(row).size();
      as_int += other->encode(row).size();
    }
    if (as_int < as_sint) protobuf.system = std::move(other);
  }

  void measure_sizes(Loaded& loaded) {
    System& system = *loaded.system;
    system.set_five(picks_.five);
    for (const RowCells& row : cells_) loaded.rows.add(system.encode(row));
    system.load(cells_, loaded.rows);
    for (std::size_t i = 0; i < std::min(kCheckedRows, cells_.size()); ++i) {
      const std::string wrong = system.check(cells_[i], loaded.rows[i]);
      if (!wrong.empty()) {
        give_up(
            fmt::format("{}, {} columns, row {}: {}", place_.workload, place_.columns, i, wrong));
      }
    }
    loaded.queries = make_queries(picks_, loaded.rows);
    if (system.name() == "wisp_unchecked" || !wants(system.name(), "bytes_raw")) return;
    add_sizes(system.name(), "", block_sizes(loaded.rows, 0));
    if (system.name() == "wisp") {
      add_sizes("wisp", "_checksum", block_sizes(loaded.rows, kChecksumBytes));
    }
  }
  void add_sizes(const std::string& system, const std::string& suffix, const BlockSizes& sizes) {
    add_record(system, "bytes_raw" + suffix, sizes.raw);
    add_record(system, "bytes_lz4" + suffix, sizes.lz4);
    add_record(system, "bytes_zstd" + suffix, sizes.zstd);
  }
  void add_record(const std::string& system, const std::string& metric, double bytes) {
    results_.add({"codec", place_.workload, system, place_.columns, place_.present_pct, metric,
                  "bytes", bytes, 1, 0});
  }

  void register_hot() {
    for (Loaded& loaded : systems_) {
      for (std::size_t m = 0; m < kMetricCount; ++m) {
        const auto metric = static_cast<Metric>(m);
        if (metric != Metric::kBatch3) register_one(loaded, metric, loaded.queries, "");
      }
    }
  }
  void register_many() {
    for (Loaded& loaded : systems_) {
      if (loaded.many.size() == 0) continue;
      for (Metric metric : kFromMemory) register_one(loaded, metric, loaded.many_queries, "_dram");
      register_one(loaded, Metric::kBatch3, loaded.many_queries, "");
    }
  }

  void register_one(Loaded& loaded, Metric metric, const QuerySet& queries,
                    const std::string& suffix) {
    System* system = loaded.system.get();
    const std::string metric_text = std::string(metric_name(metric)) + suffix;
    if (!system->can(metric) || !wants(system->name(), metric_text)) return;
    std::span<const RowCells> rows;
    std::span<const Query> all = queries.of(metric);
    double operations = 0;
    std::size_t chunk = 0;
    if (metric == Metric::kEncode) {
      rows = std::span(cells_).first(std::min(kHotRows, cells_.size()));
      operations = static_cast<double>(rows.size());
      all = {};
    } else {
      if (all.empty()) return;
      chunk = chunk_of(*system, metric, all);
      operations = static_cast<double>(chunk);
      if (metric == Metric::kVisitPresent) operations *= fields_per_row(suffix.empty());
    }
    figures_.push_back({system->name(), metric_text, operations, {}});
    benchmark::RegisterBenchmark(
        metric_text.c_str(),
        [system, metric, rows, all, chunk](benchmark::State& state) {
          std::size_t at = 0;
          for (auto _ : state) {
            benchmark::DoNotOptimize(run_measured(*system, metric, {all.subspan(at, chunk), rows}));
            at = at + 2 * chunk <= all.size() ? at + chunk : 0;
          }
        })
        ->Repetitions(options_.quick ? 3 : 7)
        ->MinTime(options_.quick ? 0.001 : 0.02);
  }
  // As many queries per iteration as take about a millisecond.
  std::size_t chunk_of(System& system, Metric metric, std::span<const Query> all) {
    const std::size_t few = std::min<std::size_t>(64, all.size());
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(system.run(metric, {all.first(few), {}}));
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    const double each = taken.count() / static_cast<double>(few);
    return each > 1000 ? few : std::min(kChunk, all.size());
  }
  double fields_per_row(bool hot) const {
    if (!hot) return place_.present_pct / 100 * static_cast<double>(place_.columns);
    double fields = 0;
    for (const Pick& pick : picks_.rows) fields += static_cast<double>(cells_[pick.row].size());
    return fields / static_cast<double>(picks_.rows.size());
  }

  // 200k rows in every system that is read in place, each row made once.
  void load_many() {
    std::vector<Loaded*> open;
    for (Loaded& loaded : systems_) {
      if (!loaded.system->parses_whole_rows() && loaded.system->can(Metric::kReadTextChain) &&
          wants_dram(loaded.system->name())) {
        open.push_back(&loaded);
      }
    }
    if (open.empty()) return;
    fmt::print(stderr, "{}, {} columns, {:.3g} %: many rows\n", place_.workload, place_.columns,
               place_.present_pct);
    const std::size_t count = options_.quick ? 10000 : 200000;
    PicksBuilder picks(workload_.columns(), picks_.five);
    RowCells row;
    for (std::size_t i = 0; i < count; ++i) {
      workload_.row(i, row);
      picks.add_row(row);
      for (Loaded* loaded : open) {
        if (loaded->many.total_bytes() < kMemoryBytes)
          loaded->many.add(loaded->system->encode(row));
      }
    }
    const Picks many = picks.shuffled();
    for (Loaded* loaded : open) {
      if (loaded->many.size() < count) {
        fmt::print("({}: {} rows in memory)\n", loaded->system->name(), loaded->many.size());
      }
      loaded->many_queries = make_queries(many, loaded->many);
      loaded->system->load_many(loaded->many);
    }
  }

  void time_all(const char* what) {
    if (figures_.empty()) return;
    fmt::print(stderr, "{}, {} columns, {:.3g} %: {}\n", place_.workload, place_.columns,
               place_.present_pct, what);
    Collector collector(figures_);
    benchmark::RunSpecifiedBenchmarks(&collector, "all");
    benchmark::ClearRegisteredBenchmarks();
    for (Figure& f : figures_) {
      if (f.ns.empty()) give_up(f.system + " " + f.metric + " was not timed");
      results_.add_repeats({"codec", place_.workload, f.system, place_.columns, place_.present_pct,
                            f.metric, "ns", 0, 1, 0},
                           std::move(f.ns));
    }
    figures_.clear();
  }

  bool wants(const std::string& system, const std::string& metric) const {
    return options_.filter.empty() ||
           matches(options_.filter,
                   fmt::format("{}/{}/{:.3g}/{}/{}", place_.workload, place_.columns,
                               place_.present_pct, system, metric));
  }
  bool wants_any(const std::string& system) const {
    if (options_.filter.empty() || wants(system, "bytes_raw")) return true;
    for (std::size_t m = 0; m < kMetricCount; ++m) {
      const std::string metric(metric_name(static_cast<Metric>(m)));
      if (wants(system, metric) || wants(system, metric + "_dram")) return true;
    }
    return false;
  }
  bool wants_dram(const std::string& system) const {
    for (Metric m : kFromMemory) {
      if (wants(system, std::string(metric_name(m)) + "_dram")) return true;
    }
    return wants(system, std::string(metric_name(Metric::kBatch3)));
  }

  const Workload& workload_;
  const RunOptions& options_;
  Results& results_;
  Place place_;
  std::vector<RowCells> cells_;
  Picks picks_;
  std::vector<Loaded> systems_;
  std::vector<Figure> figures_;
};

}  // namespace

void run_codec_suite(const RunOptions& options, Results& results) {
  const auto run = [&](std::unique_ptr<Workload> workload) {
    WorkloadRun(*workload, options, results).run();
  };
  for (std::size_t shapes : {0, 20}) {
    for (std::size_t present : {7, 35, 140, 350, 700}) {
      run(make_synthetic(700, present, shapes));
    }
  }
  run(make_synthetic(70, 35, 0));
  run(make_synthetic(7000, 35, 0));
  for (const char* name : {"otrf_windows_events", "off_union", "gss_panel20", "tcga_brca",
                           "github_webhooks", "ncua_5300_2025q4"}) {
    const std::string folder = options.data_dir + "/" + name;
    if (!std::filesystem::exists(folder + "/data.csv.gz")) {
      fmt::print(stderr, "{} is not there: left out\n", folder);
      continue;
    }
    run(read_data_set(folder, options.quick ? 300 : SIZE_MAX));
  }
}

}  // namespace wisp::bench
