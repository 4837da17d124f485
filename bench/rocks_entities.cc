// rocksdb_entity: rows as RocksDB's own wide-column entities; a column's name is 2 bytes.
#include <rocksdb/wide_columns.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "rocks_folder.h"

namespace wisp::bench {
namespace {

struct ColumnName {
  char bytes[2];
  rocksdb::Slice slice() const { return {bytes, sizeof bytes}; }
};

class Entities final : public EngineSystem {
 public:
  Entities(const Columns& columns, const std::string& folder)
      : folder_(folder), five_(late_columns(columns)) {
    for (std::uint32_t c = 0; c < columns.size(); ++c) {
      names_.push_back({{static_cast<char>(c >> 8), static_cast<char>(c)}});
    }
  }

  std::string name() const override { return "rocksdb_entity"; }
  bool has_own_cache() const override { return true; }
  // There is no MultiGetEntity.
  bool can(EngineMetric m) const override {
    return m == EngineMetric::kGet3 || m == EngineMetric::kScan3Where ||
           m == EngineMetric::kPutBatch || m == EngineMetric::kGetPatchPut3;
  }
  void open(const EngineSettings& settings) override { folder_.open(settings); }
  void close() override {
    entity_.Reset();
    folder_.close();
  }
  void settle() override { folder_.settle(); }

  Digest run(EngineMetric m, const EngineBatch& batch) override {
    Digest d;
    switch (m) {
      case EngineMetric::kGet3:
        for (const RowKey& key : batch.keys) {
          entity_.Reset();
          must(folder_.db()->GetEntity(folder_.read(), folder_.family(), slice_of(key.stored()),
                                       &entity_));
          add_three(entity_.columns(), d);
        }
        break;
      case EngineMetric::kScan3Where:
        scan(d);
        break;
      case EngineMetric::kPutBatch:
        put(batch);
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
  // The columns of an entity are sorted by name.
  const rocksdb::Slice* find(const rocksdb::WideColumns& columns, std::uint32_t column) const {
    const rocksdb::Slice wanted = names_[column].slice();
    const auto found = std::lower_bound(columns.begin(), columns.end(), wanted,
                                        [](const rocksdb::WideColumn& c, const rocksdb::Slice& w) {
                                          return c.name().compare(w) < 0;
                                        });
    return found != columns.end() && found->name() == wanted ? &found->value() : nullptr;
  }
  template <typename T>
  bool get(const rocksdb::WideColumns& columns, std::uint32_t column, T& out) const {
    const rocksdb::Slice* value = find(columns, column);
    if (value == nullptr || value->size() != sizeof out) return false;
    std::memcpy(&out, value->data(), sizeof out);
    return true;
  }
  void add_three(const rocksdb::WideColumns& columns, Digest& d) const {
    std::int32_t number = 0;
    if (get(columns, five_.int_a, number)) d.add(number);
    if (const rocksdb::Slice* text = find(columns, five_.text_a)) d.add(view_of(*text));
    bool flag = false;
    if (get(columns, five_.bool_a, flag)) d.add(flag);
  }
  void scan(Digest& d) {
    const std::unique_ptr<rocksdb::Iterator> it = folder_.scan();
    for (; it->Valid(); it->Next()) {
      std::int32_t number = 0;
      if (get(it->columns(), five_.int_b, number) && number <= 0) continue;
      add_three(it->columns(), d);
    }
    must(it->status());
  }

  void put(const EngineBatch& batch) {
    for (std::size_t i = 0; i < batch.keys.size();) {
      batch_.Clear();
      const std::size_t end = std::min(i + kBatchRows, batch.keys.size());
      for (; i < end; ++i) {
        gather(batch.row(i));
        must(batch_.PutEntity(folder_.family(), slice_of(batch.keys[i].stored()), columns_));
      }
      must(folder_.db()->Write(rocksdb::WriteOptions(), &batch_));
    }
  }
  void get_patch_put(const RowKey& key) {
    entity_.Reset();
    must(folder_.db()->GetEntity(folder_.read(), folder_.family(), slice_of(key.stored()),
                                 &entity_));
    columns_ = entity_.columns();
    const ThreeFields fields = new_fields(key);
    set(five_.int_a, {reinterpret_cast<const char*>(&fields.number), sizeof fields.number});
    set(five_.text_a, slice_of(fields.text));
    set(five_.bool_a, {reinterpret_cast<const char*>(&fields.flag), sizeof fields.flag});
    must(folder_.db()->PutEntity(rocksdb::WriteOptions(), folder_.family(), slice_of(key.stored()),
                                 columns_));
  }
  void set(std::uint32_t column, const rocksdb::Slice& value) {
    const rocksdb::Slice name = names_[column].slice();
    for (rocksdb::WideColumn& c : columns_) {
      if (c.name() != name) continue;
      c.value() = value;
      return;
    }
    columns_.emplace_back(name, value);
  }
  void gather(const RowCells& row) {
    columns_.clear();
    const auto add = [this](std::uint32_t column, const void* value, std::size_t size) {
      columns_.emplace_back(names_[column].slice(),
                            rocksdb::Slice(static_cast<const char*>(value), size));
    };
    for (const auto& c : row.ints) add(c.column, &c.value, sizeof c.value);
    for (const auto& c : row.bools) add(c.column, &c.value, sizeof c.value);
    for (const auto& c : row.texts) add(c.column, c.value.data(), c.value.size());
  }

  RocksFolder folder_;
  Five five_;
  std::vector<ColumnName> names_;
  rocksdb::PinnableWideColumns entity_;
  rocksdb::WriteBatch batch_;
  rocksdb::WideColumns columns_;
};

}  // namespace

EngineSystemPtr make_rocksdb_entities(const Columns& columns, const std::string& folder) {
  return std::make_unique<Entities>(columns, folder);
}

}  // namespace wisp::bench
