// rocksdb_entity: the value bytes of a RocksDB wide-column entity with column names of 2 bytes.
//
// The library does not offer its serialization, so the bytes are written here and checked against
// the real thing: the same rows go through PutEntity into a table file, whose raw_value_size must
// agree.
//   varint32 version = 1, varint32 number of columns
//   per column, by name: varint32 name size, name, varint32 value size
//   the values, in the same order
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <cstring>

#include "system.h"

namespace wisp::bench {
namespace {

struct Field {
  char name[2];
  std::string value;
};

class Entity final : public System {
 public:
  std::string name() const override { return "rocksdb_entity"; }

  std::string_view encode(const RowCells& row) override {
    gather(row);
    bytes_.clear();
    put_varint(1);
    put_varint(fields_.size());
    for (const Field& f : fields_) {
      put_varint(sizeof f.name);
      bytes_.append(f.name, sizeof f.name);
      put_varint(f.value.size());
    }
    for (const Field& f : fields_) bytes_.append(f.value);
    return bytes_;
  }

  std::uint64_t run(Metric, const Batch&) override { return 0; }

  void load(std::span<const RowCells> rows, const RowStore& encoded) override {
    std::uint64_t own = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) own += encoded[i].size();
    const std::uint64_t real = real_bytes(rows);
    if (own != real) {
      give_up("rocksdb_entity: " + std::to_string(own) + " bytes computed, RocksDB has " +
              std::to_string(real));
    }
  }

 private:
  std::uint64_t real_bytes(std::span<const RowCells> rows) {
    std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.env = env.get();
    options.info_log_level = rocksdb::FATAL_LEVEL;
    rocksdb::DB* opened = nullptr;
    must(rocksdb::DB::Open(options, "/wisp-bench-entity", &opened));
    std::unique_ptr<rocksdb::DB> db(opened);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      gather(rows[i]);
      rocksdb::WideColumns columns;
      for (const Field& f : fields_) {
        columns.emplace_back(rocksdb::Slice(f.name, sizeof f.name), rocksdb::Slice(f.value));
      }
      must(db->PutEntity(rocksdb::WriteOptions(), db->DefaultColumnFamily(), std::to_string(i),
                         columns));
    }
    must(db->Flush(rocksdb::FlushOptions()));
    rocksdb::TablePropertiesCollection tables;
    must(db->GetPropertiesOfAllTables(&tables));
    std::uint64_t bytes = 0;
    for (const auto& [file, properties] : tables) bytes += properties->raw_value_size;
    tables.clear();
    must(db->Close());
    db.reset();
    return bytes;
  }

  static void must(const rocksdb::Status& status) {
    if (!status.ok()) give_up("rocksdb_entity: " + status.ToString());
  }

  void gather(const RowCells& row) {
    fields_.clear();
    for (const auto& c : row.ints) add(c.column, &c.value, sizeof c.value);
    for (const auto& c : row.longs) add(c.column, &c.value, sizeof c.value);
    for (const auto& c : row.doubles) add(c.column, &c.value, sizeof c.value);
    for (const auto& c : row.bools) add(c.column, &c.value, 1);
    for (const auto& c : row.texts) add(c.column, c.value.data(), c.value.size());
    std::sort(fields_.begin(), fields_.end(), [](const Field& a, const Field& b) {
      return std::memcmp(a.name, b.name, sizeof a.name) < 0;
    });
  }
  void add(std::uint32_t column, const void* value, std::size_t size) {
    fields_.push_back({{static_cast<char>(column >> 8), static_cast<char>(column)},
                       std::string(static_cast<const char*>(value), size)});
  }
  void put_varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) bytes_.push_back(static_cast<char>(v | 0x80));
    bytes_.push_back(static_cast<char>(v));
  }

  std::vector<Field> fields_;
  std::string bytes_;
};

}  // namespace

SystemPtr make_rocksdb_entity(const Columns& columns) {
  if (columns.size() > 65536) return nullptr;
  return std::make_unique<Entity>();
}

}  // namespace wisp::bench
