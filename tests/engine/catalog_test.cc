// The catalog: round trips, and that no damage of it goes unnoticed.
#include "wisp/engine/catalog.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/codec/row_format.h"
#include "wisp/engine/database.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"

namespace wisp {
namespace {

using namespace wisp::testing;
using Entries = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<store::Store> open_store(const std::string& path) {
  return must(store::open_rocks_store(path, store::RocksOpenMode::kReadWrite, {})).store;
}

Entries entries_of(store::Store& store) {
  store::Range range;
  append_big_endian32(kCatalogTableId, range.from);
  range.to = table_end(kCatalogTableId);
  const auto cursor = must(store.scan(range));
  Entries out;
  store::Entry entry;
  while (cursor->next(entry)) out.emplace_back(std::string(entry.key), std::string(entry.value));
  must(cursor->status());
  return out;
}

void put(store::Store& store, const std::string& key, const std::string& value) {
  const store::Op op{store::Op::Kind::kPut, key, value};
  must(store.write({&op, 1}, Durability::kWal));
}

void erase(store::Store& store, const std::string& key) {
  const store::Op op{store::Op::Kind::kErase, key, {}};
  must(store.write({&op, 1}, Durability::kWal));
}

std::string with_checksum(const std::string& key, std::string payload) {
  append_row_checksum(payload, key, payload);
  return payload;
}

struct CatalogFixture {
  CatalogFixture() {
    Database db = must(Database::create(scratch.path()));
    must(
        db.execute("CREATE TYPE p AS (x INT); CREATE TABLE a (k INT PRIMARY KEY, p P);"
                   "CREATE TABLE b (v INT)"));
    const Table b = must(db.table("b"));
    RowBuilder row = b.row_builder();
    must(b.put(row));  // takes a lease
    must(db.close());
    store = open_store(scratch.path());
    entries = entries_of(*store);
  }
  ScratchDirectory scratch;
  std::unique_ptr<store::Store> store;
  Entries entries;
};

TEST_CASE_FIXTURE(CatalogFixture, "what DDL wrote is read back") {
  CHECK(entries.size() == 8);  // format, summary, type, 2 tables, 2 schemas, lease
  const Catalog catalog = must(read_catalog(*store));
  REQUIRE(catalog.tables.size() == 2);
  CHECK(catalog.tables[0].id == 1);
  CHECK(catalog.tables[0].name() == "a");
  CHECK(catalog.tables[0].row_checksums);
  CHECK(catalog.tables[0].first_unleased_row_id == kFirstRowId);
  CHECK(catalog.tables[1].first_unleased_row_id == kFirstRowId + 1);  // closing gave the rest back
  CHECK(catalog.next_table_id == 3);
  REQUIRE(catalog.types.size() == 1);
  CHECK(catalog.find_type("p") != nullptr);
  CHECK(catalog.find_type("P") == nullptr);
  CHECK(catalog.find_table("b") == &catalog.tables[1]);
}

TEST_CASE_FIXTURE(CatalogFixture, "every flipped byte of every entry is found") {
  for (const auto& [key, value] : entries) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string damaged = value;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
      put(*store, key, damaged);
      const auto read = read_catalog(*store);
      CHECK(code_of(read) == ErrorCode::kCorruption);
      CHECK(read.error().where.rfind("catalog: ", 0) == 0);
    }
    put(*store, key, value.substr(0, value.size() / 2));
    CHECK(code_of(read_catalog(*store)) == ErrorCode::kCorruption);
    put(*store, key, "");
    CHECK(code_of(read_catalog(*store)) == ErrorCode::kCorruption);
    put(*store, key, value);
    must(read_catalog(*store));
  }
}

TEST_CASE_FIXTURE(CatalogFixture, "a lost entry is found") {
  for (const auto& [key, value] : entries) {
    if (key[kTableIdBytes] == 6) continue;  // a table whose row ids were never leased has none
    erase(*store, key);
    CHECK(code_of(read_catalog(*store)) == ErrorCode::kCorruption);
    put(*store, key, value);
  }
  must(read_catalog(*store));
}

