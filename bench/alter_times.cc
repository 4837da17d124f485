#include "alter_times.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "system.h"
#include "wisp/engine/database.h"

namespace wisp::bench {
namespace {

double run_all(Database& database, int count, std::string_view before, std::string_view behind) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    std::string sql = "ALTER TABLE bench ";
    sql += before;
    sql += " added_" + std::to_string(i);
    sql += behind;
    const auto done = database.execute(sql);
    if (!done) give_up("wisp: " + done.error().to_string());
  }
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
             .count() /
         count;
}

}  // namespace

AlterTimes time_alters(const std::string& path, int repeats, int count) {
  auto database = Database::open(path);
  if (!database) give_up("wisp: " + database.error().to_string());
  AlterTimes times;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    times.add_ns.push_back(run_all(*database, count, "ADD", " INTEGER NOT NULL DEFAULT 7"));
    times.drop_ns.push_back(run_all(*database, count, "DROP", ""));
  }
  if (const auto closed = database->close(); !closed)
    give_up("wisp: " + closed.error().to_string());
  return times;
}

}  // namespace wisp::bench
