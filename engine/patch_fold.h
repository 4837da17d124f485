// PatchFold: what the store asks when patches meet values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

#include "wisp/engine/store/store.h"
#include "wisp/engine/table_layouts.h"

namespace wisp {

// Folds with the layouts that were published last; before that, and where a fold fails, the result
// is a chain (chain.h). Threads: shared by all.
class PatchFold final : public store::Fold {
 public:
  using Tables = std::map<std::uint32_t, std::shared_ptr<const TableLayouts>>;  // by table id
  void publish(Tables tables);

  void fold(std::string_view key, std::optional<std::string_view> value,
            std::span<const std::string_view> patches, std::string& out) const noexcept override;
  bool fold_patches(std::string_view key, std::string_view first, std::string_view second,
                    std::string& out) const noexcept override;

 private:
  std::shared_ptr<const TableLayouts> table_of(std::string_view key) const;

  mutable std::shared_mutex mutex_;  // guards tables_
  Tables tables_;
};

}  // namespace wisp
