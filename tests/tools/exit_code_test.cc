// The exit code of every kind of failure, and that stdout never carries anything but data.
#include "wisp/tools/exit_code.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "../engine/scratch.h"
#include "command.h"
#include "wisp/codec/key.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/store/rocks/rocks_store.h"
#include "wisp/engine/stored_key.h"

namespace wisp::testing {
namespace {

using tools::ExitCode;
using tools::worse_of;

TEST_CASE("the worse of two exit codes") {
  CHECK(worse_of(ExitCode::kOk, ExitCode::kDiffers) == ExitCode::kDiffers);
  CHECK(worse_of(ExitCode::kInterrupted, ExitCode::kDiffers) == ExitCode::kInterrupted);
  CHECK(worse_of(ExitCode::kInterrupted, ExitCode::kCorruption) == ExitCode::kCorruption);
  CHECK(worse_of(ExitCode::kUnknownSchema, ExitCode::kCorruption) == ExitCode::kCorruption);
  CHECK(worse_of(ExitCode::kIo, ExitCode::kCorruption) == ExitCode::kIo);
}

// A database with table t of five rows, keys 1 to 5.
class FailureFixture {
 public:
  FailureFixture() {
    write_file(scratch_.path("t.sql"), "CREATE TABLE tab (id BIGINT PRIMARY KEY, name VARCHAR)");
    write_file(scratch_.path("t.csv"), "id,name\n1,a\n2,b\n3,c\n4,d\n5,e\n");
    REQUIRE(run({"wisp", "import", db(), "tab", scratch_.path("t.csv"), "--create",
                 scratch_.path("t.sql")})
                .exit_code == 0);
  }

 protected:
  std::string db() const { return scratch_.path(); }
  // Runs a command that must fail with `code`, say `part`, and print no data.
  void fails(const CommandLine& command, int code, const std::string& part) {
    const Outcome outcome = run(command);
    CAPTURE(command.at(1));
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == code);
    CHECK(outcome.err.find(part) != std::string::npos);
    CHECK(outcome.out.empty());
  }
  // Puts `value` under a key of the table, past the engine.
  void plant(std::int64_t id, const std::string& value) {
    const std::string key = key_in_store(id);
    auto opened = must(store::open_rocks_store(db(), store::RocksOpenMode::kReadWrite, {}));
    const store::Op op{store::Op::Kind::kPut, key, value};
    must(opened.store->write({&op, 1}, Durability::kWal));
    must(opened.store->close());
  }
  std::string key_in_store(std::int64_t id) const {
    const Database database = must(Database::open(db(), {.mode = OpenMode::kReadOnly}));
    std::string key;
    append_big_endian32(must(database.table("tab")).id(), key);
    append_key_part(Type(TypeKind::kBigInt), SortOrder::kAscending, Value(id), key);
    return key;
  }

  ScratchDirectory scratch_;
};

TEST_CASE_FIXTURE(FailureFixture, "usage") {
  fails({"rowdump"}, 2, "--help");
  fails({"rowdump", "scna", db()}, 2, "did you mean scan?");
  fails({"rowdump", "scan", db()}, 2, "TABLE");
  fails({"rowdump", "scan", db(), "tab", "--nonsense"}, 2, "--nonsense");
  fails({"rowdump", "scan", db(), "tab", "-f", "cvs"}, 2, "did you mean csv?");
  fails({"rowdump", "scan", db(), "tab", "-c", "nme"}, 2, "did you mean \"name\"?");
  fails({"rowdump", "scan", db(), "tab", "--from", "x"}, 2, "key column \"id\"");
  fails({"rowdump", "scan", db(), "tab", "-n", "-1"}, 2, "\"-1\" is not a number of rows");
  fails({"rowdump", "head", db(), "tab", "-n", "x"}, 2, "\"x\" is not a number of rows");
  fails({"wisp", "import", db(), "tab", "f", "--skip", "x"}, 2, "is not a number of rows");
  fails({"rowdump", "scan", db(), "tab", "--where", "id ="}, 2, "expected a literal");
  fails({"rowdump", "scan", db(), "tab", "--where", "nme = 1"}, 2, "no column \"nme\"");
  fails({"rowdump", "get", db(), "tab", "x"}, 2, "key column \"id\"");
  fails({"rowdump", "bytes", db(), "tab", "1", "2"}, 2, "one row");
  fails({"wisp", "imprt", db()}, 2, "did you mean import?");
  fails({"wisp", "import", db(), "tab", "f", "--batch", "0"}, 2, "--batch");
  fails({"wisp", "import", db(), "tab", "f", "--durability", "none"}, 2, "--durability");
  fails({"wisp", "erase", db(), "tab", "x"}, 2, "key column \"id\"");
}

TEST_CASE_FIXTURE(FailureFixture, "-- is named where something with a dash was misplaced") {
  const std::string hint = "goes behind \"--\"";
  fails({"rowdump", "get", db(), "tab", "-x"}, 2, hint);
  fails({"rowdump", "get", db(), "tab", "5", "-x"}, 2, hint);
  for (const CommandLine& other :
       {CommandLine{"rowdump", "get", db(), "tab"},
        CommandLine{"rowdump", "scan", db(), "tab", "-n", "-1"},
        CommandLine{"wisp", "import", db(), "tab", "f", "--batch", "0"},
        CommandLine{"wisp", "import", db(), "tab", "--durability", "x"}}) {
    const Outcome outcome = run(other);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find(hint) == std::string::npos);
  }
}

