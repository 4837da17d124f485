// What ALTER TABLE costs, on the table that the engine suite has made.
#pragma once

#include <string>
#include <vector>

namespace wisp::bench {

// Nanoseconds of one statement, an entry per repeat.
struct AlterTimes {
  std::vector<double> add_ns;
  std::vector<double> drop_ns;
};

// Each repeat adds `count` columns with a default, one statement each, and drops them again.
// Requires: no one has the database open.
AlterTimes time_alters(const std::string& database, int repeats, int count);

}  // namespace wisp::bench
