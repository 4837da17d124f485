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

  struct Guard {
    std::size_t table = 0;  // in tables
    std::size_t key_begin = 0;
    std::size_t key_size = 0;
    RowGuard guard;
  };

  explicit Impl(std::shared_ptr<DatabaseCore> core)
      : use(std::move(core), DatabaseCore::User::kBatch) {}

  // `key_begin`: of the stored key that was appended last; taken back on failure.
  Status update(const Table::Impl& table, std::size_t key_begin, PatchBuilder& patch,
                OnMissing missing);
  // Its place in `tables`, where it is put.
  std::size_t note_table(const OpenTable& table);
  Status check_size(std::size_t begin);
  Status check_table(const DatabaseCore& of_table) const;
  // Takes the change whose bytes were appended last, or takes the bytes back: kLimit.
  Status accept(const OpenTable& table, const Change& change);
  // Takes the stored key that was appended last, or takes the bytes back: kLimit.
  Status accept(const OpenTable& table, std::size_t key_begin, const RowGuard& guard);

  CoreUse use;
  std::string buffer;
  std::vector<Change> changes;
  std::vector<Guard> guards;
  std::vector<OpenTable> tables;     // of the changes and guards, each once
  std::vector<store::Op> ops;        // of the commit that runs
  std::vector<KeyGuard> key_guards;  // of the commit that runs
};

}  // namespace wisp
