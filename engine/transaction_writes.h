// What a transaction has written and not yet committed, and reading through it.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wisp/engine/store/store.h"

namespace wisp {

// Threads: one at a time.
class TransactionWrites {
 public:
  // By stored key; nullopt: erased.
  using Map = std::map<std::string, std::optional<std::string>, std::less<>>;

  // `value` nullopt: erases.
  void write(std::string_view key, std::optional<std::string_view> value);
  const Map& by_key() const noexcept { return by_key_; }
  // Null where nothing was written under `key`.
  const std::optional<std::string>* find(std::string_view key) const;
  std::size_t size_bytes() const noexcept { return size_bytes_; }
  // What size_bytes() would be after write().
  std::size_t size_with(std::string_view key, std::optional<std::string_view> value) const;

 private:
  Map by_key_;
  std::size_t size_bytes_ = 0;
};

// What a read through a transaction sees. Points to the transaction.
struct TransactionView {
  const store::Snapshot* snapshot = nullptr;
  std::shared_ptr<const TransactionWrites> writes;
};

// The entries of `base`, a scan of `range`, with `writes` over them. What is written while the
// cursor is open is seen when it comes to the key.
std::unique_ptr<store::Cursor> overlay(std::unique_ptr<store::Cursor> base,
                                       std::shared_ptr<const TransactionWrites> writes,
                                       const store::Range& range);

}  // namespace wisp