TEST_CASE_FIXTURE(CatalogFixture, "an entry that strayed to another key is found") {
  for (std::size_t i = 0; i + 1 < entries.size(); ++i) {
    put(*store, entries[i].first, entries[i + 1].second);
    CHECK(code_of(read_catalog(*store)) == ErrorCode::kCorruption);
    put(*store, entries[i].first, entries[i].second);
  }
}

TEST_CASE_FIXTURE(CatalogFixture, "other formats are refused by name, by the database too") {
  const std::string key = entries[0].first;
  const auto number = [](std::uint32_t v) {
    std::string out;
    for (int i = 0; i < 4; ++i) out += static_cast<char>(v >> (8 * i));
    return out;
  };
  CHECK(entries[0].second == with_checksum(key, "WISP" + number(1) + number(kRowFormat)));
  put(*store, key, with_checksum(key, "WISP" + number(2) + number(kRowFormat)));
  CHECK(code_of(read_catalog(*store)) == ErrorCode::kUnknownSchema);
  put(*store, key, with_checksum(key, "WISP" + number(1) + number(kRowFormat + 1)));
  CHECK(code_of(read_catalog(*store)) == ErrorCode::kUnknownSchema);
  must(store->close());
  store.reset();
  const auto opened = Database::open(scratch.path());
  CHECK(code_of(opened) == ErrorCode::kUnknownSchema);
  CHECK(says(opened, std::to_string(kRowFormat + 1)));
  store = open_store(scratch.path());
  put(*store, key, with_checksum(key, "PSIW" + number(1) + number(kRowFormat)));
  CHECK(code_of(read_catalog(*store)) == ErrorCode::kCorruption);
  put(*store, key, entries[0].second);

  std::string unknown(kTableIdBytes, '\0');
  unknown += '\x63';
  put(*store, unknown, with_checksum(unknown, "x"));
  CHECK(code_of(read_catalog(*store)) == ErrorCode::kUnknownSchema);
}

TEST_CASE_FIXTURE(CatalogFixture,
                  "entries that contradict each other are refused, whoever signed them") {
  for (const auto& [key, value] : entries) {
    const char kind = key[kTableIdBytes];
    if (kind == 1) continue;
    const std::string payload = value.substr(0, value.size() - kRowChecksumBytes);
    for (std::size_t cut = 0; cut < payload.size(); ++cut) {
      put(*store, key, with_checksum(key, payload.substr(0, cut)));
      CHECK_FALSE(read_catalog(*store).has_value());
    }
    put(*store, key, value);
    // The same entry under an id that nobody gave out.
    if (key.size() < kTableIdBytes + 5) continue;
    std::string stray = key;
    stray[kTableIdBytes + 4] = 9;
    put(*store, stray, with_checksum(stray, payload));
    CHECK_FALSE(read_catalog(*store).has_value());
    erase(*store, stray);
    must(read_catalog(*store));
  }
}

// The lines of the ```stored blocks of FORMAT.md: "KEY = PAYLOAD + TRAILER" in hex.
struct StoredExample {
  std::string key, payload, trailer;
};

std::vector<StoredExample> examples_of_format_page() {
  std::istringstream page(read_file(WISP_FORMAT_PAGE));
  std::vector<StoredExample> out;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) inside = line == "```stored";
    if (!inside || line.starts_with("```")) continue;
    StoredExample example;
    std::string* part = &example.key;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word == "=") {
        part = &example.payload;
      } else if (word == "+") {
        part = &example.trailer;
      } else {
        *part += static_cast<char>(std::stoi(word, nullptr, 16));
      }
    }
    out.push_back(example);
  }
  return out;
}

TEST_CASE_FIXTURE(CatalogFixture, "the format page's examples are what a database stores") {
  const std::vector<StoredExample> examples = examples_of_format_page();
  REQUIRE(examples.size() == 4);
  int of_catalog = 0;
  for (const StoredExample& e : examples) {
    REQUIRE(e.trailer.size() == kRowChecksumBytes);
    CHECK(row_checksum_matches(e.payload, e.trailer, e.key));
    if (load_big_endian32(e.key) != kCatalogTableId) continue;
    ++of_catalog;
    const auto same = [&](const auto& entry) {
      return entry.first == e.key && entry.second == e.payload + e.trailer;
    };
    CHECK(std::any_of(entries.begin(), entries.end(), same));
  }
  CHECK(of_catalog == 3);
}

}  // namespace
}  // namespace wisp
