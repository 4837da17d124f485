#include "wisp/schema/value.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "random_value.h"

using namespace wisp;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Value signed_value(std::int64_t v) {
  return Value(v);
}
Value unsigned_value(std::uint64_t v) {
  return Value(v);
}

void check_accepted(const Type& type, const Value& value) {
  const Status status = check_value(type, value, "c");
  CHECK_MESSAGE(status, type.to_sql() << ": " << (status ? "" : status.error().to_string()));
}

void check_refused(const Type& type, const Value& value, const std::string& message) {
  const Status status = check_value(type, value, "c");
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::kConstraint);
  CHECK(status.error().to_string() == message);
}

Decimal::Int power_of_ten(int exponent) {
  Decimal::Int power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// What RFC 3629 says, slowly: decode, then look at the number.
bool reference_utf8(const std::string& s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto lead = static_cast<unsigned char>(s[i]);
    std::size_t size = 1;
    std::uint32_t point = lead;
    if (lead >= 0xF0 && lead < 0xF8)
      size = 4, point = lead & 7;
    else if (lead >= 0xE0 && lead < 0xF0)
      size = 3, point = lead & 15;
    else if (lead >= 0xC0 && lead < 0xE0)
      size = 2, point = lead & 31;
    else if (lead >= 0x80)
      return false;
    if (s.size() - i < size) return false;
    for (std::size_t j = 1; j < size; ++j) {
      const auto byte = static_cast<unsigned char>(s[i + j]);
      if ((byte & 0xC0) != 0x80) return false;
      point = point << 6 | (byte & 63);
    }
    static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
      return false;
    i += size;
  }
  return true;
}

}  // namespace

TEST_CASE("values compare by representation") {
  CHECK(Value().is_null());
  CHECK(Value() == Value());
  CHECK_FALSE(Value() == Value(false));
  CHECK_FALSE(signed_value(1) == unsigned_value(1));
  CHECK(Value(kNan) == Value(-kNan));
  CHECK(Value(std::nanf("1")) == Value(std::nanf("2")));
  CHECK_FALSE(Value(kNan) == Value(1.0));
  CHECK_FALSE(Value(0.0) == Value(-0.0));
  CHECK_FALSE(Value(0.0f) == Value(-0.0f));
  CHECK(Value(ValueArray{{Value(kNan), Value()}}) == Value(ValueArray{{Value(kNan), Value()}}));
  CHECK_FALSE(Value(ValueRow{{Value(1.0)}}) == Value(ValueArray{{Value(1.0)}}));
  CHECK(Value(ValueMap{{{Value::text("a"), Value()}}}) ==
        Value(ValueMap{{{Value::text("a"), Value()}}}));
  CHECK(Value::text("a").as<std::string>() == "a");
  CHECK(Value::text("a").get_if<double>() == nullptr);
}

