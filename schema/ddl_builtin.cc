// Built-in type names of PostgreSQL and Calcite/Feldera, their aliases and parameters.

#include <algorithm>
#include <charconv>

#include "wisp/schema/ddl_parser.h"

namespace wisp::ddl {
namespace {

using Form = BuiltinType::Form;

// Sorted by name.
constexpr BuiltinType kBuiltinTypes[] = {
    {"ARRAY", Form::kArray, TypeKind::kArray},
    {"BIGINT", Form::kInteger, TypeKind::kBigInt},
    {"BIGSERIAL", Form::kSerial, TypeKind::kBigInt},
    {"BINARY", Form::kBinary, TypeKind::kVarbinary},
    {"BLOB", Form::kPlain, TypeKind::kVarbinary},
    {"BOOL", Form::kPlain, TypeKind::kBoolean},
    {"BOOLEAN", Form::kPlain, TypeKind::kBoolean},
    {"BPCHAR", Form::kString, TypeKind::kChar},
    {"BYTEA", Form::kPlain, TypeKind::kVarbinary},
    {"BYTES", Form::kPlain, TypeKind::kVarbinary},
    {"CHAR", Form::kCharacter, TypeKind::kChar},
    {"CHARACTER", Form::kCharacter, TypeKind::kChar},
    {"CLOB", Form::kPlain, TypeKind::kVarchar},
    {"DATE", Form::kPlain, TypeKind::kDate},
    {"DATETIME", Form::kTemporal, TypeKind::kTimestamp},
    {"DEC", Form::kDecimal, TypeKind::kDecimal},
    {"DECIMAL", Form::kDecimal, TypeKind::kDecimal},
    {"DOUBLE", Form::kDouble, TypeKind::kDouble},
    {"FLOAT", Form::kFloat, TypeKind::kDouble},
    {"FLOAT4", Form::kPlain, TypeKind::kReal},
    {"FLOAT8", Form::kPlain, TypeKind::kDouble},
    {"INT", Form::kInteger, TypeKind::kInteger},
    {"INT2", Form::kInteger, TypeKind::kSmallInt},
    {"INT4", Form::kInteger, TypeKind::kInteger},
    {"INT8", Form::kInteger, TypeKind::kBigInt},
    {"INTEGER", Form::kInteger, TypeKind::kInteger},
    {"JSON", Form::kPlain, TypeKind::kJson},
    {"JSONB", Form::kPlain, TypeKind::kJson},
    {"MAP", Form::kMap, TypeKind::kMap},
    {"NATIONAL", Form::kNational, TypeKind::kChar},
    {"NCHAR", Form::kCharacter, TypeKind::kChar},
    {"NUMERIC", Form::kDecimal, TypeKind::kDecimal},
    {"NVARCHAR", Form::kString, TypeKind::kVarchar},
    {"REAL", Form::kPlain, TypeKind::kReal},
    {"ROW", Form::kRow, TypeKind::kRow},
    {"SERIAL", Form::kSerial, TypeKind::kInteger},
    {"SERIAL2", Form::kSerial, TypeKind::kSmallInt},
    {"SERIAL4", Form::kSerial, TypeKind::kInteger},
    {"SERIAL8", Form::kSerial, TypeKind::kBigInt},
    {"SIGNED", Form::kSignFirst, TypeKind::kInteger},
    {"SMALLINT", Form::kInteger, TypeKind::kSmallInt},
    {"SMALLSERIAL", Form::kSerial, TypeKind::kSmallInt},
    {"STRING", Form::kPlain, TypeKind::kVarchar},
    {"TEXT", Form::kPlain, TypeKind::kVarchar},
    {"TIME", Form::kTemporal, TypeKind::kTime},
    {"TIMESTAMP", Form::kTemporal, TypeKind::kTimestamp},
    {"TIMESTAMPTZ", Form::kTemporal, TypeKind::kTimestampTz},
    {"TIMESTAMP_LTZ", Form::kTemporal, TypeKind::kTimestampTz},
    {"TINYINT", Form::kInteger, TypeKind::kTinyInt},
    {"UBIGINT", Form::kPlain, TypeKind::kUBigInt},
    {"UINT", Form::kPlain, TypeKind::kUInteger},
    {"UINTEGER", Form::kPlain, TypeKind::kUInteger},
    {"UNSIGNED", Form::kSignFirst, TypeKind::kUInteger},
    {"USMALLINT", Form::kPlain, TypeKind::kUSmallInt},
    {"UTINYINT", Form::kPlain, TypeKind::kUTinyInt},
    {"UUID", Form::kPlain, TypeKind::kUuid},
    {"VARBINARY", Form::kString, TypeKind::kVarbinary},
    {"VARCHAR", Form::kString, TypeKind::kVarchar},
};

constexpr bool by_name(const BuiltinType& a, const BuiltinType& b) {
  return a.name < b.name;
}
static_assert(std::is_sorted(std::begin(kBuiltinTypes), std::end(kBuiltinTypes), by_name));

constexpr std::size_t kLongestName = 13;
constexpr std::uint32_t kMaxLength = 2147483647;
constexpr std::uint32_t kMaxRealBits = 24;
constexpr std::uint32_t kMaxDoubleBits = 53;

struct StandIn {
  std::string_view name;  // upper case
  std::string_view use;
};
constexpr StandIn kStandIns[] = {
    {"ANY", "JSON"},
    {"BIT", "BOOLEAN or VARBINARY"},
    {"BOX", "JSON"},
    {"CIDR", "VARCHAR"},
    {"CITEXT", "VARCHAR"},
    {"ENUM", "VARCHAR"},
    {"GEOGRAPHY", "VARBINARY"},
    {"GEOMETRY", "VARBINARY"},
    {"HSTORE", "MAP<VARCHAR, VARCHAR>"},
    {"HUGEINT", "DECIMAL(38, 0)"},
    {"INET", "VARCHAR"},
    {"INTERVAL", "BIGINT or VARCHAR"},
    {"MACADDR", "VARCHAR"},
    {"MONEY", "DECIMAL(19, 2)"},
    {"MULTISET", "ARRAY"},
    {"NAME", "VARCHAR"},
    {"OBJECT", "JSON"},
    {"OID", "UINTEGER"},
    {"POINT", "ROW(x DOUBLE, y DOUBLE)"},
    {"STRUCT", "ROW(name type, ...)"},
    {"TIMETZ", "TIME"},
    {"TSVECTOR", "VARCHAR"},
    {"VARBIT", "VARBINARY"},
    {"VARIANT", "JSON"},
    {"XML", "VARCHAR"},
};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

TypeKind unsigned_kind(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyInt:
      return TypeKind::kUTinyInt;
    case TypeKind::kSmallInt:
      return TypeKind::kUSmallInt;
    case TypeKind::kInteger:
      return TypeKind::kUInteger;
    default:
      return TypeKind::kUBigInt;
  }
}

}  // namespace

