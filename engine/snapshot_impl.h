// What a Snapshot owns.
#pragma once

#include <memory>
#include <utility>

#include "wisp/engine/database_core.h"
#include "wisp/engine/snapshot.h"
#include "wisp/schema/result.h"

namespace wisp {

struct Snapshot::Impl {
  explicit Impl(std::shared_ptr<DatabaseCore> core)
      : use(std::move(core), DatabaseCore::User::kSnapshot) {}

  // The store's snapshot for a read of `core`; null where `snapshot` is null. kInvalidArgument for
  // a snapshot of another database.
  static Result<const store::Snapshot*> of(const Snapshot* snapshot, const DatabaseCore& core);

  CoreUse use;  // first: let go of last
  std::unique_ptr<store::Snapshot> state;
};

}  // namespace wisp
