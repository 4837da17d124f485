#include "wisp/engine/store/rocks/rocks_rewrite.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/listener.h>

#include <string>
#include <utility>

namespace wisp::store {
namespace {

class RewriteFilter final : public rocksdb::CompactionFilter {
 public:
  explicit RewriteFilter(std::unique_ptr<RewriteRun> run) : run_(std::move(run)) {}

  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice& value,
                    std::string* new_value, std::string*) const override {
    if (type != ValueType::kValue) return Decision::kKeep;
    // Not always empty when it comes.
    new_value->clear();
    switch (run_->decide({key.data(), key.size()}, {value.data(), value.size()}, *new_value)) {
      case RewriteRun::Decision::kReplace:
        return Decision::kChangeValue;
      case RewriteRun::Decision::kErase:
        // A tombstone as long as older entries stand below: snapshots before this one see those.
        return Decision::kRemove;
      case RewriteRun::Decision::kKeep:
        break;
    }
    return Decision::kKeep;
  }
  const char* Name() const override { return "wisp.Rewrite"; }

 private:
  std::unique_ptr<RewriteRun> run_;
};

// One filter per compaction thread: a run needs no locks.
class RewriteFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit RewriteFilterFactory(std::shared_ptr<Rewrite> rewrite) : rewrite_(std::move(rewrite)) {}

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<RewriteFilter>(rewrite_->begin());
  }
  const char* Name() const override { return "wisp.RewriteFactory"; }

 private:
  std::shared_ptr<Rewrite> rewrite_;
};

class FlushListener final : public rocksdb::EventListener {
 public:
  explicit FlushListener(std::shared_ptr<Rewrite> rewrite) : rewrite_(std::move(rewrite)) {}
  // Memtables are flushed in order, so that everything before the largest is in files, too.
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override {
    rewrite_->on_flushed(info.largest_seqno);
  }

 private:
  std::shared_ptr<Rewrite> rewrite_;
};

}  // namespace

void attach_rewrite(const std::shared_ptr<Rewrite>& rewrite, rocksdb::Options& options) {
  options.compaction_filter_factory = std::make_shared<RewriteFilterFactory>(rewrite);
  options.listeners.push_back(std::make_shared<FlushListener>(rewrite));
}

}  // namespace wisp::store