const BuiltinType* find_builtin_type(std::string_view word) {
  if (word.size() > kLongestName) return nullptr;
  char buffer[kLongestName];
  std::transform(word.begin(), word.end(), buffer, upper);
  const BuiltinType wanted{std::string_view(buffer, word.size())};
  const auto* end = std::end(kBuiltinTypes);
  const auto* found = std::lower_bound(std::begin(kBuiltinTypes), end, wanted, by_name);
  return found != end && found->name == wanted.name ? found : nullptr;
}

std::vector<std::string> builtin_type_names() {
  std::vector<std::string> names;
  for (const BuiltinType& type : kBuiltinTypes) names.emplace_back(type.name);
  return names;
}

std::optional<std::string_view> stand_in_for(std::string_view word) {
  for (const StandIn& other : kStandIns) {
    if (std::equal(word.begin(), word.end(), other.name.begin(), other.name.end(),
                   [](char a, char b) { return upper(a) == b; })) {
      return other.use;
    }
  }
  return std::nullopt;
}

Result<Type> Parser::parse_builtin_type(const BuiltinType& builtin, int depth) {
  switch (builtin.form) {
    case Form::kArray:
      return parse_array_type(depth);
    case Form::kMap:
      return parse_map_type(depth);
    case Form::kRow:
      return parse_row_type(depth);
    case Form::kSerial:
      return fail_at(token().begin, std::string(builtin.name) + " is only for columns of a table");
    case Form::kSignFirst:
      return parse_sign_first();
    case Form::kDecimal:
      return parse_decimal();
    default:
      break;
  }
  advance();
  switch (builtin.form) {
    case Form::kInteger:
      return parse_integer(builtin.kind);
    case Form::kDouble:
      take_word("PRECISION");
      return Type(TypeKind::kDouble);
    case Form::kFloat:
      return parse_float();
    case Form::kTemporal:
      return parse_temporal(builtin.kind);
    case Form::kNational:
      if (!take_word("CHAR") && !take_word("CHARACTER")) {
        return fail_expected("CHARACTER after NATIONAL", {"CHARACTER", "CHAR"});
      }
      return parse_character(TypeKind::kChar, 1);
    case Form::kCharacter:
    case Form::kBinary:
      return parse_character(builtin.kind, 1);
    case Form::kString:
      return parse_character(builtin.kind, 0);
    default:
      return Type(builtin.kind);
  }
}

