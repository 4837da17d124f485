#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dripping_source.h"
#include "wisp/tools/csv_block.h"
#include "wisp/tools/csv_reader.h"
#include "wisp/tools/csv_writer.h"

namespace wisp::tools {
namespace {

using Record = std::vector<std::optional<std::string>>;

// Records in the notation of show(), and errors as "!line 3: message".
using Outcome = std::vector<std::string>;

std::string show(std::span<const CsvCell> cells) {
  std::string out;
  for (const CsvCell& cell : cells) {
    out += cell.is_null() ? "(null)" : "(" + std::string(cell.text) + ")";
  }
  return out;
}

Outcome read_all(CsvReader& reader) {
  Outcome outcome;
  for (;;) {
    auto more = reader.next();
    if (!more) {
      CHECK(reader.cells().empty());
      outcome.push_back("!" + more.error().to_string());
      if (reader.failed()) return outcome;
    } else if (*more) {
      outcome.push_back(show(reader.cells()));
    } else {
      CHECK(reader.cells().empty());
      return outcome;
    }
    REQUIRE(outcome.size() < 1'000'000);
  }
}

// Whole, byte by byte and in between: pieces never matter.
Outcome read_all(const std::string& text, CsvOptions options = {}) {
  CsvReader whole(make_memory_source(text), options);
  const Outcome outcome = read_all(whole);
  for (std::size_t piece : {1, 3, 70}) {
    CsvReader dripping(std::make_unique<test::DrippingSource>(text, piece), options);
    CHECK(read_all(dripping) == outcome);
  }
  return outcome;
}

CsvOptions with_columns(std::size_t columns) {
  CsvOptions options;
  options.columns = columns;
  return options;
}

// Byte by byte and without any cleverness: what the reader must agree with. Bad input is nullopt.
std::optional<std::vector<Record>> read_simply(std::string_view text, std::size_t columns) {
  std::vector<Record> records;
  std::size_t i = 0;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") i = 3;
  const auto at_line_end = [&](std::size_t at) {
    return at == text.size() || text[at] == '\n' ||
           (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] == '\n'));
  };
  while (i < text.size()) {
    Record record;
    for (bool more = true; more;) {
      std::string cell;
      const bool quoted = i < text.size() && text[i] == '"';
      if (quoted) {
        for (++i;; ++i) {
          if (i == text.size()) return std::nullopt;
          if (text[i] == '"' && (i + 1 == text.size() || text[i + 1] != '"')) break;
          if (text[i] == '"') ++i;
          cell += text[i];
        }
        ++i;
      } else {
        while (!at_line_end(i) && text[i] != ',') {
          if (text[i] == '"') return std::nullopt;
          cell += text[i++];
        }
      }
      more = i < text.size() && text[i] == ',';
      if (!more && !at_line_end(i)) return std::nullopt;
      i += more;
      record.push_back(cell.empty() && !quoted ? std::nullopt : std::optional(cell));
    }
    if (i < text.size() && text[i] == '\r') ++i;
    if (i < text.size()) ++i;
    if (record == Record{std::nullopt} && columns != 1) continue;
    if (columns == 0) columns = record.size();
    if (record.size() != columns) return std::nullopt;
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<Record> random_table(std::mt19937_64& engine) {
  static const char* const kPieces[] = {
      "a", "bc", "\"", ",", "\n", "\r", "\r\n", " ", "\t", "\"\"", "\xEF\xBB\xBF", "\xC3\xA9", "0"};
  const std::size_t columns = engine() % 4 == 0 ? 1 : 1 + engine() % 90;
  std::vector<Record> table(1 + engine() % 6, Record(columns));
  const std::uint64_t null_share = engine() % 101;
  for (Record& record : table) {
    for (auto& cell : record) {
      if (engine() % 100 < null_share) continue;
      cell.emplace();
      for (std::uint64_t n = engine() % (engine() % 20 == 0 ? 200 : 5); n > 0; --n) {
        *cell += kPieces[engine() % std::size(kPieces)];
      }
      if (engine() % 50 == 0) *cell += '\0';
    }
  }
  return table;
}

std::string write(const std::vector<Record>& table) {
  std::string out;
  CsvWriter writer(out);
  for (const Record& record : table) {
    for (const auto& cell : record) {
      if (cell) {
        writer.text(*cell);
      } else {
        writer.null();
      }
    }
    writer.end_record();
  }
  return out;
}

}  // namespace

TEST_CASE("csv: what is written reads back the same") {
  std::mt19937_64 engine(11);
  for (int round = 0; round < 1'500; ++round) {
    const std::vector<Record> table = random_table(engine);
    std::string text = write(table);
    if (engine() % 2 == 0) text.pop_back();
    // A last record that is an empty line needs its line end.
    if (table.back() == Record{std::nullopt}) text = write(table);
    CsvReader reader(std::make_unique<test::DrippingSource>(text, 1 + engine() % 300, engine()),
                     with_columns(table[0].size()));
    CAPTURE(text);
    for (const Record& record : table) {
      auto more = reader.next();
      REQUIRE(more.has_value());
      REQUIRE(*more);
      REQUIRE(reader.cells().size() == record.size());
      for (std::size_t i = 0; i < record.size(); ++i) {
        REQUIRE(reader.cells()[i].is_null() == !record[i].has_value());
        if (record[i]) REQUIRE(reader.cells()[i].text == *record[i]);
      }
    }
    auto more = reader.next();
    REQUIRE(more.has_value());
    REQUIRE_FALSE(*more);
    REQUIRE_FALSE(reader.next().value());
  }
}

TEST_CASE("csv: any text reads as a simple reader reads it") {
  std::mt19937_64 engine(12);
  static const char* const kPieces[] = {"a",  "\"",   "\"\"", ",",     ",,,,",
                                        "\n", "\r\n", "\r",   "\"x\"", "\"\n\""};
  int good = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::string text;
    for (std::uint64_t n = engine() % (round % 10 == 0 ? 200 : 12); n > 0; --n) {
      text += kPieces[engine() % (round % 3 == 0 ? 7 : std::size(kPieces))];
    }
    const std::size_t columns = engine() % 3;
    const auto expected = read_simply(text, columns);
    CsvReader reader(std::make_unique<test::DrippingSource>(text, 1 + engine() % 100, engine()),
                     with_columns(columns));
    std::vector<Record> records;
    bool bad = false;
    for (;;) {
      auto more = reader.next();
      if (!more) bad = true;
      if (!more) continue;
      if (!*more) break;
      Record record;
      for (const CsvCell& cell : reader.cells()) {
        record.push_back(cell.is_null() ? std::nullopt : std::optional(std::string(cell.text)));
      }
      records.push_back(std::move(record));
    }
    CAPTURE(text);
    CAPTURE(columns);
    REQUIRE(bad == !expected.has_value());
    if (!expected) continue;
    ++good;
    REQUIRE(records == *expected);
  }
  CHECK(good > 1'000);
}

TEST_CASE("csv: both block kernels see the same") {
  std::mt19937_64 engine(13);
  const std::string_view alphabet("a,\"\n\r\0\x0B\x8A\xAC\xA2-#\xFF", 13);
  for (int round = 0; round < 20'000; ++round) {
    char block[kCsvBlockBytes];
    for (char& c : block)
      c = round % 2 == 0 ? alphabet[engine() % 13] : static_cast<char>(engine());
    CsvBlock expected;
    for (std::size_t i = 0; i < kCsvBlockBytes; ++i) {
      expected.commas |= std::uint64_t{block[i] == ','} << i;
      expected.quotes |= std::uint64_t{block[i] == '"'} << i;
      expected.newlines |= std::uint64_t{block[i] == '\n'} << i;
    }
    REQUIRE(classify_csv_block(block) == expected);
    REQUIRE(classify_csv_block_portable(block) == expected);
  }
}

TEST_CASE("csv: cells") {
  CHECK(read_all("a,b,c\n1,,\"\"\n") == Outcome{"(a)(b)(c)", "(1)(null)()"});
  CHECK(read_all("\"a,\"\"b\"\"\nc\",\"\"\"\",d") == Outcome{"(a,\"b\"\nc)(\")(d)"});
  CHECK(read_all(" a , b \n") == Outcome{"( a )( b )"});
  CHECK(read_all(std::string("a\0b,\"\0\"\n", 8)) == Outcome{std::string("(a\0b)(\0)", 8)});
  CHECK(read_all(",\n,\n") == Outcome{"(null)(null)", "(null)(null)"});
  CHECK(read_all("\"a\",").front() == "(a)(null)");
  CHECK(read_all("") == Outcome{});
}

TEST_CASE("csv: line ends and the byte order mark") {
  CHECK(read_all("a,b\r\n\"c\",\"d\"\r\ne,f") == Outcome{"(a)(b)", "(c)(d)", "(e)(f)"});
  CHECK(read_all("a,b\r\nc,\"d\"\r") == Outcome{"(a)(b)", "(c)(d)"});
  CHECK(read_all("a,b\r\nc,d\r") == Outcome{"(a)(b)", "(c)(d)"});
  CHECK(read_all("a\rb,c\n") == Outcome{"(a\rb)(c)"});
  CHECK(read_all("\"a\r\nb\"\n") == Outcome{"(a\r\nb)"});
  CHECK(read_all("\xEF\xBB\xBF"
                 "a,b\n") == Outcome{"(a)(b)"});
  CHECK(read_all("\xEF\xBB\xBF\"a\",b\n") == Outcome{"(a)(b)"});
  CHECK(read_all("\xEF\xBB\xBF") == Outcome{});
  CHECK(read_all("\xEF\xBB") == Outcome{"(\xEF\xBB)"});
  CHECK(read_all("a\n\xEF\xBB\xBF\n") == Outcome{"(a)", "(\xEF\xBB\xBF)"});
}

TEST_CASE("csv: empty lines are NULL in one column and nothing in more") {
  CHECK(read_all("\na\n\n\"\"\n\r\n", with_columns(1)) ==
        Outcome{"(null)", "(a)", "(null)", "()", "(null)"});
  CHECK(read_all("a\n\nb\n") == Outcome{"(a)", "(null)", "(b)"});
  CHECK(read_all("\n\n\r\na,b\n\n\r\nc,d\n\n") == Outcome{"(a)(b)", "(c)(d)"});
  CHECK(read_all("\n") == Outcome{});
  CHECK(read_all("a,b\n\"\"\n") ==
        Outcome{"(a)(b)", "!line 2: the record has 1 cell, expected are 2"});
  CHECK(write({{std::nullopt}, {"a"}, {""}, {std::nullopt}}) == "\na\n\"\"\n\n");
}

TEST_CASE("csv: a ragged record is named by its first line and left behind") {
  CHECK(read_all("a,b\n1\n2,3,4\n\"x\ny\"\n5,6\n7,\n,8,\n") ==
        Outcome{"(a)(b)", "!line 2: the record has 1 cell, expected are 2",
                "!line 3: the record has 3 cells, expected are 2",
                "!line 4: the record has 1 cell, expected are 2", "(5)(6)", "(7)(null)",
                "!line 8: the record has 3 cells, expected are 2"});
  CHECK(read_all("1,2\n3,4,5\n", with_columns(3)) ==
        Outcome{"!line 1: the record has 2 cells, expected are 3", "(3)(4)(5)"});
}

TEST_CASE("csv: quotes out of place cost one line") {
  CHECK(read_all("a,b\n\"x\"y,1\n2,3\n") ==
        Outcome{"(a)(b)", "!line 2: text behind a closing quote, in cell 1", "(2)(3)"});
  CHECK(read_all("a,b\n1,5\" pipe\n2,3\n") ==
        Outcome{"(a)(b)", "!line 2: a quote inside an unquoted cell, in cell 2", "(2)(3)"});
  CHECK(read_all("a,b\n1, \"x\"\n") ==
        Outcome{"(a)(b)", "!line 2: a quote inside an unquoted cell, in cell 2"});
  // Unterminated: the lines behind it are not lost.
  CHECK(
      read_all("a,b\n1,\"x\n2,3\n4,5\n") ==
      Outcome{"(a)(b)", "!line 2: a quoted cell that does not end, in cell 2", "(2)(3)", "(4)(5)"});
  CHECK(read_all("a,b\n1,\"x\n2,\"y\"\n4,5\n") ==
        Outcome{"(a)(b)", "!line 2: text behind a closing quote, in cell 2", "(2)(y)", "(4)(5)"});
  CHECK(read_all("a,\"b\"\r\rc\n") == Outcome{"!line 1: text behind a closing quote, in cell 2"});
  CHECK(read_all("\"") == Outcome{"!line 1: a quoted cell that does not end, in cell 1"});
  CHECK(read_all("\"\"\"") == Outcome{"!line 1: a quoted cell that does not end, in cell 1"});
}

TEST_CASE("csv: line numbers count the line ends inside cells") {
  const std::string text = "a,b\n\"1\n2\n3\",x\n\"" + std::string(100, '\n') + "\",y\n\nbad\n";
  CsvReader reader(make_memory_source(text));
  REQUIRE(reader.next().value());
  CHECK(reader.line() == 1);
  CHECK(reader.raw() == "a,b");
  REQUIRE(reader.next().value());
  CHECK(reader.line() == 2);
  CHECK(reader.raw() == "\"1\n2\n3\",x");
  REQUIRE(reader.next().value());
  CHECK(reader.line() == 5);
  auto more = reader.next();
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().where == "line 107");
  CHECK(more.error().code == ErrorCode::kParse);
  CHECK(reader.line() == 107);
  CHECK(reader.raw() == "bad");
}

