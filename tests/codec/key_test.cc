#include "wisp/codec/key.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "../schema/random_value.h"
#include "wisp/schema/ddl.h"
#include "wisp/schema/text.h"

using namespace wisp;

namespace {

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

std::string from_hex(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3)
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = text.find(separator, start);
    parts.push_back(text.substr(start, end == std::string::npos ? end : end - start));
    if (end == std::string::npos) return parts;
    start = end + separator.size();
  }
}

std::string part(const Type& type, SortOrder order, const Value& value) {
  std::string out;
  append_key_part(type, order, value, out);
  return out;
}

// What comes back for `value`: -0 is 0.
Value as_stored(const Value& value) {
  if (const auto* f = value.get_if<float>(); f != nullptr && *f == 0) return Value(0.0f);
  if (const auto* d = value.get_if<double>(); d != nullptr && *d == 0) return Value(0.0);
  return value;
}

std::strong_ordering reversed(std::strong_ordering order, SortOrder sort) {
  return sort == SortOrder::kAscending ? order : 0 <=> order;
}

std::strong_ordering byte_order(std::string_view a, std::string_view b) {
  return a <=> b;
}

std::vector<Type> key_types() {
  std::vector<Type> types = {Type::decimal(1, 0), Type::decimal(18, 4), Type::decimal(38, 38),
                             Type::temporal(TypeKind::kTime, 0),
                             Type::temporal(TypeKind::kTimestamp, 9)};
  for (int k = 1; k <= 20; ++k)
    if (static_cast<TypeKind>(k) != TypeKind::kDecimal)
      types.push_back(Type(static_cast<TypeKind>(k)));
  return types;
}

// Byte strings of few different bytes, so that equal ones, prefixes and zeros are common.
Value random_key_value(test::RandomValues& random, const Type& type) {
  const bool is_bytes = type.kind() == TypeKind::kVarbinary;
  if (!is_string_like(type.kind()) || random.one_in(4)) return random.scalar(type);
  static constexpr char kText[] = {'\x00', '\x01', 'a', '\x7F'};
  static constexpr char kBytes[] = {'\x00', '\x01', '\xFE', '\xFF'};
  std::string s(random.below(5), 'a');
  for (char& c : s) c = (is_bytes ? kBytes : kText)[random.below(4)];
  return Value(std::move(s));
}

SchemaPtr must(Result<SchemaPtr> schema) {
  REQUIRE_MESSAGE(schema, (schema ? "" : schema.error().to_string()));
  return *schema;
}

SchemaPtr two_part_schema() {
  return must(SchemaBuilder("t")
                  .add("v", Type(TypeKind::kDate))
                  .add("name", Type::varchar(5))
                  .add("n", Type(TypeKind::kSmallInt))
                  .key("n", SortOrder::kDescending)
                  .key("name")
                  .build());
}

}  // namespace

TEST_CASE("the examples of FORMAT.md") {
  std::ifstream file(WISP_FORMAT_MD);
  REQUIRE(file);
  std::string line;
  bool in_keys = false;
  int examples = 0;
  while (std::getline(file, line)) {
    if (line.starts_with("## ")) in_keys = line == "## Keys";
    if (!in_keys || !line.starts_with("| ")) continue;
    const auto cells = split(line.substr(2, line.size() - 4), " | ");
    if (cells.size() != 4 || cells[1] == "order") continue;
    ++examples;
    const auto types = split(cells[0], "; ");
    const auto orders = split(cells[1], "; ");
    const auto texts = split(cells[2], "; ");
    REQUIRE(types.size() == orders.size());
    REQUIRE(types.size() == texts.size());
    const std::string bytes = from_hex(cells[3]);
    std::string encoded;
    std::string_view rest = bytes;
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto type = parse_type(types[i]);
      REQUIRE_MESSAGE(type, line);
      const auto value = parse_value(*type, texts[i]);
      REQUIRE_MESSAGE(value, line);
      const SortOrder order = orders[i] == "DESC" ? SortOrder::kDescending : SortOrder::kAscending;
      append_key_part(*type, order, *value, encoded);
      const auto decoded = take_key_part(*type, order, rest);
      REQUIRE_MESSAGE(decoded, line);
      CHECK_MESSAGE(*decoded == *value, line);
    }
    CHECK(rest.empty());
    CHECK_MESSAGE(hex(encoded) == cells[3], line);
  }
  CHECK(examples >= 29);
}

