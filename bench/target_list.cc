#include "target_list.h"

#include <fmt/format.h>

#include <cstdio>

namespace wisp::bench {

Figure ratio(Figure a, Figure b) {
  if (!a || !b || *b <= 0) return std::nullopt;
  return *a / *b;
}

std::string place_label(const Place& place, std::string_view what) {
  return fmt::format("{}/{}/{:.3g} {}", place.workload, place.columns, place.present_pct, what);
}

TargetList::TargetList() {
  fmt::print("\nTargets\n");
}

void TargetList::at_most(const std::string& what, Figure measured, double limit, const char* unit) {
  add(what, measured, measured && *measured <= limit, "at most", limit, unit);
}

void TargetList::at_least(const std::string& what, Figure measured, double limit,
                          const char* unit) {
  add(what, measured, measured && *measured >= limit, "at least", limit, unit);
}

void TargetList::add(const std::string& what, Figure measured, bool met, const char* kind,
                     double limit, const char* unit) {
  if (!measured) {
    ++unknown_;
    return;
  }
  (met ? met_ : missed_) += 1;
  fmt::print("{}  {:<72} {:>9.3f} {} ({} {:g})\n", met ? "met   " : "MISSED", what, *measured, unit,
             kind, limit);
}

void TargetList::print_sum() const {
  fmt::print("{} met, {} missed, {} without a figure\n", met_, missed_, unknown_);
  std::fflush(stdout);
}

}  // namespace wisp::bench
