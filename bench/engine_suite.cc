// The engine suite: rows of about 500 bytes in tables on disk, Wisp and its peers.
//
// 700 columns, 5 % present, every row its own shape; 200k rows (synthetic_random) and, without
// --quick, a million (synthetic_random_1m). All systems are loaded with the same rows, then timed
// in turns, so that a slow phase of the machine meets all of them:
//   all in caches        get_3 get_3_verified multi_get_3 scan_3_where, operator new counted;
//                        get_3_rows where rows are cached, not blocks
//   larger than cache    get_3_uncached (every row alike) get_3_zipf (theta 0.99, hot rows all over
//                        the table) get_3_zipf_clustered (hot rows side by side): a block cache of
//                        a quarter of Wisp's raw bytes for every store, reads past the operating
//                        system's cache; with _rows behind, every store keeps rows in that cache,
//                        not blocks (DatabaseOptions::cache_rows, RocksDB's row cache)
//   writes               put_batch put_sync update_3 get_patch_put_3 get_3_written (rows that were
//                        just written); put_batch_hot: the same 100 rows in turns, so that what is
//                        encoded is in the processor's caches, as what a process has just made
//   schema               alter_add alter_drop: one statement on one column; also on 10k rows
//                        (synthetic_random_10k), with put_sync to hold them against
// Reads from caches and put_batch_cpu are processor time of the calling thread; all other figures
// are elapsed time.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "allocations.h"
#include "alter_times.h"
#include "engine_system.h"
#include "queries.h"
#include "rocks_folder.h"
#include "suite.h"
#include "zipf.h"

namespace wisp::bench {

std::string_view engine_metric_name(EngineMetric m) {
  static constexpr std::array<std::string_view, kEngineMetricCount> kNames = {
      "get_3",    "get_3_verified", "multi_get_3",     "scan_3_where", "put_batch",
      "put_sync", "update_3",       "get_patch_put_3", "get_3_pending"};
  return kNames[static_cast<std::size_t>(m)];
}

RowKey make_row_key(std::int64_t id) {
  RowKey key{id, {}};
  const std::uint64_t ordered = static_cast<std::uint64_t>(id) ^ (std::uint64_t{1} << 63);
  for (std::size_t i = 0; i < 4; ++i) {
    key.bytes[i] = static_cast<char>(kBenchTableId >> (8 * (3 - i)));
  }
  for (std::size_t i = 0; i < 8; ++i) key.bytes[4 + i] = static_cast<char>(ordered >> (56 - 8 * i));
  return key;
}

Five late_columns(const Columns& columns) {
  const auto last = [&columns](CellKind kind, std::size_t from_end) {
    const auto& all = columns.all(kind);
    return all[all.size() - from_end];
  };
  return {last(CellKind::kInt, 1), last(CellKind::kInt, 2), last(CellKind::kText, 1),
          last(CellKind::kText, 2), last(CellKind::kBool, 1)};
}

namespace {

constexpr TextBytes kTextBytes = {30, 54};  // rows of about 500 bytes
constexpr std::size_t kPoolRows = 2000;
constexpr std::size_t kCacheBytes = std::size_t{8} << 30;
constexpr double kZipfTheta = 0.99;
constexpr std::size_t kFewRows = 10000;           // schema changes only
constexpr std::size_t kPlainStructRows = 200000;  // it takes 8 KB a row

struct Timed {
  double wall_ns = 0;
  double cpu_ns = 0;
  Digest digest;
};

double thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// Not inlined, so that the instructions of all measured operations can be counted:
//   valgrind --tool=callgrind --toggle-collect='*timed*' wisp-bench engine --quick
//     --filter 'wisp/get_3$'
[[gnu::noinline]] Timed timed(EngineSystem& system, EngineMetric metric, const EngineBatch& batch) {
  Timed out;
  const double cpu = thread_cpu_ns();
  const auto start = std::chrono::steady_clock::now();
  out.digest = system.run(metric, batch);
  out.wall_ns =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
  out.cpu_ns = thread_cpu_ns() - cpu;
  return out;
}

// Bytes in the write-ahead log files of a RocksDB folder.
double log_bytes(const std::string& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".log") bytes += entry.file_size();
  }
  return static_cast<double>(bytes);
}

