#include "report.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

namespace wisp::bench {

void Results::add_repeats(Record record, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  record.value = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  record.repeats = static_cast<int>(n);
  record.spread = record.value > 0 ? (values.back() - values.front()) / record.value : 0;
  add(std::move(record));
}

std::optional<double> Results::find(const Place& place, std::string_view system,
                                    std::string_view metric) const {
  for (const Record& r : records_) {
    if (r.system == system && r.metric == metric && r.workload == place.workload &&
        r.columns == place.columns && r.present_pct == place.present_pct) {
      return r.value;
    }
  }
  return std::nullopt;
}

std::vector<Place> Results::places() const {
  std::vector<Place> out;
  for (const Record& r : records_) {
    Place place{r.workload, r.columns, r.present_pct};
    if (std::find(out.begin(), out.end(), place) == out.end()) out.push_back(std::move(place));
  }
  return out;
}

void Results::print_table(const Place& place) const {
  std::vector<std::string> systems;
  std::vector<std::string> metrics;
  std::map<std::pair<std::string, std::string>, const Record*> cells;
  for (const Record& r : records_) {
    if (!(place == Place{r.workload, r.columns, r.present_pct})) continue;
    if (std::find(systems.begin(), systems.end(), r.system) == systems.end()) {
      systems.push_back(r.system);
    }
    if (std::find(metrics.begin(), metrics.end(), r.metric) == metrics.end()) {
      metrics.push_back(r.metric);
    }
    cells[{r.metric, r.system}] = &r;
  }
  fmt::print("\n{}, {} columns, {:.3g} % present\n{:<22}", place.workload, place.columns,
             place.present_pct, "");
  for (const std::string& s : systems) fmt::print(" {:>14}", s);
  fmt::print("\n");
  for (const std::string& metric : metrics) {
    std::string unit;
    std::string line;
    for (const std::string& system : systems) {
      const auto cell = cells.find({metric, system});
      if (cell == cells.end()) {
        line += fmt::format(" {:>14}", "-");
        continue;
      }
      unit = cell->second->unit;
      const double v = cell->second->value;
      line += fmt::format(" {:>14}", v < 100 ? fmt::format("{:.2f}", v) : fmt::format("{:.0f}", v));
    }
    fmt::print("{:<22}{}\n", metric + " " + (unit == "bytes" ? "B" : unit), line);
  }
  std::fflush(stdout);
}

bool Results::write_json(const std::string& path) const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  std::string out =
      "{\"machine\": " + machine_json() + ",\n\"build\": " + build_json() + ",\n\"records\": [";
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Record& r = records_[i];
    buffer.Clear();
    w.Reset(buffer);
    w.StartObject();
    const auto text = [&w](const char* key, const std::string& value) {
      w.Key(key);
      w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    text("suite", r.suite);
    text("workload", r.workload);
    text("system", r.system);
    w.Key("columns");
    w.Uint64(r.columns);
    w.Key("present_pct");
    w.Double(r.present_pct);
    text("metric", r.metric);
    text("unit", r.unit);
    w.Key("value");
    w.Double(r.value);
    w.Key("repeats");
    w.Int(r.repeats);
    w.Key("spread");
    w.Double(r.spread);
    w.EndObject();
    out += (i == 0 ? "\n" : ",\n") + std::string(buffer.GetString(), buffer.GetSize());
  }
  out += "\n]}\n";
  std::ofstream file(path, std::ios::binary);
  file << out;
  file.close();
  return file.good();
}

}  // namespace wisp::bench
