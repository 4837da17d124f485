// rowdump: what each command shows, in every format, on a terminal and in a pipe.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../engine/scratch.h"
#include "command.h"
#include "wisp/engine/database.h"

namespace wisp::testing {
namespace {

// people: 3 rows of a table with a key; log: 60 rows of a table without one.
class RowdumpFixture {
 public:
  RowdumpFixture() {
    write_file(scratch_.path("t.sql"),
               "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR, tags VARCHAR ARRAY,\n"
               "  born DATE, height DOUBLE, note VARCHAR);\n"
               "CREATE TABLE log (n INT, line VARCHAR)");
    REQUIRE(run({"wisp", "create", db(), scratch_.path("t.sql")}).exit_code == 0);
    const Outcome put = run(
        {"wisp", "put", db(), "people"},
        {.input = "{\"id\":1,\"name\":\"Ann\",\"tags\":[\"a\",null]}\n"
                  "{\"id\":-2,\"name\":\"\",\"born\":\"1999-12-31\"}\n"
                  "{\"id\":30,\"name\":\"\xC3\x85sa \\u001b[31m, \\\"q\\\"\",\"height\":1.75}\n"});
    CAPTURE(put.err);
    REQUIRE(put.exit_code == 0);
    CHECK(put.out.empty());
    std::string lines;
    for (int i = 0; i < 60; ++i) lines += "{\"n\":" + std::to_string(i) + "}\n";
    const Outcome ids = run({"wisp", "put", db(), "log"}, {.input = lines});
    REQUIRE(ids.exit_code == 0);
    first_log_id_ = ids.out.substr(0, ids.out.find('\n'));
  }

 protected:
  std::string db() const { return scratch_.path(); }
  Outcome dump(std::vector<std::string> arguments, const RunOptions& options = {}) const {
    arguments.insert(arguments.begin(), "rowdump");
    return run(arguments, options);
  }

