// Folds that meet what they cannot fold: text set unchecked by handles of earlier versions, damaged
// rows and patches, chains at their limit.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/chain.h"
#include "wisp/engine/database.h"
#include "wisp/engine/patch_fold.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/row_fold.h"
#include "wisp/engine/stored_key.h"

namespace wisp {
namespace {

using namespace wisp::testing;

std::vector<Value> key(std::int64_t k) {
  return {Value(k)};
}

TEST_CASE("text that an earlier handle sets unchecked hides no other column of a later row") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, name VARCHAR(4), code CHAR(2), "
                 "price DECIMAL(4,1), n INT)"));
  const Table old = must(db.table("t"));
  must(
      db.execute("ALTER TABLE t ADD COLUMN extra INT, ALTER COLUMN code TYPE VARCHAR(8), "
                 "ALTER COLUMN price TYPE DECIMAL(9,3)"));
  Table t = must(db.table("t"));
  RowBuilder row = t.row_builder();
  must(row.set_value(ColumnIndex{0}, Value(std::int64_t{1})));
  must(row.set_value(must(t.schema()->find("n")), Value(std::int64_t{10})));
  must(row.set_value(must(t.schema()->find("extra")), Value(std::int64_t{20})));
  must(t.put(row, kNoSync));

  PatchBuilder patch = old.patch_builder();
  patch.set(must(old.column<std::string_view>("name")), "far too long \xFF");
  patch.set(must(old.column<std::string_view>("code")), "\xFE\xFE\xFE");
  patch.set(must(old.column<Decimal>("price")), Decimal{1234567});
  must(old.update(key(1), patch, OnMissing::kIgnore, kNoSync));
  must(old.update(key(2), patch, OnMissing::kCreate, kNoSync));

  for (int round = 0; round < 4; ++round) {
    CAPTURE(round);
    for (const std::int64_t k : {1, 2}) {
      const auto found = must(t.get(key(k)));
      REQUIRE(found.has_value());
      CHECK((*found)[must(t.column<std::string_view>("name"))] == "far too long \xFF");
      CHECK((*found)[must(t.column<std::string_view>("code"))] == "\xFE\xFE\xFE");
      CHECK((*found)[must(t.column<Decimal>("price"))]->unscaled == 123456700);
      CHECK((*found)[must(t.column<std::int32_t>("n"))].has_value() == (k == 1));
      // The same as a row of the newest version.
      CHECK(found->view().get(must(t.column<Decimal>("price")))->unscaled == 123456700);
      CHECK(found->view().get(must(t.column<std::string_view>("code"))) == "\xFE\xFE\xFE");
    }
    if (round == 0) must(db.flush());
    if (round == 1) must(db.compact());
    if (round == 2) {
      must(db.close());
      db = must(Database::open(scratch.path()));
      t = must(db.table("t"));
    }
  }
}

// Table t of a database, as PatchFold knows it once published.
struct Folding {
  Folding(std::size_t max_bytes, std::size_t long_bytes) : fold(max_bytes, long_bytes) {
    must(db.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, a BIGINT, b VARCHAR, c BIGINT)"));
    table = must(db.table("t"));
    layouts = std::make_shared<TableLayouts>(
        table.id(), true, std::make_shared<TableVersions>(std::vector{table.schema()}),
        table.schema()->version());
    append_big_endian32(table.id(), key);
    must(append_key(*table.schema(), std::vector<Value>{Value(std::int64_t{1})}, key));
  }
  // The stored bytes of a row.
  std::string row(std::int64_t a) const {
    RowBuilder builder(layouts->layout());
    must(builder.set_value(ColumnIndex{1}, Value(a)));
    std::string out;
    must(builder.finish_row(out));
    append_row_checksum(out, key, out);
    return out;
  }
  // The stored bytes of a patch of one column.
  std::string patch(std::uint32_t column, const Value& value) const {
    PatchBuilder builder(layouts->patch_layout());
    must(builder.set_value(ColumnIndex{column}, value));
    std::string out;
    must(builder.finish(MissingRow::kIgnore, out));
    append_row_checksum(out, key, out);
    return out;
  }
  void publish() { fold.publish({{table.id(), layouts}}); }
  // `patches` on `value`, `at_once` of them in one call of the store.
  std::string put_on(std::string value, const std::vector<std::string>& patches,
                     std::size_t at_once) const {
    for (std::size_t i = 0; i < patches.size(); i += at_once) {
      const std::size_t end = std::min(i + at_once, patches.size());
      std::vector<std::string_view> some;
      for (std::size_t p = i; p < end; ++p) some.push_back(patches[p]);
      std::string next;
      fold.fold(key, value, some, next);
      value = std::move(next);
    }
    return value;
  }
  // a, b and c of the row that the patches of `value` make of `base`.
  std::vector<Value> read_with(const std::string& value, const std::string& base) const {
    Chain chain = must(Chain::read(value));
    chain.base = base;
    std::string row;
    REQUIRE(must(fold_row(*layouts, key, chain, row)));
    row.resize(row.size() - kRowChecksumBytes);
    const RowView view =
        must(RowView::open(*layouts->layout(), std::as_bytes(std::span(row.data(), row.size()))));
    std::vector<Value> out;
    for (const std::uint32_t c : {1, 2, 3}) out.push_back(must(view.value(ColumnIndex{c})));
    return out;
  }

  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  Table table;
  std::shared_ptr<const TableLayouts> layouts;
  std::string key;
  PatchFold fold;
};

