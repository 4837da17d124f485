#include "queries.h"

#include <algorithm>
#include <regex>
#include <utility>

namespace wisp::bench {
namespace {

// Draws the five columns of read_5: two INTEGER, two VARCHAR, one BOOLEAN.
bool draw_five(const Columns& columns, Five& five) {
  const auto& ints = columns.all(CellKind::kInt);
  const auto& texts = columns.all(CellKind::kText);
  const auto& bools = columns.all(CellKind::kBool);
  Random random(5);
  const auto draw = [&random](const std::vector<std::uint32_t>& from) {
    return from[random.below(static_cast<std::uint32_t>(from.size()))];
  };
  if (!ints.empty()) five.int_a = draw(ints), five.int_b = draw(ints);
  if (!texts.empty()) five.text_a = draw(texts), five.text_b = draw(texts);
  if (!bools.empty()) five.bool_a = draw(bools);
  return !ints.empty() && !texts.empty() && !bools.empty();
}

template <typename Cells>
void pick_cell(const Cells& cells, std::uint32_t row, Random& random, std::vector<Pick>& out) {
  if (cells.empty()) return;
  out.push_back({row, cells[random.below(static_cast<std::uint32_t>(cells.size()))].column});
}

void pick_null(const Columns& columns, const RowCells& cells, std::uint32_t row, Random& random,
               std::vector<Pick>& out) {
  const auto& ints = columns.all(CellKind::kInt);
  if (cells.ints.size() >= ints.size()) return;
  while (true) {
    const std::uint32_t column = ints[random.below(static_cast<std::uint32_t>(ints.size()))];
    const auto found = std::lower_bound(
        cells.ints.begin(), cells.ints.end(), column,
        [](const Cell<std::int32_t>& c, std::uint32_t wanted) { return c.column < wanted; });
    if (found == cells.ints.end() || found->column != column) {
      out.push_back({row, column});
      return;
    }
  }
}

void pick_fields(const Columns& columns, const RowCells& cells, std::uint32_t row, Random& random,
                 Picks& picks) {
  pick_cell(cells.ints, row, random, picks.ints);
  pick_cell(cells.texts, row, random, picks.texts);
  pick_null(columns, cells, row, random, picks.nulls);
  const auto& ints = columns.all(CellKind::kInt);
  if (ints.empty()) return;
  picks.any.push_back({row, ints[random.below(static_cast<std::uint32_t>(ints.size()))]});
}

void shuffle(std::vector<Pick>& picks, Random& random) {
  for (std::size_t i = picks.size(); i > 1; --i) {
    std::swap(picks[i - 1], picks[random.below(static_cast<std::uint32_t>(i))]);
  }
}

std::vector<Query> to_queries(const std::vector<Pick>& picks, const RowStore& rows) {
  std::vector<Query> out;
  out.reserve(picks.size());
  for (const Pick& p : picks) {
    if (p.row >= rows.size()) continue;
    const std::string_view row = rows[p.row];
    out.push_back({row.data(), static_cast<std::uint32_t>(row.size()), p.row, p.column});
  }
  return out;
}

}  // namespace

Picks make_picks(const Columns& columns, std::span<const RowCells> rows, PickCount fields,
                 PickCount whole_rows) {
  Picks picks;
  picks.has_five = draw_five(columns, picks.five);
  Random random(16);
  const auto of = [&](const PickCount& c) {
    return random.below(static_cast<std::uint32_t>(std::min(c.rows, rows.size())));
  };
  for (std::size_t i = 0; i < fields.picks; ++i) {
    const std::uint32_t row = of(fields);
    pick_fields(columns, rows[row], row, random, picks);
    picks.fives.push_back({row, 0});
  }
  for (std::size_t i = 0; i < whole_rows.picks; ++i) picks.rows.push_back({of(whole_rows), 0});
  return picks;
}

PicksBuilder::PicksBuilder(const Columns& columns, const Five& five)
    : columns_(columns), random_(200000) {
  picks_.five = five;
  picks_.has_five = true;
}

void PicksBuilder::add_row(const RowCells& row) {
  pick_fields(columns_, row, rows_, random_, picks_);
  picks_.rows.push_back({rows_, 0});
  picks_.fives.push_back({rows_, 0});
  picks_.in_order.push_back({rows_, 0});
  ++rows_;
}

Picks PicksBuilder::shuffled() {
  for (auto* picks :
       {&picks_.ints, &picks_.texts, &picks_.nulls, &picks_.any, &picks_.fives, &picks_.rows}) {
    shuffle(*picks, random_);
  }
  return std::move(picks_);
}

QuerySet make_queries(const Picks& picks, const RowStore& rows) {
  QuerySet q;
  q.ints = to_queries(picks.ints, rows);
  q.texts = to_queries(picks.texts, rows);
  q.nulls = to_queries(picks.nulls, rows);
  q.any = to_queries(picks.any, rows);
  q.rows = to_queries(picks.rows, rows);
  q.in_order = to_queries(picks.in_order, rows);
  if (picks.has_five) q.five = to_queries(picks.fives, rows);
  return q;
}

std::span<const Query> QuerySet::of(Metric m) const {
  switch (m) {
    case Metric::kReadInt:
    case Metric::kReadIntChain:
      return ints;
    case Metric::kReadText:
    case Metric::kReadTextChain:
      return texts;
    case Metric::kReadNull:
      return nulls;
    case Metric::kUpdate1:
      return any;
    case Metric::kRead5:
      return five;
    case Metric::kBatch3:
      return in_order;
    default:
      return rows;
  }
}

bool matches(const std::string& regex, const std::string& text) {
  try {
    return std::regex_search(text, std::regex(regex));
  } catch (const std::regex_error&) {
    give_up("--filter is not a regular expression: " + regex);
  }
}

}  // namespace wisp::bench
