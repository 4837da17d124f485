// Makes the demo's table: 700 columns, 5 % filled, as SQL and CSV, and says what the same rows
// would cost as a plain struct and as JSON.
//
//   wisp-demo-rows shapes|scattered ROWS FILE.sql FILE.csv
//
// `shapes`: 20 row shapes, each fills 35 columns (log events look like this). `scattered`: every
// row fills its own columns, each with a chance of 5 % (surveys look like this). The same arguments
// give the same bytes on every machine. Totals go to stdout, one "name value" a line.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint32_t kColumns = 700;  // besides the key
constexpr std::uint32_t kShapes = 20;
constexpr std::uint32_t kFilledPerShape = 35;
constexpr std::uint32_t kChanceOneIn = 20;
constexpr std::size_t kShortestText = 4;
constexpr std::size_t kLongestText = 12;

// SplitMix64 (Steele, Lea, Flood 2014): the standard library's distributions differ between
// libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((next() >> 32) * bound >> 32);
  }

 private:
  std::uint64_t state_;
};

enum class Kind { kNumber, kText, kFlag };

// Half INTEGER, a quarter VARCHAR, a quarter BOOLEAN, mixed as in a table that grew.
Kind kind_of(std::uint32_t column) {
  switch (column % 4) {
    case 1:
      return Kind::kText;
    case 3:
      return Kind::kFlag;
    default:
      return Kind::kNumber;
  }
}

std::vector<std::string> column_names() {
  constexpr std::array<std::string_view, 3> kPrefixes = {"num_", "txt_", "flag_"};
  std::vector<std::string> names;
  for (std::uint32_t c = 0; c < kColumns; ++c) {
    const std::string digits = std::to_string(c);
    names.push_back(std::string(kPrefixes[static_cast<std::size_t>(kind_of(c))]) +
                    std::string(3 - digits.size(), '0') + digits);
  }
  return names;
}

std::string create_table(const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 3> kTypes = {"INTEGER", "VARCHAR", "BOOLEAN"};
  std::string sql = "CREATE TABLE wide (\n  id BIGINT PRIMARY KEY";
  for (std::uint32_t c = 0; c < kColumns; ++c) {
    sql += ",\n  " + names[c] + ' ';
    sql += kTypes[static_cast<std::size_t>(kind_of(c))];
  }
  return sql + "\n);\n";
}

// What a program without a row format would keep per row. A string of 24 bytes holds up to 22 bytes
// in place, so that the texts of these rows cost nothing beyond it.
struct alignas(8) Text24 {
  char bytes[24];
};
struct PlainRow {
  std::int64_t id;
  std::array<std::optional<std::int32_t>, kColumns / 2> numbers;
  std::array<std::optional<Text24>, kColumns / 4> texts;
  std::array<std::optional<bool>, kColumns / 4> flags;
};

