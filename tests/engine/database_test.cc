// Creating, opening, closing; DDL; what survives a reopening.
#include "wisp/engine/database.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "wisp/schema/schema.h"

namespace wisp {
namespace {

using namespace wisp::testing;
namespace fs = std::filesystem;

constexpr const char* kUserDdl =
    "CREATE TYPE shopping_cart AS (item VARCHAR, quantity INTEGER);"
    "CREATE TABLE user (id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, age INT, cart SHOPPING_CART)";

// A builder with one user.
RowBuilder user_row(const Table& table, std::int64_t id, const std::string& name) {
  RowBuilder row = table.row_builder();
  must(row.set_value(must(table.schema()->find("id")), Value(id)));
  must(row.set_value(must(table.schema()->find("name")), Value(name)));
  return row;
}

DatabaseOptions read_only() {
  DatabaseOptions options;
  options.mode = OpenMode::kReadOnly;
  return options;
}

TEST_CASE("a row written is a row read, also after a reopening") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    const ExecuteOutcome outcome = must(db.execute(kUserDdl));
    CHECK(outcome.created_tables == std::vector<std::string>{"user"});
    CHECK(outcome.created_types.size() == 1);
    const Table table = must(db.table("USER"));
    RowBuilder row = user_row(table, 7, "Ada");
    row.set(must(table.column<std::int32_t>("age")), 36);
    CHECK(must(table.put(row)) == 0);
    must(db.close());
    must(db.close());
  }
  Database db = must(Database::open(scratch.path()));
  CHECK(db.open_report().warnings.empty());
  CHECK(db.table_names() == std::vector<std::string>{"user"});
  CHECK(db.types().size() == 1);
  const Table table = must(db.table("user"));
  const std::vector<Value> key{Value(std::int64_t{7})};
  const std::optional<Row> row = must(table.get(key));
  REQUIRE(row.has_value());
  CHECK((*row)[must(table.column<std::string_view>("name"))] == "Ada");
  CHECK((*row)[must(table.column<std::int32_t>("age"))] == 36);
  CHECK((*row)[must(table.column<std::int64_t>("id"))] == 7);
  CHECK(row->is_null(must(table.schema()->find("cart"))));
}

TEST_CASE("create takes a new or an empty directory and nothing else") {
  const ScratchDirectory scratch;
  CHECK_FALSE(Database::exists(scratch.path()));
  fs::create_directory(scratch.path());
  must(Database::create(scratch.path()));
  CHECK(Database::exists(scratch.path()));
  CHECK(code_of(Database::create(scratch.path())) == ErrorCode::kAlreadyExists);

  write_file(scratch.path("file"), "x");
  CHECK(code_of(Database::create(scratch.path("file"))) == ErrorCode::kAlreadyExists);
  fs::create_directory(scratch.path("full"));
  write_file(scratch.root() / "full" / "x", "x");
  CHECK(code_of(Database::create(scratch.path("full"))) == ErrorCode::kAlreadyExists);
  CHECK(listing(scratch.path("full")).size() == 1);
  CHECK(code_of(Database::create(scratch.path("no/parent"))) == ErrorCode::kIo);
  CHECK(code_of(Database::create(scratch.path("ro"), read_only())) == ErrorCode::kInvalidArgument);
  CHECK_FALSE(fs::exists(scratch.path("ro")));
}

TEST_CASE("open touches nothing that is not a database") {
  const ScratchDirectory scratch;
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kNotFound);
  CHECK_FALSE(fs::exists(scratch.path()));
  fs::create_directory(scratch.path());
  for (const DatabaseOptions& options : {DatabaseOptions(), read_only()}) {
    CHECK(code_of(Database::open(scratch.path(), options)) == ErrorCode::kNotFound);
    CHECK(listing(scratch.path()).empty());
    write_file(scratch.path("file"), "x");
    CHECK(code_of(Database::open(scratch.path("file"), options)) == ErrorCode::kNotFound);
  }
}

TEST_CASE("a wrong mark is told apart from a missing one") {
  const ScratchDirectory scratch;
  must(Database::create(scratch.path()));
  const fs::path mark = fs::path(scratch.path()) / "WISP";
  const std::string text = read_file(mark);
  write_file(mark, "wisp database 2\n");
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kUnknownSchema);
  write_file(mark, "something else");
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kCorruption);
  write_file(mark, "");
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kCorruption);
  write_file(mark, text);
  must(Database::open(scratch.path()));
}

