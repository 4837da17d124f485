#include "wisp/engine/snapshot.h"

#include "wisp/engine/snapshot_impl.h"

namespace wisp {

Result<const store::Snapshot*> Snapshot::Impl::of(const Snapshot* snapshot,
                                                  const DatabaseCore& core) {
  if (snapshot == nullptr) return nullptr;
  if (&snapshot->impl_->use.core() != &core) {
    return fail(ErrorCode::kInvalidArgument, "the snapshot is of another database than the table");
  }
  return snapshot->impl_->state.get();
}

Snapshot::Snapshot(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

}  // namespace wisp