TEST_CASE("bytes sort as values do, and decode to them") {
  test::RandomValues random(21);
  for (const Type& type : key_types()) {
    for (SortOrder order : {SortOrder::kAscending, SortOrder::kDescending}) {
      for (int round = 0; round < 1500; ++round) {
        const Value a = random_key_value(random, type);
        const Value b = random.one_in(8) ? a : random_key_value(random, type);
        const std::string x = part(type, order, a);
        const std::string y = part(type, order, b);
        CHECK_MESSAGE(byte_order(x, y) == reversed(compare_key_values(type, a, b), order),
                      type.to_sql() << ": " << hex(x) << " and " << hex(y));
        std::string_view rest = x;
        const auto decoded = take_key_part(type, order, rest);
        REQUIRE_MESSAGE(decoded, type.to_sql() << ": " << hex(x));
        CHECK(*decoded == as_stored(a));
        CHECK(rest.empty());
      }
    }
  }
}

TEST_CASE("composite keys sort part by part") {
  test::RandomValues random(22);
  const std::vector<Type> types = key_types();
  for (int round = 0; round < 400; ++round) {
    SchemaBuilder builder("t");
    const std::size_t parts = 1 + random.below(4);
    for (std::size_t i = 0; i < parts; ++i) {
      const std::string name = "k" + std::to_string(i);
      // Text is what could run into the next part.
      builder.add(name, random.one_in(2) ? Type::varchar() : types[random.below(types.size())]);
      builder.key(name, random.one_in(2) ? SortOrder::kDescending : SortOrder::kAscending);
    }
    const SchemaPtr schema = must(builder.build());
    for (int pair = 0; pair < 20; ++pair) {
      std::vector<Value> a;
      std::vector<Value> b;
      std::strong_ordering expected = std::strong_ordering::equal;
      for (const KeyPart& key : schema->key()) {
        const Type& type = schema->column(key.column).type;
        a.push_back(random_key_value(random, type));
        b.push_back(random.one_in(2) ? a.back() : random_key_value(random, type));
        if (expected == 0)
          expected = reversed(compare_key_values(type, a.back(), b.back()), key.order);
      }
      std::string x;
      std::string y;
      REQUIRE(append_key(*schema, a, x));
      REQUIRE(append_key(*schema, b, y));
      CHECK(byte_order(x, y) == expected);
      const auto decoded = decode_key(*schema, x);
      REQUIRE(decoded);
      for (std::size_t i = 0; i < a.size(); ++i) CHECK((*decoded)[i] == as_stored(a[i]));
      // The first parts are a prefix of the whole.
      std::string prefix;
      const std::size_t count = random.below(a.size() + 1);
      REQUIRE(append_key(*schema, std::span(a).first(count), prefix));
      CHECK(x.starts_with(prefix));
      CHECK((prefix_end(prefix).empty() || x < prefix_end(prefix)));
    }
  }
}