Result<Type> Parser::parse_integer(TypeKind kind) {
  if (take_word("UNSIGNED")) return Type(unsigned_kind(kind));
  take_word("SIGNED");
  return Type(kind);
}

Result<Type> Parser::parse_sign_first() {
  const bool is_unsigned = is_word("UNSIGNED");
  advance();
  TypeKind kind = TypeKind::kInteger;
  if (token().kind == TokenKind::kName) {
    const BuiltinType* integer = find_builtin_type(token_text(token()));
    if (integer != nullptr && integer->form == Form::kInteger) {
      kind = integer->kind;
      advance();
    }
  }
  return Type(is_unsigned ? unsigned_kind(kind) : kind);
}

Result<Type> Parser::parse_decimal() {
  const Token name = token();
  advance();
  if (!take_symbol('(')) {
    if (!warned_decimal_) {
      warn(name.begin, std::string(token_text(name)) + " without precision and scale is DECIMAL(" +
                           std::to_string(kMaxDecimalPrecision) + ", 0): whole numbers only");
    }
    warned_decimal_ = true;
    return Type::decimal(kMaxDecimalPrecision, 0);
  }
  WISP_ASSIGN(const std::uint32_t precision, parse_number("a precision", 1, kMaxDecimalPrecision));
  std::uint32_t scale = 0;
  if (take_symbol(',')) {
    WISP_ASSIGN(scale, parse_number("a scale", 0, precision));
  }
  WISP_TRY(expect_symbol(')', "after the precision and scale"));
  return Type::decimal(static_cast<int>(precision), static_cast<int>(scale));
}

Result<Type> Parser::parse_float() {
  if (!take_symbol('(')) return Type(TypeKind::kDouble);
  WISP_ASSIGN(const std::uint32_t bits, parse_number("a number of bits", 1, kMaxDoubleBits));
  WISP_TRY(expect_symbol(')', "after the number of bits"));
  return Type(bits <= kMaxRealBits ? TypeKind::kReal : TypeKind::kDouble);
}

Result<Type> Parser::parse_temporal(TypeKind kind) {
  std::uint32_t precision = kDefaultTemporalPrecision;
  if (take_symbol('(')) {
    WISP_ASSIGN(precision,
                parse_number("a precision of fractional seconds", 0, kMaxTemporalPrecision));
    WISP_TRY(expect_symbol(')', "after the precision"));
  }
  if (is_any_word({"WITH", "WITHOUT"}) && is_any_word({"TIME", "LOCAL"}, 1)) {
    const std::size_t begin = token().begin;
    const bool with = is_word("WITH");
    advance();
    take_word("LOCAL");
    if (!take_word("TIME")) return fail_expected("TIME ZONE", {"TIME"});
    if (!take_word("ZONE")) return fail_expected("ZONE", {"ZONE"});
    if (with && kind == TypeKind::kTime) {
      return fail_at(begin, "TIME WITH TIME ZONE is not supported; use TIME or TIMESTAMPTZ");
    }
    if (!with && kind == TypeKind::kTimestampTz) {
      return fail_at(begin, "TIMESTAMPTZ cannot be WITHOUT TIME ZONE; use TIMESTAMP");
    }
    if (with) kind = TypeKind::kTimestampTz;
  }
  return Type::temporal(kind, static_cast<int>(precision));
}

// [VARYING] [(length)]; without a length `default_length`, 0 for no limit.
Result<Type> Parser::parse_character(TypeKind kind, std::uint32_t default_length) {
  if (default_length != 0 && take_word("VARYING")) {
    default_length = 0;
    if (kind == TypeKind::kChar) kind = TypeKind::kVarchar;
  }
  WISP_ASSIGN(const std::uint32_t length, parse_length(default_length));
  return Type::varchar(length, kind);
}

Result<std::uint32_t> Parser::parse_length(std::uint32_t default_length) {
  if (!take_symbol('(')) return default_length;
  WISP_ASSIGN(const std::uint32_t length, parse_number("a length", 1, kMaxLength));
  WISP_TRY(expect_symbol(')', "after the length"));
  return length;
}

// A whole number between `low` and `high`, named `what` in errors.
Result<std::uint32_t> Parser::parse_number(std::string_view what, std::uint32_t low,
                                           std::uint32_t high) {
  std::string expected =
      std::string(what) + " between " + std::to_string(low) + " and " + std::to_string(high);
  if (token().kind != TokenKind::kNumber) return fail_expected(expected);
  const std::string_view digits = token_text(token());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < low ||
      number > high) {
    return fail_expected(expected);
  }
  advance();
  return number;
}

}  // namespace wisp::ddl
