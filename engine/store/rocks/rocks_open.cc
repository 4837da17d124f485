#include "wisp/engine/store/rocks/rocks_open.h"

#include <optional>
#include <utility>

#include "wisp/engine/store/rocks/log_scan.h"
#include "wisp/engine/store/rocks/rocks_options.h"

namespace wisp::store {
namespace {

// A reader beside a busy writer may lose a race for a file that was just replaced.
constexpr int kReadOnlyAttempts = 10;

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

}  // namespace

Result<std::unique_ptr<rocksdb::OptimisticTransactionDB>> open_writable(
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
    error.message += "; recovery up to the first damaged log record was tried too";
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

Result<std::unique_ptr<rocksdb::DB>> open_beside_writer(rocksdb::Options options,
                                                        const std::string& path,
                                                        std::vector<std::string>& warnings) {
  // A secondary keeps nothing but its info log in its own directory, and the logger is ours: this
  // path is never made, and could not be.
  static const std::string kNowhere = "/dev/null/wisp";
  rocksdb::Status s;
  rocksdb::DB* db = nullptr;
  for (int attempt = 0; attempt < kReadOnlyAttempts; ++attempt) {
    s = rocksdb::DB::OpenAsSecondary(options, path, kNowhere, &db);
    if (!s.ok()) continue;
    std::unique_ptr<rocksdb::DB> owned(db);
    s = owned->TryCatchUpWithPrimary();
    if (s.ok()) return owned;
  }
  if (!s.IsCorruption()) return fail(to_error(s));
  // A secondary gives up at a damaged log; what stands before the damage can still be looked at.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  if (!rocksdb::DB::OpenForReadOnly(options, path, &db).ok()) return fail(to_error(s));
  warnings.push_back("the write-ahead log is damaged (" + s.ToString() +
                     "); writes from the damage on are not shown");
  return std::unique_ptr<rocksdb::DB>(db);
}

}  // namespace wisp::store
