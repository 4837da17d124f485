// wisp import where the input is wrong: what is said, what is stored, and the exit code.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "../engine/scratch.h"
#include "command.h"

namespace wisp::testing {
namespace {

constexpr char kSql[] =
    "CREATE TABLE t (id INT PRIMARY KEY, n SMALLINT, name VARCHAR(5) NOT NULL, at TIMESTAMP)";

// A database with the empty table t.
class ImportFixture {
 public:
  ImportFixture() {
    write_file(scratch_.path("t.sql"), kSql);
    REQUIRE(run({"wisp", "create", db(), scratch_.path("t.sql")}).exit_code == 0);
  }

 protected:
  std::string db() const { return scratch_.path(); }
  std::string path(const std::string& name) const { return scratch_.path(name); }
  Outcome import(const std::string& text, std::vector<std::string> more = {},
                 const std::string& file = "rows.csv") {
    write_file(path(file), text);
    CommandLine command = {"wisp", "import", db(), "t", path(file)};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }
  std::string scan() const { return run({"rowdump", "scan", db(), "t", "-f", "csv"}).out; }
  static bool has(const std::string& text, const std::string& part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) MESSAGE("it says: ", text);
    return found;
  }

  ScratchDirectory scratch_;
};

constexpr char kHeader[] = "id,n,name,at\n";

TEST_CASE_FIXTURE(ImportFixture, "a key that is taken is a bad record, unless --replace is said") {
  const std::string rows = std::string(kHeader) + "1,,a,\n2,,b,\n1,,c,\n";
  for (const std::string batch : {"1", "1000"}) {  // taken in the table, and in the same batch
    const Outcome stopped = import(rows, {"--batch", batch});
    CHECK(stopped.exit_code == 1);
    CHECK(has(stopped.err, batch == "1" ? "line 4: " : "line "));
    CHECK(has(stopped.err, "is there already"));
    CHECK(has(stopped.err, "--replace"));
    CHECK(scan() == std::string(kHeader) + "1,,a,\n2,,b,\n");
  }
  const Outcome rejected =
      import(std::string(kHeader) + "3,,c,\n2,,x,\n3,,d,\n", {"--rejects", path("bad.csv")});
  CHECK(rejected.exit_code == 0);
  CHECK(read_file(path("bad.csv")) == std::string(kHeader) + "2,,x,\n3,,d,\n");
  CHECK(scan() == std::string(kHeader) + "1,,a,\n2,,b,\n3,,c,\n");
  CHECK(import(rows, {"--replace"}).exit_code == 0);
  CHECK(scan() == std::string(kHeader) + "1,,c,\n2,,b,\n3,,c,\n");
}

TEST_CASE_FIXTURE(ImportFixture, "a bad cell stops the import after the rows before it") {
  const Outcome outcome =
      import(std::string(kHeader) + "1,,a,\n2,,b,\n3,40000,c,\n4,,d,\n", {"--batch", "2"});
  CHECK(outcome.exit_code == 1);
  CHECK(has(outcome.err, "rows.csv: line 4, column \"n\": "));
  CHECK(has(outcome.err, "2 rows committed"));
  CHECK(has(outcome.err, "--skip 2"));
  CHECK(scan() == std::string(kHeader) + "1,,a,\n2,,b,\n");
  // Mended, and on from there.
  const Outcome rest =
      import(std::string(kHeader) + "1,,x,\n2,,x,\n3,4000,c,\n4,,d,\n", {"--skip", "2"});
  CHECK(rest.exit_code == 0);
  CHECK(scan() == std::string(kHeader) + "1,,a,\n2,,b,\n3,4000,c,\n4,,d,\n");
}

TEST_CASE_FIXTURE(ImportFixture, "rows before a bad one inside a batch are committed too") {
  const Outcome outcome = import(std::string(kHeader) + "1,,a,\n2,,b,\nx,,c,\n");
  CHECK(outcome.exit_code == 1);
  CHECK(has(outcome.err, "2 rows committed"));
  CHECK(scan() == std::string(kHeader) + "1,,a,\n2,,b,\n");
}

TEST_CASE_FIXTURE(ImportFixture, "every kind of bad record names its line and reason") {
  struct Case {
    const char* records;
    const char* said;
  };
  for (const Case& c :
       {Case{"1,2,toolong,\n", "line 2, column \"name\""},
        Case{"1,2,a,2026-02-30\n", "line 2, column \"at\""},
        Case{"1,2,a,2026-01-01 10:00:00Z\n", "line 2, column \"at\""},
        Case{"1,2,,\n", "line 2, column \"name\": a NOT NULL column cannot be NULL"},
        Case{",2,a,\n", "line 2, column \"id\": a key column cannot be NULL"},
        Case{"\n\n1,2,a\n", "line 4"},    // too few cells
        Case{"1,2,a,,\n", "line 2"},      // too many
        Case{"1,2,\"a\"b,\n", "line 2"},  // quotes
        Case{"1,2,\"a,\n", "line 2"}, Case{"1,2,\xC3,\n", "line 2, column \"name\""}}) {
    CAPTURE(c.records);
    const Outcome outcome = import(kHeader + std::string(c.records));
    CHECK(outcome.exit_code == 1);
    CHECK(has(outcome.err, c.said));
    CHECK(has(outcome.err, "0 rows committed"));
    CHECK(scan() == kHeader);
  }
  struct JsonCase {
    const char* line;
    const char* said;
  };
  for (const JsonCase& c :
       {JsonCase{"{\"id\": 1, \"name\": \"a\", \"n\": \"2\"}", "column \"n\""},
        JsonCase{"{\"id\": 1, \"name\": \"a\", \"n\": 1.5}", "column \"n\""},
        JsonCase{"{\"id\": 1, \"name\": \"a\", \"nn\": 1}", "did you mean"},
        JsonCase{"{\"id\": 1, \"name\": \"a\", \"NAME\": \"b\"}", "twice"},
        JsonCase{"{\"id\": 1, \"name\": \"a\"", "line 1"}, JsonCase{"[1]", "line 1"},
        JsonCase{"[", "line 1: a JSON array; rows come as one JSON object a line"},
        JsonCase{"{\"id\": 1, \"name\": null}",
                 "line 1, column \"name\": a NOT NULL column cannot be NULL"},
        JsonCase{"{\"id\": 1}", "line 1, column \"name\": the column is NOT NULL and is missing"},
        JsonCase{"{\"name\": \"a\"}", "line 1, column \"id\": the key column is missing"},
        JsonCase{"{\"id\": 01, \"name\": \"a\"}", "line 1"}}) {
    CAPTURE(c.line);
    const Outcome outcome = import(c.line, {}, "rows.jsonl");
    CHECK(outcome.exit_code == 1);
    CHECK(has(outcome.err, c.said));
    CHECK(scan() == kHeader);
  }
}

TEST_CASE_FIXTURE(ImportFixture, "--rejects sets bad records aside so that they can be mended") {
  const std::string rejects = path("bad.csv");
  const Outcome outcome =
      import(std::string(kHeader) +
                 "1,,a,\n2,x,b,\n3,,\"c\nd\",\n4,,\"q\"r,\n5,,e\n6,,\"f\nlong\",\n7,,g,\n",
             {"--rejects", rejects, "--batch", "2"});
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(has(outcome.err, "3 rows committed, 4 records rejected"));
  CHECK(scan() == std::string(kHeader) + "1,,a,\n3,,\"c\nd\",\n7,,g,\n");
  CHECK(read_file(rejects) == std::string(kHeader) + "2,x,b,\n4,,\"q\"r,\n5,,e\n6,,\"f\nlong\",\n");
  const std::string reasons = read_file(rejects + ".errors");
  CHECK(reasons.starts_with("line,column,reason\n3,n,"));
  CHECK(has(reasons, "\n6,,"));
  CHECK(has(reasons, "\n7,,"));
  CHECK(has(reasons, "\n8,name,"));

  const Outcome again = import(std::string(kHeader) + "8,,h,\n", {"--rejects", rejects});
  CHECK(again.exit_code == 1);
  CHECK(has(again.err, "there already"));

  write_file(rejects, std::string(kHeader) + "2,3,b,\n4,,r,\n5,,e,\n6,,f,\n");
  CHECK(run({"wisp", "import", db(), "t", rejects}).exit_code == 0);
  CHECK(run({"rowdump", "count", db(), "t"}).out == "7\n");
}

TEST_CASE_FIXTURE(ImportFixture, "--rejects makes no file where nothing is bad, also for JSON") {
  const std::string rejects = path("bad.jsonl");
  CHECK(import("{\"id\":1,\"name\":\"a\"}\n", {"--rejects", rejects}, "a.jsonl").exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(rejects));
  const std::string bad = "{\"id\": \"x\",  \"name\": \"b\"}";
  CHECK(
      import(bad + "\n{\"id\":2,\"name\":\"c\"}\n", {"--rejects", rejects}, "b.jsonl").exit_code ==
      0);
  CHECK(read_file(rejects) == bad + "\n");
  CHECK(read_file(rejects + ".errors").starts_with("line,column,reason\n1,id,"));
  CHECK(run({"rowdump", "count", db(), "t"}).out == "2\n");
}

TEST_CASE_FIXTURE(ImportFixture, "a header that does not fit is refused before anything is made") {
  struct Case {
    const char* header;
    const char* said;
  };
  for (const Case& c : {Case{"id,nme\n", "did you mean \"name\""}, Case{"id,name,ID\n", "twice"},
                        Case{"name,n\n", "key column \"id\" is missing"},
                        Case{"id,n\n", "NOT NULL column \"name\" is missing"}, Case{"", "empty"}}) {
    CAPTURE(c.header);
    const Outcome outcome = import(c.header);
    CHECK(outcome.exit_code == 1);
    CHECK(has(outcome.err, c.said));
    const Outcome fresh = import(c.header, {"--create", path("t.sql")});
    CHECK(fresh.exit_code == 1);
    write_file(path("rows.csv"), c.header);
    CHECK(run({"wisp", "import", path("new"), "t", path("rows.csv"), "--create", path("t.sql")})
              .exit_code == 1);
    CHECK_FALSE(std::filesystem::exists(path("new")));
  }
}

TEST_CASE_FIXTURE(ImportFixture, "files that cannot be read") {
  const Outcome missing = run({"wisp", "import", db(), "t", path("none.csv")});
  CHECK(missing.exit_code == 3);
  CHECK(has(missing.err, "none.csv"));
  write_file(path("cut.csv.gz"), std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b", 11));
  CHECK(run({"wisp", "import", db(), "t", path("cut.csv.gz")}).exit_code != 0);
  const Outcome ddl =
      run({"wisp", "import", path("new"), "t", path("t.sql"), "--create", path("no.sql")});
  CHECK(ddl.exit_code == 3);
  CHECK_FALSE(std::filesystem::exists(path("new")));
  write_file(path("bad.sql"), "CREATE TABLE t (id INTT)");
  write_file(path("one.csv"), "id\n1\n");
  const Outcome bad =
      run({"wisp", "import", path("new"), "t", path("one.csv"), "--create", path("bad.sql")});
  CHECK(bad.exit_code == 1);
  CHECK(has(bad.err, "bad.sql"));
  CHECK(has(bad.err, "^"));
  CHECK_FALSE(std::filesystem::exists(path("new")));
}

}  // namespace
}  // namespace wisp::testing