class EngineRun {
 public:
  EngineRun(std::size_t row_count, const RunOptions& options, Results& results)
      : row_count_(row_count),
        options_(options),
        results_(results),
        workload_(make_synthetic(700, 35, 0, kTextBytes)),
        place_{row_count == kFewRows ? "synthetic_random_10k"
               : row_count == 200000 ? "synthetic_random"
                                     : "synthetic_random_1m",
               700, 5},
        repeats_(options.quick        ? 3
                 : row_count > 200000 ? 5
                                      : 9) {}

  void run() {
    folder_ = options_.work_dir + "/engine-" + place_.workload;
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    for (std::size_t i = 0; i < kPoolRows; ++i) workload_->row(i, pool_.emplace_back());
    shuffle_keys();
    make_systems();
    if (row_count_ == kFewRows && !anyone_wants({"alter_add", "alter_drop", "put_sync"})) return;
    if (systems_.empty()) return;
    load();
    if (row_count_ == kFewRows) {
      schema_changes();
      finish();
      return;
    }
    measure_row();
    if (anyone_wants({"get_3", "get_3_verified", "multi_get_3", "scan_3_where", "get_3_allocations",
                      "scan_3_where_allocations", "get_3_rows"})) {
      from_caches();
    }
    if (anyone_wants({"get_3_zipf", "get_3_zipf_clustered", "get_3_uncached", "get_3_zipf_rows",
                      "get_3_zipf_clustered_rows"}))
      larger_than_cache();
    if (anyone_wants({"put_batch", "put_batch_hot", "put_sync", "update_3", "get_patch_put_3",
                      "get_3_written", "get_3_pending"}))
      writes();
    alters();
    finish();
  }

 private:
  void finish() {
    systems_.clear();
    std::filesystem::remove_all(folder_);
    results_.print_table(place_);
  }
  void make_systems() {
    const Columns& columns = workload_->columns();
    add(make_wisp_engine(columns, folder_ + "/wisp"));
    if (row_count_ == kFewRows) return;
    add(make_rocksdb_bare(columns, folder_ + "/bare"));
    add(make_rocksdb_entities(columns, folder_ + "/entity"));
    add(make_rocksdb_values(make_protobuf(columns, true, true), columns, folder_ + "/protobuf"));
    add(make_rocksdb_values(make_flatbuffers(columns, true), columns, folder_ + "/flatbuffers"));
    if (row_count_ <= kPlainStructRows) {
      add(make_rocksdb_values(make_plain_struct(columns), columns, folder_ + "/plain_struct"));
    }
    add(make_sqlite_engine(columns, folder_ + "/sqlite"));
    add(make_lmdb(make_flatbuffers(columns, true), columns, folder_ + "/lmdb"));
  }
  void add(EngineSystemPtr system) {
    if (system == nullptr) return;
    constexpr std::string_view kFigures[] = {"get_3",           "get_3_zipf_clustered",
                                             "get_3_verified",  "get_3_allocations",
                                             "multi_get_3",     "scan_3_where",
                                             "get_3_zipf",      "get_3_uncached",
                                             "get_3_zipf_rows", "get_3_zipf_clustered_rows",
                                             "get_3_rows",      "put_batch",
                                             "put_batch_hot",   "put_sync",
                                             "update_3",        "get_patch_put_3",
                                             "get_3_pending",   "alter_add",
                                             "alter_drop"};
    for (const std::string_view figure : kFigures) {
      if (!wants(*system, std::string(figure))) continue;
      systems_.push_back(std::move(system));
      return;
    }
  }
  std::string label(const std::string& system, const std::string& metric) const {
    return fmt::format("{}/{}/{:.3g}/{}/{}", place_.workload, place_.columns, place_.present_pct,
                       system, metric);
  }
  void say(const std::string& what) const {
    fmt::print(stderr, "{}, {} rows: {}\n", place_.workload, row_count_, what);
  }

  // A row as Wisp stores it, with its checksum and key.
  void measure_row() {
    const SystemPtr codec = make_wisp(workload_->columns(), true);
    double bytes = 0;
    for (const RowCells& row : pool_) bytes += static_cast<double>(codec->encode(row).size());
    const double value_bytes = bytes / static_cast<double>(pool_.size()) + 8;
    row_bytes_ = value_bytes + 12;
    results_.add({"engine", place_.workload, "wisp", place_.columns, place_.present_pct,
                  "bytes_raw_checksum", "bytes", value_bytes, 1, 0});
  }

