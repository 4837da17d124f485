#include "wisp/schema/schema_bytes.h"

#include <doctest/doctest.h>
#include <xxhash.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "random_value.h"

using namespace wisp;

namespace {

std::span<const std::byte> as_bytes(std::string_view s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}

std::string bytes_of(const Schema& schema) {
  std::string out;
  append_schema_bytes(schema, out);
  return out;
}

std::string bytes_of(const Type& type) {
  std::string out;
  append_type_bytes(type, out);
  return out;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// A body with a true checksum behind it: what a damaged writer, not a damaged disk, would leave.
std::string seal(std::string body) {
  const std::uint64_t checksum = XXH3_64bits(body.data(), body.size());
  for (int i = 0; i < 8; ++i) body += static_cast<char>(checksum >> (8 * i));
  return body;
}

std::string body_of(const std::string& bytes) {
  return bytes.substr(0, bytes.size() - 8);
}

Type integer() {
  return Type(TypeKind::kInteger);
}

SchemaPtr must(Result<SchemaPtr> schema) {
  REQUIRE_MESSAGE(schema, (schema ? "" : schema.error().to_string()));
  return *schema;
}

// One of everything: what the golden bytes, the flips and the cuts are about.
SchemaPtr sample() {
  const Type point =
      Type::row({{0, "x", integer(), false}, {5, "y", Type::decimal(5, 2), true}}, "p");
  Column price;
  price.id = ColumnId{9};
  price.name = "price";
  price.type = Type::decimal(5, 2);
  price.default_value = Value(Decimal{-1});
  Column place;
  place.name = "place";
  place.type = Type::array(point, false);
  place.default_value =
      Value(ValueArray{{Value(ValueRow{{Value(std::int64_t{-3}), Value(Decimal{258})}})}});
  return must(SchemaBuilder("t\xC3\xA9")
                  .version(SchemaVersion{300})
                  .add("id", Type(TypeKind::kUuid))
                  .add("at", Type::temporal(TypeKind::kTimestampTz, 3))
                  .add(price)
                  .add(place)
                  .add("tags", Type::map(Type::varchar(7), Type(TypeKind::kJson), false))
                  .key("at", SortOrder::kDescending)
                  .key("id")
                  .next_column_id(ColumnId{200})
                  .build());
}

SchemaPtr random_schema(std::uint64_t seed) {
  test::RandomValues random(seed);
  std::vector<Type> named;
  SchemaBuilder builder("table " + std::to_string(random.below(100)));
  builder.version(SchemaVersion{1 + static_cast<std::uint32_t>(random.below(1u << 20))});
  std::uint32_t id = 0;
  for (std::uint64_t i = 1 + random.below(12); i > 0; --i) {
    Column column;
    id += 1 + static_cast<std::uint32_t>(random.one_in(3) ? random.below(300) : 0);
    column.id = ColumnId{id};
    column.name = "c" + std::to_string(i);
    column.type = random.type(3);
    if (random.one_in(4)) {
      named.push_back(Type::row(
          {{3, "f", column.type, true}, {0, "g", named.empty() ? Type() : named.back(), false}},
          "n" + std::to_string(named.size())));
      column.type = named[random.below(named.size())];
      if (column.type.depth() > 8) column.type = named.front();
    }
    column.nullable = random.one_in(2);
    if (random.one_in(2)) {
      column.default_value = random.value(column.type, true);
      column.has_default = true;
    }
    const bool is_key = is_key_type(column.type.kind()) && random.one_in(3);
    builder.add(column);
    if (is_key)
      builder.key(column.name, random.one_in(2) ? SortOrder::kDescending : SortOrder::kAscending);
  }
  builder.next_column_id(ColumnId{id + 1 + static_cast<std::uint32_t>(random.below(5))});
  return must(builder.build());
}

void check_refused(const std::string& bytes, ErrorCode code, const std::string& message) {
  const auto schema = read_schema_bytes(as_bytes(bytes));
  REQUIRE_FALSE(schema);
  CHECK(schema.error().code == code);
  CHECK(schema.error().to_string() == message);
}

}  // namespace

TEST_CASE("known schema bytes") {
  const SchemaPtr small =
      must(SchemaBuilder("t").add("id", Type(TypeKind::kBigInt)).key("id").build());
  // The example of codec/FORMAT.md and schema_bytes.cc.
  CHECK(hex(bytes_of(*small)) ==
        "53 01 01 74 01 02 00 01 01 02 69 64 00 05 01 00 00 BD 24 7B F5 1E 68 9A 50");
  CHECK(hex(body_of(bytes_of(*sample()))) ==
        "53 01 03 74 C3 A9 AC 02 C8 01 "                       // "té", version 300, next id 200
        "01 01 70 02 01 01 78 00 04 05 01 79 01 0C 05 02 "     // type p(x INTEGER, y DECIMAL(5, 2))
        "05 "                                                  // columns
        "01 02 69 64 00 11 "                                   // id UUID
        "02 02 61 74 00 10 03 "                                // at TIMESTAMPTZ(3)
        "09 05 70 72 69 63 65 03 0C 05 02 "                    // price DECIMAL(5, 2) DEFAULT -0.01
        "07 FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF "  //
        "0A 05 70 6C 61 63 65 03 16 00 80 00 "                 // place p NOT NULL ARRAY DEFAULT
        "0A 01 0C 02 03 05 07 02 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        "0B 04 74 61 67 73 01 17 00 12 07 15 "  // tags MAP<VARCHAR(7), JSON NOT NULL>
        "02 01 01 00 00");                      // key (at DESC, id)
  CHECK(hex(bytes_of(Type::array(Type::varchar(3)))) ==
        "54 01 00 16 01 12 03 " +
            hex(seal("T\x01" + std::string("\0\x16\x01\x12\x03", 5)).substr(7)));
}

TEST_CASE("the example of FORMAT.md") {
  std::ifstream file(WISP_FORMAT_MD);
  REQUIRE(file);
  std::string bytes;
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line == "```schema")
      inside = true;
    else if (line == "```")
      inside = false;
    if (!inside || line.starts_with("```")) continue;
    // Pairs of hex digits, each with a space behind it, then what they mean.
    for (std::size_t i = 0; i + 2 < line.size() && std::isxdigit(line[i]) != 0 &&
                            std::isxdigit(line[i + 1]) != 0 && line[i + 2] == ' ';
         i += 3)
      bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
  }
  const SchemaPtr schema = must(read_schema_bytes(as_bytes(bytes)));
  CHECK(schema->to_sql() ==
        "CREATE TABLE \"t\" (\n  \"id\" BIGINT NOT NULL,\n  PRIMARY KEY (\"id\")\n)");
}

