// The types a column may have.
//
// A Type is a small immutable value: copying it copies at most one shared pointer. Nested types
// (ARRAY, MAP, ROW) share their children.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"

namespace wisp {

// FROZEN: these numbers stand in serialized schemas. Never renumber; retired ones stay listed.
enum class TypeKind : std::uint8_t {
  kBoolean = 1,
  kTinyInt = 2,
  kSmallInt = 3,
  kInteger = 4,
  kBigInt = 5,
  kUTinyInt = 6,
  kUSmallInt = 7,
  kUInteger = 8,
  kUBigInt = 9,
  kReal = 10,
  kDouble = 11,
  kDecimal = 12,      // DECIMAL(precision, scale), 1 <= precision <= 38, 0 <= scale <= precision
  kDate = 13,         // days since 1970-01-01, proleptic Gregorian
  kTime = 14,         // TIME(p): 10^-p seconds since midnight
  kTimestamp = 15,    // TIMESTAMP(p): 10^-p seconds since 1970-01-01 00:00, no zone
  kTimestampTz = 16,  // TIMESTAMPTZ(p): the same in UTC
  kUuid = 17,
  kVarchar = 18,  // VARCHAR, VARCHAR(n), TEXT: UTF-8; n counts code points, 0 = no limit
  kChar = 19,     // CHAR(n): as VARCHAR(n), never padded
  kVarbinary = 20,
  kJson = 21,  // the text as given, checked to be JSON
  kArray = 22,
  kMap = 23,
  kRow = 24,
};

inline constexpr int kMaxDecimalPrecision = 38;
inline constexpr int kMaxTemporalPrecision = 9;
inline constexpr int kDefaultTemporalPrecision = 6;
// How deep ARRAY, MAP and ROW may nest in one another.
inline constexpr int kMaxTypeDepth = 16;
// How many types a type may consist of, itself and shared children included each time they are
// used: named types that use named types must not grow without bound.
inline constexpr std::size_t kMaxTypeNodes = 65536;
// The largest n of VARCHAR(n), CHAR(n) and VARBINARY(n).
inline constexpr std::uint32_t kMaxTypeLength = 2147483647;
inline constexpr std::size_t kMaxColumns = 65534;
// Schema versions of one table: one of CREATE TABLE and one of each ALTER TABLE.
inline constexpr std::uint32_t kMaxSchemaVersions = 65535;

class Type;

// A field of a ROW type. Ids are stable within the type and never reused.
struct RowField;

// Immutable. Threads: may be shared and read by all.
class Type {
 public:
  Type() = default;  // BOOLEAN; so that containers of types work

  // Scalars without parameters. Requires: `kind` is a scalar other than kDecimal.
  // Temporal kinds get p = 6, character kinds no length limit.
  explicit Type(TypeKind kind);

  static Type decimal(int precision, int scale);       // Requires: in the ranges above
  static Type temporal(TypeKind kind, int precision);  // kTime, kTimestamp, kTimestampTz
  static Type varchar(std::uint32_t length = 0, TypeKind kind = TypeKind::kVarchar);
  static Type array(Type element, bool element_nullable = true);
  static Type map(Type key, Type value, bool value_nullable = true);
  // A ROW; `name` is the name of the CREATE TYPE it came from, or empty.
  static Type row(std::vector<RowField> fields, std::string name = {});

  TypeKind kind() const noexcept { return kind_; }
  int precision() const noexcept { return precision_; }      // DECIMAL and temporal kinds
  int scale() const noexcept { return scale_; }              // DECIMAL
  std::uint32_t length() const noexcept { return length_; }  // character kinds and VARBINARY
  bool is_nested() const noexcept { return kind_ >= TypeKind::kArray; }
  // 0 for a scalar, 1 + the deepest child for a nested type.
  int depth() const noexcept;
  // 1 for a scalar, 1 + those of its children for a nested type (saturates). O(1), as is depth().
  std::size_t node_count() const noexcept;

  // Requires: kArray (element), kMap (key, value), kRow (fields).
  const Type& element() const noexcept;
  bool element_nullable() const noexcept;  // kArray: the elements; kMap: the values
  const Type& map_key() const noexcept;
  const Type& map_value() const noexcept;
  const std::vector<RowField>& fields() const noexcept;
  const std::string& type_name() const noexcept;  // kRow from CREATE TYPE; else empty

  // SQL as the DDL parser reads it back: `DECIMAL(10, 2)`, `ROW("a" INTEGER, "b" VARCHAR NOT NULL)
  // ARRAY`, `INTEGER UNSIGNED`, `TIMESTAMP(3)` (p = 6 is left out). Elements that are never NULL:
  // `INTEGER NOT NULL ARRAY`, `MAP<VARCHAR, INTEGER NOT NULL>`. A named ROW prints as its quoted
  // name.
  std::string to_sql() const;
  // `CREATE TYPE "name" AS (...)`, one field per line, no final semicolon. Requires: a named ROW.
  std::string definition_sql() const;

  // Same kind, parameters and children, names included.
  friend bool operator==(const Type& a, const Type& b) noexcept;

 private:
  struct Children;
  TypeKind kind_ = TypeKind::kBoolean;
  std::uint8_t precision_ = 0;
  std::uint8_t scale_ = 0;
  std::uint32_t length_ = 0;
  std::shared_ptr<const Children> children_;
};

struct RowField {
  std::uint32_t id = 0;  // set by Type::row when 0: position + 1
  std::string name;
  Type type;
  bool nullable = true;

  friend bool operator==(const RowField&, const RowField&) noexcept = default;
};

// True for the kinds whose values are signed or unsigned integers in memory: all integers, DATE,
// TIME, TIMESTAMP, TIMESTAMPTZ.
bool is_integer_like(TypeKind kind) noexcept;
bool is_unsigned(TypeKind kind) noexcept;
// Bits of TINYINT to UBIGINT; 0 for all other kinds.
int integer_bits(TypeKind kind) noexcept;
// VARCHAR, CHAR, VARBINARY, JSON: the value is a byte string.
bool is_string_like(TypeKind kind) noexcept;
// May be part of a primary key or the key of a MAP: every scalar but JSON.
bool is_key_type(TypeKind kind) noexcept;

// Whether a type may be a column's: depth and size within kMaxTypeDepth and kMaxTypeNodes (kLimit);
// parameters in range, MAP keys of a key type, ROW fields present and unique in name and id, one
// definition for each type name (kInvalidArgument).
Status check_type(const Type& type);

// A name in double quotes, inner quotes doubled: what DDL and messages print.
std::string quote_identifier(std::string_view name);

}  // namespace wisp