TEST_CASE("a link to the directory is followed, a link inside it is refused") {
  const ScratchDirectory scratch;
  must(Database::create(scratch.path()));
  fs::create_directory_symlink(scratch.path(), scratch.path("link"));
  {
    const Database db = must(Database::open(scratch.path("link")));
    CHECK(db.path() == fs::canonical(scratch.path()).string());
  }
  write_file(scratch.path("victim"), "precious");
  const fs::path planted = fs::path(scratch.path()) / "000099.log";
  fs::create_symlink(scratch.path("victim"), planted);
  for (const DatabaseOptions& options : {DatabaseOptions(), read_only()}) {
    const auto opened = Database::open(scratch.path(), options);
    CHECK(code_of(opened) == ErrorCode::kIo);
    CHECK(says(opened, "000099.log"));
  }
  fs::remove(planted);
  fs::remove(fs::path(scratch.path()) / "LOCK.wisp");
  fs::create_symlink(scratch.path("victim"), fs::path(scratch.path()) / "LOCK.wisp");
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kIo);
  CHECK(read_file(scratch.path("victim")) == "precious");
}

TEST_CASE("DDL happens as a whole or not at all") {
  const ScratchDirectory scratch;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute(kUserDdl));
    CHECK(code_of(db.execute("CREATE TABLE a (x INT); CREATE TABLE user (x INT)")) ==
          ErrorCode::kAlreadyExists);
    CHECK(code_of(db.execute("CREATE TABLE a (x INT); CREATE TABLE b (x NOSUCH)")) ==
          ErrorCode::kParse);
    CHECK_FALSE(db.execute("CREATE TABLE a (x INT); CREATE TABLE a (x INT)").has_value());
    CHECK_FALSE(db.execute("CREATE TYPE shopping_cart AS (x INT)").has_value());
    CHECK(db.table_names() == std::vector<std::string>{"user"});
    CHECK(must(db.execute("CREATE TABLE IF NOT EXISTS user (x INT)")).created_tables.empty());
    CHECK(must(db.execute("")).created_tables.empty());
    CHECK(must(db.execute("CREATE TABLE a (c SHOPPING_CART ARRAY); CREATE TABLE b (x INT)"))
              .created_tables.size() == 2);
    CHECK(must(db.table("a")).id() != must(db.table("b")).id());
  }
  Database db = must(Database::open(scratch.path()));
  CHECK(db.table_names() == std::vector<std::string>{"a", "b", "user"});
  CHECK(must(db.table("user")).schema()->column_count() == 4);
  // An id is not given out twice.
  const std::uint32_t b = must(db.table("b")).id();
  must(db.execute("CREATE TABLE c (x INT)"));
  CHECK(must(db.table("c")).id() > b);
}

TEST_CASE("a schema of C++ brings the types it needs") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  const Type point = Type::row({{0, "x", Type(TypeKind::kInteger)}}, "point");
  const Type other = Type::row({{0, "y", Type(TypeKind::kInteger)}}, "point");
  const auto schema = [](const char* name, const Type& type) {
    return must(SchemaBuilder(name).add("p", type).build());
  };
  must(db.create_table(schema("a", point)));
  must(db.create_table(schema("b", point)));
  CHECK(db.types().size() == 1);
  CHECK(code_of(db.create_table(schema("c", other))) == ErrorCode::kAlreadyExists);
  CHECK(code_of(db.create_table(schema("a", point))) == ErrorCode::kAlreadyExists);
  CHECK(code_of(db.create_table(nullptr)) == ErrorCode::kInvalidArgument);
  const SchemaPtr second =
      must(SchemaBuilder("d").add("p", point).version(SchemaVersion{2}).build());
  CHECK(code_of(db.create_table(second)) == ErrorCode::kInvalidArgument);
  must(db.execute("CREATE TABLE e (p POINT)"));
}

TEST_CASE("tables are found exactly, then ignoring case; errors suggest") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(
      db.execute("CREATE TABLE \"Orders\" (x INT); CREATE TABLE \"orders\" (x INT);"
                 "CREATE TABLE Customer (x INT)"));
  CHECK(must(db.table("Orders")).schema()->table_name() == "Orders");
  CHECK(must(db.table("orders")).schema()->table_name() == "orders");
  CHECK(code_of(db.table("ORDERS")) == ErrorCode::kInvalidArgument);
  CHECK(must(db.table("CUSTOMER")).schema()->table_name() == "Customer");
  const auto missing = db.table("custommer");
  CHECK(code_of(missing) == ErrorCode::kNotFound);
  CHECK(says(missing, "Customer"));
}