TEST_CASE("the fingerprint is of the bytes") {
  const SchemaPtr small =
      must(SchemaBuilder("t").add("id", Type(TypeKind::kBigInt)).key("id").build());
  const Fingerprint print = fingerprint(*small);
  CHECK(hex({reinterpret_cast<const char*>(print.data()), print.size()}) ==
        "83 1F AA 1E 52 BE 0A E8 DA 7F 18 F4 16 64 E5 1D");
  CHECK(fingerprint(*sample()) ==
        fingerprint(*must(read_schema_bytes(as_bytes(bytes_of(*sample()))))));
  CHECK_FALSE(fingerprint(*sample()) == print);
}

TEST_CASE("schemas and types read back equal, and write the same bytes again") {
  std::vector<SchemaPtr> schemas = {sample()};
  for (std::uint64_t seed = 0; seed < 1500; ++seed) schemas.push_back(random_schema(seed));
  for (const SchemaPtr& schema : schemas) {
    const std::string bytes = bytes_of(*schema);
    const SchemaPtr again = must(read_schema_bytes(as_bytes(bytes)));
    CHECK(*again == *schema);
    CHECK(bytes_of(*again) == bytes);
    CHECK(again->named_types() == schema->named_types());
    for (const Column& column : schema->columns()) {
      const auto type = read_type_bytes(as_bytes(bytes_of(column.type)));
      REQUIRE_MESSAGE(type, column.type.to_sql());
      CHECK(*type == column.type);
    }
  }
}

TEST_CASE("bytes are appended, not written over") {
  std::string out = "before";
  append_schema_bytes(*sample(), out);
  CHECK(out == "before" + bytes_of(*sample()));
  std::string type = "before";
  append_type_bytes(integer(), type);
  CHECK(type == "before" + bytes_of(integer()));
}

TEST_CASE("one NaN, two zeros") {
  const auto with_default = [](double number) {
    Column column;
    column.name = "a";
    column.type = Type(TypeKind::kDouble);
    column.default_value = Value(double{number});
    return must(SchemaBuilder("t").add(column).build());
  };
  CHECK(bytes_of(*with_default(std::nan("1"))) == bytes_of(*with_default(-std::nan("7"))));
  CHECK(bytes_of(*with_default(0.0)) != bytes_of(*with_default(-0.0)));
}

