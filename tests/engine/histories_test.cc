// What concurrent transactions promise, checked on recorded histories.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr std::int64_t kAccounts = 8;
constexpr std::int64_t kStart = 1000;
constexpr int kThreads = 4;
constexpr int kEach = 150;

std::vector<Value> key_of(std::int64_t k) {
  return {Value(k)};
}

// One committed write: of account `key`, version `version`, made from version `read`.
struct Written {
  std::int64_t key = 0;
  std::int64_t version = 0;
  std::int64_t read = 0;
};

// Accounts with a balance, and the unique number of the write that made it.
struct Bank {
  Bank() : db(must(Database::create(scratch.path(), options()))) {
    must(db.execute("CREATE TABLE t (k INT PRIMARY KEY, balance BIGINT, version BIGINT)"));
    table = must(db.table("t"));
    balance = must(table.column<std::int64_t>("balance"));
    version = must(table.column<std::int64_t>("version"));
    WriteBatch batch = db.batch();
    for (std::int64_t k = 0; k < kAccounts; ++k) {
      RowBuilder row = row_of(k, kStart, -k);
      must(batch.put(table, row));
    }
    must(batch.commit(kNoSync));
  }
  // Small memtables: flushes come in between.
  static DatabaseOptions options() {
    DatabaseOptions o;
    o.write_buffer_bytes = 64 * 1024;
    return o;
  }
  // No doctest in here: called by threads.
  RowBuilder row_of(std::int64_t k, std::int64_t amount, std::int64_t number) const {
    RowBuilder row = table.row_builder();
    (void)row.set_value(ColumnIndex{0}, Value(k)).has_value();
    (void)row.set_value(ColumnIndex{1}, Value(amount)).has_value();
    (void)row.set_value(ColumnIndex{2}, Value(number)).has_value();
    return row;
  }

  PatchBuilder patch_of(std::int64_t amount, std::int64_t number) const {
    PatchBuilder patch = table.patch_builder();
    patch.set(balance, amount);
    patch.set(version, number);
    return patch;
  }

  ScratchDirectory scratch;
  Database db;
  Table table;
  ColumnHandle<std::int64_t> balance;
  ColumnHandle<std::int64_t> version;
  std::atomic<std::int64_t> next_version{1};
};

