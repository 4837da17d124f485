#include "wisp/engine/patch_fold.h"

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "wisp/engine/row_fold.h"
#include "wisp/engine/stored_key.h"

namespace wisp {

namespace {

// Folds patches with their neighbours where that is possible. `owned`: what `chain` then points to.
void shorten(const TableLayouts& table, std::string_view key, Chain& chain,
             std::deque<std::string>& owned) {
  std::vector<std::string_view> kept;
  bool last_is_owned = false;
  for (const std::string_view patch : chain.patches) {
    std::string both;
    const auto folded =
        kept.empty() ? Result<bool>(false) : fold_patches(table, key, kept.back(), patch, both);
    if (folded && *folded) {
      if (!last_is_owned) owned.emplace_back();
      owned.back() = std::move(both);
      kept.back() = owned.back();
    } else {
      kept.push_back(patch);
    }
    last_is_owned = folded && *folded;
  }
  chain.patches = std::move(kept);
}

}  // namespace

void PatchFold::publish(Tables tables) {
  const std::unique_lock lock(mutex_);
  tables_ = std::move(tables);
}

std::shared_ptr<const TableLayouts> PatchFold::table_of(std::string_view key) const {
  if (key.size() < kTableIdBytes) return nullptr;
  const std::shared_lock lock(mutex_);
  const auto found = tables_.find(load_big_endian32(key));
  return found == tables_.end() ? nullptr : found->second;
}

void PatchFold::fold(std::string_view key, std::optional<std::string_view> value,
                     std::span<const std::string_view> patches, std::string& out) const noexcept {
  out.clear();
  Chain chain;
  if (value) {
    auto earlier = Chain::read(*value);
    if (!earlier) {
      // A damaged chain is a damaged row: kept as it is, the patches behind it.
      chain.base = value;
    } else {
      chain = std::move(*earlier);
    }
  }
  // Behind a gap there is nothing to add to.
  if (!chain.cut_off) {
    chain.patches.insert(chain.patches.end(), patches.begin(), patches.end());
  }
  std::deque<std::string> folded_patches;
  if (const auto table = table_of(key)) {
    const auto folded = fold_row(*table, key, chain, out);
    if (folded && *folded) return;
    if (folded) chain = Chain();  // a ghost
    if (chain.size_bytes() > long_chain_bytes_) shorten(*table, key, chain, folded_patches);
  }
  out.clear();
  chain.append(out, max_chain_bytes_);
}

bool PatchFold::fold_patches(std::string_view key, std::string_view first, std::string_view second,
                             std::string& out) const noexcept {
  const auto table = table_of(key);
  if (table == nullptr) return false;
  const auto folded = wisp::fold_patches(*table, key, first, second, out);
  return folded && *folded;
}

}  // namespace wisp
