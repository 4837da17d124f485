#include "wisp/engine/store/rocks/rocks_open.h"

#include <rocksdb/utilities/transaction.h>

#include <optional>
#include <string_view>
#include <utility>

#include "wisp/engine/store/rocks/log_scan.h"
#include "wisp/engine/store/rocks/rocks_options.h"
#include "wisp/engine/store/rocks/rocks_slice.h"

namespace wisp::store {
namespace {

rocksdb::Status open_transactional(const rocksdb::Options& options, const std::string& path,
                                   std::unique_ptr<rocksdb::OptimisticTransactionDB>& out) {
  // Checked inside the write queue: what is checked before it may be overtaken by a write that is
  // no transaction's.
  rocksdb::OptimisticTransactionDBOptions checking;
  checking.validate_policy = rocksdb::OccValidationPolicy::kValidateSerial;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions(options)}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::OptimisticTransactionDB* db = nullptr;
  rocksdb::Status s = rocksdb::OptimisticTransactionDB::Open(rocksdb::DBOptions(options), checking,
                                                             path, families, &handles, &db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) delete handle;  // the store has its own
  out.reset(db);
  return s;
}

// RocksDB takes the memtable behind one that recovery has filled with the last record of the log
// for one that begins with the next write, and no check of a transaction looks back beyond it: all
// of them would fail until something is written.
rocksdb::Status let_transactions_check(rocksdb::OptimisticTransactionDB& db) {
  constexpr std::string_view kNoKey;  // nothing stands under it: every key begins with a table id
  rocksdb::OptimisticTransactionOptions options;
  options.set_snapshot = true;
  const std::unique_ptr<rocksdb::Transaction> probe(
      db.BeginTransaction(rocksdb::WriteOptions(), options));
  rocksdb::Status s = probe->GetForUpdate(rocksdb::ReadOptions(), db.DefaultColumnFamily(),
                                          slice_of(kNoKey), static_cast<std::string*>(nullptr));
  if (s.ok()) s = probe->Commit();
  if (s.IsTryAgain()) s = db.Delete(rocksdb::WriteOptions(), slice_of(kNoKey));
  return s;
}

Result<std::unique_ptr<rocksdb::OptimisticTransactionDB>> open_by_ladder(
    rocksdb::Options options, const std::string& path, std::vector<std::string>& warnings) {
  std::unique_ptr<rocksdb::OptimisticTransactionDB> db;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  const rocksdb::Status strict = open_transactional(options, path, db);
  if (strict.ok()) return db;
  if (!strict.IsCorruption()) return fail(to_error(strict));

  const std::optional<LogDamage> damage = find_log_damage(path);  // the next opening cuts it off
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  const rocksdb::Status cut = open_transactional(options, path, db);
  if (!cut.ok()) {
    Error error = to_error(cut);
    if (cut.IsCorruption()) {
      error.message += "; recovery up to the first damaged log record was tried too";
    }
    return fail(std::move(error));
  }
  std::string warning = "the write-ahead log was not whole (" + strict.ToString() +
                        "); writes from the first bad record on were cut off. ";
  if (damage && damage->whole_records_follow) {
    warning += "Whole records stood behind it (" + damage->file + ", byte " +
               std::to_string(damage->offset) +
               "): no crash leaves a synced log like that, and acknowledged rows are lost";
  } else {
    warning +=
        "Nothing whole stood behind it: that is usual for the last, unacknowledged write before a "
        "crash";
  }
  warnings.push_back(std::move(warning));
  return db;
}

}  // namespace

Result<std::unique_ptr<rocksdb::OptimisticTransactionDB>> open_writable(
    rocksdb::Options options, const std::string& path, std::vector<std::string>& warnings) {
  auto db = open_by_ladder(std::move(options), path, warnings);
  if (!db) return db;
  if (const rocksdb::Status s = let_transactions_check(**db); !s.ok()) return fail(to_error(s));
  return db;
}

}  // namespace wisp::store
