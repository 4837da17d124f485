#include "wisp/engine/store/rocks/rocks_follower.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "wisp/engine/store/rocks/rocks_options.h"

namespace wisp::store {

namespace {

// A writer replaces files every few seconds when it is busy; opening takes milliseconds.
constexpr int kAttempts = 100;

// Of a log file, "000012.log".
std::uint64_t number_of(std::string_view name) {
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

}  // namespace

Result<std::unique_ptr<RocksFollower>> RocksFollower::open(rocksdb::Options options,
                                                           std::string path,
                                                           std::vector<std::string>& warnings) {
  std::unique_ptr<RocksFollower> out(new RocksFollower(std::move(options), std::move(path)));
  WISP_ASSIGN(Opening opening, out->open_newest());
  if (!opening.warning.empty()) warnings.push_back(std::move(opening.warning));
  out->moment_ = std::move(opening.db);
  out->files_ = std::move(opening.files);
  return out;
}

Status RocksFollower::catch_up(RowCache* rows) {
  const std::lock_guard alone(catching_up_);
  Files now;
  if (list(now).ok() && now == files_) return {};
  WISP_ASSIGN(Opening opening, open_newest());
  if (!opening.warning.empty()) return fail(ErrorCode::kCorruption, std::move(opening.warning));
  std::shared_ptr<rocksdb::DB> newest = std::move(opening.db);
  {
    const RowCache::Writing writing(rows);
    const std::lock_guard lock(mutex_);
    moment_.swap(newest);
  }
  files_ = std::move(opening.files);
  return {};  // `newest` is the one of before: closed outside the locks, if nobody holds it
}

Result<RocksFollower::Opening> RocksFollower::open_newest() const {
  // The last record of a log may be half written.
  auto whole = open_stable(rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
  if (whole || whole.error().code != ErrorCode::kCorruption) return whole;
  // What stands before a damaged record can still be looked at.
  auto cut = open_stable(rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  if (!cut) return whole;
  cut->warning = "the write-ahead log is damaged (" + whole.error().message +
                 "); writes from the damage on are not shown";
  return cut;
}

// Files that are opened while the writer replaces some may be of two moments: a log goes, the
// oldest one first, once the manifest names a file with what was in it, and the manifest is read
// before the logs. They are of one moment if every log that stood there at first, and that this
// manifest does not call done with, is there at the end.
Result<RocksFollower::Opening> RocksFollower::open_stable(rocksdb::WALRecoveryMode mode) const {
  rocksdb::Options options = options_;
  options.wal_recovery_mode = mode;
  rocksdb::Status s;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Opening out;
    Files after;
    s = list(out.files);
    if (!s.ok()) continue;  // between two manifests; or there is none
    rocksdb::DB* db = nullptr;
    s = rocksdb::DB::OpenForReadOnly(options, path_, &db);
    out.db.reset(db);
    const rocksdb::Status listed = list(after);
    if (!listed.ok()) {
      s = listed;
      continue;
    }
    std::uint64_t first_kept = 0;
    if (s.ok()) db->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &first_kept);
    const auto is_read = [&](const auto& log) {
      return after.logs.contains(log.first) || number_of(log.first) < first_kept;
    };
    const bool all_read = std::all_of(out.files.logs.begin(), out.files.logs.end(), is_read);
    if (s.ok() && all_read) return out;
    if (!s.ok() && all_read && after.same_manifest(out.files)) break;
    if (s.ok()) {
      s = rocksdb::Status::Busy("the writer replaces files faster than they can be opened");
    }
  }
  return fail(to_error(s));
}

rocksdb::Status RocksFollower::list(Files& out) const {
  rocksdb::Env& env = *options_.env;
  rocksdb::Status s = rocksdb::ReadFileToString(&env, path_ + "/CURRENT", &out.manifest);
  if (!s.ok()) return s;
  if (out.manifest.ends_with('\n')) out.manifest.pop_back();
  s = env.GetFileSize(path_ + "/" + out.manifest, &out.manifest_bytes);
  std::vector<std::string> names;
  if (s.ok()) s = env.GetChildren(path_, &names);
  for (const std::string& name : names) {
    std::uint64_t bytes = 0;
    if (!name.ends_with(".log") || !env.GetFileSize(path_ + "/" + name, &bytes).ok()) continue;
    out.logs.emplace(name, bytes);
  }
  return s;
}

}  // namespace wisp::store
