// The targets of the codec, each held against the figures of this run.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "suite.h"
#include "target_list.h"

namespace wisp::bench {
namespace {

class Targets {
 public:
  explicit Targets(const Results& results) : results_(results) {}

  void print() {
    for (const Place& place : results_.places()) {
      sizes(place);
      if (place.workload.starts_with("synthetic") && place.columns == 700) times(place);
    }
    widths();
    list_.print_sum();
  }

 private:
  static std::string label(const Place& place, std::string_view what) {
    return place_label(place, what);
  }
  void at_most(const std::string& what, Figure value, double limit, const char* unit) {
    list_.at_most(what, value, limit, unit);
  }
  void at_least(const std::string& what, Figure value, double limit, const char* unit) {
    list_.at_least(what, value, limit, unit);
  }
  Figure get(const Place& place, std::string_view system, std::string_view metric) const {
    return results_.find(place, system, metric);
  }
  // Wisp's time over FlatBuffers'.
  Figure to_flatbuffers(const Place& place, std::string_view metric) const {
    return ratio(get(place, "wisp", metric), get(place, "flatbuffers", metric));
  }

  void sizes(const Place& place) {
    for (std::string_view metric : {"bytes_raw", "bytes_lz4", "bytes_zstd"}) {
      Figure least;
      std::string_view who;
      for (std::string_view peer :
           {"protobuf", "flatbuffers", "capnp_packed", "sqlite", "rocksdb_entity"}) {
        const Figure bytes = get(place, peer, metric);
        if (bytes && (!least || *bytes < *least)) least = bytes, who = peer;
      }
      at_most(label(place, fmt::format("{} to smallest peer, {}", metric, who)),
              ratio(get(place, "wisp", metric), least), metric == "bytes_raw" ? 1.0 : 1.03, "x");
    }
    const Figure to_protobuf =
        ratio(get(place, "wisp", "bytes_raw"), get(place, "protobuf", "bytes_raw"));
    if (place.workload == "gss_panel20") {
      at_most(label(place, "bytes_raw to protobuf"), to_protobuf, 0.66, "x");
    }
    if (place.workload == "ncua_5300_2025q4") {
      at_most(label(place, "bytes_raw to protobuf"), to_protobuf, 0.20, "x");
    }
    if (place.workload.starts_with("synthetic") && place.columns == 700) {
      constexpr std::pair<double, double> kBytes[] = {{1, 46}, {5, 195}, {20, 712}, {100, 3050}};
      for (const auto& [pct, limit] : kBytes) {
        if (place.present_pct == pct) {
          at_most(label(place, "bytes_raw"), get(place, "wisp", "bytes_raw"), limit, "B");
        }
      }
    }
  }

  void times(const Place& place) {
    const double pct = place.present_pct;
    const bool sparse = pct <= 5;
    const bool full = pct >= 100;
    const auto to_fb = [&](std::string_view metric, double limit) {
      at_most(label(place, fmt::format("{} to flatbuffers", metric)), to_flatbuffers(place, metric),
              limit, "x");
    };
    to_fb("read_int", full ? 0.8 : sparse ? 2.5 : 1.3);
    to_fb("read_text", full ? 0.8 : sparse ? 3 : 2);
    to_fb("read_int_chain", 1);
    to_fb("read_text_chain", 1);
    // Up to 5 % of 700 columns the smallest presence is a list, above a bitmap.
    if (!full) to_fb("read_null", sparse ? 2.2 : 1.5);
    if (pct == 5) {
      to_fb("read_5", 3.5);
      to_fb("read_5_dram", 1);
      at_most(label(place, "visit_present"), get(place, "wisp", "visit_present"), 2.2, "ns");
      at_least(label(place, "encode, flatbuffers to wisp"),
               ratio(get(place, "flatbuffers", "encode"), get(place, "wisp", "encode")), 2, "x");
      at_most(label(place, "batch_3"), get(place, "wisp", "batch_3"), 30, "ns");
    }
    if (pct <= 50) {
      at_least(label(place, "encode, protobuf to wisp"),
               ratio(get(place, "protobuf", "encode"), get(place, "wisp", "encode")),
               pct == 5 ? 10 : 8, "x");
    }
    if (full) {
      at_least(label(place, "batch_3"),
               ratio(get(place, "wisp", "bytes_raw"), get(place, "wisp", "batch_3")), 10, "GB/s");
    }
    at_least(label(place, "verify, flatbuffers to wisp"),
             ratio(get(place, "flatbuffers", "verify"), get(place, "wisp", "verify")), 10, "x");
  }

  // 35 present fields must cost the same in tables of 70, 700 and 7,000 columns.
  void widths() {
    const Place places[] = {{"synthetic_random", 70, 50},
                            {"synthetic_random", 700, 5},
                            {"synthetic_random", 7000, 0.5}};
    for (std::string_view metric : {"read_int", "read_text", "visit_present", "encode"}) {
      Figure least, most;
      for (const Place& place : places) {
        const Figure figure = get(place, "wisp", metric);
        if (!figure) {
          least = most = std::nullopt;
          break;
        }
        least = least ? std::min(*least, *figure) : *figure;
        most = most ? std::max(*most, *figure) : *figure;
      }
      at_most(fmt::format("35 of 70 / 700 / 7,000 columns, {}, slowest to fastest", metric),
              ratio(most, least), metric == "encode" ? 1.7 : 1.5, "x");
    }
  }

  const Results& results_;
  TargetList list_;
};

}  // namespace

void print_codec_targets(const Results& results) {
  Targets(results).print();
}

}  // namespace wisp::bench