TEST_CASE("histories: no update is lost and every transaction reads one moment") {
  Bank bank;
  std::mutex mutex;
  std::vector<Written> history;
  std::atomic<int> failures{0};
  std::atomic<int> conflicts{0};
  std::atomic<bool> done{false};

  const auto transfer = [&](std::mt19937& random) {
    const auto from = static_cast<std::int64_t>(random() % kAccounts);
    const std::int64_t to =
        (from + 1 + static_cast<std::int64_t>(random() % (kAccounts - 1))) % kAccounts;
    const auto amount = static_cast<std::int64_t>(random() % 20);
    for (;;) {
      auto transaction = bank.db.begin_transaction();
      if (!transaction) return false;
      std::vector<Written> written;
      for (const auto& [k, change] : {std::pair(from, -amount), std::pair(to, amount)}) {
        auto row = transaction->get(bank.table, key_of(k));
        if (!row || !*row) return false;
        const std::int64_t number = bank.next_version++;
        written.push_back({k, number, (**row)[bank.version].value_or(-1)});
        const std::int64_t balance = (**row)[bank.balance].value_or(0) + change;
        // As a whole row, or as a patch of it.
        if (random() % 2 == 0) {
          RowBuilder builder = bank.row_of(k, balance, number);
          if (!transaction->put(bank.table, builder)) return false;
        } else {
          PatchBuilder patch = bank.patch_of(balance, number);
          if (!transaction->update(bank.table, key_of(k), patch, OnMissing::kFail)) return false;
        }
        // It reads its own write.
        auto again = transaction->get(bank.table, key_of(k));
        if (!again || !*again || (**again)[bank.version] != number) return false;
      }
      auto committed = transaction->commit(kNoSync);
      if (committed) {
        const std::lock_guard lock(mutex);
        history.insert(history.end(), written.begin(), written.end());
        return true;
      }
      if (committed.error().code != ErrorCode::kConflict) return false;
      ++conflicts;
    }
  };
  const auto audit = [&] {
    auto transaction = bank.db.begin_transaction();
    if (!transaction) return false;
    std::int64_t sum = 0;
    for (std::int64_t k = 0; k < kAccounts; ++k) {
      auto row = transaction->get(bank.table, key_of(k));
      if (!row || !*row) return false;
      sum += (**row)[bank.balance].value_or(0);
    }
    auto cursor = transaction->scan(bank.table);
    if (!cursor) return false;
    std::int64_t scanned = 0;
    for (;;) {
      auto moved = cursor->next();
      if (!moved) return false;
      if (!*moved) break;
      scanned += cursor->row()[bank.balance].value_or(0);
    }
    return sum == kAccounts * kStart && scanned == sum && transaction->commit().has_value();
  };

  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      std::mt19937 random(static_cast<unsigned>(n));
      for (int i = 0; i < kEach; ++i) {
        if (!transfer(random)) ++failures;
      }
    });
  }
  std::thread auditor([&] {
    while (!done) {
      if (!audit()) ++failures;
    }
  });
  for (int i = 0; i < 10; ++i) {
    must(bank.db.flush());
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  auditor.join();
  CHECK(failures == 0);
  REQUIRE(history.size() == std::size_t{2} * kThreads * kEach);
  MESSAGE("conflicts: ", conflicts.load());

  // Each account's writes are one chain: every write was made from the one before it.
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> successor;
  for (const Written& w : history) {
    const bool only = successor.emplace(std::pair(w.key, w.read), w.version).second;
    REQUIRE(only);  // two writes from one version: the first one would be lost
  }
  std::size_t chained = 0;
  std::int64_t sum = 0;
  for (std::int64_t k = 0; k < kAccounts; ++k) {
    std::int64_t at = -k;
    for (auto it = successor.find({k, at}); it != successor.end(); it = successor.find({k, at})) {
      at = it->second;
      ++chained;
    }
    const auto row = must(bank.table.get(key_of(k)));
    REQUIRE(row.has_value());
    CHECK((*row)[bank.version] == at);
    sum += *(*row)[bank.balance];
  }
  CHECK(chained == history.size());
  CHECK(sum == kAccounts * kStart);
}

// Pairs of accounts: a withdrawal is allowed while the sum of both stays above zero, and takes from
// one of them only.
std::int64_t least_sum(bool watched) {
  Bank bank;
  std::int64_t least = 2 * kStart;
  for (std::int64_t pair = 0; pair < kAccounts; pair += 2) {
    auto one = must(bank.db.begin_transaction());
    auto two = must(bank.db.begin_transaction());
    const auto withdraw = [&](Transaction& transaction, std::int64_t from) {
      std::int64_t sum = 0;
      for (const std::int64_t k : {pair, pair + 1}) {
        const auto row = must(watched ? transaction.get_for_update(bank.table, key_of(k))
                                      : transaction.get(bank.table, key_of(k)));
        sum += *(*row)[bank.balance];
      }
      REQUIRE(sum >= 2 * kStart);
      RowBuilder row = bank.row_of(from, kStart - 2 * kStart, 1);
      must(transaction.put(bank.table, row));
    };
    withdraw(one, pair);
    withdraw(two, pair + 1);
    must(one.commit(kNoSync));
    const auto second = two.commit(kNoSync);
    if (watched) {
      CHECK(code_of(second) == ErrorCode::kConflict);
    } else {
      CHECK(second.has_value());
    }
    std::int64_t sum = 0;
    for (const std::int64_t k : {pair, pair + 1}) {
      const auto row = must(bank.table.get(key_of(k)));
      sum += *(*row)[bank.balance];
    }
    least = std::min(least, sum);
  }
  return least;
}

TEST_CASE("histories: write skew happens with plain reads, not with get_for_update") {
  CHECK(least_sum(false) < 0);
  CHECK(least_sum(true) >= 0);
}

}  // namespace
}  // namespace wisp
