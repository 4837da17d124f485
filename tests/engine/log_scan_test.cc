// Logs that are whole, cut off and damaged.
#include "wisp/engine/store/rocks/log_scan.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <random>
#include <string>

#include "scratch.h"
#include "wisp/engine/database.h"

namespace wisp {
namespace {

using namespace wisp::testing;
namespace fs = std::filesystem;

// A directory with the log of some puts, of small rows and of one that spans blocks.
struct Log {
  Log() {
    Database db = must(Database::create(scratch.path()));
    must(db.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, s VARCHAR)"));
    const Table t = must(db.table("t"));
    for (std::int64_t id = 0; id < 200; ++id) {
      RowBuilder row = t.row_builder();
      must(row.set_value(ColumnIndex{0}, Value(id)));
      must(row.set_value(ColumnIndex{1}, Value(std::string(id == 100 ? 100'000 : 40, 'x'))));
      must(t.put(row, kNoSync));
      if (id == 198) last_but_one = fs::file_size(find());
    }
    must(db.close());
    path = find();
    bytes = read_file(path);
  }
  fs::path find() const {
    for (const auto& entry : fs::directory_iterator(scratch.path())) {
      if (entry.path().extension() == ".log" && entry.file_size() > 0) return entry.path();
    }
    return {};
  }
  // Of these bytes in place of the log's own.
  std::optional<store::LogDamage> damage_of(const std::string& changed) const {
    write_file(path, changed);
    return store::find_log_damage(scratch.path());
  }

  ScratchDirectory scratch;
  fs::path path;
  std::string bytes;
  std::size_t last_but_one = 0;  // where the last record begins
};

}  // namespace

TEST_CASE("a log that is whole has no damage") {
  const Log log;
  REQUIRE(log.bytes.size() > 100'000);
  REQUIRE(log.last_but_one < log.bytes.size());
  CHECK_FALSE(log.damage_of(log.bytes).has_value());
  CHECK_FALSE(log.damage_of(log.bytes + std::string(5000, '\0')).has_value());  // set aside
  CHECK_FALSE(log.damage_of({}).has_value());
  CHECK_FALSE(store::find_log_damage(log.scratch.path() + "/nowhere").has_value());
}

TEST_CASE("nothing whole stands behind the end of a log that is cut off") {
  const Log log;
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::size_t size =
        i < 100 ? log.bytes.size() - 1 - static_cast<std::size_t>(i) : random() % log.bytes.size();
    CAPTURE(size);
    const auto damage = log.damage_of(log.bytes.substr(0, size));
    if (damage) CHECK_FALSE(damage->whole_records_follow);
  }
}

TEST_CASE("whole records behind a changed byte tell damage from a cut") {
  const Log log;
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    const std::size_t at = i < 20 ? static_cast<std::size_t>(i) : random() % log.bytes.size();
    CAPTURE(at);
    std::string changed = log.bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (random() % 8)));
    const auto damage = log.damage_of(changed);
    REQUIRE(damage.has_value());
    CHECK(damage->file == log.path.filename());
    CHECK(damage->offset <= at);
    CHECK(damage->whole_records_follow == (at < log.last_but_one));
  }
  // In a log before the last one, too.
  write_file(log.path, log.bytes.substr(0, log.bytes.size() - 1));
  write_file(log.scratch.path() + "/999999.log", log.bytes);
  const auto damage = store::find_log_damage(log.scratch.path());
  REQUIRE(damage.has_value());
  CHECK(damage->file == log.path.filename());
  CHECK(damage->whole_records_follow);
}

}  // namespace wisp
