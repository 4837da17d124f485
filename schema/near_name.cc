#include "wisp/schema/near_name.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "wisp/schema/schema.h"

namespace wisp {
namespace {

// Nobody mistypes a longer name, and the search stays cheap whatever it is given.
constexpr std::size_t kMaxSearchedBytes = 256;

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string fold_identifier(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) c = fold(c);
  return folded;
}

NearName::NearName(std::string_view wanted) : wanted_(fold_identifier(wanted)) {
  if (wanted_.size() <= kMaxSearchedBytes)
    best_distance_ = std::max<std::size_t>(1, wanted_.size() / 3) + 1;
  for (auto& row : rows_) row.resize(wanted_.size() + 1);
}

// Optimal string alignment: rows by the letters of the candidate, of the last three only; cells
// further than `limit` from the diagonal cannot be on a path that short and are left out.
std::size_t NearName::distance(std::size_t limit) {
  const std::size_t width = wanted_.size();
  const std::size_t height = folded_.size();
  const std::size_t above_limit = limit + 1;
  if ((width > height ? width - height : height - width) > limit) return above_limit;
  for (std::size_t j = 0; j <= width; ++j) rows_[1][j] = std::min(j, above_limit);
  std::vector<std::size_t>* before = &rows_[0];
  std::vector<std::size_t>* previous = &rows_[1];
  std::vector<std::size_t>* current = &rows_[2];
  for (std::size_t i = 1; i <= height; ++i) {
    const std::size_t first = i > limit ? i - limit : 1;
    const std::size_t last = std::min(width, i + limit);
    std::size_t least = above_limit;
    std::fill(current->begin(), current->end(), above_limit);
    if (i <= limit) (*current)[0] = least = i;
    for (std::size_t j = first; j <= last; ++j) {
      const bool equal = folded_[i - 1] == wanted_[j - 1];
      std::size_t cost = (*previous)[j - 1] + (equal ? 0 : 1);
      cost = std::min({cost, (*previous)[j] + 1, (*current)[j - 1] + 1});
      if (i > 1 && j > 1 && folded_[i - 1] == wanted_[j - 2] && folded_[i - 2] == wanted_[j - 1])
        cost = std::min(cost, (*before)[j - 2] + 1);
      (*current)[j] = std::min(cost, above_limit);
      least = std::min(least, (*current)[j]);
    }
    // A swap may step over one row, so two full rows must be out of reach.
    if (least > limit && i > 1 && *std::min_element(previous->begin(), previous->end()) > limit)
      return above_limit;
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return (*previous)[width];
}

void NearName::offer(std::string_view candidate) {
  if (best_distance_ == 0 || candidate.size() > 2 * kMaxSearchedBytes) return;
  folded_.assign(candidate);
  for (char& c : folded_) c = fold(c);
  const std::size_t limit = best_distance_ - 1;
  const std::size_t letters = std::max(wanted_.size(), folded_.size());
  const std::size_t edits = distance(limit);
  // Names that have no letter in common are not close, however short they are.
  if (edits > limit || (edits >= letters && letters > 0)) return;
  best_distance_ = edits;
  best_ = candidate;
  found_ = true;
}

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> names) {
  NearName search(name);
  for (const std::string& candidate : names) search.offer(candidate);
  if (!search.found()) return std::nullopt;
  return std::string(search.name());
}

}  // namespace wisp