TEST_CASE("floats: zeros are one, NaNs are one and on top") {
  const Type type(TypeKind::kDouble);
  const auto bytes = [&](double number) {
    return hex(part(type, SortOrder::kAscending, Value(double{number})));
  };
  CHECK(bytes(-0.0) == bytes(0.0));
  CHECK(bytes(-std::nan("5")) == bytes(std::nan("")));
  CHECK(bytes(std::nan("")) > bytes(INFINITY));
  const auto refused = [](const Type& float_type, const std::string& text) {
    const std::string key = from_hex(text);
    std::string_view rest = key;
    const auto value = take_key_part(float_type, SortOrder::kAscending, rest);
    REQUIRE_FALSE(value);
    CHECK(value.error().code == ErrorCode::kCorruption);
    CHECK(rest.size() == key.size());
  };
  refused(type, "7F FF FF FF FF FF FF FF");  // -0
  refused(type, "FF F8 00 00 00 00 00 01");  // another NaN
  refused(type, "00 07 FF FF FF FF FF FF");  // a negative NaN
  refused(Type(TypeKind::kReal), "7F FF FF FF");
  refused(Type(TypeKind::kReal), "FF C0 00 01");
}

TEST_CASE("decoding accepts what encoding writes and nothing else") {
  test::RandomValues random(23);
  std::mt19937_64 engine(24);
  std::vector<Type> types = key_types();
  types.push_back(Type::varchar(2));
  types.push_back(Type::varchar(3, TypeKind::kVarbinary));
  int accepted = 0;
  for (const Type& type : types) {
    for (int round = 0; round < 4000; ++round) {
      const SortOrder order = round % 2 == 0 ? SortOrder::kAscending : SortOrder::kDescending;
      std::string key;
      if (round % 3 == 0) {
        for (std::size_t n = engine() % 24; n > 0; --n)
          key += static_cast<char>(engine() % 4 == 0 ? engine() : engine() % 2 * 255);
      } else {
        key = part(type, order, random.scalar(type.length() == 0 ? type : Type(type.kind())));
        if (round % 3 == 1)
          key[engine() % key.size()] = static_cast<char>(engine());
        else
          key.resize(engine() % (key.size() + 1));
      }
      std::string_view rest = key;
      const auto value = take_key_part(type, order, rest);
      if (!value) {
        CHECK(value.error().code == ErrorCode::kCorruption);
        CHECK(rest.size() == key.size());
        continue;
      }
      ++accepted;
      CHECK(check_value(type, *value, "key"));
      CHECK(part(type, order, *value) == key.substr(0, key.size() - rest.size()));
    }
  }
  CHECK(accepted > 1000);
}

TEST_CASE("every cut of a key is refused, and so are bytes behind it") {
  const SchemaPtr schema = two_part_schema();
  const std::vector<Value> values = {Value(std::int64_t{-3}), Value::text(std::string("a\0b", 3))};
  std::string key;
  REQUIRE(append_key(*schema, values, key));
  CHECK(hex(key) == "80 02 61 00 FF 62 00 01");
  CHECK(*decode_key(*schema, key) == values);
  for (std::size_t size = 0; size < key.size(); ++size) {
    const auto cut = decode_key(*schema, std::string_view(key).substr(0, size));
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == ErrorCode::kCorruption);
  }
  auto wrong = decode_key(*schema, key + "x");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().to_string() == "key byte 8: 1 bytes are left over behind the key");
  key[7] = '\x02';
  wrong = decode_key(*schema, key);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().to_string() ==
        "key byte 2: column \"name\": the key does not hold a VARCHAR(5) here");
  wrong = decode_key(*schema, std::string_view("\x80\x02"
                                               "abcdef\x00\x01",
                                               10));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().to_string() ==
        "key byte 2: column \"name\": the key holds a wrong value: 6 characters do not fit "
        "VARCHAR(5)");
}

