// Zipfian numbers, as YCSB draws them.
#pragma once

#include <cmath>
#include <cstdint>

#include "workload.h"

namespace wisp::bench {

// Numbers below n; rank r comes with a probability in proportion to 1 / r^theta. Source: Gray et
// al., Quickly Generating Billion-Record Synthetic Databases (SIGMOD 1994).
class Zipf {
 public:
  Zipf(std::uint64_t n, double theta, std::uint64_t seed) : n_(n), theta_(theta), random_(seed) {
    for (std::uint64_t i = 1; i <= n; ++i) zeta_ += std::pow(static_cast<double>(i), -theta);
    const double zeta2 = 1 + std::pow(2.0, -theta);
    eta_ = (1 - std::pow(2.0 / static_cast<double>(n), 1 - theta)) / (1 - zeta2 / zeta_);
  }

  // Hot numbers are the small ones.
  std::uint64_t clustered() {
    const double u = static_cast<double>(random_.next() >> 11) * 0x1p-53;
    const double uz = u * zeta_;
    if (uz < 1) return 0;
    if (uz < 1 + std::pow(0.5, theta_)) return 1;
    const double r = static_cast<double>(n_) * std::pow(eta_ * u - eta_ + 1, 1 / (1 - theta_));
    return r < static_cast<double>(n_) ? static_cast<std::uint64_t>(r) : n_ - 1;
  }
  // Hot numbers are spread over the whole range.
  std::uint64_t scattered() {
    // A prime stride: a permutation for every n that is not its multiple.
    constexpr std::uint64_t kStride = 2654435761;
    return clustered() * kStride % n_;
  }

 private:
  std::uint64_t n_;
  double theta_;
  Random random_;
  double zeta_ = 0;
  double eta_ = 0;
};

}  // namespace wisp::bench
