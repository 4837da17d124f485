// wisp: a table in a database, through the engine's public interface.
#include <filesystem>
#include <optional>

#include "engine_system.h"
#include "rocks_folder.h"
#include "wisp/codec/patch.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/engine/database.h"

namespace wisp::bench {
namespace {

template <typename T>
T need(Result<T> result) {
  if (!result) give_up(result.error().to_string());
  return std::move(*result);
}
void need(const Status& done) {
  if (!done) give_up(done.error().to_string());
}
[[noreturn]] void refuse(const Result<bool>& found) {
  give_up(found ? "wisp: a row is lost" : found.error().to_string());
}

// The columns of the workload behind a BIGINT key.
SchemaPtr with_key(const Columns& columns) {
  SchemaBuilder builder("bench");
  builder.add("id", Type(TypeKind::kBigInt), false);
  for (const Column& column : columns.schema->columns()) builder.add(column.name, column.type);
  builder.key("id");
  return need(builder.build());
}

class WispEngine final : public EngineSystem {
 public:
  WispEngine(const Columns& columns, const std::string& folder)
      : columns_(columns), folder_(folder), five_(late_columns(columns)) {}

  std::string name() const override { return "wisp"; }
  bool has_own_cache() const override { return true; }
  bool can(EngineMetric) const override { return true; }

  void open(const EngineSettings& settings) override {
    DatabaseOptions options;
    options.block_cache_bytes = settings.cache_bytes;
    options.cache_rows = settings.cache_rows;
    options.rocksdb_options = rocksdb_options_of(settings);
    if (Database::exists(folder_)) {
      database_.emplace(need(Database::open(folder_, options)));
      table_ = need(database_->table("bench"));
    } else {
      database_.emplace(need(Database::create(folder_, options)));
      table_ = need(database_->create_table(with_key(columns_)));
    }
    if (table_.id() != kBenchTableId) give_up("wisp: the table has another id");
    take_handles();
  }
  void close() override {
    row_ = Row();
    rows_.clear();
    batch_.reset();
    need(database_->close());
    table_ = Table();
    database_.reset();
  }
  void settle() override { need(database_->compact()); }

  Digest run(EngineMetric m, const EngineBatch& batch) override {
    Digest d;
    switch (m) {
      case EngineMetric::kGet3:
      case EngineMetric::kGet3Pending:
        for (const RowKey& key : batch.keys) get(key, {}, d);
        break;
      case EngineMetric::kGet3Verified: {
        ReadOptions verify;
        verify.verify_checksums = true;
        for (const RowKey& key : batch.keys) get(key, verify, d);
        break;
      }
      case EngineMetric::kMultiGet3:
        for (std::size_t i = 0; i < batch.keys.size(); i += kMultiGetRows) {
          multi_get(batch.keys.subspan(i, std::min(kMultiGetRows, batch.keys.size() - i)), d);
        }
        break;
      case EngineMetric::kScan3Where:
        scan(d);
        break;
      case EngineMetric::kPutBatch:
        put_batches(batch);
        d.put(batch.keys.size());
        break;
      case EngineMetric::kPutSync:
        for (std::size_t i = 0; i < batch.keys.size(); ++i) {
          encode(batch.keys[i], batch.row(i));
          need(table_.put(*builder_));
        }
        d.put(batch.keys.size());
        break;
      case EngineMetric::kGetPatchPut3:
        for (const RowKey& key : batch.keys) get_patch_put(key);
        d.put(batch.keys.size());
        break;
      case EngineMetric::kUpdate3:
        for (const RowKey& key : batch.keys) update(key);
        d.put(batch.keys.size());
        break;
    }
    return d;
  }

 private:
  void take_handles() {
    id_ = need(table_.column<std::int64_t>("id"));
    ints_.resize(columns_.size());
    bools_.resize(columns_.size());
    texts_.resize(columns_.size());
    for (std::uint32_t c = 0; c < columns_.size(); ++c) {
      switch (columns_.kinds[c]) {
        case CellKind::kInt:
          ints_[c] = need(table_.column<std::int32_t>(columns_.name(c)));
          break;
        case CellKind::kBool:
          bools_[c] = need(table_.column<bool>(columns_.name(c)));
          break;
        case CellKind::kText:
          texts_[c] = need(table_.column<std::string_view>(columns_.name(c)));
          break;
        default:
          give_up("wisp: the engine suite has no such column");
      }
    }
    int_a_ = ints_[five_.int_a];
    int_b_ = ints_[five_.int_b];
    text_a_ = texts_[five_.text_a];
    bool_a_ = bools_[five_.bool_a];
    builder_.emplace(table_.row_builder());
    batch_.emplace(database_->batch());
    patch_layout_ = table_.patch_builder().layout();
    patch_.emplace(table_.patch_builder());
    patcher_.emplace(table_.layout(), patch_->layout());
    patch_int_ = need(patch_layout_->column<std::int32_t>(columns_.name(five_.int_a)));
    patch_text_ = need(patch_layout_->column<std::string_view>(columns_.name(five_.text_a)));
    patch_bool_ = need(patch_layout_->column<bool>(columns_.name(five_.bool_a)));
  }

