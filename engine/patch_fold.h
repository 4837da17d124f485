// PatchFold: what the store asks when patches meet values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

#include "wisp/engine/chain.h"
#include "wisp/engine/store/store.h"
#include "wisp/engine/table_layouts.h"

namespace wisp {

// Folds with the layouts that were published last; before that, and where a fold fails, the result
// is a chain (chain.h). The patches of a chain that has grown long are folded with their
// neighbours, so that its size follows the columns they touch and not their number; damaged ones
// stay as they are. Threads: shared by all.
class PatchFold final : public store::Fold {
 public:
  // `max_chain_bytes`: see kMaxChainBytes. `long_chain_bytes`: what counts as long. Up to there
  // patches are kept as they were written.
  explicit PatchFold(std::size_t max_chain_bytes = kMaxChainBytes,
                     std::size_t long_chain_bytes = std::size_t{1} << 20)
      : max_chain_bytes_(max_chain_bytes), long_chain_bytes_(long_chain_bytes) {}

  using Tables = std::map<std::uint32_t, std::shared_ptr<const TableLayouts>>;  // by table id
  void publish(Tables tables);

  void fold(std::string_view key, std::optional<std::string_view> value,
            std::span<const std::string_view> patches, std::string& out) const noexcept override;
  bool fold_patches(std::string_view key, std::string_view first, std::string_view second,
                    std::string& out) const noexcept override;

 private:
  std::shared_ptr<const TableLayouts> table_of(std::string_view key) const;

  const std::size_t max_chain_bytes_;
  const std::size_t long_chain_bytes_;
  mutable std::shared_mutex mutex_;  // guards tables_
  Tables tables_;
};

}  // namespace wisp
