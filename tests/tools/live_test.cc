// Beside a live writer, and interrupted.
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>

#include "../engine/scratch.h"
#include "command.h"

namespace wisp::testing {
namespace {

// Waits until the table has `rows` rows; false after half a minute.
bool wait_for_rows(const std::string& db, const std::string& rows) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (run({"rowdump", "count", db, "t"}).out == rows + "\n") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

std::string rows_of(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += std::to_string(i) + ",row " + std::to_string(i) + "\n";
  return text;
}

class ImportingFixture {
 public:
  ImportingFixture() {
    write_file(scratch_.path("t.sql"), "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR)");
    REQUIRE(run({"wisp", "create", db(), scratch_.path("t.sql")}).exit_code == 0);
  }

 protected:
  std::string db() const { return scratch_.path(); }
  CommandLine import() const {
    return {"wisp", "import", db(), "t", "-", "--format", "csv", "--batch", "10"};
  }
  ScratchDirectory scratch_;
};

TEST_CASE_FIXTURE(ImportingFixture, "rowdump reads what a running import has committed") {
  RunningCommand writer(import());
  writer.feed("id,name\n" + rows_of(0, 25));
  REQUIRE(wait_for_rows(db(), "20"));
  const auto before = listing(db());
  const Outcome scan = run({"rowdump", "scan", db(), "t", "-f", "csv"});
  CHECK(scan.exit_code == 0);
  CHECK(scan.out == "id,name\n" + rows_of(0, 20));
  CHECK(run({"rowdump", "stats", db(), "t"}).exit_code == 0);
  CHECK(run({"rowdump", "bytes", db(), "t", "3"}).exit_code == 0);
  CHECK(listing(db()) == before);
  CHECK(run({"wisp", "put", db(), "t", "{\"id\": 99}"}).exit_code == 3);  // busy
  writer.feed(rows_of(25, 37));
  REQUIRE(wait_for_rows(db(), "30"));
  const Outcome end = writer.finish();
  CHECK(end.exit_code == 0);
  CHECK(end.err.find("37 rows committed") != std::string::npos);
  CHECK(run({"rowdump", "scan", db(), "t", "-f", "csv"}).out == "id,name\n" + rows_of(0, 37));
}

TEST_CASE_FIXTURE(ImportingFixture, "an interrupted import keeps what it read and says so") {
  int number = 0;
  SUBCASE("SIGINT") {
    number = SIGINT;
  }
  SUBCASE("SIGTERM") {
    number = SIGTERM;
  }
  RunningCommand writer(import());
  writer.feed("id,name\n" + rows_of(0, 25));
  REQUIRE(wait_for_rows(db(), "20"));
  writer.signal(number);
  // The signal alone must do: the pipe stays open and nothing more comes.
  REQUIRE(wait_for_rows(db(), "25"));
  const Outcome end = writer.finish();
  CHECK(end.exit_code == 130);
  CHECK(end.err.find("interrupted: 25 rows committed") != std::string::npos);
  CHECK(end.err.find("--skip 25") != std::string::npos);
  CHECK(run({"rowdump", "scan", db(), "t", "-f", "csv"}).out == "id,name\n" + rows_of(0, 25));
}

}  // namespace
}  // namespace wisp::testing
