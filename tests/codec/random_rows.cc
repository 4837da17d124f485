#include "random_rows.h"

#include <doctest/doctest.h>

#include <limits>

#include "wisp/codec/nested_view.h"

namespace wisp::testing {

Type RandomRows::type(int depth) {
  const std::uint64_t pick = below(depth > 0 ? 26 : 22);
  if (pick >= 22) {
    if (pick == 22) return Type::array(type(depth - 1));
    if (pick == 23) {
      Type key = type(0);
      while (!is_key_type(key.kind())) key = type(0);
      return Type::map(key, type(depth - 1));
    }
    std::vector<RowField> fields;
    for (std::uint64_t i = 0, n = 1 + below(6); i < n; ++i) {
      fields.push_back({0, "f" + std::to_string(i), type(depth - 1), chance(0.7)});
    }
    return Type::row(std::move(fields));
  }
  switch (pick) {
    case 11:
      return Type::decimal(static_cast<int>(1 + below(18)), 0);
    case 12:
      return Type::decimal(38, static_cast<int>(below(39)));
    case 13:
      return Type::temporal(TypeKind::kTime, 6);
    case 14:
      return Type::temporal(TypeKind::kTimestamp, static_cast<int>(below(10)));
    case 15:
      return Type(TypeKind::kDate);
    case 16:
      return Type(TypeKind::kUuid);
    case 17:
      return Type(TypeKind::kVarbinary);
    case 18:
      return Type(TypeKind::kJson);
    case 19:
    case 20:
    case 21:
      return Type::varchar();
    default:
      return Type(static_cast<TypeKind>(1 + pick));  // BOOLEAN to DOUBLE
  }
}

std::int64_t RandomRows::integer(int bits) {
  const std::int64_t max =
      bits == 64 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << (bits - 1)) - 1;
  switch (below(6)) {
    case 0:
      return 0;
    case 1:
      return static_cast<std::int64_t>(below(10));
    case 2:
      return max - static_cast<std::int64_t>(below(2));
    case 3:
      return -max - static_cast<std::int64_t>(below(2));
    case 4: {
      const auto narrow = below(static_cast<std::uint64_t>(bits));
      const auto v = static_cast<std::int64_t>(below(std::uint64_t{1} << narrow));
      return chance(0.5) ? v : -v;
    }
    default:
      return static_cast<std::int64_t>(rng_()) >> (64 - bits);
  }
}

Value RandomRows::value(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return Value(chance(0.5));
    case TypeKind::kTinyInt:
      return Value(integer(8));
    case TypeKind::kSmallInt:
      return Value(integer(16));
    case TypeKind::kInteger:
    case TypeKind::kDate:
      return Value(integer(32));
    case TypeKind::kBigInt:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return Value(integer(64));
    case TypeKind::kTime:
      return Value(static_cast<std::int64_t>(below(std::uint64_t{86400} * 1000000)));
    case TypeKind::kUTinyInt:
      return Value(static_cast<std::uint64_t>(integer(8)) & 0xFF);
    case TypeKind::kUSmallInt:
      return Value(static_cast<std::uint64_t>(integer(16)) & 0xFFFF);
    case TypeKind::kUInteger:
      return Value(static_cast<std::uint64_t>(integer(32)) & 0xFFFFFFFF);
    case TypeKind::kUBigInt:
      return Value(static_cast<std::uint64_t>(integer(64)));
    case TypeKind::kReal:
      return Value(chance(0.2) ? -0.0F : static_cast<float>(integer(32)) / 7);
    case TypeKind::kDouble:
      return Value(chance(0.2) ? -0.0 : static_cast<double>(integer(64)) / 7);
    case TypeKind::kDecimal: {
      Decimal::Int limit = 1;
      for (int i = 0; i < type.precision(); ++i) limit *= 10;
      if (chance(0.2)) return Value(Decimal{chance(0.5) ? limit - 1 : 1 - limit});
      return Value(Decimal{(Decimal::Int{integer(64)} * integer(64)) % limit});
    }
    case TypeKind::kUuid: {
      Uuid u;
      for (auto& b : u.bytes) b = static_cast<std::uint8_t>(below(256));
      return Value(u);
    }
    case TypeKind::kJson:
      return Value(chance(0.5) ? std::string("{\"a\":1}") : std::to_string(below(1000)));
    case TypeKind::kArray: {
      ValueArray a;
      for (std::uint64_t i = 0, n = below(5); i < n; ++i) {
        a.items.push_back(type.element_nullable() && chance(0.3) ? Value() : value(type.element()));
      }
      return Value(std::move(a));
    }
    case TypeKind::kMap: {
      ValueMap m;
      for (std::uint64_t i = 0, n = below(4); i < n; ++i) {
        Value key = value(type.map_key());
        bool known = false;
        for (const auto& e : m.entries)
          known |= compare_key_values(type.map_key(), e.first, key) == 0;
        if (!known) {
          m.entries.emplace_back(std::move(key), chance(0.3) ? Value() : value(type.map_value()));
        }
      }
      REQUIRE(sort_map(type.map_key(), m));
      return Value(std::move(m));
    }
    case TypeKind::kRow: {
      ValueRow r;
      for (const RowField& f : type.fields()) {
        r.fields.push_back(f.nullable && chance(0.5) ? Value() : value(f.type));
      }
      return Value(std::move(r));
    }
    default: {
      std::string s;
      const std::uint64_t n = chance(0.1) ? below(4 * text_length + 1) : below(text_length + 1);
      for (std::uint64_t i = 0; i < n; ++i) s += static_cast<char>('a' + below(26));
      return Value(std::move(s));
    }
  }
}

SchemaPtr RandomRows::schema(std::size_t columns, double not_null, int depth) {
  SchemaBuilder builder("t");
  for (std::size_t i = 0; i < columns; ++i) {
    builder.add("c" + std::to_string(i), type(depth), !chance(not_null));
  }
  auto schema = builder.build();
  REQUIRE(schema);
  return *schema;
}

Cells random_cells(RandomRows& random, const Schema& schema, double present) {
  Cells cells;
  for (const Column& c : schema.columns()) {
    cells.push_back(!c.nullable || random.chance(present) ? random.value(c.type) : Value());
  }
  return cells;
}

std::string encode_cells(const LayoutPtr& layout, const Cells& cells) {
  RowBuilder builder(layout);
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (cells[i].is_null()) continue;
    auto set = builder.set_value(ColumnIndex{i}, cells[i]);
    REQUIRE_MESSAGE(set, set.error().to_string());
  }
  std::string out;
  auto done = builder.finish_row(out);
  REQUIRE_MESSAGE(done, done.error().to_string());
  return out;
}

std::span<const std::byte> as_bytes(std::string_view s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}

}  // namespace wisp::testing