  void shuffle_keys() {
    keys_.reserve(row_count_);
    for (std::size_t i = 0; i < row_count_; ++i) {
      keys_.push_back(make_row_key(static_cast<std::int64_t>(i)));
    }
    Random random(99);
    for (std::size_t i = keys_.size(); i > 1; --i) {
      std::swap(keys_[i - 1], keys_[random.below(static_cast<std::uint32_t>(i))]);
    }
  }
  // `count` keys in random order, others with each call until all have been given out.
  std::span<const RowKey> take_keys(std::size_t count) {
    if (next_key_ + count > keys_.size()) next_key_ = 0;
    next_key_ += count;
    return std::span(keys_).subspan(next_key_ - count, count);
  }

  void load() {
    open_all({kCacheBytes, false});
    std::vector<RowCells> rows(kPoolRows);
    std::vector<RowKey> keys;
    say("loading");
    for (std::size_t first = 0; first < row_count_; first += rows.size()) {
      const std::size_t count = std::min(rows.size(), row_count_ - first);
      keys.clear();
      for (std::size_t i = 0; i < count; ++i) {
        workload_->row(first + i, rows[i]);
        keys.push_back(make_row_key(static_cast<std::int64_t>(first + i)));
      }
      const EngineBatch batch{keys, std::span<const RowCells>(rows).first(count)};
      for (auto& system : systems_) {
        system->prepare(batch.rows);
        system->run(EngineMetric::kPutBatch, batch);
      }
    }
    for (auto& system : systems_) system->settle();
    close_all();
  }
  void open_all(const EngineSettings& settings) {
    for (auto& system : systems_) system->open(settings);
  }
  void close_all() {
    for (auto& system : systems_) system->close();
  }

