// What a Transaction owns.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/engine/database_core.h"
#include "wisp/engine/table_impl.h"
#include "wisp/engine/transaction.h"
#include "wisp/engine/transaction_writes.h"

namespace wisp {

struct Transaction::Impl {
  explicit Impl(std::shared_ptr<DatabaseCore> core)
      : use(std::move(core), DatabaseCore::User::kTransaction),
        writes(std::make_shared<TransactionWrites>()) {}

  // kInvalidArgument for a table of another database, or when the transaction has ended.
  Status check(const Table::Impl& table) const;
  Status check_open() const;
  TransactionView view() const { return {&store->snapshot(), writes}; }
  // The row under the stored key in `row`; none where there is none.
  Result<std::optional<Row>> read(const Table::Impl& table, std::string stored_key,
                                  const ReadOptions& options) const;
  // Whether there is a row under the stored key.
  Result<bool> finds(const Table::Impl& table, std::string_view stored_key) const;
  // `buffer` holds the stored key.
  Status update(const Table::Impl& table, PatchBuilder& patch, OnMissing missing);
  Status write(const Table::Impl& table, std::string_view stored_key,
               std::optional<std::string_view> value);

  CoreUse use;                                // first: let go of last
  std::unique_ptr<store::Transaction> store;  // null: ended
  std::shared_ptr<TransactionWrites> writes;  // cursors share it
  std::vector<OpenTable> tables;              // of the writes, each once
  std::string buffer;
};

}  // namespace wisp
