// Which fields the timed reads ask for: drawn once per workload, the same for every system.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "system.h"

namespace wisp::bench {

struct Pick {
  std::uint32_t row;
  std::uint32_t column;
};

struct Picks {
  Five five;
  bool has_five = false;       // the table has the columns that read_5 needs
  std::vector<Pick> ints;      // a present INTEGER of a random row
  std::vector<Pick> texts;     // a present VARCHAR
  std::vector<Pick> nulls;     // an INTEGER column that is NULL there
  std::vector<Pick> any;       // any INTEGER column, for update_1
  std::vector<Pick> fives;     // a random row for read_5
  std::vector<Pick> rows;      // a random row
  std::vector<Pick> in_order;  // every row, one after the other
};

// How many picks from how many rows.
struct PickCount {
  std::size_t picks;
  std::size_t rows;  // the first ones
};
Picks make_picks(const Columns& columns, std::span<const RowCells> rows, PickCount fields,
                 PickCount whole_rows);

// Picks for rows that are not kept: one of each per row.
class PicksBuilder {
 public:
  PicksBuilder(const Columns& columns, const Five& five);
  void add_row(const RowCells& row);
  // In random order (but for in_order).
  Picks shuffled();

 private:
  const Columns& columns_;
  Random random_;
  Picks picks_;
  std::uint32_t rows_ = 0;
};

// Picks as queries to one system's bytes; picks of rows that it does not hold are left out.
struct QuerySet {
  std::vector<Query> ints, texts, nulls, any, rows, in_order, five;
  std::span<const Query> of(Metric m) const;
};
QuerySet make_queries(const Picks& picks, const RowStore& rows);

// Whether `text` has a match of the regular expression; gives up on a bad one.
bool matches(const std::string& regex, const std::string& text);

}  // namespace wisp::bench