void append_number(std::uint64_t value, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_value(Kind kind, Random& random, std::string& out) {
  switch (kind) {
    case Kind::kNumber:
      append_number(random.below(1'000'000), out);
      return;
    case Kind::kText: {
      const std::size_t size = kShortestText + random.below(kLongestText - kShortestText + 1);
      for (std::size_t i = 0; i < size; ++i) out += static_cast<char>('a' + random.below(26));
      return;
    }
    case Kind::kFlag:
      out += random.below(2) == 0 ? "false" : "true";
      return;
  }
}

std::vector<std::uint32_t> make_shape(Random& random) {
  std::vector<std::uint32_t> columns(kColumns);
  std::iota(columns.begin(), columns.end(), 0);
  for (std::uint32_t i = 0; i < kFilledPerShape; ++i) {
    std::swap(columns[i], columns[i + random.below(kColumns - i)]);
  }
  columns.resize(kFilledPerShape);
  std::sort(columns.begin(), columns.end());
  return columns;
}

struct Totals {
  std::uint64_t filled_fields = 0;
  std::uint64_t csv_bytes = 0;
  std::uint64_t json_bytes = 0;  // one object a line, without the NULLs
};

class RowWriter {
 public:
  RowWriter(bool few_shapes, std::FILE* csv)
      : csv_(csv), names_(column_names()), random_(20261120) {
    if (few_shapes) {
      for (std::uint32_t i = 0; i < kShapes; ++i) shapes_.push_back(make_shape(random_));
    }
  }

  void header() {
    line_ = "id";
    for (const std::string& name : names_) line_ += ',' + name;
    end_line();
  }

  void row(std::uint64_t id) {
    pick_columns();
    append_number(id, line_);
    totals_.json_bytes += std::strlen("{\"id\":}\n") + line_.size();
    std::uint32_t column = 0;  // the one whose comma is due
    for (const std::uint32_t c : filled_) {
      line_.append(c - column + 1, ',');
      column = c + 1;
      const std::size_t before = line_.size();
      append_value(kind_of(c), random_, line_);
      totals_.json_bytes += std::strlen(",\"\":") + names_[c].size() + (line_.size() - before) +
                            (kind_of(c) == Kind::kText ? 2 : 0);
    }
    line_.append(kColumns - column, ',');
    totals_.filled_fields += filled_.size();
    end_line();
  }

  const Totals& totals() const { return totals_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  void pick_columns() {
    if (!shapes_.empty()) {
      filled_ = shapes_[random_.below(kShapes)];
      return;
    }
    filled_.clear();
    for (std::uint32_t c = 0; c < kColumns; ++c) {
      if (random_.below(kChanceOneIn) == 0) filled_.push_back(c);
    }
  }

  // A failed write shows in ferror() at the end.
  void end_line() {
    line_ += '\n';
    totals_.csv_bytes += line_.size();
    std::fwrite(line_.data(), 1, line_.size(), csv_);
    line_.clear();
  }

  std::FILE* csv_;
  std::vector<std::string> names_;
  Random random_;
  std::vector<std::vector<std::uint32_t>> shapes_;
  std::vector<std::uint32_t> filled_;
  std::string line_;
  Totals totals_;
};

int complain(std::string_view what, const char* about) {
  std::fprintf(stderr, "wisp-demo-rows: %.*s '%s'\n", static_cast<int>(what.size()), what.data(),
               about);
  return 1;
}

// Closes it, too; false when a write to it failed at any time.
bool close_written(std::FILE* file) {
  const bool good = std::ferror(file) == 0;
  return std::fclose(file) == 0 && good;
}

void print_totals(std::uint64_t rows, const Totals& totals) {
  const auto line = [](const char* name, std::uint64_t value) {
    std::printf("%s %llu\n", name, static_cast<unsigned long long>(value));
  };
  line("rows", rows);
  line("columns", kColumns + 1);
  line("filled_fields", totals.filled_fields);
  line("csv_bytes", totals.csv_bytes);
  line("json_bytes", totals.json_bytes);
  line("struct_bytes", rows * sizeof(PlainRow));
  line("struct_row_bytes", sizeof(PlainRow));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view flavour = argc > 1 ? argv[1] : "";
  if (argc != 5 || (flavour != "shapes" && flavour != "scattered")) {
    std::fputs("usage: wisp-demo-rows shapes|scattered ROWS FILE.sql FILE.csv\n", stderr);
    return 2;
  }
  std::uint64_t rows = 0;
  const char* rows_end = argv[2] + std::strlen(argv[2]);
  if (const auto parsed = std::from_chars(argv[2], rows_end, rows);
      parsed.ec != std::errc{} || parsed.ptr != rows_end) {
    return complain("not a number of rows:", argv[2]);
  }

  std::FILE* sql = std::fopen(argv[3], "wb");
  if (sql == nullptr) return complain("cannot write", argv[3]);
  std::FILE* csv = std::fopen(argv[4], "wb");
  if (csv == nullptr) {
    std::fclose(sql);
    return complain("cannot write", argv[4]);
  }
  RowWriter writer(flavour == "shapes", csv);
  const std::string ddl = create_table(writer.names());
  std::fwrite(ddl.data(), 1, ddl.size(), sql);
  writer.header();
  for (std::uint64_t id = 1; id <= rows; ++id) writer.row(id);
  if (!close_written(sql)) {
    std::fclose(csv);
    return complain("could not write all of", argv[3]);
  }
  if (!close_written(csv)) return complain("could not write all of", argv[4]);
  print_totals(rows, writer.totals());
  return 0;
}