TEST_CASE("append_key refuses what is no key and leaves the output alone") {
  const SchemaPtr schema = two_part_schema();
  const auto refused = [&](std::vector<Value> values, ErrorCode code, const std::string& message) {
    std::string out = "before";
    const Status status = append_key(*schema, values, out);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == code);
    CHECK(status.error().to_string() == message);
    CHECK(out == "before");
  };
  const Value one(std::int64_t{1});
  refused({one, Value::text("a"), one}, ErrorCode::kInvalidArgument,
          "the key of table \"t\" has 2 parts, not 3");
  refused({one, Value()}, ErrorCode::kConstraint, "column \"name\": NULL is not allowed in a key");
  refused({Value(std::int64_t{40000})}, ErrorCode::kConstraint,
          "column \"n\": 40000 is out of range for SMALLINT");
  refused({one, Value(1.5)}, ErrorCode::kConstraint,
          "column \"name\": expected VARCHAR(5), found a double");
  refused({one, Value::text("abcdef")}, ErrorCode::kConstraint,
          "column \"name\": 6 characters do not fit VARCHAR(5)");

  const SchemaPtr blob = must(SchemaBuilder("t")
                                  .add("a", Type(TypeKind::kVarbinary))
                                  .add("b", Type(TypeKind::kTinyInt))
                                  .key("a")
                                  .key("b")
                                  .build());
  const auto sizes = [&](std::string s, bool with_b) {
    std::string out;
    std::vector<Value> values = {Value(std::move(s))};
    if (with_b) values.push_back(one);
    const Status status = append_key(*blob, values, out);
    if (!status) CHECK(status.error().code == ErrorCode::kLimit);
    CHECK(out.empty() == !status);
    return status.has_value();
  };
  CHECK(sizes(std::string(kMaxKeyBytes - 2, 'x'), false));
  CHECK_FALSE(sizes(std::string(kMaxKeyBytes - 2, 'x'), true));
  CHECK(sizes(std::string(kMaxKeyBytes - 3, 'x'), true));
  CHECK(sizes(std::string(kMaxKeyBytes / 2 - 1, '\0'), false));
  CHECK_FALSE(sizes(std::string(kMaxKeyBytes / 2, '\0'), false));
  CHECK_FALSE(sizes(std::string(kMaxKeyBytes * 4, 'x'), false));
}

TEST_CASE("hidden row ids") {
  std::string key;
  append_row_id(258, key);
  CHECK(hex(key) == "00 00 00 00 00 00 01 02");
  CHECK(*decode_row_id(key) == 258);
  for (std::uint64_t id : {std::uint64_t{0}, std::uint64_t{255}, UINT64_MAX}) {
    std::string other;
    append_row_id(id, other);
    CHECK(*decode_row_id(other) == id);
    CHECK(byte_order(key, other) == (std::uint64_t{258} <=> id));
  }
  for (std::size_t size : {0, 7, 9}) {
    const auto id = decode_row_id(std::string(size, '\0'));
    REQUIRE_FALSE(id);
    CHECK(id.error().code == ErrorCode::kCorruption);
  }
  const SchemaPtr schema = must(SchemaBuilder("t").add("a", Type()).build());
  CHECK(decode_key(*schema, "")->empty());
  CHECK_FALSE(decode_key(*schema, key));
  CHECK_FALSE(append_key(*schema, std::vector<Value>{Value(true)}, key));
}

TEST_CASE("the end of a prefix") {
  CHECK(prefix_end("a") == "b");
  CHECK(prefix_end("a\xFF") == "b");
  CHECK(prefix_end("a\x7F\xFF\xFF") == "a\x80");
  CHECK(prefix_end("\xFE\xFF") == "\xFF");
  CHECK(prefix_end("").empty());
  CHECK(prefix_end("\xFF\xFF").empty());
  CHECK(prefix_end(std::string(1, '\0')) == "\x01");
  std::mt19937_64 engine(25);
  const auto word = [&](std::size_t longest) {
    std::string s(engine() % (longest + 1), '\0');
    for (char& c : s) c = static_cast<char>(engine() % 3 + 253);
    return s;
  };
  for (int round = 0; round < 20000; ++round) {
    const std::string prefix = word(3);
    const std::string s = word(5);
    const std::string end = prefix_end(prefix);
    const bool in_range = s >= prefix && (end.empty() || s < end);
    CHECK(in_range == s.starts_with(prefix));
  }
}