TEST_CASE("csv: raw bytes of good and bad records") {
  CsvReader reader(make_memory_source("a,\"b\"\"\"\r\n\"x\"y,1\r\n\"u,\nv,w\n"));
  REQUIRE(reader.next().value());
  CHECK(reader.cells()[1].text == "b\"");
  CHECK(reader.raw() == "a,\"b\"\"\"");
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.raw() == "\"x\"y,1");
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.raw() == "\"u,");
  REQUIRE(reader.next().value());
  CHECK(reader.raw() == "v,w");
}

TEST_CASE("csv: records that are too large") {
  CsvOptions options;
  options.max_record_bytes = 10;
  const std::string long_line(1000, 'x');
  CHECK(read_all("a,b\n" + long_line + ",1\n2,3\n12345678,\n123456789,\n", options) ==
        Outcome{"(a)(b)", "!line 2: the record is too large: more than 10 bytes", "(2)(3)",
                "(12345678)(null)", "!line 5: the record is too large: more than 10 bytes"});
  CHECK(read_all("a,b\n" + long_line, options) ==
        Outcome{"(a)(b)", "!line 2: the record is too large: more than 10 bytes"});
  // A large file with an opened quote: found out at the limit, and only its line is lost.
  options.max_record_bytes = 100'000;
  std::string text = "a,b\n1,\"x\n";
  for (int i = 0; i < 100'000; ++i) text += "2,3\n";
  CsvReader reader(std::make_unique<test::DrippingSource>(text, 5'000), options);
  const Outcome outcome = read_all(reader);
  REQUIRE(outcome.size() == 100'002);
  CHECK(outcome[1] == "!line 2: the record is too large: more than 100000 bytes");
  CHECK(outcome.back() == "(2)(3)");
}

TEST_CASE("csv: too many cells") {
  const std::string text = std::string(kMaxCsvCells + 1'000, ',') + "\na\n";
  CsvReader reader(make_memory_source(text));
  auto more = reader.next();
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().code == ErrorCode::kLimit);
  REQUIRE(reader.next().value());
  CHECK(reader.line() == 2);
  CHECK(reader.cells().size() == 1);
}

TEST_CASE("csv: cells of every size around the block size") {
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string cell(size, 'x');
    const std::string shown = size == 0 ? "(null)" : "(" + cell + ")";
    const std::string text = cell + ",\"" + cell + "\",\"" + cell + "\"\"\"," + cell + "\nend,,,\n";
    CHECK(read_all(text) ==
          Outcome{shown + "(" + cell + ")(" + cell + "\")" + shown, "(end)(null)(null)(null)"});
  }
}

TEST_CASE("csv: large records in small pieces") {
  // Many megabytes in one quoted cell full of line ends must not take time squared.
  std::string text = "\"";
  for (int i = 0; i < 400'000; ++i) text += "line of a cell\n";
  text += "\",1\n2,3\n";
  CsvReader reader(std::make_unique<test::DrippingSource>(text, 4096));
  REQUIRE(reader.next().value());
  CHECK(reader.cells()[0].text.size() == 400'000 * 15);
  REQUIRE(reader.next().value());
  CHECK(reader.line() == 400'002);
}

TEST_CASE("csv: errors of the source are final") {
  const Error broken{ErrorCode::kIo, "cannot read", "disk"};
  CsvReader reader(std::make_unique<test::DrippingSource>("a,b\n1,2\n3,", 4, 1, broken));
  CHECK(read_all(reader) == Outcome{"(a)(b)", "(1)(2)", "!disk: cannot read"});
  CHECK(reader.failed());
  auto more = reader.next();
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().code == ErrorCode::kIo);
}

TEST_CASE("csv: the writer quotes only where it must") {
  const auto cell = [](std::string_view text) {
    std::string out;
    append_csv_cell(text, out);
    return out;
  };
  CHECK(cell("plain text") == "plain text");
  CHECK(cell("") == "\"\"");
  CHECK(cell(" a") == "\" a\"");
  CHECK(cell("a\t") == "\"a\t\"");
  CHECK(cell("a,b") == "\"a,b\"");
  CHECK(cell("a\rb") == "\"a\rb\"");
  CHECK(cell("a\nb") == "\"a\nb\"");
  CHECK(cell("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(cell("\"") == "\"\"\"\"");
  CHECK(cell("\xEF\xBB\xBF") == "\"\xEF\xBB\xBF\"");
  CHECK(cell("{\"a\":1}") == "\"{\"\"a\"\":1}\"");
}

}  // namespace wisp::tools
