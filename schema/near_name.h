// The search for the name somebody probably meant. Not installed: schema.h has the public face.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wisp {

// Looks at one candidate after another and keeps the closest; see nearest_name() for what is close.
class NearName {
 public:
  // `wanted` is copied.
  explicit NearName(std::string_view wanted);

  // `candidate` is kept by reference: it must outlive this object.
  void offer(std::string_view candidate);
  bool found() const noexcept { return found_; }
  std::string_view name() const noexcept { return best_; }

 private:
  // The edit distance of `wanted_` and `folded_`, or `limit` + 1 when it is above `limit`.
  std::size_t distance(std::size_t limit);

  std::string wanted_;
  std::string folded_;
  std::size_t best_distance_ = 0;  // the largest one still acceptable, plus one
  std::string_view best_;
  bool found_ = false;
  std::vector<std::size_t> rows_[3];
};

}  // namespace wisp
