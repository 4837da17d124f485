// Random schemas, values and rows for the codec's tests; the same seed gives the same ones.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_builder.h"
#include "wisp/schema/schema.h"

namespace wisp::testing {

class RandomRows {
 public:
  explicit RandomRows(std::uint64_t seed) : rng_(seed) {}

  std::uint64_t below(std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(rng_);
  }
  bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(rng_) < p; }

  // A type; nested ones up to `depth`.
  Type type(int depth);
  // A value that fits; edges and small numbers are common. NULL inside nested values where allowed.
  Value value(const Type& type);
  // A key-less schema of `columns` columns. `text_length`: strings are up to this long.
  SchemaPtr schema(std::size_t columns, double not_null, int depth);

  std::size_t text_length = 12;

 private:
  std::int64_t integer(int bits);
  std::mt19937_64 rng_;
};

// By column; NULL where unset.
using Cells = std::vector<Value>;

// Fills NOT NULL columns and each other one with probability `present`.
Cells random_cells(RandomRows& random, const Schema& schema, double present);

// Encodes; CHECKs that it works.
std::string encode_cells(const LayoutPtr& layout, const Cells& cells);

std::span<const std::byte> as_bytes(std::string_view s);

}  // namespace wisp::testing
