// What a WriteBatch owns: encoded rows in one buffer.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "wisp/engine/database_core.h"
#include "wisp/engine/table_impl.h"
#include "wisp/engine/write_batch.h"

namespace wisp {

struct WriteBatch::Impl {
  struct Change {
    store::Op::Kind kind = store::Op::Kind::kPut;
    EncodedRow row;
  };

  explicit Impl(std::shared_ptr<DatabaseCore> core)
      : use(std::move(core), DatabaseCore::User::kBatch) {}

  Status check_table(const DatabaseCore& of_table) const;
  // Takes the change whose bytes were appended last, or takes the bytes back: kLimit.
  Status accept(const OpenTable& table, const Change& change);

  CoreUse use;
  std::string buffer;
  std::vector<Change> changes;
  std::vector<OpenTable> tables;  // of the changes; a run of one counts once
  std::vector<store::Op> ops;     // of the commit that runs
};

}  // namespace wisp