TEST_CASE("every flipped bit and every cut is refused") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const std::string bytes = bytes_of(seed == 0 ? *sample() : *random_schema(seed));
    int accepted = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      accepted += read_schema_bytes(as_bytes(flipped)).has_value();
    }
    for (std::size_t size = 0; size < bytes.size(); ++size)
      accepted += read_schema_bytes(as_bytes(bytes.substr(0, size))).has_value();
    accepted += read_schema_bytes(as_bytes(bytes + '\0')).has_value();
    CHECK(accepted == 0);
  }
}

TEST_CASE("damage under a true checksum is refused or is another schema, canonical as any") {
  std::mt19937_64 engine(3);
  int accepted = 0;
  const auto look = [&](const std::string& body) {
    const std::string bytes = seal(body);
    const auto schema = read_schema_bytes(as_bytes(bytes));
    if (schema) {
      ++accepted;
      CHECK(bytes_of(**schema) == bytes);
    } else {
      CHECK((schema.error().code == ErrorCode::kCorruption ||
             schema.error().code == ErrorCode::kUnknownSchema));
    }
  };
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::string body = body_of(bytes_of(seed == 0 ? *sample() : *random_schema(seed)));
    for (std::size_t i = 0; i < body.size(); ++i) {
      look(body.substr(0, i));
      for (int byte : {0x00, 0x01, 0x7F, 0x80, 0xFF, body[i] + 1, body[i] - 1, body[i] ^ 0x40}) {
        std::string changed = body;
        changed[i] = static_cast<char>(byte);
        look(changed);
      }
      for (int round = 0; round < 4; ++round) {
        std::string changed = body;
        for (int j = 0; j < 3; ++j) changed[engine() % body.size()] = static_cast<char>(engine());
        look(changed);
      }
    }
    look(body + '\0');
  }
  CHECK(accepted > 100);  // changed names, for example
}

TEST_CASE("errors say what and where") {
  check_refused("", ErrorCode::kCorruption, "schema byte 0: the bytes end too early");
  check_refused(seal(std::string("T\x01", 2)), ErrorCode::kCorruption,
                "schema byte 0: these bytes are not a serialized schema");
  check_refused(seal(std::string("S\x03", 2)), ErrorCode::kUnknownSchema,
                "schema byte 1: format version 3 is newer than this program");
  check_refused(seal(std::string("S\0", 2)), ErrorCode::kCorruption,
                "schema byte 1: format version 0");
  std::string bytes = bytes_of(*sample());
  bytes[5] = 'X';
  check_refused(
      bytes, ErrorCode::kCorruption,
      "schema byte " + std::to_string(bytes.size() - 8) + ": the checksum does not match");

  const std::string head("S\x01\x01t\x01\x02", 6);
  const auto body = [&](std::string_view rest) { return seal(head + std::string(rest)); };
  check_refused(seal("S\x01\x05t"), ErrorCode::kCorruption,
                "schema byte 2: the string size 5 is more than the bytes left can hold");
  check_refused(body(""), ErrorCode::kCorruption, "schema byte 6: the bytes end inside a number");
  check_refused(body("\x80"), ErrorCode::kCorruption,
                "schema byte 6: the bytes end inside a number");
  check_refused(body(std::string("\x80\0", 2)), ErrorCode::kCorruption,
                "schema byte 6: a number is not in its shortest form");
  check_refused(body("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"), ErrorCode::kCorruption,
                "schema byte 6: a number has more than 64 bits");
  check_refused(body("\xFF\xFF\xFF\xFF\x10"), ErrorCode::kCorruption,
                "schema byte 6: the number of named types 4563402751 is above 4294967295");
  check_refused(body(std::string("\0\0", 2)), ErrorCode::kCorruption,
                "schema byte 8: the bytes end inside a number");
  check_refused(body(std::string("\0\0\0", 3)), ErrorCode::kCorruption,
                "table \"t\" has no columns");
  check_refused(body(std::string("\0\x7F", 2)), ErrorCode::kCorruption,
                "schema byte 7: the number of columns 127 is more than the bytes left can hold");
  const auto column = [&](std::string_view rest) {
    return body(std::string("\0\x01", 2) + std::string(rest));
  };
  check_refused(column(std::string("\0\x01"
                                   "a\x01\x04\0",
                                   6)),
                ErrorCode::kCorruption, "schema byte 8: a column has the id 0");
  check_refused(column(std::string("\x01\x01"
                                   "a\x10\x04\0",
                                   6)),
                ErrorCode::kCorruption, "schema byte 11: unknown column flags 16");
  check_refused(column(std::string("\x01\x01"
                                   "a\x01\x19\0",
                                   6)),
                ErrorCode::kCorruption, "schema byte 12: unknown type 25");
  check_refused(column(std::string("\x01\x01"
                                   "a\x01\x80\0\0",
                                   7)),
                ErrorCode::kCorruption, "schema byte 13: named type 0 of 0");
  check_refused(column(std::string("\x01\x01"
                                   "a\x01\x0C\x27\0\0",
                                   8)),
                ErrorCode::kCorruption, "schema byte 14: no such type: DECIMAL(39, 0)");
  check_refused(column(std::string("\x01\x01"
                                   "a\x03\x04\x0D\0",
                                   7)),
                ErrorCode::kCorruption, "schema byte 13: unknown kind of value 13");
  check_refused(column(std::string("\x01\x01"
                                   "a\x03\x04\x01\0",
                                   7)),
                ErrorCode::kCorruption, "column \"a\": default: expected INTEGER, found a boolean");
  check_refused(column(std::string("\x01\x01"
                                   "a\x01\x04\x01\x01\0",
                                   8)),
                ErrorCode::kCorruption, "schema byte 14: key column 1 of 1");
  // A key column is NOT NULL: with the flag set the bytes are not what a writer makes.
  check_refused(column(std::string("\x01\x01"
                                   "a\x01\x04\x01\0\0",
                                   8)),
                ErrorCode::kCorruption,
                "schema: the bytes of the schema are not in canonical form");
  check_refused(column(std::string("\x01\x01"
                                   "a\x01\x04\0\0",
                                   7)),
                ErrorCode::kCorruption, "schema byte 13: 1 bytes are left over");
}