TEST_CASE_FIXTURE(FailureFixture, "SQL with a mistake is refused: 1") {
  write_file(scratch_.path("bad.sql"), "CREATE TABL u (a INT)");
  fails({"wisp", "create", db(), scratch_.path("bad.sql")}, 1, "did you mean TABLE?");
  fails({"wisp", "alter", db(), "ALTER TABLE tab DRP name"}, 1, "did you mean DROP?");
  fails({"wisp", "alter", db(), "ALTER TABLE tab DROP nme"}, 1, "did you mean \"name\"?");
}

TEST_CASE_FIXTURE(FailureFixture, "help and version are data") {
  for (const char* program : {"wisp", "rowdump"}) {
    const Outcome version = run({program, "--version"});
    CHECK(version.exit_code == 0);
    CHECK(version.out.starts_with(std::string(program) + " 0."));
    const Outcome help = run({program, "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.out.find("Exit codes") != std::string::npos);
    CHECK(help.err.empty());
  }
  CHECK(run({"wisp", "import", "--help"}).out.find("--rejects") != std::string::npos);
  CHECK(run({"rowdump", "scan", "--help"}).out.find("--columns") != std::string::npos);
}

TEST_CASE_FIXTURE(FailureFixture, "not found, already there, refused data") {
  fails({"rowdump", "scan", db(), "tba"}, 1, "did you mean \"tab\"?");
  fails({"rowdump", "schema", db(), "tba"}, 1, "did you mean \"tab\"?");
  fails({"rowdump", "get", db(), "tab", "9"}, 1, "key 9");
  fails({"wisp", "erase", db(), "tab", "9"}, 1, "key 9");
  fails({"wisp", "create", db(), scratch_.path("t.sql")}, 1, "tab");
  fails({"wisp", "put", db(), "tab", "{\"id\": 1, \"nme\": 2}"}, 1, "did you mean \"name\"");
  fails({"wisp", "put", db(), "tab", "{\"id\": 1"}, 1, "");
  fails({"wisp", "put", db(), "tab", ""}, 1, "no JSON object");
  fails({"wisp", "put", db(), "tab", "{}"}, 1, "id");
}

TEST_CASE_FIXTURE(FailureFixture, "no database, no directory, a strange directory, a busy one") {
  fails({"rowdump", "ls", scratch_.path("none")}, 3, "no such database");
  fails({"wisp", "put", scratch_.path("none"), "tab", "{}"}, 3, "no such database");
  fails({"rowdump", "ls", scratch_.path("t.csv")}, 3, "not a directory");
  fails({"wisp", "create", scratch_.path("t.csv"), scratch_.path("t.sql")}, 3, "not a directory");
  fails({"rowdump", "ls", scratch_.root().string()}, 3, "not a Wisp database");
  const auto before = listing(scratch_.root().string());
  fails({"wisp", "create", scratch_.root().string(), scratch_.path("t.sql")}, 3, "not a Wisp");
  CHECK(listing(scratch_.root().string()) == before);
  CHECK_FALSE(std::filesystem::exists(scratch_.path("none")));
  const Database held = must(Database::open(db()));
  fails({"wisp", "put", db(), "tab", "{\"id\": 9}"}, 3, "");
  fails({"wisp", "import", db(), "tab", scratch_.path("t.csv")}, 3, "");
  CHECK(run({"rowdump", "count", db(), "tab"}).out == "5\n");
}

TEST_CASE_FIXTURE(FailureFixture, "a database without its CURRENT file cannot be opened") {
  std::filesystem::remove(std::filesystem::path(db()) / "CURRENT");
  fails({"wisp", "put", db(), "tab", "{\"id\": 9}"}, 3, "CURRENT");
  fails({"rowdump", "scan", db(), "tab"}, 3, "CURRENT");
}

TEST_CASE_FIXTURE(FailureFixture, "stdout that takes nothing") {
  const Outcome full = run({"rowdump", "scan", db(), "tab"}, {.stdout_path = "/dev/full"});
  CHECK(full.exit_code == 3);
  CHECK(full.err.find("standard output") != std::string::npos);
  CHECK(run({"rowdump", "--help"}, {.stdout_path = "/dev/full"}).exit_code == 3);
  const Outcome gone = run({"rowdump", "scan", db(), "tab"}, {.closed_pipe = true});
  CHECK(gone.exit_code == 0);
  CHECK(gone.err.empty());
}

TEST_CASE_FIXTURE(FailureFixture, "a damaged row is reported with its key and passed by") {
  plant(3, std::string(30, '\xee'));
  for (const char* format : {"jsonl", "csv", "table", "json"}) {
    CAPTURE(format);
    const Outcome scan = run({"rowdump", "scan", db(), "tab", "-f", format, "-c", "name"});
    CHECK(scan.exit_code >= 4);
    CHECK(scan.err.find("key (3)") != std::string::npos);
    CHECK(scan.err.find("1 damaged row") != std::string::npos);
    for (const char* name : {"a", "b", "d", "e"}) CHECK(scan.out.find(name) != std::string::npos);
  }
  const Outcome count = run({"rowdump", "count", db(), "tab"});
  CHECK(count.exit_code >= 4);
  CHECK(count.out == "4\n");
  CHECK(run({"rowdump", "get", db(), "tab", "3"}).exit_code >= 4);
  CHECK(run({"rowdump", "get", db(), "tab", "4"}).exit_code == 0);
  const Outcome bytes = run({"rowdump", "bytes", db(), "tab", "3"});
  CHECK(bytes.exit_code >= 4);
  CHECK(bytes.out.find("\"stored\":\"eeee") != std::string::npos);
  CHECK(run({"rowdump", "stats", db(), "tab"}).out.find("\"damaged_rows\":1") != std::string::npos);
  // It can be erased although nobody can read it.
  CHECK(run({"wisp", "erase", db(), "tab", "3"}).exit_code == 0);
  CHECK(run({"rowdump", "scan", db(), "tab"}).exit_code == 0);
}

TEST_CASE_FIXTURE(FailureFixture, "a flipped bit fails the checksum: 4; an unknown version: 5") {
  std::string stored;
  {
    const Database database = must(Database::open(db(), {.mode = OpenMode::kReadOnly}));
    const Table table = must(database.table("tab"));
    std::string key;
    must(append_key(*table.schema(), std::vector<Value>{Value(std::int64_t{2})}, key));
    store::Pin pin;
    REQUIRE(must(table.get_stored(key, pin)));
    stored = pin.value();
  }
  std::string flipped = stored;
  flipped[flipped.size() - kRowChecksumBytes - 1] ^= 1;  // the last byte of the name
  plant(2, flipped);
  fails({"rowdump", "get", db(), "tab", "2"}, 4, "key (2)");
  const Outcome bytes = run({"rowdump", "bytes", db(), "tab", "2"});
  CHECK(bytes.exit_code == 4);
  CHECK(bytes.out.find("\"state\":\"differs\"") != std::string::npos);
  CHECK(run({"rowdump", "scan", db(), "tab"}).exit_code == 4);
  std::string newer = stored;
  newer[1] = 77;  // the schema version
  newer.resize(newer.size() - kRowChecksumBytes);
  append_row_checksum(newer, key_in_store(2), newer);
  plant(2, newer);
  CHECK(run({"rowdump", "scan", db(), "tab"}).exit_code == 5);
  fails({"rowdump", "get", db(), "tab", "2"}, 5, "key (2)");
}

}  // namespace
}  // namespace wisp::testing