// Patches of a, b and c in turn; c is set to NULL every second time.
std::vector<std::string> many_patches(const Folding& f, std::size_t count) {
  std::vector<std::string> patches;
  for (std::size_t i = 0; i < count; ++i) {
    const Value number(static_cast<std::int64_t>(i));
    if (i % 3 == 0) patches.push_back(f.patch(1, number));
    if (i % 3 == 1) patches.push_back(f.patch(2, Value("text " + std::to_string(i))));
    if (i % 3 == 2) patches.push_back(f.patch(3, i % 2 == 0 ? Value() : number));
  }
  return patches;
}

std::vector<Value> cells(std::int64_t a, const std::string& b, Value c) {
  return {Value(a), Value(b), std::move(c)};
}

TEST_CASE("patches on a damaged row are bounded by the columns they touch, and none is lost") {
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{7}, std::size_t{5000}}) {
    CAPTURE(at_once);
    Folding f(/*max_bytes=*/4000, /*long_bytes=*/1000);
    f.publish();
    const std::string sound = f.row(1);
    std::string damaged = sound;
    damaged[damaged.size() / 2] ^= 1;
    const std::string value = f.put_on(damaged, many_patches(f, 5000), at_once);
    CHECK(is_chain(value));
    CHECK(value.size() <= 1200);
    const Chain chain = must(Chain::read(value));
    CHECK_FALSE(chain.cut_off);
    CHECK(chain.base == damaged);
    CHECK(f.read_with(value, sound) == cells(4998, "text 4999", Value(std::int64_t{4997})));
  }
}

TEST_CASE("a damaged patch stays where it is between its folded neighbours") {
  Folding f(4000, 1000);
  f.publish();
  std::vector<std::string> patches = many_patches(f, 1000);
  patches[500] = "no patch";
  const std::string value = f.put_on(f.row(1), patches, 100);
  Chain chain = must(Chain::read(value));
  CHECK_FALSE(chain.cut_off);
  CHECK(std::count(chain.patches.begin(), chain.patches.end(), "no patch") == 1);
  CHECK(value.size() <= 1200);
  CHECK(chain.size_bytes() == value.size());
  // Without it the row is what the others make of it.
  std::erase(chain.patches, "no patch");
  std::string without;
  chain.append(without);
  CHECK(f.read_with(without, f.row(1)) == cells(999, "text 997", Value()));
}

TEST_CASE("a chain at its limit says that patches are missing, and keeps those before the gap") {
  Folding f(4000, 1000);  // without the catalog: nothing is folded
  const std::vector<std::string> patches = many_patches(f, 500);
  const std::string value = f.put_on(f.row(1), patches, 50);
  CHECK(value.size() <= 4000);
  const Chain chain = must(Chain::read(value));
  CHECK(chain.cut_off);
  REQUIRE(chain.patches.size() > 50);
  for (std::size_t i = 0; i < chain.patches.size(); ++i) CHECK(chain.patches[i] == patches[i]);
  // Nor is anything added behind it.
  CHECK(f.put_on(value, {patches.back()}, 1) == value);
  std::string row;
  CHECK(code_of(fold_row(*f.layouts, f.key, chain, row)) == ErrorCode::kCorruption);
}

}  // namespace
}  // namespace wisp