TEST_CASE("integers stay in the range of their width") {
  struct Case {
    TypeKind kind;
    std::int64_t low, high;
  };
  for (const Case& c :
       {Case{TypeKind::kTinyInt, -128, 127}, Case{TypeKind::kSmallInt, -32768, 32767},
        Case{TypeKind::kInteger, -2147483648LL, 2147483647LL},
        Case{TypeKind::kDate, -2147483648LL, 2147483647LL}}) {
    const Type type(c.kind);
    check_accepted(type, signed_value(c.low));
    check_accepted(type, signed_value(c.high));
    check_refused(type, signed_value(c.low - 1),
                  "c: " + std::to_string(c.low - 1) + " is out of range for " + type.to_sql());
    check_refused(type, signed_value(c.high + 1),
                  "c: " + std::to_string(c.high + 1) + " is out of range for " + type.to_sql());
    check_refused(type, unsigned_value(1),
                  "c: expected " + type.to_sql() + ", found an unsigned integer");
  }
  for (TypeKind kind : {TypeKind::kBigInt, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    check_accepted(Type(kind), signed_value(INT64_MIN));
    check_accepted(Type(kind), signed_value(INT64_MAX));
    CHECK_FALSE(check_value(Type(kind), Value(1.0), "c"));
  }
  const std::vector<std::pair<TypeKind, std::uint64_t>> unsigned_cases = {
      {TypeKind::kUTinyInt, 255}, {TypeKind::kUSmallInt, 65535}, {TypeKind::kUInteger, 4294967295}};
  for (const auto& [kind, high] : unsigned_cases) {
    check_accepted(Type(kind), unsigned_value(0));
    check_accepted(Type(kind), unsigned_value(high));
    CHECK_FALSE(check_value(Type(kind), unsigned_value(high + 1), "c"));
    CHECK_FALSE(check_value(Type(kind), signed_value(1), "c"));
  }
  check_accepted(Type(TypeKind::kUBigInt), unsigned_value(UINT64_MAX));
}

TEST_CASE("TIME ends before midnight, DECIMAL has its digits") {
  std::int64_t day = 86400;
  for (int p = 0; p <= 9; ++p, day *= 10) {
    const Type type = Type::temporal(TypeKind::kTime, p);
    check_accepted(type, signed_value(0));
    check_accepted(type, signed_value(day - 1));
    CHECK_FALSE(check_value(type, signed_value(day), "c"));
    CHECK_FALSE(check_value(type, signed_value(-1), "c"));
  }
  for (int precision = 1; precision <= 38; ++precision) {
    const Type type = Type::decimal(precision, 0);
    const Decimal::Int bound = power_of_ten(precision);
    check_accepted(type, Value(Decimal{bound - 1}));
    check_accepted(type, Value(Decimal{1 - bound}));
    CHECK_FALSE(check_value(type, Value(Decimal{bound}), "c"));
    CHECK_FALSE(check_value(type, Value(Decimal{-bound}), "c"));
  }
  const auto least = static_cast<Decimal::Int>(static_cast<unsigned __int128>(1) << 127);
  check_refused(Type::decimal(38, 2), Value(Decimal{least}),
                "c: the number has more digits than DECIMAL(38, 2) holds");
}

TEST_CASE("every alternative fits its own types only") {
  const std::vector<std::pair<Value, std::vector<TypeKind>>> cases = {
      {Value(true), {TypeKind::kBoolean}},
      {Value(1.0f), {TypeKind::kReal}},
      {Value(1.0), {TypeKind::kDouble}},
      {Value(Uuid{}), {TypeKind::kUuid}},
      {Value::text("1"),
       {TypeKind::kVarchar, TypeKind::kChar, TypeKind::kVarbinary, TypeKind::kJson}},
      {Value(ValueArray{}), {}},
      {Value(ValueMap{}), {}},
      {Value(ValueRow{}), {}}};
  for (const auto& [value, kinds] : cases) {
    for (int k = 1; k <= 21; ++k) {
      const auto kind = static_cast<TypeKind>(k);
      if (kind == TypeKind::kDecimal) continue;
      const bool fits = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
      CHECK(check_value(Type(kind), value, "c").has_value() == fits);
      CHECK(check_value(Type(kind), Value(), "c"));
    }
  }
  check_refused(Type::decimal(3, 1), Value(1.0), "c: expected DECIMAL(3, 1), found a double");
  check_refused(Type::array(Type()), Value(ValueRow{}), "c: expected BOOLEAN ARRAY, found a row");
}

TEST_CASE("text has a length in code points, bytes in bytes") {
  const Type three = Type::varchar(3);
  check_accepted(three, Value::text("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"));
  check_refused(three, Value::text("abcd"), "c: 4 characters do not fit VARCHAR(3)");
  check_refused(three, Value::text("\xE2\x82\xAC\xC3\xA9zz"),
                "c: 4 characters do not fit VARCHAR(3)");
  check_refused(three, Value::text("a\xC3"), "c: the text is not valid UTF-8");
  const Type bytes = Type::varchar(3, TypeKind::kVarbinary);
  check_accepted(bytes, Value::text("\xFF\xC3\x80"));
  check_refused(bytes, Value::text("\xE2\x82\xAC\xE2"), "c: 4 bytes do not fit VARBINARY(3)");
  check_accepted(Type::varchar(0), Value(std::string(100000, 'x')));
  check_accepted(Type(TypeKind::kJson), Value::text("{\"a\": [1, null]}"));
  check_refused(Type(TypeKind::kJson), Value::text("{\"a\":}"), "c: the text is not JSON");
  check_refused(Type(TypeKind::kJson), Value::text("\"\xFF\""), "c: the text is not valid UTF-8");
  check_refused(Type(TypeKind::kJson), Value::text(std::string(600, '[') + std::string(600, ']')),
                "c: JSON nests deeper than 512 levels");
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82") == 4);
}

TEST_CASE("errors inside nested values name the place") {
  const Type item =
      Type::row({{0, "name", Type::varchar(), false}, {0, "price", Type::decimal(3, 2), true}});
  const Type order = Type::row({{0, "items", Type::array(item, false), true},
                                {0, "tags", Type::map(Type::varchar(2), item, false), true}});
  const auto make_item = [](std::int64_t cents) {
    return Value(ValueRow{{Value::text("x"), Value(Decimal{cents})}});
  };
  const auto make_order = [](std::vector<Value> items, std::vector<std::pair<Value, Value>> tags) {
    return Value(ValueRow{{Value(ValueArray{std::move(items)}), Value(ValueMap{std::move(tags)})}});
  };
  check_accepted(order, make_order({make_item(1)}, {{Value::text("a"), make_item(2)}}));
  check_refused(order, make_order({make_item(1), make_item(1), make_item(1000)}, {}),
                "c.items[2].price: the number has more digits than DECIMAL(3, 2) holds");
  check_refused(order, make_order({make_item(1), Value()}, {}),
                "c.items[1]: NULL is not allowed here");
  check_refused(order, make_order({Value(ValueRow{{Value(), Value()}})}, {}),
                "c.items[0].name: NULL is not allowed here");
  check_refused(order, make_order({Value(ValueRow{{Value()}})}, {}),
                "c.items[0]: the row has 1 fields, its type 2");
  check_refused(order, make_order({}, {{Value::text("a"), Value()}}),
                "c.tags[0]: NULL is not allowed here");
  check_refused(order, make_order({}, {{Value(), make_item(1)}}),
                "c.tags[key 0]: NULL is not allowed here");
  check_refused(
      order, make_order({}, {{Value::text("a"), make_item(1)}, {Value::text("abc"), make_item(1)}}),
      "c.tags[key 1]: 3 characters do not fit VARCHAR(2)");
  check_refused(
      order, make_order({}, {{Value::text("b"), make_item(1)}, {Value::text("a"), make_item(1)}}),
      "c.tags[key 1]: the keys of the MAP are not sorted");
  check_refused(
      order, make_order({}, {{Value::text("b"), make_item(1)}, {Value::text("b"), make_item(1)}}),
      "c.tags[key 1]: the MAP has this key twice");
  const Status unnamed = check_value(order, make_order({Value()}, {}), "");
  REQUIRE_FALSE(unnamed);
  CHECK(unnamed.error().where == "items[0]");
}

TEST_CASE("random values of random types are accepted") {
  test::RandomValues random(11);
  for (int i = 0; i < 3000; ++i) {
    const Type type = random.type(3);
    const Value value = random.value(type, true);
    check_accepted(type, value);
    const Value copy = value;
    CHECK(copy == value);
  }
}

TEST_CASE("sort_map sorts, and refuses duplicates, NULL and foreign keys") {
  const Type key(TypeKind::kDouble);
  ValueMap map{{{Value(kNan), signed_value(1)},
                {Value(2.0), signed_value(2)},
                {Value(-0.0), signed_value(3)},
                {Value(-double{INFINITY}), signed_value(4)}}};
  REQUIRE(sort_map(key, map));
  std::string order;
  for (const auto& [k, v] : map.entries) order += std::to_string(v.as<std::int64_t>());
  CHECK(order == "4321");
  check_accepted(Type::map(key, Type(TypeKind::kBigInt)), Value(map));

  ValueMap zeros{{{Value(0.0), Value()}, {Value(-0.0), Value()}}};
  Status status = sort_map(key, zeros);
  REQUIRE_FALSE(status);
  CHECK(status.error().to_string() == "the MAP has the key \"0\" twice");
  ValueMap null_key{{{Value(), Value()}}};
  status = sort_map(key, null_key);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::kConstraint);
  ValueMap foreign{{{Value(1.0), Value()}, {Value::text("x"), Value()}}};
  status = sort_map(key, foreign);
  REQUIRE_FALSE(status);
  CHECK(status.error().to_string() == "MAP key: expected DOUBLE, found a string");
  ValueMap empty;
  CHECK(sort_map(key, empty));
}

