// Random operations on a table and on a std::map must agree, across flushes, compactions and
// reopenings.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

using Key = std::vector<Value>;     // a, b
using Fields = std::vector<Value>;  // every column in order

// The order that the schema declares, from values and not from key bytes.
struct KeyLess {
  const Schema* schema;
  bool operator()(const Key& x, const Key& y) const {
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      const KeyPart& part = schema->key()[i];
      const auto order = compare_key_values(schema->column(part.column).type, x[i], y[i]);
      if (order == 0) continue;
      return (order < 0) == (part.order == SortOrder::kAscending);
    }
    return x.size() < y.size();  // a prefix stands before what it begins
  }
};

SchemaPtr model_schema() {
  SchemaBuilder builder("model");
  builder.add("v1", Type(TypeKind::kInteger));
  builder.add("b", Type::varchar());
  builder.add("v2", Type::varchar());
  builder.add("a", Type(TypeKind::kSmallInt));
  builder.add("v3", Type(TypeKind::kBoolean), /*nullable=*/false);
  for (int i = 0; i < 40; ++i) builder.add("w" + std::to_string(i), Type(TypeKind::kBigInt));
  builder.key("b", SortOrder::kDescending).key("a");
  return must(builder.build());
}

class Model {
 public:
  explicit Model(unsigned seed)
      : random_(seed),
        schema_(model_schema()),
        db_(must(Database::create(scratch_.path(), options()))) {
    table_ = must(db_.create_table(schema_));
    rows_.emplace(KeyLess{schema_.get()});
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      CAPTURE(step);
      switch (random_() % 100) {
        case 0:
          must(db_.flush());
          break;
        case 1:
          must(db_.compact());
          break;
        case 2:
          reopen();
          break;
        case 3:
        case 4:
          check_scan();
          break;
        case 5:
        case 6:
        case 7:
          check_range();
          break;
        case 8:
        case 9:
          check_multi_get();
          break;
        default:
          random_write_or_read();
      }
    }
    reopen();
    check_scan();
  }

 private:
  static DatabaseOptions options() {
    DatabaseOptions o;
    o.write_buffer_bytes = 64 * 1024;
    o.block_cache_bytes = 32 * 1024;
    return o;
  }

  void reopen() {
    must(db_.close());
    db_ = must(Database::open(scratch_.path(), options()));
    CHECK(db_.open_report().warnings.empty());
    table_ = must(db_.table("model"));
  }

  Key random_key() {
    static const std::vector<std::string> kTexts = {"",
                                                    "a",
                                                    "ab",
                                                    "b",
                                                    std::string(1, '\0'),
                                                    std::string("a\0", 2),
                                                    std::string("a\0b", 3),
                                                    "é",
                                                    std::string(40, 'z')};
    return {Value(kTexts[random_() % kTexts.size()]),
            Value(static_cast<std::int64_t>(random_() % 12) - 6)};
  }

  Fields random_fields(const Key& key) {
    Fields fields(schema_->column_count());
    if (random_() % 2 == 0) fields[0] = Value(static_cast<std::int64_t>(random_() % 2000) - 1000);
    fields[1] = key[0];
    if (random_() % 2 == 0) fields[2] = Value(std::string(random_() % 300, 'q'));
    fields[3] = key[1];
    fields[4] = Value(random_() % 2 == 0);
    for (std::size_t c = 5; c < fields.size(); ++c) {
      if (random_() % 8 == 0) fields[c] = Value(static_cast<std::int64_t>(random_()) << 20);
    }
    return fields;
  }

  RowBuilder builder_of(const Fields& fields) {
    RowBuilder row = table_.row_builder();
    for (std::size_t c = 0; c < fields.size(); ++c) {
      if (fields[c].is_null()) continue;
      must(row.set_value(ColumnIndex{static_cast<std::uint32_t>(c)}, fields[c]));
    }
    return row;
  }

  void random_write_or_read() {
    const Key key = random_key();
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2: {
        const Fields fields = random_fields(key);
        RowBuilder row = builder_of(fields);
        must(table_.put(row, kNoSync));
        (*rows_)[key] = fields;
        break;
      }
      case 3:
        must(table_.erase(key, kNoSync));
        rows_->erase(key);
        break;
      case 4:
        random_batch();
        break;
      default:
        check_get(key);
    }
  }

  void random_batch() {
    WriteBatch batch = db_.batch();
    auto after = *rows_;
    const std::size_t count = random_() % 20;
    for (std::size_t i = 0; i < count; ++i) {
      const Key key = random_key();
      if (random_() % 3 == 0) {
        must(batch.erase(table_, key));
        after.erase(key);
      } else {
        const Fields fields = random_fields(key);
        RowBuilder row = builder_of(fields);
        must(batch.put(table_, row));
        after[key] = fields;
      }
    }
    if (random_() % 4 == 0) return;  // dropped
    must(batch.commit(kNoSync));
    *rows_ = std::move(after);
  }

  void check_row(const RowRef& row, const Fields& fields) {
    std::vector<ColumnIndex> present;
    for (std::size_t c = 0; c < fields.size(); ++c) {
      const ColumnIndex column{static_cast<std::uint32_t>(c)};
      REQUIRE(must(row.value(column)) == fields[c]);
      REQUIRE(row.is_null(column) == fields[c].is_null());
      if (!fields[c].is_null()) present.push_back(column);
    }
    REQUIRE(must(row.present_columns()) == present);
    REQUIRE(row.checksum() == RowChecksum::kMatches);
    const auto text = row[must(table_.column<std::string_view>("b"))];
    REQUIRE(text.has_value());
    REQUIRE(*text == fields[1].as<std::string>());
  }

  void check_get(const Key& key) {
    const auto expected = rows_->find(key);
    REQUIRE(must(table_.get(key, reused_)) == (expected != rows_->end()));
    if (expected != rows_->end()) check_row(reused_, expected->second);
  }

  void check_multi_get() {
    std::vector<Key> keys;
    for (std::size_t n = random_() % 40; n > 0; --n) keys.push_back(random_key());
    const auto found = must(table_.multi_get(keys));
    REQUIRE(found.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto expected = rows_->find(keys[i]);
      REQUIRE(found[i].has_value() == (expected != rows_->end()));
      if (found[i]) check_row(*found[i], expected->second);
    }
  }

  void check_scan() { check_range_of({}); }

  void check_range() {
    ScanOptions o;
    if (random_() % 4 != 0) {
      o.from = random_key();
      if (random_() % 2 == 0) o.from.pop_back();
    }
    if (random_() % 4 != 0) {
      o.to = random_key();
      if (random_() % 2 == 0) o.to.pop_back();
    }
    if (random_() % 3 == 0) o.limit = random_() % 20;
    check_range_of(o);
  }

  void check_range_of(const ScanOptions& o) {
    const KeyLess less{schema_.get()};
    Cursor cursor = must(table_.scan(o));
    std::uint64_t left = o.limit;
    for (const auto& [key, fields] : *rows_) {
      if (!o.from.empty() && less(key, o.from)) continue;
      if (!o.to.empty() && !less(key, o.to)) break;
      if (left-- == 0) break;
      REQUIRE(must(cursor.next()));
      check_row(cursor.row(), fields);
    }
    REQUIRE_FALSE(must(cursor.next()));
  }

  ScratchDirectory scratch_;
  std::mt19937 random_;
  SchemaPtr schema_;
  Database db_;
  Table table_;
  Row reused_;
  std::optional<std::map<Key, Fields, KeyLess>> rows_;
};

TEST_CASE("a table behaves as a sorted map") {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    Model(seed).run(1500);
  }
}

}  // namespace
}  // namespace wisp