  // One figure in every system that has it, in turns. `next` gives the batch of a repeat, the same
  // for all systems.
  using NextBatch = std::function<EngineBatch()>;
  void measure(EngineMetric metric, const std::string& name, std::size_t operations, bool elapsed,
               const NextBatch& next, int repeats) {
    std::vector<std::vector<double>> ns(systems_.size());
    std::vector<std::vector<double>> cpu_ns(systems_.size());
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const EngineBatch batch = next();
      std::optional<Digest> expected;
      for (std::size_t k = 0; k < systems_.size(); ++k) {
        const std::size_t s = (k + static_cast<std::size_t>(repeat)) % systems_.size();
        EngineSystem& system = *systems_[s];
        if (!system.can(metric) || !wants(system, name)) continue;
        const Timed t = timed(system, metric, batch);
        const double each = (elapsed ? t.wall_ns : t.cpu_ns) / static_cast<double>(operations);
        ns[s].push_back(each);
        cpu_ns[s].push_back(t.cpu_ns / static_cast<double>(operations));
        if (system.name() == "rocksdb_bare") continue;  // reads no fields
        if (!expected) expected = t.digest;
        if (*expected != t.digest) give_up(system.name() + ": " + name + " read something else");
      }
    }
    for (std::size_t s = 0; s < systems_.size(); ++s) {
      if (ns[s].empty()) continue;
      add_times(s, name, std::move(ns[s]));
      if (metric == EngineMetric::kPutBatch) add_times(s, name + "_cpu", std::move(cpu_ns[s]));
    }
  }
  bool anyone_wants(std::initializer_list<const char*> metrics) const {
    return std::any_of(systems_.begin(), systems_.end(), [&](const EngineSystemPtr& system) {
      return std::any_of(metrics.begin(), metrics.end(),
                         [&](const char* metric) { return wants(*system, metric); });
    });
  }
  bool wants(const EngineSystem& system, const std::string& metric) const {
    return options_.filter.empty() || matches(options_.filter, label(system.name(), metric));
  }
  void add_times(std::size_t s, const std::string& name, std::vector<double> ns) {
    results_.add_repeats({"engine", place_.workload, systems_[s]->name(), place_.columns,
                          place_.present_pct, name, "ns", 0, 1, 0},
                         std::move(ns));
  }
  void add_figure(const EngineSystem& system, const std::string& metric, const char* unit,
                  double value) {
    results_.add({"engine", place_.workload, system.name(), place_.columns, place_.present_pct,
                  metric, unit, value, 1, 0});
  }

  void from_caches() {
    open_all({kCacheBytes, false});
    say("warming");
    for (auto& system : systems_) system->run(EngineMetric::kGet3, {keys_, {}});
    say("reads from caches");
    const std::size_t count = options_.quick ? 5000 : 20000;
    const auto keys = [&] { return EngineBatch{take_keys(count), {}}; };
    measure(EngineMetric::kGet3, "get_3", count, false, keys, repeats_);
    measure(EngineMetric::kGet3Verified, "get_3_verified", count, false, keys, repeats_);
    measure(EngineMetric::kMultiGet3, "multi_get_3", count, false, keys, repeats_);
    measure(
        EngineMetric::kScan3Where, "scan_3_where", row_count_, false, [] { return EngineBatch{}; },
        repeats_);
    for (auto& system : systems_) {
      count_allocations(*system, EngineMetric::kGet3, keys(), count);
      count_allocations(*system, EngineMetric::kScan3Where, {}, row_count_);
    }
    close_all();
    if (!anyone_wants({"get_3_rows"})) return;
    open_all({.cache_bytes = kCacheBytes, .cache_rows = true});
    for (auto& system : systems_) system->run(EngineMetric::kGet3, {keys_, {}});
    measure(EngineMetric::kGet3, "get_3_rows", count, false, keys, repeats_);
    close_all();
  }
  void count_allocations(EngineSystem& system, EngineMetric metric, const EngineBatch& batch,
                         std::size_t operations) {
    const std::string name = std::string(engine_metric_name(metric)) + "_allocations";
    if (!wants(system, name)) return;
    const std::uint64_t before = allocations_of_this_thread();
    system.run(metric, batch);
    const auto made = static_cast<double>(allocations_of_this_thread() - before);
    add_figure(system, name, "allocations", made / static_cast<double>(operations));
  }

  void larger_than_cache() {
    const auto cache_bytes =
        static_cast<std::size_t>(0.25 * row_bytes_ * static_cast<double>(row_count_));
    std::vector<EngineSystemPtr> others;
    for (auto& system : systems_) {
      if (!system->has_own_cache()) others.push_back(std::move(system));
    }
    std::erase(systems_, nullptr);
    const std::size_t count = options_.quick ? 2000 : 10000;
    // Until the cache is full of what is read, not of what is seen for the first time.
    const std::size_t warm_count = options_.quick ? 20000 : row_count_;
    Zipf zipf(row_count_, kZipfTheta, 7);
    for (const bool rows : {false, true}) {
      open_all({.cache_bytes = cache_bytes, .direct_reads = true, .cache_rows = rows});
      say(fmt::format("a cache of {} MiB, of {}", cache_bytes >> 20, rows ? "rows" : "blocks"));
      const std::string suffix = rows ? "_rows" : "";
      zipf_reads("get_3_zipf" + suffix, warm_count, count, [&zipf] { return zipf.scattered(); });
      zipf_reads("get_3_zipf_clustered" + suffix, warm_count, count,
                 [&zipf] { return zipf.clustered(); });
      if (!rows) {
        measure(
            EngineMetric::kGet3, "get_3_uncached", count, true,
            [&] {
              return EngineBatch{take_keys(count), {}};
            },
            repeats_);
      }
      close_all();
    }
    for (auto& system : others) systems_.push_back(std::move(system));
  }

  // Elapsed time, and how many blocks came from the disk.
  void zipf_reads(const std::string& name, std::size_t warm_count, std::size_t count,
                  const std::function<std::uint64_t()>& draw_one) {
    if (!anyone_wants({name.c_str()})) return;
    std::vector<RowKey> drawn;
    const auto draw = [&](std::size_t n) {
      drawn.clear();
      for (std::size_t i = 0; i < n; ++i) {
        drawn.push_back(make_row_key(static_cast<std::int64_t>(draw_one())));
      }
      return EngineBatch{drawn, {}};
    };
    const EngineBatch warm = draw(warm_count);
    for (auto& system : systems_) system->run(EngineMetric::kGet3, warm);
    measure(
        EngineMetric::kGet3, name, count, true, [&] { return draw(count); }, repeats_);
    const EngineBatch counted = draw(count);
    for (auto& system : systems_) {
      start_counting_blocks();
      system->run(EngineMetric::kGet3, counted);
      const BlockReads blocks = blocks_counted();
      add_figure(*system, name + "_miss_pct", "%",
                 100 * static_cast<double>(blocks.from_disk) / static_cast<double>(count));
    }
  }

  void writes() {
    open_all({kCacheBytes, false});
    say("writes");
    const auto with_rows = [&](std::size_t count) {
      return [this, count] {
        return EngineBatch{take_keys(count), std::span<const RowCells>(pool_).first(count)};
      };
    };
    for (auto& system : systems_) system->prepare(pool_);
    measure(EngineMetric::kPutBatch, "put_batch", kPoolRows, true, with_rows(kPoolRows),
            4 * repeats_);
    measure(
        EngineMetric::kPutBatch, "put_batch_hot", kPoolRows, true,
        [&] {
          return EngineBatch{take_keys(kPoolRows), std::span<const RowCells>(pool_).first(100)};
        },
        4 * repeats_);
    synced_puts();
    patches();
    close_all();
  }
  void synced_puts() {
    ::sync();  // a sync of one store would wait for what the others have written
    const std::size_t few = options_.quick ? 50 : 200;
    measure(
        EngineMetric::kPutSync, "put_sync", few, true,
        [&] {
          return EngineBatch{take_keys(few), std::span<const RowCells>(pool_).first(few)};
        },
        repeats_);
  }
  void schema_changes() {
    open_all({kCacheBytes, false});
    say("writes");
    synced_puts();
    close_all();
    alters();
  }
  // Last: the table has many schema versions then.
  void alters() {
    for (std::size_t s = 0; s < systems_.size(); ++s) {
      if (systems_[s]->name() != "wisp" || !anyone_wants({"alter_add", "alter_drop"})) continue;
      say("ALTER TABLE");
      AlterTimes times = time_alters(folder_ + "/wisp", repeats_, options_.quick ? 5 : 20);
      add_times(s, "alter_add", std::move(times.add_ns));
      add_times(s, "alter_drop", std::move(times.drop_ns));
    }
  }
  void patches() {
    const std::size_t count = 2000;
    const auto keys = [&] { return EngineBatch{take_keys(count), {}}; };
    for (const EngineMetric metric : {EngineMetric::kGetPatchPut3, EngineMetric::kUpdate3}) {
      const std::string name(engine_metric_name(metric));
      measure(metric, name, count, true, keys, repeats_);
      for (auto& system : systems_) {
        if (system->name() == "wisp" && system->can(metric)) {
          measure_log(*system, metric, keys(), count);
        }
      }
    }
    // Rows that were just written, whole: read from the memtable where there is one.
    const EngineBatch written = keys();
    for (auto& system : systems_) {
      const bool by_hand = system->can(EngineMetric::kGetPatchPut3);
      system->run(by_hand ? EngineMetric::kGetPatchPut3 : EngineMetric::kUpdate3, written);
    }
    measure(
        EngineMetric::kGet3, "get_3_written", count, false, [&] { return written; }, repeats_);
    for (auto& system : systems_) {
      if (system->can(EngineMetric::kGet3Pending)) system->run(EngineMetric::kUpdate3, written);
    }
    measure(
        EngineMetric::kGet3Pending, "get_3_pending", count, false, [&] { return written; },
        repeats_);
  }
  void measure_log(EngineSystem& system, EngineMetric metric, const EngineBatch& batch,
                   std::size_t count) {
    const double before = log_bytes(folder_ + "/wisp");
    system.run(metric, batch);
    const double written = log_bytes(folder_ + "/wisp") - before;
    // A log that was switched meanwhile tells nothing.
    if (written <= 0) return;
    add_figure(system, std::string(engine_metric_name(metric)) + "_log_bytes", "bytes",
               written / static_cast<double>(count));
  }

  std::size_t row_count_;
  const RunOptions& options_;
  Results& results_;
  std::unique_ptr<Workload> workload_;
  Place place_;
  int repeats_;
  std::string folder_;
  std::vector<RowCells> pool_;
  double row_bytes_ = 0;
  std::vector<RowKey> keys_;
  std::size_t next_key_ = 0;
  std::vector<EngineSystemPtr> systems_;
};

}  // namespace

void run_engine_suite(const RunOptions& options, Results& results) {
  EngineRun(kFewRows, options, results).run();
  EngineRun(200000, options, results).run();
  if (!options.quick) EngineRun(1000000, options, results).run();
}

}  // namespace wisp::bench