TEST_CASE("key values have a total order") {
  const auto ascending = [](const Type& type, const std::vector<Value>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t j = 0; j < values.size(); ++j)
        CHECK_MESSAGE(compare_key_values(type, values[i], values[j]) == (i <=> j),
                      type.to_sql() << " " << i << " " << j);
  };
  ascending(Type(), {Value(false), Value(true)});
  ascending(Type(TypeKind::kBigInt),
            {signed_value(INT64_MIN), signed_value(-1), signed_value(0), signed_value(INT64_MAX)});
  ascending(Type(TypeKind::kUBigInt), {unsigned_value(0), unsigned_value(UINT64_MAX)});
  ascending(Type(TypeKind::kReal), {Value(-INFINITY), Value(-1.0f), Value(0.0f), Value(1e-40f),
                                    Value(INFINITY), Value(std::nanf(""))});
  ascending(Type(TypeKind::kDouble),
            {Value(-double{INFINITY}), Value(-5e-324), Value(-0.0), Value(5e-324), Value(kNan)});
  ascending(Type::decimal(38, 0), {Value(Decimal{1 - power_of_ten(38)}), Value(Decimal{-1}),
                                   Value(Decimal{0}), Value(Decimal{power_of_ten(38) - 1})});
  ascending(Type(TypeKind::kUuid), {Value(Uuid{}), Value(Uuid{{0, 1}}), Value(Uuid{{0x80}})});
  ascending(Type(), {});
  ascending(Type::varchar(), {Value::text(""), Value(std::string(1, '\0')), Value::text("a"),
                              Value::text("a\x01"), Value::text("aa"), Value::text("\xC3\xA9")});
  CHECK(compare_key_values(Type(TypeKind::kDouble), Value(0.0), Value(-0.0)) == 0);
  CHECK(compare_key_values(Type(TypeKind::kDouble), Value(kNan), Value(-kNan)) == 0);
}

