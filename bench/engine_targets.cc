// The targets of the engine, each held against the figures of this run.
#include "suite.h"
#include "target_list.h"

namespace wisp::bench {

void print_engine_targets(const Results& results) {
  TargetList list;
  for (const Place& place : results.places()) {
    const auto get = [&](std::string_view system, std::string_view metric) {
      return results.find(place, system, metric);
    };
    const auto label = [&](std::string_view what) { return place_label(place, what); };
    const auto wisp_to = [&](std::string_view system, std::string_view metric) {
      return ratio(get("wisp", metric), get(system, metric));
    };
    const auto to_wisp = [&](std::string_view system, std::string_view metric) {
      return ratio(get(system, metric), get("wisp", metric));
    };
    const auto add = [](Figure a, double b) { return a ? Figure(*a + b) : a; };

    list.at_most(label("get_3 to bare Get"), wisp_to("rocksdb_bare", "get_3"), 1.05, "x");
    list.at_most(label("get_3_verified to bare Get"),
                 ratio(get("wisp", "get_3_verified"), get("rocksdb_bare", "get_3")), 1.18, "x");
    list.at_most(label("multi_get_3 to bare MultiGet"), wisp_to("rocksdb_bare", "multi_get_3"),
                 1.08, "x");
    list.at_most(label("scan_3_where to bare iterator"), wisp_to("rocksdb_bare", "scan_3_where"),
                 1.2, "x");
    list.at_least(label("scan_3_where, sqlite to wisp"), to_wisp("sqlite", "scan_3_where"), 5, "x");
    list.at_least(label("scan_3_where, protobuf to wisp"), to_wisp("protobuf", "scan_3_where"), 3,
                  "x");
    for (const std::string_view metric : {"put_batch", "put_batch_hot"}) {
      list.at_least(label(std::string(metric) + ", rows/s to bare WriteBatch"),
                    to_wisp("rocksdb_bare", metric), 0.85, "x");
    }
    list.at_least(label("update_3, get_patch_put_3 to it"),
                  ratio(get("wisp", "get_patch_put_3"), get("wisp", "update_3")), 2, "x");
    list.at_most(label("get_3_pending to get_3_written"),
                 ratio(get("wisp", "get_3_pending"), get("wisp", "get_3_written")), 2.8, "x");
    for (const std::string_view metric : {"alter_add", "alter_drop"}) {
      list.at_most(label(std::string(metric) + " to put_sync"),
                   ratio(get("wisp", metric), get("wisp", "put_sync")), 10, "x");
    }
    for (const std::string metric :
         {"get_3_zipf", "get_3_zipf_clustered", "get_3_zipf_rows", "get_3_zipf_clustered_rows"}) {
      list.at_least(label(metric + ", flatbuffers to wisp"), to_wisp("flatbuffers", metric), 1.5,
                    "x");
      list.at_least(label(metric + ", plain_struct to wisp"), to_wisp("plain_struct", metric), 3,
                    "x");
    }
    // A thousandth of an allocation a row: what a whole scan makes once.
    for (const std::string_view metric : {"get_3_allocations", "scan_3_where_allocations"}) {
      if (const Figure bare = get("rocksdb_bare", metric)) {
        list.at_most(label(std::string(metric) + " beyond RocksDB's own"),
                     add(get("wisp", metric), -*bare), 0.001, "a row");
      }
    }
  }
  const Place few{"synthetic_random_10k", 700, 5};
  const Place many{"synthetic_random_1m", 700, 5};
  for (const std::string metric : {"alter_add", "alter_drop"}) {
    list.at_most(metric + " on 1M rows to 10k rows",
                 ratio(results.find(many, "wisp", metric), results.find(few, "wisp", metric)), 1.3,
                 "x");
  }
  list.print_sum();
}

}  // namespace wisp::bench
