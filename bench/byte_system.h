// ByteSystem: the timing loops of every system whose rows are byte strings, once, as templates.
//
// A system derives as `class X final : public ByteSystem<X>` and has
//   encode(cells)                        -> the row's bytes
//   open(row)                            -> something to read from (any type; may parse)
//   get(opened, column, int32_t& | std::string_view& | bool&) -> present?
//   visit(row, Digest&)                  every present field with its value
// and, where the format offers them,
//   verify(row) -> bool,  update(row, column, int32_t) -> the new row's bytes,
//   equal(row, row) -> bool,  read_five(row, Digest&), read_three(row, Digest&).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "system.h"

namespace wisp::bench {

// Zero, which the compiler cannot know: ties the next query to the last value.
extern volatile std::uint64_t g_zero;

template <typename Derived>
class ByteSystem : public System {
 public:
  explicit ByteSystem(const Columns& columns) : columns_(columns) {}

  bool can(Metric m) const override {
    if (columns_.all(CellKind::kInt).empty() &&
        (m == Metric::kReadInt || m == Metric::kReadIntChain || m == Metric::kUpdate1)) {
      return false;
    }
    switch (m) {
      case Metric::kVerify:
        return requires(Derived & d, std::string_view row) {
          d.verify(row);
        };
      case Metric::kUpdate1:
        return requires(Derived & d, std::string_view row) {
          d.update(row, 0, 0);
        };
      case Metric::kEqual:
        return requires(Derived & d, std::string_view row) {
          d.equal(row, row);
        };
      default:
        return true;
    }
  }

  void set_five(const Five& five) override { five_ = five; }

  // The second copy of each row, for equal.
  void load(std::span<const RowCells>, const RowStore& rows) override {
    for (std::size_t i = 0; i < rows.size(); ++i) copies_.emplace_back(rows[i]);
  }

  std::uint64_t run(Metric m, const Batch& batch) override {
    switch (m) {
      case Metric::kEncode:
        return encode_all(batch.rows);
      case Metric::kReadInt:
      case Metric::kReadNull:
        return read_all<std::int32_t>(batch.queries);
      case Metric::kReadText:
        return read_all<std::string_view>(batch.queries);
      case Metric::kReadIntChain:
        return read_chain<std::int32_t>(batch.queries);
      case Metric::kReadTextChain:
        return read_chain<std::string_view>(batch.queries);
      default:
        return run_rows(m, batch.queries);
    }
  }

  void add_three(std::string_view row, Digest& d) override { three(row, d); }
  void add_three_where(std::string_view row, Digest& d) override {
    auto&& opened = self().open(row);
    std::int32_t value = 0;
    if (self().get(opened, five_.int_b, value) && value <= 0) return;
    add_three_of(opened, d);
  }

  std::string check(const RowCells& cells, std::string_view row) override;

 protected:
  Derived& self() { return static_cast<Derived&>(*this); }

  std::uint64_t encode_all(std::span<const RowCells> rows) {
    std::uint64_t bytes = 0;
    for (const RowCells& row : rows) bytes += self().encode(row).size();
    return bytes;
  }

  template <typename T>
  std::uint64_t read_all(std::span<const Query> queries) {
    Digest d;
    for (const Query& q : queries) {
      auto&& row = self().open(q.row());
      T value{};
      if (self().get(row, q.column, value)) d.add(value);
    }
    return d.sum + d.count;
  }

  template <typename T>
  std::uint64_t read_chain(std::span<const Query> queries) {
    const std::uint64_t zero = g_zero;
    std::uint64_t wait = 0;
    const Query* q = queries.data();
    Digest d;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const Query& now = q[i + wait];
      auto&& row = self().open(now.row());
      T value{};
      if (self().get(row, now.column, value)) d.add(value);
      wait = d.sum & zero;
    }
    return d.sum;
  }