TEST_CASE("UTF-8 is what RFC 3629 says") {
  std::string two(2, '\0');
  std::string three(3, '\0');
  int wrong = 0;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      two[0] = static_cast<char>(a);
      two[1] = static_cast<char>(b);
      wrong += is_valid_utf8(two) != reference_utf8(two);
      // Third bytes at the edges of every range.
      for (int c : {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF4, 0xFF}) {
        three.assign({static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)});
        wrong += is_valid_utf8(three) != reference_utf8(three);
        for (int d : {0x7F, 0x80, 0xBF, 0xC0}) {
          // Behind eight plain letters, so that the fast path is left on the way.
          const std::string four = "abcdefgh" + three + static_cast<char>(d);
          wrong += is_valid_utf8(four) != reference_utf8(four);
        }
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(is_valid_utf8(""));
  CHECK(is_valid_utf8(std::string(100, 'x')));
  for (std::size_t i = 0; i < 24; ++i) {
    std::string s(24, 'x');
    s[i] = '\x80';
    CHECK_FALSE(is_valid_utf8(s));
  }
  CHECK(is_valid_utf8("\xF4\x8F\xBF\xBF"));
  CHECK_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
  CHECK_FALSE(is_valid_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_valid_utf8("\xC0\x80"));
  CHECK_FALSE(is_valid_utf8("\xE2\x82"));
}