  ScratchDirectory scratch_;
  std::string first_log_id_;
};

TEST_CASE_FIXTURE(RowdumpFixture, "a pipe gets JSON lines without what is NULL") {
  const Outcome scan = dump({"scan", db(), "people"});
  CHECK(scan.exit_code == 0);
  CHECK(scan.err.empty());
  CHECK(scan.out ==
        "{\"id\":-2,\"name\":\"\",\"born\":\"1999-12-31\"}\n"
        "{\"id\":1,\"name\":\"Ann\",\"tags\":[\"a\",null]}\n"
        "{\"id\":30,\"name\":\"\xC3\x85sa \\u001b[31m, \\\"q\\\"\",\"height\":1.75}\n");
  CHECK(dump({"scan", db(), "people", "--all", "-c", "note,id", "-n", "1"}).out ==
        "{\"note\":null,\"id\":-2}\n");
  CHECK(dump({"scan", db(), "log", "-n", "1", "--row-id"}).out ==
        "{\"_row_id\":" + first_log_id_ + ",\"n\":0}\n");
}

TEST_CASE_FIXTURE(RowdumpFixture, "one JSON array, also of nothing") {
  CHECK(dump({"scan", db(), "people", "-f", "json", "-c", "id"}).out ==
        "[\n{\"id\":-2},\n{\"id\":1},\n{\"id\":30}\n]\n");
  CHECK(dump({"scan", db(), "people", "-f", "json", "--from", "100"}).out == "[]\n");
  CHECK(dump({"scan", db(), "people", "-f", "csv", "-c", "id", "--from", "100"}).out == "id\n");
  CHECK(dump({"scan", db(), "people", "--from", "100"}).out.empty());
}

TEST_CASE_FIXTURE(RowdumpFixture, "CSV keeps NULL and the empty string apart") {
  CHECK(dump({"scan", db(), "people", "-f", "csv", "-c", "id,name,note"}).out ==
        "id,name,note\n-2,\"\",\n1,Ann,\n30,\"\xC3\x85sa \x1b[31m, \"\"q\"\"\",\n");
  // Of one column, NULL is an empty line.
  CHECK(dump({"scan", db(), "people", "-f", "csv", "-c", "height"}).out == "height\n\n\n1.75\n");
}

TEST_CASE_FIXTURE(RowdumpFixture, "a table is aligned and shows no column without values") {
  CHECK(dump({"scan", db(), "people", "-f", "table"}).out ==
        "id  name               tags        born        height\n"
        "--  -----------------  ----------  ----------  ------\n"
        "-2                                 1999-12-31\n"
        " 1  Ann                [\"a\",null]\n"
        "30  \xC3\x85sa \\x1b[31m, \"q\"                            1.75\n");
}

TEST_CASE_FIXTURE(RowdumpFixture, "a terminal gets a table that fits, or else the vertical view") {
  const Outcome wide = dump({"scan", db(), "people"}, {.terminal_columns = 120});
  CHECK(wide.out == dump({"scan", db(), "people", "-f", "table"}).out);
  const Outcome cut = dump({"scan", db(), "people"}, {.terminal_columns = 46});
  CHECK(cut.exit_code == 0);
  CHECK(cut.out.find("\u2026") != std::string::npos);
  const Outcome narrow = dump({"scan", db(), "people"}, {.terminal_columns = 30});
  CHECK(narrow.out ==
        "-- key -2  (3 of 6 columns set)\n"
        "id    -2\nname  \nborn  1999-12-31\n\n"
        "-- key 1  (3 of 6 columns set)\n"
        "id    1\nname  Ann\ntags  [\"a\",null]\n\n"
        "-- key 30  (3 of 6 columns set)\n"
        "id      30\nname    \xC3\x85sa \\x1b[31m, \"q\"\nheight  1.75\n");
  const Outcome forced = dump({"scan", db(), "people", "-f", "table"}, {.terminal_columns = 30});
  CHECK(forced.err.find("more columns have values") != std::string::npos);
  const Outcome get = dump({"get", db(), "people", "1", "--all"}, {.terminal_columns = 80});
  CHECK(
      get.out ==
      "-- key 1  (3 of 6 columns set)\nid      1\nname    Ann\ntags    [\"a\",null]\nborn    NULL\n"
      "height  NULL\nnote    NULL\n");
}

TEST_CASE_FIXTURE(RowdumpFixture, "a terminal is not flooded, a pipe gets everything") {
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const Outcome terminal = dump({"scan", db(), "log"}, {.terminal_columns = 80});
  CHECK(lines(terminal.out) == 52);
  CHECK(terminal.err.find("first 50 rows") != std::string::npos);
  CHECK(terminal.out.find(first_log_id_) != std::string::npos);
  CHECK(lines(dump({"scan", db(), "log", "--all"}, {.terminal_columns = 80}).out) == 62);
  CHECK(lines(dump({"scan", db(), "log", "-n", "3"}, {.terminal_columns = 80}).out) == 5);
  CHECK(lines(dump({"scan", db(), "log"}).out) == 60);
  CHECK(lines(dump({"head", db(), "log"}).out) == 10);
  CHECK(lines(dump({"head", db(), "log", "-n", "2"}).out) == 2);
  CHECK(lines(dump({"head", db(), "log", "-n", "0"}).out) == 0);
}

TEST_CASE_FIXTURE(RowdumpFixture, "ranges are by key, the end left out") {
  CHECK(dump({"scan", db(), "people", "-c", "id", "--from", "-2", "--to", "30"}).out ==
        "{\"id\":-2}\n{\"id\":1}\n");
  CHECK(dump({"count", db(), "people", "--from", "1"}).out == "2\n");
  CHECK(dump({"count", db(), "people", "--from", "30", "--to", "1"}).out == "0\n");
  CHECK(dump({"count", db(), "log", "--to", first_log_id_}).out == "0\n");
  CHECK(dump({"count", db(), "log"}).out == "60\n");
}

TEST_CASE_FIXTURE(RowdumpFixture, "a condition chooses rows, and a mistake in it is pointed at") {
  CHECK(dump({"scan", db(), "people", "-c", "id", "--where", "name LIKE 'A%' or born is not null"})
            .out == "{\"id\":-2}\n{\"id\":1}\n");
  CHECK(dump({"scan", db(), "people", "-c", "id", "--where", "height IS NULL", "--reverse"}).out ==
        "{\"id\":1}\n{\"id\":-2}\n");
  CHECK(dump({"scan", db(), "log", "--reverse", "-n", "2", "--where", "n <= 30"}).out ==
        "{\"n\":30}\n{\"n\":29}\n");
  CHECK(dump({"count", db(), "log", "--where", "n BETWEEN 10 AND 19 AND n NOT IN (11, 12)"}).out ==
        "8\n");
  CHECK(dump({"count", db(), "people", "--where", "born > '1999-12-30'", "--to", "-2"}).out ==
        "0\n");
  const Outcome wrong = dump({"scan", db(), "people", "--where", "name = 'x' AND heigt > 1"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("\nname = 'x' AND heigt > 1\n               ^") != std::string::npos);
  CHECK(wrong.err.find("\"height\"") != std::string::npos);
  CHECK(dump({"count", db(), "people", "--where", "tags = 'x'"}).exit_code == 2);
}

TEST_CASE_FIXTURE(RowdumpFixture, "get shows what is there and says what is not") {
  const Outcome get = dump({"get", db(), "PEOPLE", "1", "7", "-2", "-c", "id"});
  CHECK(get.exit_code == 1);
  CHECK(get.out == "{\"id\":1}\n{\"id\":-2}\n");
  CHECK(get.err.find("key 7: no such row") != std::string::npos);
  CHECK(dump({"get", db(), "log", first_log_id_}).out == "{\"n\":0}\n");
  CHECK(dump({"get", db(), "log", first_log_id_, "-f", "vertical", "--row-id"}).out ==
        "-- row id " + first_log_id_ + "  (1 of 2 columns set)\nn  0\n");
}

TEST_CASE_FIXTURE(RowdumpFixture, "rows of earlier versions: stats and bytes show what is stored") {
  {
    Database database = must(Database::open(db()));
    must(database.execute("ALTER TABLE people DROP name, ADD city VARCHAR DEFAULT 'Oslo'"));
  }
  REQUIRE(
      run({"wisp", "put", db(), "people"}, {.input = "{\"id\":2,\"city\":\"Rome\"}\n"}).exit_code ==
      0);
  const std::string stats = dump({"stats", db(), "people"}).out;
  CAPTURE(stats);
  CHECK(stats.find("\"schema_versions\":{\"1\":3,\"2\":1}") != std::string::npos);
  CHECK(dump({"get", db(), "people", "1"}).out ==
        "{\"id\":1,\"tags\":[\"a\",null],\"city\":\"Oslo\"}\n");
  const Outcome bytes = dump({"bytes", db(), "people", "1"});
  CAPTURE(bytes.out);
  CHECK(bytes.exit_code == 0);
  CHECK(bytes.out.find("\"schema_version\":1,") != std::string::npos);
  CHECK(bytes.out.find("\"column\":\"name\",\"value\":\"Ann\"") != std::string::npos);
  CHECK(bytes.out.find("\"state\":\"matches\"") != std::string::npos);
  CHECK(bytes.out.find("Oslo") == std::string::npos);
}

TEST_CASE_FIXTURE(RowdumpFixture, "ls and stats count what is there") {
  const Outcome ls = dump({"ls", db(), "-f", "csv"});
  CHECK(ls.exit_code == 0);
  CHECK(ls.out.starts_with("table,columns,key,"));
  CHECK(ls.out.find("\nlog,2,(row id),") != std::string::npos);
  CHECK(ls.out.find("\npeople,6,id,") != std::string::npos);
  const Outcome stats = dump({"stats", db(), "people"});
  CHECK(stats.exit_code == 0);
  CHECK(stats.out.find("\"rows\":3,\"damaged_rows\":0,\"columns\":6,\"filled_percent\":50.000") !=
        std::string::npos);
  CHECK(
      stats.out.find("{\"name\":\"born\",\"type\":\"DATE\",\"rows\":1,\"filled_percent\":33.333") !=
      std::string::npos);
  CHECK(stats.out.find("\"note\"") == std::string::npos);
  CHECK(dump({"stats", db(), "people", "--all", "-f", "csv"})
            .out.find("people,note,VARCHAR,0,0.000,0\n") != std::string::npos);
  CHECK(dump({"stats", db(), "-f", "table"}).out.find("rows             60\n") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(RowdumpFixture, "bytes covers the whole row") {
  const Outcome bytes = dump({"bytes", db(), "people", "1", "-f", "csv"});
  CHECK(bytes.exit_code == 0);
  CHECK(bytes.out.starts_with("offset,size,hex,section,meaning,column,value\n0,1,"));
  CHECK(bytes.out.find(",name,Ann\n") != std::string::npos);
  const Outcome json = dump({"bytes", db(), "people", "1"});
  CHECK(json.out.find("\"state\":\"matches\"") != std::string::npos);
  CHECK(json.out.find("\"chosen\":true") != std::string::npos);
  CHECK(json.out.find("\"column\":\"name\",\"value\":\"Ann\"") != std::string::npos);
  const Outcome text = dump({"bytes", db(), "people", "1", "-f", "table"});
  CHECK(text.out.starts_with("key 1 of table \"people\": "));
  CHECK(text.out.find("3 of 6 columns set") != std::string::npos);
  CHECK(text.out.find(" matches\nencodings ") != std::string::npos);
}

TEST_CASE_FIXTURE(RowdumpFixture, "no command leaves a trace in the database") {
  const auto before = listing(db());
  for (const std::vector<std::string>& command : {std::vector<std::string>{"ls", db()},
                                                  {"schema", db()},
                                                  {"head", db(), "log"},
                                                  {"get", db(), "people", "1"},
                                                  {"scan", db(), "log"},
                                                  {"count", db(), "log"},
                                                  {"stats", db()},
                                                  {"bytes", db(), "people", "1"},
                                                  {"get", db(), "people", "99"},
                                                  {"get", db(), "nobody", "99"}}) {
    dump(command);
    CHECK(listing(db()) == before);
  }
}

}  // namespace
}  // namespace wisp::testing