TEST_CASE("nesting and sharing in bytes are limited") {
  // ARRAY of ARRAY of ..., far deeper than allowed.
  for (std::size_t depth : {16, 17, 100000}) {
    std::string body("T\x01\0", 3);
    for (std::size_t i = 0; i < depth; ++i) body += "\x16\x01";
    const auto type = read_type_bytes(as_bytes(seal(body + '\x04')));
    CHECK(type.has_value() == (depth == 16));
    if (!type) CHECK(type.error().message == "a type nests too deep");
  }
  // A default that nests deeper than any type.
  std::string value(100000, '\x0A');
  for (std::size_t i = 1; i < value.size(); i += 2) value[i] = '\x01';
  const std::string deep = seal(std::string("S\x01\x01t\x01\x02\0\x01\x01\x01", 10) + "a\x03\x04" +
                                value + std::string(2, '\0'));
  const auto schema = read_schema_bytes(as_bytes(deep));
  REQUIRE_FALSE(schema);
  CHECK(schema.error().message == "a value nests too deep");
  // Named types that use each other ten times: 10^16 fields out of 16 types.
  std::string body("T\x01\x10", 3);
  for (int level = 0; level < 16; ++level) {
    body += '\x01';
    body += static_cast<char>('a' + level);
    body += '\x0A';
    for (int i = 0; i < 10; ++i) {
      body += static_cast<char>(i + 1);
      body += '\x01';
      body += static_cast<char>('a' + i);
      body += '\x01';
      if (level == 0)
        body += '\x04';
      else
        body += {'\x80', static_cast<char>(level - 1)};
    }
  }
  const auto laughs = read_type_bytes(as_bytes(seal(body + "\x80\x0F")));
  REQUIRE_FALSE(laughs);
  CHECK(laughs.error().message == "a type is too large");
}

TEST_CASE("named types nobody uses, and in another order, are not canonical") {
  const Type a = Type::row({{0, "x", integer(), true}}, "a");
  const std::string bytes = bytes_of(a);
  std::string body = body_of(bytes);
  REQUIRE(body.substr(body.size() - 2) == std::string("\x80\0", 2));
  body.replace(body.size() - 2, 2, "\x04");
  const auto unused = read_type_bytes(as_bytes(seal(body)));
  REQUIRE_FALSE(unused);
  CHECK(unused.error().message == "the bytes of the type are not in canonical form");
}

TEST_CASE("random bytes never do harm") {
  std::mt19937_64 engine(9);
  for (int round = 0; round < 30000; ++round) {
    std::string body = round % 2 == 0 ? std::string("S\x01\x01t\x01\x02", 6) : std::string("T\x01");
    for (std::size_t n = engine() % 60; n > 0; --n)
      body += static_cast<char>(round % 3 == 0 ? engine() : engine() % 26);
    const std::string bytes = seal(body);
    if (const auto schema = read_schema_bytes(as_bytes(bytes))) CHECK(bytes_of(**schema) == bytes);
    if (const auto type = read_type_bytes(as_bytes(bytes))) CHECK(bytes_of(*type) == bytes);
  }
}
