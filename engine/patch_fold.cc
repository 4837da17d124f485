#include "wisp/engine/patch_fold.h"

#include <mutex>
#include <utility>

#include "wisp/engine/row_fold.h"
#include "wisp/engine/stored_key.h"

namespace wisp {

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
  chain.patches.insert(chain.patches.end(), patches.begin(), patches.end());
  if (const auto table = table_of(key)) {
    const auto folded = fold_row(*table, key, chain, out);
    if (folded && *folded) return;
    if (folded) chain = Chain();  // a ghost
  }
  out.clear();
  chain.append(out);
}

bool PatchFold::fold_patches(std::string_view key, std::string_view first, std::string_view second,
                             std::string& out) const noexcept {
  const auto table = table_of(key);
  if (table == nullptr) return false;
  const auto folded = wisp::fold_patches(*table, key, first, second, out);
  return folded && *folded;
}

}  // namespace wisp
