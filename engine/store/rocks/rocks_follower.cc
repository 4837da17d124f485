#include "wisp/engine/store/rocks/rocks_follower.h"

#include <rocksdb/env.h>

#include <cassert>
#include <utility>

#include "wisp/engine/store/rocks/held_logs.h"
#include "wisp/engine/store/rocks/rocks_options.h"

namespace wisp::store {

namespace {

// A compaction may replace a file between the manifest and the file; opening takes milliseconds.
constexpr int kAttempts = 100;

// What a moment needs, in the order in which it is made.
struct OpenMoment {
  std::unique_ptr<rocksdb::Env> env;
  std::unique_ptr<rocksdb::DB> db;
};

rocksdb::Status open_held(rocksdb::Options options, const std::string& path,
                          std::shared_ptr<rocksdb::DB>& out) {
  std::shared_ptr<HeldLogs> logs;
  rocksdb::Status s = HeldLogs::hold(options.env->GetFileSystem(), path, logs);
  if (!s.ok()) return s;
  const auto moment = std::make_shared<OpenMoment>();
  moment->env = rocksdb::NewCompositeEnv(logs);
  options.env = moment->env.get();
  rocksdb::DB* db = nullptr;
  s = rocksdb::DB::OpenForReadOnly(options, path, &db);
  moment->db.reset(db);
  logs->release();
  out = std::shared_ptr<rocksdb::DB>(moment, db);
  return s;
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

Result<std::shared_ptr<rocksdb::DB>> RocksFollower::look_ahead() {
  ahead_ = Opening();
  Files now;
  if (list(now).ok() && now == files_) return std::shared_ptr<rocksdb::DB>();
  WISP_ASSIGN(Opening opening, open_newest());
  if (!opening.warning.empty()) return fail(ErrorCode::kCorruption, std::move(opening.warning));
  ahead_ = std::move(opening);
  return ahead_.db;
}

void RocksFollower::show_ahead(RowCache* rows) {
  assert(ahead_.db != nullptr);
  {
    const RowCache::Writing writing(rows);
    const std::lock_guard lock(mutex_);
    moment_.swap(ahead_.db);
  }
  files_ = std::move(ahead_.files);
  ahead_ = Opening();  // the moment of before is closed outside the lock, if nobody holds it
}

Result<RocksFollower::Opening> RocksFollower::open_newest() const {
  // The last record of a log may be half written.
  auto whole = open_whole(rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
  if (whole || whole.error().code != ErrorCode::kCorruption) return whole;
  // What stands before a damaged record can still be looked at.
  auto cut = open_whole(rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  if (!cut) return whole;
  cut->warning = "the write-ahead log is damaged (" + whole.error().message +
                 "); writes from the damage on are not shown";
  return cut;
}

Result<RocksFollower::Opening> RocksFollower::open_whole(rocksdb::WALRecoveryMode mode) const {
  rocksdb::Options options = options_;
  options.wal_recovery_mode = mode;
  rocksdb::Status s;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Opening out;
    s = list(out.files);
    if (!s.ok()) continue;  // between two manifests; or there is none
    s = open_held(options, path_, out.db);
    if (s.ok()) return out;
    Files after;
    if (list(after).ok() && after.same_manifest(out.files)) break;
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
