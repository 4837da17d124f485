// Patches that are folded while the log is replayed, before the catalog can be read.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "child_process.h"
#include "scratch.h"
#include "wisp/codec/key.h"
#include "wisp/engine/chain.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;

constexpr std::int64_t kTold = 100;  // rows between two acknowledgements

std::string note_of(std::int64_t id) {
  return "note " + std::to_string(id) + std::string(static_cast<std::size_t>(id % 70), 'n');
}

// Row, patch, patch, and the same again: everything of a row stands together in the log.
TEST_CASE("role: puts and patches" * doctest::skip()) {
  if (role_path().empty()) return;
  Database db = must(Database::open(role_path()));
  const Table t = must(db.table("t"));
  RowBuilder row = t.row_builder();
  PatchBuilder patch = t.patch_builder();
  for (std::int64_t id = 0;; ++id) {
    const std::vector<Value> key = {Value(id)};
    row.clear();
    must(row.set_value(ColumnIndex{0}, Value(id)));
    must(row.set_value(ColumnIndex{1}, Value(std::int64_t{-1})));
    if (id % 3 != 0) must(t.put(row, kNoSync));
    patch.clear();
    must(patch.set_value(ColumnIndex{1}, Value(id)));
    must(t.update(key, patch, id % 3 == 1 ? OnMissing::kIgnore : OnMissing::kCreate, kNoSync));
    patch.clear();
    must(patch.set_value(ColumnIndex{2}, Value(note_of(id))));
    must(t.update(key, patch, OnMissing::kIgnore, kNoSync));
    if (id % kTold == kTold - 1) tell(std::to_string(id));
  }
}

struct Found {
  std::int64_t rows = 0;
  std::int64_t chains = 0;
};

Found check_rows(const Table& t, std::int64_t last_told) {
  Found found;
  Cursor cursor = must(t.scan({.verify_checksums = true}));
  while (must(cursor.next())) {
    const Value id = must(cursor.row().value(ColumnIndex{0}));
    CHECK(id == Value(found.rows));
    CHECK(cursor.row().checksum() == RowChecksum::kMatches);
    if (found.rows <= last_told) {
      CHECK(must(cursor.row().value(ColumnIndex{1})) == id);
      CHECK(must(cursor.row().value(ColumnIndex{2})) == Value(note_of(found.rows)));
    }
    found.chains += is_chain(cursor.stored().value);
    ++found.rows;
  }
  CHECK(found.rows > last_told);
  return found;
}

TEST_CASE("a log of many memtables leaves chains, which read as the rows they are") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("create table t (id bigint primary key, a bigint, b varchar)"));
  }
  ChildProcess child("role: puts and patches", scratch.path());
  std::int64_t told = 0;
  for (int i = 0; i < 100; ++i) told = std::stoll(child.hear());
  child.kill_hard();

  DatabaseOptions options;
  options.write_buffer_bytes = 64 << 10;                      // the log is some megabytes
  options.rocksdb_options = "disable_auto_compactions=true";  // which would fold chains
  for (int opening = 0; opening < 2; ++opening) {
    Database db = must(Database::open(scratch.path(), options));
    CHECK(db.open_report().warnings.empty());
    const Table t = must(db.table("t"));
    const Found found = check_rows(t, told);
    CHECK(found.chains > found.rows / 10);  // replay has folded without the catalog
    // The next patch folds what is pending.
    PatchBuilder patch = t.patch_builder();
    must(patch.set_value(ColumnIndex{2}, Value(note_of(1))));
    const std::vector<Value> key = {Value(std::int64_t{1})};
    must(t.update(key, patch, OnMissing::kFail, kNoSync));
    must(db.flush());
    check_rows(t, told);
    if (opening == 0) continue;
    // Compaction folds the rest, with nothing written to the rows.
    must(db.compact());
    CHECK(check_rows(t, told).chains == 0);
  }
}

TEST_CASE("a row that is patched for ever stays short and cheap to read") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute("create table t (id bigint primary key, a bigint, b varchar)"));
  const Table t = must(db.table("t"));
  const std::vector<Value> key = {Value(std::int64_t{1})};
  PatchBuilder patch = t.patch_builder();
  const auto seconds_of_reading = [&] {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) CHECK(must(t.get(key)).has_value());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (std::int64_t i = 0; i < 30'000; ++i) {
    must(patch.set_value(ColumnIndex{1}, Value(i)));
    must(t.update(key, patch, OnMissing::kCreate, kNoSync));
  }
  // Folding all of them takes about ten milliseconds a read.
  CHECK(seconds_of_reading() < 0.05);
  CHECK(must(must(t.get(key))->value(ColumnIndex{1})) == Value(std::int64_t{29'999}));
}

}  // namespace
}  // namespace wisp
