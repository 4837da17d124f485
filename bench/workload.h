// What the benchmarks run on: tables of wide rows, made up from a seed or read from a data set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/schema.h"

namespace wisp::bench {

// How a column's values are handed to the systems. kLong is every 8-byte integer (BIGINT, TIME,
// TIMESTAMP), kInt every narrower one.
enum class CellKind : std::uint8_t { kInt, kLong, kDouble, kBool, kText };

template <typename T>
struct Cell {
  std::uint32_t column;
  T value;
};

// The present fields of one row: one list per kind, columns ascending. This is the list of present
// columns that every encoder gets. Texts point into `heap` or into the workload.
struct RowCells {
  std::vector<Cell<std::int32_t>> ints;
  std::vector<Cell<std::int64_t>> longs;
  std::vector<Cell<double>> doubles;
  std::vector<Cell<bool>> bools;
  std::vector<Cell<std::string_view>> texts;
  std::string heap;

  void clear();
  std::size_t size() const {
    return ints.size() + longs.size() + doubles.size() + bools.size() + texts.size();
  }
};

// The columns of a table without its key: every column is stored in the row.
struct Columns {
  SchemaPtr schema;
  std::vector<CellKind> kinds;            // by column
  std::vector<std::uint32_t> of_kind[5];  // columns of each kind, ascending
  std::size_t size() const { return kinds.size(); }
  const std::vector<std::uint32_t>& all(CellKind k) const {
    return of_kind[static_cast<std::size_t>(k)];
  }
  const std::string& name(std::uint32_t column) const { return schema->columns()[column].name; }
};

// Immutable once made; row(i) gives the same row each time.
class Workload {
 public:
  virtual ~Workload() = default;
  const std::string& name() const { return name_; }
  const Columns& columns() const { return columns_; }
  double present_pct() const { return present_pct_; }
  bool is_synthetic() const { return is_synthetic_; }
  // Rows that exist; synthetic workloads never run out.
  virtual std::size_t row_count() const = 0;
  // Requires: i < row_count(). `out` is cleared first and its memory reused.
  virtual void row(std::size_t i, RowCells& out) const = 0;

 protected:
  std::string name_;
  Columns columns_;
  double present_pct_ = 0;
  bool is_synthetic_ = false;
};

// Columns from a schema; gives up on a type that no list of RowCells can hold.
Columns make_columns(SchemaPtr schema);

struct TextBytes {
  std::uint32_t least = 4;
  std::uint32_t most = 12;
};

// Half INTEGER (any 32 bits), a quarter VARCHAR of `text` bytes, a quarter BOOLEAN; exactly
// `present` fields in a row. `shapes` 0: every row has its own set of columns, else one of that
// many sets.
std::unique_ptr<Workload> make_synthetic(std::size_t columns, std::size_t present,
                                         std::size_t shapes, TextBytes text = {});

// The data set in `folder` (data.csv.gz, schema.sql), at most `max_rows` rows of it.
std::unique_ptr<Workload> read_data_set(const std::string& folder, std::size_t max_rows);

// A small fast generator, the same on every machine (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
  }

 private:
  std::uint64_t state_;
};

// Ends the program with a message: a benchmark that cannot trust its input has nothing to say.
[[noreturn]] void give_up(const std::string& message);

}  // namespace wisp::bench
