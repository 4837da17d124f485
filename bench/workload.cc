#include "workload.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace wisp::bench {

void give_up(const std::string& message) {
  std::fprintf(stderr, "wisp-bench: %s\n", message.c_str());
  std::exit(1);
}

void RowCells::clear() {
  ints.clear();
  longs.clear();
  doubles.clear();
  bools.clear();
  texts.clear();
  heap.clear();
}

namespace {

CellKind kind_of(const Column& column) {
  switch (column.type.kind()) {
    case TypeKind::kBoolean:
      return CellKind::kBool;
    case TypeKind::kInteger:
    case TypeKind::kSmallInt:
    case TypeKind::kTinyInt:
    case TypeKind::kDate:
      return CellKind::kInt;
    case TypeKind::kBigInt:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return CellKind::kLong;
    case TypeKind::kReal:
    case TypeKind::kDouble:
      return CellKind::kDouble;
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson:
      return CellKind::kText;
    default:
      give_up("column " + column.name + ": no benchmark for type " + column.type.to_sql());
  }
}

class Synthetic final : public Workload {
 public:
  Synthetic(std::size_t columns, std::size_t present, std::size_t shapes, TextBytes text)
      : present_(static_cast<std::uint32_t>(present)), shapes_(shapes), text_(text) {
    name_ = shapes == 0 ? "synthetic_random" : "synthetic_shapes";
    present_pct_ = 100.0 * static_cast<double>(present) / static_cast<double>(columns);
    is_synthetic_ = true;
    SchemaBuilder builder("bench");
    for (std::size_t i = 0; i < columns; ++i) {
      TypeKind kind = i % 2 == 0   ? TypeKind::kInteger
                      : i % 4 == 1 ? TypeKind::kVarchar
                                   : TypeKind::kBoolean;
      builder.add("c" + std::to_string(i), Type(kind));
    }
    auto schema = builder.build();
    if (!schema) give_up(schema.error().to_string());
    columns_ = make_columns(*schema);
  }

  std::size_t row_count() const override { return SIZE_MAX; }

  void row(std::size_t i, RowCells& out) const override {
    out.clear();
    out.heap.reserve(text_.most * present_);  // views into it must stay valid
    Random random(0x77697370u + 1000003 * i);
    const std::size_t shape_seed = shapes_ == 0 ? random.next() : i * 2654435761u % shapes_;
    std::vector<std::uint64_t>& set = choose(shape_seed);
    for (std::size_t w = 0; w < set.size(); ++w) {
      for (std::uint64_t bits = set[w]; bits != 0; bits &= bits - 1) {
        add_cell(static_cast<std::uint32_t>(64 * w + std::countr_zero(bits)), random, out);
      }
    }
  }

 private:
  // Exactly present_ columns, as bits: draws the smaller side of the split.
  std::vector<std::uint64_t>& choose(std::uint64_t seed) const {
    const auto n = static_cast<std::uint32_t>(columns_.size());
    const bool draw_absent = present_ > n / 2;
    thread_local std::vector<std::uint64_t> set;
    set.assign((n + 63) / 64, 0);
    Random random(seed ^ 0x5368617065u);
    for (std::uint32_t left = draw_absent ? n - present_ : present_; left > 0;) {
      const std::uint32_t c = random.below(n);
      std::uint64_t& word = set[c / 64];
      const std::uint64_t bit = std::uint64_t{1} << (c % 64);
      if ((word & bit) == 0) --left;
      word |= bit;
    }
    if (draw_absent) {
      for (std::uint64_t& word : set) word = ~word;
      if (n % 64 != 0) set.back() &= (std::uint64_t{1} << (n % 64)) - 1;
    }
    return set;
  }

  void add_cell(std::uint32_t column, Random& random, RowCells& out) const {
    switch (columns_.kinds[column]) {
      case CellKind::kInt:
        out.ints.push_back({column, static_cast<std::int32_t>(random.next() >> 32)});
        break;
      case CellKind::kBool:
        out.bools.push_back({column, (random.next() >> 63) != 0});
        break;
      default: {
        const std::size_t begin = out.heap.size();
        const std::size_t length = text_.least + random.below(text_.most - text_.least + 1);
        std::uint64_t bits = random.next();
        for (std::size_t k = 0; k < length; ++k, bits = bits * 6364136223846793005u + 1) {
          out.heap.push_back(kLetters[bits >> 58]);
        }
        out.texts.push_back({column, std::string_view(out.heap).substr(begin, length)});
      }
    }
  }

  static constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _";
  std::uint32_t present_;
  std::size_t shapes_;
  TextBytes text_;
};

}  // namespace

Columns make_columns(SchemaPtr schema) {
  Columns out;
  out.schema = std::move(schema);
  for (std::size_t i = 0; i < out.schema->column_count(); ++i) {
    const CellKind kind = kind_of(out.schema->columns()[i]);
    out.kinds.push_back(kind);
    out.of_kind[static_cast<std::size_t>(kind)].push_back(static_cast<std::uint32_t>(i));
  }
  return out;
}

std::unique_ptr<Workload> make_synthetic(std::size_t columns, std::size_t present,
                                         std::size_t shapes, TextBytes text) {
  return std::make_unique<Synthetic>(columns, present, shapes, text);
}

}  // namespace wisp::bench