  void add_three(const RowRef& row, Digest& d) const {
    if (const auto v = row[int_a_]) d.add(*v);
    if (const auto v = row[text_a_]) d.add(*v);
    if (const auto v = row[bool_a_]) d.add(*v);
  }
  void get(const RowKey& key, const ReadOptions& options, Digest& d) {
    const Result<bool> found = table_.get_encoded(key.without_table(), row_, options);
    if (!found || !*found) refuse(found);
    add_three(row_, d);
  }
  void multi_get(std::span<const RowKey> keys, Digest& d) {
    std::string_view encoded[kMultiGetRows];
    for (std::size_t i = 0; i < keys.size(); ++i) encoded[i] = keys[i].without_table();
    rows_.resize(keys.size());
    need(table_.multi_get_encoded({encoded, keys.size()}, rows_));
    for (const Row& row : rows_) {
      if (row.empty()) refuse(false);
      add_three(row, d);
    }
  }
  void scan(Digest& d) {
    Cursor cursor = need(table_.scan());
    while (true) {
      const Result<bool> more = cursor.next();
      if (!more) refuse(more);
      if (!*more) break;
      const RowRef& row = cursor.row();
      const auto filtered = row[int_b_];
      if (filtered && *filtered <= 0) continue;
      add_three(row, d);
    }
  }

  void encode(const RowKey& key, const RowCells& cells) {
    builder_->clear();
    builder_->set(id_, key.id);
    for (const auto& c : cells.ints) builder_->set(ints_[c.column], c.value);
    for (const auto& c : cells.texts) builder_->set(texts_[c.column], c.value);
    for (const auto& c : cells.bools) builder_->set(bools_[c.column], c.value);
  }
  void put_batches(const EngineBatch& batch) {
    for (std::size_t i = 0; i < batch.keys.size();) {
      const std::size_t end = std::min(i + kBatchRows, batch.keys.size());
      for (; i < end; ++i) {
        encode(batch.keys[i], batch.row(i));
        need(batch_->put(table_, *builder_));
      }
      need(batch_->commit({.durability = Durability::kWal}));
    }
  }

  void make_patch(const RowKey& key) {
    const ThreeFields set = new_fields(key);
    patch_->clear();
    patch_->set(patch_int_, set.number);
    patch_->set(patch_text_, set.text);
    patch_->set(patch_bool_, set.flag);
  }
  void get_patch_put(const RowKey& key) {
    make_patch(key);
    patch_bytes_.clear();
    need(patch_->finish(MissingRow::kIgnore, patch_bytes_));
    const PatchView patch =
        need(PatchView::open(*patch_layout_, std::as_bytes(std::span(patch_bytes_))));
    const Result<bool> found = table_.get_encoded(key.without_table(), row_);
    if (!found || !*found) refuse(found);
    need(patcher_->start(row_.view()));
    need(patcher_->add(patch));
    patcher_->row().set(id_, key.id);
    need(table_.put(patcher_->row(), {.durability = Durability::kWal}));
  }
  void update(const RowKey& key) {
    make_patch(key);
    key_values_[0] = Value(key.id);
    need(table_.update(key_values_, *patch_, OnMissing::kIgnore, {.durability = Durability::kWal}));
  }

  const Columns& columns_;
  std::string folder_;
  Five five_;
  std::optional<Database> database_;
  Table table_;
  ColumnHandle<std::int64_t> id_;
  std::vector<ColumnHandle<std::int32_t>> ints_;
  std::vector<ColumnHandle<bool>> bools_;
  std::vector<ColumnHandle<std::string_view>> texts_;
  ColumnHandle<std::int32_t> int_a_, int_b_;
  ColumnHandle<std::string_view> text_a_;
  ColumnHandle<bool> bool_a_;
  Row row_;
  std::vector<Row> rows_;
  std::optional<RowBuilder> builder_;
  std::optional<WriteBatch> batch_;
  LayoutPtr patch_layout_;
  std::optional<PatchBuilder> patch_;
  std::optional<RowPatcher> patcher_;
  std::vector<Value> key_values_ = {Value()};
  ColumnHandle<std::int32_t> patch_int_;
  ColumnHandle<std::string_view> patch_text_;
  ColumnHandle<bool> patch_bool_;
  std::string patch_bytes_;
};

}  // namespace

EngineSystemPtr make_wisp_engine(const Columns& columns, const std::string& folder) {
  return std::make_unique<WispEngine>(columns, folder);
}

}  // namespace wisp::bench
