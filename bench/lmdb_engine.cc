// lmdb_flatbuffers: values of a codec in LMDB, read in place from its memory map.
//
// MDB_NOSYNC: a commit is handed to the operating system, as Wisp's kWal; put_sync calls
// mdb_env_sync. Every read renews its transaction, so that it sees the newest rows as all others
// do.
#include <lmdb.h>

#include <filesystem>

#include "engine_system.h"

namespace wisp::bench {
namespace {

constexpr std::size_t kMapBytes = std::size_t{64} << 30;  // address space, not disk

void must(int result) {
  if (result != MDB_SUCCESS) give_up(std::string("lmdb: ") + mdb_strerror(result));
}
MDB_val val_of(std::string_view s) {
  return {s.size(), const_cast<char*>(s.data())};
}
std::string_view view_of(const MDB_val& v) {
  return {static_cast<const char*>(v.mv_data), v.mv_size};
}

class Lmdb final : public EngineSystem {
 public:
  Lmdb(SystemPtr codec, const Columns& columns, const std::string& folder)
      : codec_(std::move(codec)), folder_(folder) {
    codec_->set_five(late_columns(columns));
  }
  ~Lmdb() override { close(); }

  std::string name() const override { return "lmdb_" + codec_->name(); }
  // Its cache is the operating system's.
  bool has_own_cache() const override { return false; }
  bool can(EngineMetric m) const override {
    return m == EngineMetric::kGet3 || m == EngineMetric::kMultiGet3 ||
           m == EngineMetric::kScan3Where || m == EngineMetric::kPutBatch ||
           m == EngineMetric::kPutSync || m == EngineMetric::kGetPatchPut3;
  }

  void open(const EngineSettings&) override {
    std::filesystem::create_directories(folder_);
    must(mdb_env_create(&env_));
    must(mdb_env_set_mapsize(env_, kMapBytes));
    must(mdb_env_open(env_, folder_.c_str(), MDB_NOSYNC | MDB_NORDAHEAD, 0644));
    MDB_txn* write = nullptr;
    must(mdb_txn_begin(env_, nullptr, 0, &write));
    must(mdb_dbi_open(write, nullptr, 0, &rows_));
    must(mdb_txn_commit(write));
    must(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &read_));
    mdb_txn_reset(read_);
  }
  void close() override {
    if (env_ == nullptr) return;
    mdb_txn_abort(read_);
    mdb_env_close(env_);
    env_ = nullptr;
  }
  void settle() override { must(mdb_env_sync(env_, 1)); }

  Digest run(EngineMetric m, const EngineBatch& batch) override {
    Digest d;
    switch (m) {
      case EngineMetric::kGet3:
        get(batch.keys, 1, d);
        break;
      case EngineMetric::kMultiGet3:
        get(batch.keys, kMultiGetRows, d);
        break;
      case EngineMetric::kScan3Where:
        scan(d);
        break;
      case EngineMetric::kPutBatch:
        put(batch, kBatchRows, false);
        d.put(batch.keys.size());
        break;
      case EngineMetric::kPutSync:
        put(batch, 1, true);
        d.put(batch.keys.size());
        break;
      case EngineMetric::kGetPatchPut3:
        for (const RowKey& key : batch.keys) get_patch_put(key);
        d.put(batch.keys.size());
        break;
      default:
        break;
    }
    return d;
  }

 private:
  void get(std::span<const RowKey> keys, std::size_t rows_per_read, Digest& d) {
    for (std::size_t i = 0; i < keys.size();) {
      must(mdb_txn_renew(read_));
      const std::size_t end = std::min(i + rows_per_read, keys.size());
      for (; i < end; ++i) {
        MDB_val key = val_of(keys[i].stored());
        MDB_val value;
        must(mdb_get(read_, rows_, &key, &value));
        codec_->add_three(view_of(value), d);
      }
      mdb_txn_reset(read_);
    }
  }
  void scan(Digest& d) {
    must(mdb_txn_renew(read_));
    MDB_cursor* cursor = nullptr;
    must(mdb_cursor_open(read_, rows_, &cursor));
    MDB_val key;
    MDB_val value;
    int result = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; result == MDB_SUCCESS; result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
      codec_->add_three_where(view_of(value), d);
    }
    if (result != MDB_NOTFOUND) must(result);
    mdb_cursor_close(cursor);
    mdb_txn_reset(read_);
  }
  void put(const EngineBatch& batch, std::size_t rows_per_write, bool sync) {
    for (std::size_t i = 0; i < batch.keys.size();) {
      MDB_txn* write = nullptr;
      must(mdb_txn_begin(env_, nullptr, 0, &write));
      const std::size_t end = std::min(i + rows_per_write, batch.keys.size());
      for (; i < end; ++i) {
        MDB_val key = val_of(batch.keys[i].stored());
        MDB_val value = val_of(codec_->encode(batch.row(i)));
        must(mdb_put(write, rows_, &key, &value, 0));
      }
      must(mdb_txn_commit(write));
      if (sync) must(mdb_env_sync(env_, 1));
    }
  }

  void get_patch_put(const RowKey& key) {
    MDB_txn* write = nullptr;
    must(mdb_txn_begin(env_, nullptr, 0, &write));
    MDB_val wanted = val_of(key.stored());
    MDB_val value;
    must(mdb_get(write, rows_, &wanted, &value));
    MDB_val changed = val_of(codec_->set_three(view_of(value), new_fields(key)));
    must(mdb_put(write, rows_, &wanted, &changed, 0));
    must(mdb_txn_commit(write));
  }

  SystemPtr codec_;
  std::string folder_;
  MDB_env* env_ = nullptr;
  MDB_dbi rows_ = 0;
  MDB_txn* read_ = nullptr;
};

}  // namespace

EngineSystemPtr make_lmdb(SystemPtr codec, const Columns& columns, const std::string& folder) {
  if (codec == nullptr) return nullptr;
  return std::make_unique<Lmdb>(std::move(codec), columns, folder);
}

}  // namespace wisp::bench