  std::uint64_t run_rows(Metric m, std::span<const Query> queries) {
    Digest d;
    switch (m) {
      case Metric::kRead5:
        for (const Query& q : queries) five(q.row(), d);
        break;
      case Metric::kBatch3:
        for (const Query& q : queries) three(q.row(), d);
        break;
      case Metric::kVisitPresent:
        for (const Query& q : queries) self().visit(q.row(), d);
        break;
      case Metric::kVerify:
        if constexpr (requires(Derived & x, std::string_view row) { x.verify(row); }) {
          for (const Query& q : queries) d.add(self().verify(q.row()));
        }
        break;
      case Metric::kUpdate1:
        if constexpr (requires(Derived & x, std::string_view row) { x.update(row, 0, 0); }) {
          for (const Query& q : queries) d.put(self().update(q.row(), q.column, 7).size());
        }
        break;
      case Metric::kEqual:
        if constexpr (requires(Derived & x, std::string_view row) { x.equal(row, row); }) {
          for (const Query& q : queries) d.add(self().equal(q.row(), copies_[q.row_index]));
        }
        break;
      default:
        break;
    }
    return d.sum + d.count;
  }

  void five(std::string_view row, Digest& d) {
    if constexpr (requires(Derived & x) { x.read_five(row, d); }) {
      self().read_five(row, d);
    } else {
      auto&& opened = self().open(row);
      add<std::int32_t>(opened, five_.int_a, d);
      add<std::int32_t>(opened, five_.int_b, d);
      add<std::string_view>(opened, five_.text_a, d);
      add<std::string_view>(opened, five_.text_b, d);
      add<bool>(opened, five_.bool_a, d);
    }
  }
  void three(std::string_view row, Digest& d) {
    if constexpr (requires(Derived & x) { x.read_three(row, d); }) {
      self().read_three(row, d);
    } else {
      auto&& opened = self().open(row);
      add_three_of(opened, d);
    }
  }
  template <typename Opened>
  void add_three_of(Opened& opened, Digest& d) {
    add<std::int32_t>(opened, five_.int_a, d);
    add<std::string_view>(opened, five_.text_a, d);
    add<bool>(opened, five_.bool_a, d);
  }
  template <typename T, typename Opened>
  void add(Opened& row, std::uint32_t column, Digest& d) {
    T value{};
    if (self().get(row, column, value)) d.add(value);
  }

  // Every cell of one kind reads back, and every other column of that kind reads as NULL.
  template <typename T, typename Cells>
  std::string check_cells(const Cells& cells, CellKind kind, std::string_view row);

  const Columns& columns_;
  Five five_;
  std::vector<std::string> copies_;
};

template <typename Derived>
template <typename T, typename Cells>
std::string ByteSystem<Derived>::check_cells(const Cells& cells, CellKind kind,
                                             std::string_view row) {
  auto&& opened = self().open(row);
  auto cell = cells.begin();
  for (std::uint32_t column : columns_.all(kind)) {
    T value{};
    const bool present = self().get(opened, column, value);
    const bool expected = cell != cells.end() && cell->column == column;
    if (present != expected || (present && value != cell->value)) {
      return name() + ": column " + std::to_string(column) + " does not read back";
    }
    if (expected) ++cell;
  }
  return {};
}

template <typename Derived>
std::string ByteSystem<Derived>::check(const RowCells& cells, std::string_view row) {
  std::string wrong = check_cells<std::int32_t>(cells.ints, CellKind::kInt, row);
  if (wrong.empty()) wrong = check_cells<std::string_view>(cells.texts, CellKind::kText, row);
  if (wrong.empty()) wrong = check_cells<bool>(cells.bools, CellKind::kBool, row);
  if (!wrong.empty()) return wrong;
  Digest visited;
  self().visit(row, visited);
  if (visited != digest_of(cells)) return name() + ": visiting gives other values";
  if constexpr (requires(Derived & d) { d.verify(row); }) {
    if (!self().verify(row)) return name() + ": does not verify";
  }
  if constexpr (requires(Derived & d) { d.equal(row, row); }) {
    if (!self().equal(row, std::string(row))) return name() + ": a copy is not equal";
  }
  if constexpr (requires(Derived & d) { d.update(row, 0, 0); }) {
    for (std::uint32_t column : {five_.int_a, five_.int_b}) {
      if (columns_.all(CellKind::kInt).empty()) break;
      RowStore aligned(alignment());
      aligned.add(self().update(row, column, -123456));
      auto&& opened = self().open(aligned[0]);
      std::int32_t value = 0;
      if (!self().get(opened, column, value) || value != -123456) {
        return name() + ": an update does not read back";
      }
    }
  }
  return {};
}

}  // namespace wisp::bench