TEST_CASE("close is refused while cursors and batches live, and counts them") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kUserDdl));
  const Table table = must(db.table("user"));
  RowBuilder row = user_row(table, 1, "x");
  must(table.put(row, kNoSync));
  std::optional<Cursor> first(must(table.scan()));
  std::optional<Cursor> second(must(table.scan()));
  std::optional<WriteBatch> batch(db.batch());
  CHECK(code_of(db.close()) == ErrorCode::kBusy);
  CHECK(says(db.close(), "2 cursors and 1 batch are still open"));
  first.reset();
  batch.reset();
  CHECK(says(db.close(), "1 cursor is still open"));
  CHECK(must(second->next()));  // nothing has changed
  second.reset();
  must(db.close());
  CHECK(code_of(table.scan()) == ErrorCode::kInvalidArgument);
  CHECK(code_of(table.put(row)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(table.get(std::vector<Value>{Value(std::int64_t{1})})) ==
        ErrorCode::kInvalidArgument);
  CHECK(code_of(db.table("user")) == ErrorCode::kInvalidArgument);
  CHECK(code_of(db.execute("CREATE TABLE z (x INT)")) == ErrorCode::kInvalidArgument);
  CHECK(code_of(db.batch().commit()) == ErrorCode::kInvalidArgument);
  must(Database::open(scratch.path()));
}

TEST_CASE("a cursor outlives its Database and the last one closes the store") {
  const ScratchDirectory scratch;
  std::optional<Database> db(must(Database::create(scratch.path())));
  must(db->execute(kUserDdl));
  std::optional<Table> table(must(db->table("user")));
  for (std::int64_t id = 0; id < 10; ++id) {
    RowBuilder row = user_row(*table, id, "name");
    must(table->put(row, kNoSync));
  }
  std::optional<Cursor> cursor(must(table->scan()));
  std::optional<WriteBatch> batch(db->batch());
  std::optional<Transaction> transaction(must(db->begin_transaction()));
  RowBuilder row = user_row(*table, 11, "late");
  must(transaction->put(*table, row));
  db.reset();
  const std::vector<Value> key{Value(std::int64_t{1})};
  CHECK(code_of(table->get(key)) == ErrorCode::kInvalidArgument);
  CHECK(code_of(table->scan()) == ErrorCode::kInvalidArgument);
  CHECK(code_of(table->put(row, kNoSync)) == ErrorCode::kInvalidArgument);
  CHECK_FALSE(must(transaction->get(*table, std::vector<Value>{Value(std::int64_t{11})})) ==
              std::nullopt);
  must(transaction->commit(kNoSync));
  transaction.reset();
  table.reset();
  int rows = 0;
  while (must(cursor->next())) ++rows;
  CHECK(rows == 10);
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kBusy);
  cursor.reset();
  CHECK(code_of(Database::open(scratch.path())) == ErrorCode::kBusy);
  batch.reset();
  must(Database::open(scratch.path()));
}

TEST_CASE("a Table that outlives its Database does not hold it open") {
  const ScratchDirectory scratch;
  Table table;
  {
    Database db = must(Database::create(scratch.path()));
    must(db.execute(kUserDdl));
    table = must(db.table("user"));
    Database moved = std::move(db);
    db = must(Database::create(scratch.path("other")));
  }
  CHECK(code_of(table.scan()) == ErrorCode::kInvalidArgument);
  must(Database::open(scratch.path()));
  must(Database::open(scratch.path("other")));
}

TEST_CASE("options for RocksDB: known ones are taken, others refused before anything is made") {
  const ScratchDirectory scratch;
  for (const std::string bad : {"no_such_option=1",
                                "max_background_jobs=many",
                                "=",
                                "comparator=rocksdb.ReverseBytewiseComparator",
                                "merge_operator=uint64add",
                                "compaction_style=kCompactionStyleFIFO",
                                "inplace_update_support=true",
                                "unordered_write=true",
                                "two_write_queues=true",
                                "allow_2pc=true",
                                "max_successive_merges=0",
                                "max_successive_merges=65",
                                "allow_mmap_reads=true",
                                "manual_wal_flush=true",
                                "best_efforts_recovery=true",
                                "wal_recovery_mode=kSkipAnyCorruptedRecords",
                                "track_and_verify_wals_in_manifest=false",
                                "paranoid_checks=false",
                                "avoid_flush_during_recovery=true",
                                "persist_stats_to_disk=true",
                                "wal_dir=/nowhere/else",
                                "write_buffer_size=600000000",
                                "max_write_buffer_number=17",
                                "memtable_factory=prefix_hash;prefix_extractor=fixed:8;"
                                "allow_concurrent_memtable_write=false",
                                "memtable_factory=hash_linkedlist",
                                "enable_blob_files=true",
                                "block_based_table_factory={index_type=kHashSearch};"
                                "prefix_extractor=fixed:8",
                                "block_based_table_factory={checksum=kNoChecksum}"}) {
    CAPTURE(bad);
    DatabaseOptions options;
    options.rocksdb_options = bad;
    const auto refused = Database::create(scratch.path(), options);
    CHECK(code_of(refused) == ErrorCode::kInvalidArgument);
    CHECK(says(refused, bad.substr(0, bad.find('='))));
    CHECK_FALSE(fs::exists(scratch.path()));
  }
  // Names of objects that RocksDB does not know; the first three are the engine's to set.
  for (const std::string bad : {"merge_operator", "comparator", "compaction_filter",
                                "memtable_factory", "prefix_extractor"}) {
    CAPTURE(bad);
    DatabaseOptions options;
    options.rocksdb_options = bad + "=unheard_of";
    const auto refused = Database::create(scratch.path(), options);
    CHECK(code_of(refused) == ErrorCode::kInvalidArgument);
    CHECK(says(refused, "rocksdb_options"));
    CHECK(says(refused, "unheard_of"));
    CHECK_FALSE(fs::exists(scratch.path()));
  }
  DatabaseOptions options;
  options.rocksdb_options =
      "prefix_extractor=fixed:8;max_background_jobs=3;compression=kNoCompression;block_based_table_"
      "factory={block_size=4k}";
  options.block_cache_bytes = 0;
  Database db = must(Database::create(scratch.path(), options));
  must(db.execute(kUserDdl));
  const Table table = must(db.table("user"));
  RowBuilder row = user_row(table, 1, "x");
  must(table.put(row));
  must(db.flush());
  CHECK(must(table.get(std::vector<Value>{Value(std::int64_t{1})})).has_value());
}

