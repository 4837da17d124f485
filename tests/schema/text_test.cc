#include "wisp/schema/text.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

#include "random_value.h"

namespace wisp {
namespace {

std::string printed(const Type& type, const Value& value) {
  std::string out;
  print_value(type, value, out);
  return out;
}

// Parses `text` and prints it again; "" and a failed check when it is refused.
std::string canonical(const Type& type, std::string_view text) {
  auto value = parse_value(type, text);
  if (!value) {
    FAIL_CHECK(type.to_sql() << " refused: " << value.error().to_string());
    return {};
  }
  auto fits = check_value(type, *value, "v");
  CHECK_MESSAGE(fits.has_value(), (fits ? "" : fits.error().to_string()));
  return printed(type, *value);
}

void check_refused(const Type& type, std::initializer_list<std::string_view> texts,
                   ErrorCode code) {
  for (std::string_view text : texts) {
    auto value = parse_value(type, text);
    CAPTURE(std::string(text));
    CAPTURE(type.to_sql());
    REQUIRE_FALSE(value.has_value());
    CHECK(error_code_name(value.error().code) == error_code_name(code));
    CHECK(value.error().message.find(quote_text(text)) == 0);
  }
}

void check_malformed(const Type& type, std::initializer_list<std::string_view> texts) {
  check_refused(type, texts, ErrorCode::kParse);
}
void check_misfit(const Type& type, std::initializer_list<std::string_view> texts) {
  check_refused(type, texts, ErrorCode::kConstraint);
}

std::string reason_of(const Type& type, std::string_view text) {
  auto value = parse_value(type, text);
  return value ? "accepted" : value.error().to_string();
}

}  // namespace

TEST_CASE("text: every scalar value reads back from what it prints") {
  test::RandomValues random(20261120);
  for (int round = 0; round < 60'000; ++round) {
    const Type type = random.scalar_type();
    const Value value = random.scalar(type);
    const std::string text = printed(type, value);
    auto back = parse_value(type, text);
    CAPTURE(type.to_sql());
    CAPTURE(text);
    REQUIRE(back.has_value());
    REQUIRE(*back == value);
    REQUIRE(printed(type, *back) == text);
  }
}

TEST_CASE("text: parsing survives any bytes") {
  test::RandomValues random(7);
  const std::string_view alphabet = "0123456789+-.:eETZ \\xX'\"{}[],anifty\xC3\xA9";
  for (int round = 0; round < 60'000; ++round) {
    const Type type = random.scalar_type();
    std::string text(random.below(24), ' ');
    for (char& c : text) c = alphabet[random.below(alphabet.size())];
    auto value = parse_value(type, text);
    CAPTURE(type.to_sql());
    CAPTURE(text);
    if (!value) {
      REQUIRE_FALSE(value.error().message.empty());
      continue;
    }
    REQUIRE(check_value(type, *value, "v").has_value());
    auto again = parse_value(type, printed(type, *value));
    REQUIRE(again.has_value());
    REQUIRE(*again == *value);
  }
}

TEST_CASE("text: BOOLEAN") {
  const Type type(TypeKind::kBoolean);
  for (std::string_view text : {"true", "TRUE", "t", "T", "yes", "Yes", "1"}) {
    CHECK(canonical(type, text) == "true");
  }
  for (std::string_view text : {"false", "False", "f", "no", "NO", "0"}) {
    CHECK(canonical(type, text) == "false");
  }
  check_malformed(type, {"", " true", "true ", "y", "on", "2", "truee", "01"});
}

TEST_CASE("text: integers") {
  const Type tiny(TypeKind::kTinyInt);
  const Type small(TypeKind::kSmallInt);
  const Type integer(TypeKind::kInteger);
  const Type big(TypeKind::kBigInt);
  CHECK(canonical(tiny, "-128") == "-128");
  CHECK(canonical(tiny, "+127") == "127");
  CHECK(canonical(tiny, "-0") == "0");
  CHECK(canonical(integer, "000000000000000000000000000000012") == "12");
  CHECK(canonical(big, "-9223372036854775808") == "-9223372036854775808");
  CHECK(canonical(big, "9223372036854775807") == "9223372036854775807");
  check_misfit(tiny, {"128", "-129", "99999999999999999999999"});
  check_misfit(small, {"32768", "-32769"});
  check_misfit(integer, {"2147483648", "-2147483649", "1.5", "1e3", "5.0", "-.5"});
  check_misfit(big, {"9223372036854775808", "-9223372036854775809"});
  check_malformed(integer, {"", "-", "+", "+-5", "-+5", "--5", "5-", " 5", "5 ", "0x10", "5,000",
                            "five", "1e", "1.5.1",
                            "\xC2\xA0"
                            "5"});
  check_malformed(integer, {std::string_view("5\0", 2)});
}

TEST_CASE("text: unsigned integers") {
  CHECK(canonical(Type(TypeKind::kUTinyInt), "255") == "255");
  CHECK(canonical(Type(TypeKind::kUSmallInt), "+65535") == "65535");
  CHECK(canonical(Type(TypeKind::kUInteger), "4294967295") == "4294967295");
  CHECK(canonical(Type(TypeKind::kUBigInt), "18446744073709551615") == "18446744073709551615");
  CHECK(canonical(Type(TypeKind::kUBigInt), "-0") == "0");
  check_misfit(Type(TypeKind::kUTinyInt), {"256", "-1", "1e2"});
  check_misfit(Type(TypeKind::kUSmallInt), {"65536"});
  check_misfit(Type(TypeKind::kUInteger), {"4294967296"});
  check_misfit(Type(TypeKind::kUBigInt), {"18446744073709551616", "-18446744073709551615"});
  check_malformed(Type(TypeKind::kUBigInt), {"", "-", "+-1", "-+1", "1 "});
}

TEST_CASE("text: REAL and DOUBLE") {
  const Type real(TypeKind::kReal);
  const Type wide(TypeKind::kDouble);
  CHECK(canonical(wide, "0.1") == "0.1");
  CHECK(canonical(real, "0.1") == "0.1");
  CHECK(canonical(wide, "+1E3") == "1000");
  CHECK(canonical(wide, ".5") == "0.5");
  CHECK(canonical(wide, "5.") == "5");
  CHECK(canonical(wide, "-0") == "-0");
  for (std::string_view text : {"inf", "+Inf", "INFINITY", "+infinity"}) {
    CHECK(canonical(wide, text) == "inf");
    CHECK(canonical(real, text) == "inf");
  }
  CHECK(canonical(real, "-Infinity") == "-inf");
  CHECK(canonical(real, "NaN") == "nan");
  CHECK(canonical(wide, "1.7976931348623157e308") == "1.7976931348623157e+308");
  CHECK(canonical(real, "3.4028234663852886e38") == "3.4028235e+38");
  // Too small for the type: the nearest value is a zero, and it keeps its sign.
  CHECK(canonical(real, "1e-50") == "0");
  CHECK(canonical(wide, "-1e-400") == "-0");
  CHECK(canonical(wide, "0.0000e999999999999999999999") == "0");
  CHECK(canonical(wide, "-0." + std::string(500, '0') + "1") == "-0");
  check_misfit(real, {"1e39", "-3.5e38", "340282357000000000000000000000000000000"});
  check_misfit(wide, {"1e309", "-1e400", "1e99999999999999999999", "0.001e400"});
  check_misfit(wide, {std::string(400, '9')});
  check_malformed(wide, {"", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "+-1", "-+1",
                         "nan(1)", "-nan", "+nan", "infi", "1 ", " 1", "1f", "1,5"});
  // A double cannot be taken for a float by way of rounding twice.
  auto value = parse_value(real, "1.00000017881393432617187499");
  REQUIRE(value.has_value());
  CHECK(value->as<float>() == 1.0000001192092896F);
}

TEST_CASE("text: DECIMAL") {
  const Type money = Type::decimal(5, 2);
  CHECK(canonical(money, "12.34") == "12.34");
  CHECK(canonical(money, "-12.3") == "-12.30");
  CHECK(canonical(money, "+999.99") == "999.99");
  CHECK(canonical(money, "0000000000000000000000000000000000000000000012.3400000000000000") ==
        "12.34");
  CHECK(canonical(money, ".5") == "0.50");
  CHECK(canonical(money, "5.") == "5.00");
  CHECK(canonical(money, "-0.00") == "0.00");
  CHECK(canonical(money, "1.20E-1") == "0.12");
  CHECK(canonical(Type::decimal(5, 3), "1.20E-2") == "0.012");
  CHECK(canonical(money, "1e2") == "100.00");
  CHECK(canonical(money, "12340e-3") == "12.34");
  CHECK(canonical(money, "0e999999999999999999999999") == "0.00");
  CHECK(canonical(money, "1230000000000000000000000000000000000000000e-40") == "123.00");
  CHECK(canonical(money, "0.00000000000000000000000000000000000000000123e43") == "12.30");
  CHECK(canonical(Type::decimal(3, 3), "0.999") == "0.999");
  CHECK(canonical(Type::decimal(38, 0), std::string(38, '9')) == std::string(38, '9'));
  CHECK(canonical(Type::decimal(38, 38), "-0." + std::string(38, '9')) ==
        "-0." + std::string(38, '9'));
  CHECK(canonical(Type::decimal(38, 0), "1e37") == "1" + std::string(37, '0'));
  check_misfit(money, {"1000", "-1000.00", "999.995", "0.001", "1e3", "1e-3", "12.345",
                       "1e999999999999999999", "1e-99999999999999999999", "1e400"});
  check_misfit(Type::decimal(3, 3), {"1", "1.000", "0.9999"});
  check_misfit(Type::decimal(38, 0), {"100000000000000000000000000000000000000", "1e38", "0.1"});
  check_malformed(money, {"", ".", "-", "1.2.3", "1e", "1e+", "e1", "1_000", "1,5", " 1", "1 ",
                          "nan", "inf", "+-1", "0x1"});
  CHECK(reason_of(money, "1.005") ==
        "\"1.005\" does not fit DECIMAL(5, 2): it has more fraction digits than the scale");
}

TEST_CASE("text: DATE") {
  const Type type(TypeKind::kDate);
  const auto days = [&](std::string_view text) {
    auto value = parse_value(type, text);
    REQUIRE(value.has_value());
    return value->as<std::int64_t>();
  };
  CHECK(days("1970-01-01") == 0);
  CHECK(days("1969-12-31") == -1);
  CHECK(days("2000-02-29") == 11016);
  CHECK(days("0001-01-01") == -719162);
  CHECK(days("0000-03-01") == -719468);
  CHECK(days("-0001-03-01") == -719468 - 366);
  CHECK(canonical(type, "+2026-11-20") == "2026-11-20");
  CHECK(canonical(type, "+12345-01-01") == "12345-01-01");
  CHECK(canonical(type, "-0044-03-15") == "-0044-03-15");
  CHECK(canonical(type, "5881580-07-11") == "5881580-07-11");
  CHECK(canonical(type, "-5877641-06-23") == "-5877641-06-23");
  check_misfit(type, {"5881580-07-12", "-5877641-06-22", "99999999999999999999-01-01"});
  check_malformed(
      type, {"", "2026-11-31", "2025-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00",
             "2026-1-1", "26-01-01", "20261120", "2026/11/20", "2026-11-20 ", " 2026-11-20",
             "2026-11-20 00:00:00", "+-2026-01-01", "2026-11", "today"});
}

TEST_CASE("text: days go up one by one through the calendar") {
  const Type type(TypeKind::kDate);
  std::string last;
  for (std::int64_t day = -800'000; day <= 800'000; ++day) {
    const std::string text = printed(type, day);
    auto back = parse_value(type, text);
    if (!back || back->as<std::int64_t>() != day || text == last) {
      CAPTURE(text);
      REQUIRE(false);
    }
    last = text;
  }
}

TEST_CASE("text: TIME") {
  const Type seconds = Type::temporal(TypeKind::kTime, 0);
  const Type millis = Type::temporal(TypeKind::kTime, 3);
  const Type nanos = Type::temporal(TypeKind::kTime, 9);
  CHECK(canonical(seconds, "13:45") == "13:45:00");
  CHECK(canonical(seconds, "23:59:59") == "23:59:59");
  CHECK(canonical(seconds, "23:59:59.000") == "23:59:59");
  CHECK(canonical(millis, "00:00:00.5") == "00:00:00.5");
  CHECK(canonical(millis, "00:00:00.120") == "00:00:00.12");
  CHECK(canonical(millis, "00:00:00.001000000000000000") == "00:00:00.001");
  CHECK(canonical(nanos, "12:00:00.123456789") == "12:00:00.123456789");
  check_misfit(seconds, {"00:00:00.1", "00:00:00.01", "23:59:60", "24:00", "24:00:00"});
  check_misfit(millis, {"00:00:00.0001", "00:00:00.1234"});
  check_misfit(nanos, {"00:00:00.0000000001"});
  check_malformed(millis, {"",         "1:00",          "12",        "12:",        "12:0",
                           "12:00:",   "12:00:0",       "12:00:00.", "12:00:00,5", "25:00",
                           "24:01",    "12:60",         "12:00:61",  "12:00:99",   "12:00Z",
                           "12:00+01", "12:00 PM",      " 12:00",    "12:00 ",     "-12:00",
                           "1200",     "00:00:00.0001x"});
  CHECK(reason_of(seconds, "23:59:60").find("leap second") != std::string::npos);
}

TEST_CASE("text: TIMESTAMP") {
  const Type seconds = Type::temporal(TypeKind::kTimestamp, 0);
  const Type micros(TypeKind::kTimestamp);
  const Type nanos = Type::temporal(TypeKind::kTimestamp, 9);
  CHECK(micros.precision() == 6);
  CHECK(canonical(micros, "2026-11-20T13:45:00.123456") == "2026-11-20 13:45:00.123456");
  CHECK(canonical(micros, "2026-11-20 13:45") == "2026-11-20 13:45:00");
  CHECK(canonical(micros, "2026-11-20") == "2026-11-20 00:00:00");
  CHECK(canonical(micros, "1969-12-31 23:59:59.999999") == "1969-12-31 23:59:59.999999");
  CHECK(canonical(micros, "2026-11-20 13:45:00.1234560000") == "2026-11-20 13:45:00.123456");
  CHECK(parse_value(micros, "1969-12-31 23:59:59.999999")->as<std::int64_t>() == -1);
  CHECK(parse_value(nanos, "1970-01-01 00:00:01")->as<std::int64_t>() == 1'000'000'000);
  // The ends of the 64-bit range.
  CHECK(canonical(nanos, "2262-04-11 23:47:16.854775807") == "2262-04-11 23:47:16.854775807");
  CHECK(canonical(nanos, "1677-09-21 00:12:43.145224192") == "1677-09-21 00:12:43.145224192");
  CHECK(canonical(seconds, "292277026596-12-04 15:30:07") == "292277026596-12-04 15:30:07");
  check_misfit(nanos,
               {"2262-04-11 23:47:16.854775808", "1677-09-21 00:12:43.145224191", "2300-01-01"});
  check_misfit(seconds, {"292277026596-12-04 15:30:08", "9999999999999999999999-01-01 00:00:00"});
  check_misfit(micros, {"2026-11-20 13:45:00.1234567", "2026-11-20 23:59:60", "2026-11-20 24:00:00",
                        "2026-11-20 13:45:00Z", "2026-11-20T13:45:00+01",
                        "2026-11-20 13:45:00-05:30", "2026-11-20 13:45:00+0000"});
  check_malformed(micros,
                  {"", "2026-11-20 ", "2026-11-20T", "2026-11-20t13:45:00", "2026-11-20  13:45:00",
                   "2026-11-20 13", "2026-11-20 13:45:00 ", "2026-11-20 13:45:00 Z",
                   "2026-11-20 13:45:00z", "2026-11-20 13:45:00+1", "2026-11-20Z", "13:45:00",
                   "2026-11-20 13:45:00.1234567x", "2026-02-30 00:00:00", "1763646300"});
  CHECK(reason_of(micros, "2026-11-20 13:45:00Z").find("TIMESTAMPTZ") != std::string::npos);
}

TEST_CASE("text: TIMESTAMPTZ") {
  const Type micros(TypeKind::kTimestampTz);
  const Type nanos = Type::temporal(TypeKind::kTimestampTz, 9);
  CHECK(canonical(micros, "2026-11-20 13:45:00") == "2026-11-20 13:45:00Z");
  CHECK(canonical(micros, "2026-11-20 13:45:00Z") == "2026-11-20 13:45:00Z");
  CHECK(canonical(micros, "2026-11-20T13:45:00.5+01") == "2026-11-20 12:45:00.5Z");
  CHECK(canonical(micros, "2026-11-20 00:15:00+05:30") == "2026-11-19 18:45:00Z");
  CHECK(canonical(micros, "2026-11-20 20:15:00-0530") == "2026-11-21 01:45:00Z");
  CHECK(canonical(micros, "2026-11-20 13:45-00:00") == "2026-11-20 13:45:00Z");
  CHECK(canonical(micros, "2026-11-20") == "2026-11-20 00:00:00Z");
  CHECK(canonical(micros, "2026-11-20 00:00:00+23:59") == "2026-11-19 00:01:00Z");
  // Out of range only before its offset is applied, and the other way round.
  CHECK(canonical(nanos, "2262-04-12 00:47:16.854775807+01") == "2262-04-11 23:47:16.854775807Z");
  check_misfit(nanos, {"2262-04-11 23:47:16.854775807-00:01", "1677-09-21 00:12:43.145224192+01"});
  check_misfit(micros, {"2026-11-20 13:45:00.0000001Z", "2026-11-20 23:59:60Z"});
  check_malformed(
      micros,
      {"2026-11-20 13:45:00 +01", "2026-11-20 13:45:00+24", "2026-11-20 13:45:00+01:60",
       "2026-11-20 13:45:00+1", "2026-11-20 13:45:00+01:", "2026-11-20 13:45:00+01:0",
       "2026-11-20 13:45:00+010", "2026-11-20 13:45:00+01:00:00", "2026-11-20 13:45:00ZZ",
       "2026-11-20 13:45:00UTC", "2026-11-20+01", "2026-11-20Z", "2026-11-20 13:45:00.0000001+99"});
}

TEST_CASE("text: UUID") {
  const Type type(TypeKind::kUuid);
  const std::string text = "00112233-4455-6677-8899-aabbccddeeff";
  CHECK(canonical(type, text) == text);
  CHECK(canonical(type, "00112233-4455-6677-8899-AABBCCDDEEFF") == text);
  CHECK(canonical(type, "00112233445566778899aabbccddeeff") == text);
  CHECK(parse_value(type, text)->as<Uuid>().bytes[1] == 0x11);
  check_malformed(
      type, {"", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeefg",
             "001122334-455-6677-8899-aabbccddeeff", "0011223344556677-8899-aabbccddeeff",
             "{00112233-4455-6677-8899-aabbccddeeff}", "0011223344556677889-aabbccddeeff",
             "00112233+4455+6677+8899+aabbccddeeff"});
}

TEST_CASE("text: VARCHAR and CHAR") {
  const Type text(TypeKind::kVarchar);
  CHECK(canonical(text, "") == "");
  CHECK(canonical(text, " as it is \n") == " as it is \n");
  CHECK(canonical(Type::varchar(3), "abc") == "abc");
  CHECK(canonical(Type::varchar(3), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82") ==
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82");
  CHECK(canonical(Type::varchar(5, TypeKind::kChar), "ab") == "ab");
  check_misfit(Type::varchar(3), {"abcd", "   d", "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"});
  check_malformed(text, {"\xFF", "abc\xC3", "\xED\xA0\x80", "\xC0\x80"});
}

TEST_CASE("text: VARBINARY") {
  const Type type(TypeKind::kVarbinary);
  CHECK(canonical(type, "\\x") == "\\x");
  CHECK(canonical(type, "\\x00FFaB") == "\\x00ffab");
  CHECK(canonical(type, "\\XAB") == "\\xab");
  CHECK(canonical(type, "X'0a0B'") == "\\x0a0b");
  CHECK(canonical(type, "x''") == "\\x");
  CHECK(parse_value(type, "\\x00ff")->as<std::string>() == std::string_view("\0\xFF", 2));
  check_malformed(
      type, {"", "ab", "\\", "x", "X'", "X'0", "\\x0", "\\x0g", "X'0a", "0x0a", "\\x 0a", "X'0g'"});
  check_misfit(Type::varchar(2, TypeKind::kVarbinary), {"\\x001122"});
}

TEST_CASE("text: JSON keeps its text, nested values are JSON") {
  const Type json(TypeKind::kJson);
  CHECK(canonical(json, "{\"a\": [1, 2.50, null]}") == "{\"a\": [1, 2.50, null]}");
  CHECK(canonical(json, "null") == "null");
  CHECK(canonical(json, "1e999") == "1e999");
  check_malformed(json, {"", "{", "nul", "[1,]", "'a'", "1 2", "\"\xFF\""});
  const Type array = Type::array(Type(TypeKind::kInteger));
  CHECK(canonical(array, " [1, null , 3] ") == "[1,null,3]");
  check_malformed(array, {"null"});
  CHECK_FALSE(parse_value(array, "").has_value());
  CHECK_FALSE(parse_value(array, "{1,2}").has_value());
}

TEST_CASE("text: messages quote the text, shortened and safe to print") {
  CHECK(quote_text("plain") == "\"plain\"");
  CHECK(quote_text("a\"b\\c\n\r\t\x01\x7F") == "\"a\\\"b\\\\c\\n\\r\\t\\x01\\x7f\"");
  CHECK(quote_text("\xC3\xA9") == "\"\xC3\xA9\"");
  CHECK(quote_text("\xC2\x9B") == "\"\\xc2\\x9b\"");
  CHECK(quote_text("\xFF\xC2\x80") == "\"\\xff\\xc2\\x80\"");
  CHECK(quote_text(std::string(41, 'a')) == "\"" + std::string(40, 'a') + "...\"");
  CHECK(quote_text(std::string(39, 'a') + "\xE2\x82\xAC") == "\"" + std::string(39, 'a') + "...\"");
  CHECK(quote_text(std::string(100, '\x80')).size() == 4 * 36 + 5);
  CHECK(reason_of(Type(TypeKind::kInteger), "twelve") ==
        "\"twelve\" is not a valid INTEGER: digits with an optional sign are expected");
  CHECK(reason_of(Type(TypeKind::kTinyInt), "300") ==
        "\"300\" does not fit TINYINT: the range is -128 to 127");
}

}  // namespace wisp
