// The targets of a suite, each held against a measured figure and printed as a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "report.h"

namespace wisp::bench {

using Figure = std::optional<double>;

// None when either is not there.
Figure ratio(Figure a, Figure b);
std::string place_label(const Place& place, std::string_view what);

class TargetList {
 public:
  TargetList();  // prints the heading
  void at_most(const std::string& what, Figure measured, double limit, const char* unit);
  void at_least(const std::string& what, Figure measured, double limit, const char* unit);
  void print_sum() const;

 private:
  void add(const std::string& what, Figure measured, bool met, const char* kind, double limit,
           const char* unit);

  int met_ = 0;
  int missed_ = 0;
  int unknown_ = 0;
};

}  // namespace wisp::bench
