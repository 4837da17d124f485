// HeldVersions: which schema versions of a table somebody still reads rows as.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "wisp/engine/table_layouts.h"

namespace wisp {

// Handles, cursors, batches and rows share the TableLayouts of their version: what nobody shares
// any more is held no longer, and never again. Threads: shared by all.
class HeldVersions {
 public:
  void add(const std::shared_ptr<const TableLayouts>& layouts) {
    const std::lock_guard lock(mutex_);
    let_go();
    held_.push_back(layouts);
  }

  // The oldest version that is held. Requires: one is.
  SchemaVersion oldest() const {
    const std::lock_guard lock(mutex_);
    let_go();
    SchemaVersion oldest{0xFFFFFFFF};
    for (const auto& held : held_) {
      if (const auto layouts = held.lock()) {
        oldest = std::min(oldest, layouts->schema()->version());
      }
    }
    return oldest;
  }

 private:
  void let_go() const {
    std::erase_if(held_, [](const auto& layouts) { return layouts.expired(); });
  }

  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<const TableLayouts>> held_;
};

}  // namespace wisp