TEST_CASE("statistics of a table count its rows and not its neighbour's") {
  const ScratchDirectory scratch;
  Database db = must(Database::create(scratch.path()));
  must(db.execute(kUserDdl));
  must(db.execute("CREATE TABLE empty (id INT PRIMARY KEY)"));
  const Table table = must(db.table("user"));
  WriteBatch batch = db.batch();
  for (std::int64_t id = 0; id < 5000; ++id) {
    RowBuilder row = user_row(table, id, std::string(100, 'x') + std::to_string(id * 7919));
    must(batch.put(table, row));
  }
  must(batch.commit());
  TableStats stats = must(db.table_stats(table));
  CHECK(stats.disk_bytes == 0);
  CHECK(stats.memtable_bytes > 100'000);
  // A skip list guesses from its height.
  CHECK(stats.estimated_rows > 500);
  CHECK(stats.estimated_rows < 50000);
  must(db.compact());
  stats = must(db.table_stats(table));
  CHECK(stats.disk_bytes > 0);
  CHECK(stats.memtable_bytes == 0);
  CHECK(stats.estimated_rows > 4000);
  CHECK(stats.estimated_rows < 6000);
  CHECK(must(db.table_stats(must(db.table("empty")))).estimated_rows == 0);
}

TEST_CASE("a damaged log is cut off at the damage and opening says so") {
  const ScratchDirectory scratch;
  constexpr int kRows = 200;
  const auto log_file = [&] {
    for (const auto& entry : fs::directory_iterator(scratch.path()))
      if (entry.path().extension() == ".log" && entry.file_size() > 0) return entry.path();
    return fs::path();
  };
  for (const bool flip : {false, true}) {
    CAPTURE(flip);
    fs::remove_all(scratch.path());
    {
      Database db = must(Database::create(scratch.path()));
      must(db.execute(kUserDdl));
      const Table table = must(db.table("user"));
      for (std::int64_t id = 0; id < kRows; ++id) {
        RowBuilder row = user_row(table, id, "some name");
        must(table.put(row, kNoSync));
      }
    }
    std::string bytes = read_file(log_file());
    REQUIRE(bytes.size() > 1000);
    if (flip) {
      bytes[bytes.size() - bytes.size() / 4] ^= 0x10;
    } else {
      bytes.resize(bytes.size() - 5);
    }
    write_file(log_file(), bytes);

    // A reader changes nothing. It cannot know a torn end from a write that goes on beside it.
    {
      const Database beside = must(Database::open(scratch.path(), read_only()));
      CHECK(beside.open_report().warnings.size() == (flip ? 1 : 0));
    }
    CHECK(read_file(log_file()) == bytes);

    const Database db = must(Database::open(scratch.path()));
    REQUIRE(db.open_report().warnings.size() == 1);
    const std::string& warning = db.open_report().warnings[0];
    CAPTURE(warning);
    CHECK((warning.find("Whole records stood behind it") != std::string::npos) == flip);
    CHECK((warning.find("Nothing whole stood behind it") != std::string::npos) == !flip);
    const Table table = must(db.table("user"));
    Cursor cursor = must(table.scan());
    std::int64_t rows = 0;
    while (must(cursor.next())) {
      CHECK(cursor.row()[must(table.column<std::int64_t>("id"))] == rows);
      ++rows;
    }
    CHECK(rows < kRows);
    CHECK(rows > kRows / 4);
  }
}

}  // namespace
}  // namespace wisp
