// What a benchmark run found: records, results.json, the tables on the terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wisp::bench {

// One measured figure. Names of suites, workloads, systems and metrics are kept for ever: results
// of different days are compared by them.
struct Record {
  std::string suite;
  std::string workload;
  std::string system;
  std::size_t columns = 0;
  double present_pct = 0;
  std::string metric;
  std::string unit;  // "ns" per operation (visits: per field), "bytes" per row
  double value = 0;  // the median of the repeats
  int repeats = 1;
  double spread = 0;  // (largest - smallest repeat) / median
};

// The rows that one table on the terminal is about.
struct Place {
  std::string workload;
  std::size_t columns = 0;
  double present_pct = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

class Results {
 public:
  void add(Record record) { records_.push_back(std::move(record)); }
  // `values` are the repeats of one figure, in any order. Requires: not empty.
  void add_repeats(Record record, std::vector<double> values);

  const std::vector<Record>& records() const { return records_; }
  std::optional<double> find(const Place& place, std::string_view system,
                             std::string_view metric) const;
  // Every place that has records, in order of first appearance.
  std::vector<Place> places() const;

  // Metrics down, systems across.
  void print_table(const Place& place) const;
  // {"machine": {...}, "build": {...}, "records": [...]}; false when the file cannot be written.
  bool write_json(const std::string& path) const;

 private:
  std::vector<Record> records_;
};

// Facts of the machine and of the build, as JSON objects.
std::string machine_json();
std::string build_json();

}  // namespace wisp::bench
