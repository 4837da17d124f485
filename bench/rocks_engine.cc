// rocksdb_bare, and Protobuf, FlatBuffers or plain-struct values in RocksDB.
//
// rocksdb_bare is the floor of Wisp's engine: the same value bytes under the same keys with the
// same settings and calls. It writes rows that were encoded before and touches what it reads (the
// size and the first byte), but reads no field.
#include <rocksdb/write_batch.h>
#include <xxhash.h>

#include "rocks_folder.h"

namespace wisp::bench {
namespace {

class RocksValues final : public EngineSystem {
 public:
  RocksValues(SystemPtr codec, const Columns& columns, const std::string& folder, bool is_bare)
      : codec_(std::move(codec)), folder_(folder), is_bare_(is_bare) {
    codec_->set_five(late_columns(columns));
  }

  std::string name() const override { return is_bare_ ? "rocksdb_bare" : codec_->name(); }
  bool has_own_cache() const override { return true; }
  bool can(EngineMetric m) const override {
    return m != EngineMetric::kGet3Verified && m != EngineMetric::kUpdate3 &&
           m != EngineMetric::kGet3Pending;
  }
  void open(const EngineSettings& settings) override { folder_.open(settings); }
  void close() override {
    value_.Reset();
    folder_.close();
  }
  void settle() override { folder_.settle(); }

  void prepare(std::span<const RowCells> rows) override {
    if (!is_bare_) return;
    finished_.clear();
    for (const RowCells& cells : rows) {
      std::string& row = finished_.emplace_back(codec_->encode(cells));
      // As many bytes as Wisp's row checksum has.
      const XXH64_hash_t hash = XXH3_64bits(row.data(), row.size());
      row.append(reinterpret_cast<const char*>(&hash), sizeof hash);
    }
  }

  Digest run(EngineMetric m, const EngineBatch& batch) override {
    Digest d;
    switch (m) {
      case EngineMetric::kGet3:
        for (const RowKey& key : batch.keys) get(key, d);
        break;
      case EngineMetric::kMultiGet3:
        for (std::size_t i = 0; i < batch.keys.size(); i += kMultiGetRows) {
          multi_get(batch.keys.subspan(i, std::min(kMultiGetRows, batch.keys.size() - i)), d);
        }
        break;
      case EngineMetric::kScan3Where:
        scan(d);
        break;
      case EngineMetric::kPutBatch:
        put(batch, kBatchRows, false, d);
        break;
      case EngineMetric::kPutSync:
        put(batch, 1, true, d);
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
  void get(const RowKey& key, Digest& d) {
    value_.Reset();
    must(folder_.db()->Get(folder_.read(), folder_.family(), slice_of(key.stored()), &value_));
    read(view_of(value_), d);
  }
  void multi_get(std::span<const RowKey> keys, Digest& d) {
    rocksdb::Slice slices[kMultiGetRows];
    rocksdb::PinnableSlice values[kMultiGetRows];
    rocksdb::Status statuses[kMultiGetRows];
    for (std::size_t i = 0; i < keys.size(); ++i) slices[i] = slice_of(keys[i].stored());
    folder_.db()->MultiGet(folder_.read(), folder_.family(), keys.size(), slices, values, statuses);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      must(statuses[i]);
      read(view_of(values[i]), d);
    }
  }
  void scan(Digest& d) {
    const std::unique_ptr<rocksdb::Iterator> it = folder_.scan();
    for (; it->Valid(); it->Next()) {
      if (is_bare_) {
        d.put(it->key().size());
        d.add(view_of(it->value()));
      } else {
        codec_->add_three_where(view_of(it->value()), d);
      }
    }
    must(it->status());
  }
  void read(std::string_view value, Digest& d) {
    if (is_bare_) {
      d.add(value);
    } else {
      codec_->add_three(value, d);
    }
  }

  void put(const EngineBatch& batch, std::size_t rows_per_write, bool sync, Digest& d) {
    rocksdb::WriteOptions write;
    write.sync = sync;
    for (std::size_t i = 0; i < batch.keys.size();) {
      batch_.Clear();
      const std::size_t end = std::min(i + rows_per_write, batch.keys.size());
      for (; i < end; ++i) {
        const std::string_view row = is_bare_ ? std::string_view(finished_[i % batch.rows.size()])
                                              : codec_->encode(batch.row(i));
        must(batch_.Put(slice_of(batch.keys[i].stored()), slice_of(row)));
      }
      must(folder_.db()->Write(write, &batch_));
    }
    d.put(batch.keys.size());
  }

  // The floor writes back what it got.
  void get_patch_put(const RowKey& key) {
    const rocksdb::Slice stored_key = slice_of(key.stored());
    value_.Reset();
    must(folder_.db()->Get(folder_.read(), folder_.family(), stored_key, &value_));
    const std::string_view row =
        is_bare_ ? view_of(value_) : codec_->set_three(view_of(value_), new_fields(key));
    must(folder_.db()->Put(rocksdb::WriteOptions(), stored_key, slice_of(row)));
  }

  SystemPtr codec_;
  RocksFolder folder_;
  bool is_bare_;
  rocksdb::PinnableSlice value_;
  rocksdb::WriteBatch batch_;
  std::vector<std::string> finished_;
};

}  // namespace

EngineSystemPtr make_rocksdb_bare(const Columns& columns, const std::string& folder) {
  return std::make_unique<RocksValues>(make_wisp(columns, true), columns, folder, true);
}

EngineSystemPtr make_rocksdb_values(SystemPtr codec, const Columns& columns,
                                    const std::string& folder) {
  if (codec == nullptr) return nullptr;
  return std::make_unique<RocksValues>(std::move(codec), columns, folder, false);
}

}  // namespace wisp::bench
