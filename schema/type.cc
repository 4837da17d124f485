#include "wisp/schema/type.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <string_view>
#include <utility>

namespace wisp {

// Frozen numbers: see TypeKind.
static_assert(static_cast<int>(TypeKind::kBoolean) == 1);
static_assert(static_cast<int>(TypeKind::kBigInt) == 5);
static_assert(static_cast<int>(TypeKind::kUBigInt) == 9);
static_assert(static_cast<int>(TypeKind::kDecimal) == 12);
static_assert(static_cast<int>(TypeKind::kTimestampTz) == 16);
static_assert(static_cast<int>(TypeKind::kUuid) == 17);
static_assert(static_cast<int>(TypeKind::kJson) == 21);
static_assert(static_cast<int>(TypeKind::kRow) == 24);

struct Type::Children {
  Type first;   // the element of an ARRAY, the key of a MAP
  Type second;  // the value of a MAP
  bool nullable = true;
  std::vector<RowField> fields;
  std::string name;
  int depth = 1;
  std::size_t node_count = 1;
};

namespace {

bool is_temporal_with_precision(TypeKind kind) {
  return kind == TypeKind::kTime || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

bool is_known_kind(TypeKind kind) {
  return kind >= TypeKind::kBoolean && kind <= TypeKind::kRow;
}

// Nested types may share children, so a count can grow exponentially in the depth: it saturates.
std::size_t saturating_add(std::size_t a, std::size_t b) {
  return b > std::numeric_limits<std::size_t>::max() - a ? std::numeric_limits<std::size_t>::max()
                                                         : a + b;
}

std::string_view scalar_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kTinyInt:
      return "TINYINT";
    case TypeKind::kSmallInt:
      return "SMALLINT";
    case TypeKind::kInteger:
      return "INTEGER";
    case TypeKind::kBigInt:
      return "BIGINT";
    case TypeKind::kUTinyInt:
      return "TINYINT UNSIGNED";
    case TypeKind::kUSmallInt:
      return "SMALLINT UNSIGNED";
    case TypeKind::kUInteger:
      return "INTEGER UNSIGNED";
    case TypeKind::kUBigInt:
      return "BIGINT UNSIGNED";
    case TypeKind::kReal:
      return "REAL";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kDecimal:
      return "DECIMAL";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTime:
      return "TIME";
    case TypeKind::kTimestamp:
      return "TIMESTAMP";
    case TypeKind::kTimestampTz:
      return "TIMESTAMPTZ";
    case TypeKind::kUuid:
      return "UUID";
    case TypeKind::kVarchar:
      return "VARCHAR";
    case TypeKind::kChar:
      return "CHAR";
    case TypeKind::kVarbinary:
      return "VARBINARY";
    case TypeKind::kJson:
      return "JSON";
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow:
      break;
  }
  return "?";
}

void append_field_sql(const RowField& field, std::string& out);

void append_type_sql(const Type& type, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kChar:
      // CHAR alone means CHAR(1).
      out += type.length() == 0 ? "BPCHAR" : "CHAR";
      break;
    case TypeKind::kArray:
      append_type_sql(type.element(), out);
      out += type.element_nullable() ? " ARRAY" : " NOT NULL ARRAY";
      return;
    case TypeKind::kMap:
      out += "MAP<";
      append_type_sql(type.map_key(), out);
      out += ", ";
      append_type_sql(type.map_value(), out);
      out += type.element_nullable() ? ">" : " NOT NULL>";
      return;
    case TypeKind::kRow:
      if (!type.type_name().empty()) {
        out += quote_identifier(type.type_name());
        return;
      }
      out += "ROW(";
      for (const RowField& field : type.fields()) {
        if (&field != &type.fields().front()) out += ", ";
        append_field_sql(field, out);
      }
      out += ')';
      return;
    default:
      out += scalar_name(type.kind());
  }
  if (type.kind() == TypeKind::kDecimal) {
    out += '(' + std::to_string(type.precision()) + ", " + std::to_string(type.scale()) + ')';
  } else if (is_temporal_with_precision(type.kind())) {
    if (type.precision() != kDefaultTemporalPrecision)
      out += '(' + std::to_string(type.precision()) + ')';
  } else if (type.length() != 0) {
    out += '(' + std::to_string(type.length()) + ')';
  }
}

void append_field_sql(const RowField& field, std::string& out) {
  out += quote_identifier(field.name);
  out += ' ';
  append_type_sql(field.type, out);
  if (!field.nullable) out += " NOT NULL";
}

}  // namespace

Type::Type(TypeKind kind) : kind_(kind) {
  assert(is_known_kind(kind) && kind < TypeKind::kArray && kind != TypeKind::kDecimal);
  if (is_temporal_with_precision(kind)) precision_ = kDefaultTemporalPrecision;
}

Type Type::decimal(int precision, int scale) {
  assert(precision >= 1 && precision <= kMaxDecimalPrecision && scale >= 0 && scale <= precision);
  Type type;
  type.kind_ = TypeKind::kDecimal;
  type.precision_ = static_cast<std::uint8_t>(precision);
  type.scale_ = static_cast<std::uint8_t>(scale);
  return type;
}

Type Type::temporal(TypeKind kind, int precision) {
  assert(is_temporal_with_precision(kind) && precision >= 0 && precision <= kMaxTemporalPrecision);
  Type type(kind);
  type.precision_ = static_cast<std::uint8_t>(precision);
  return type;
}

Type Type::varchar(std::uint32_t length, TypeKind kind) {
  assert(kind == TypeKind::kVarchar || kind == TypeKind::kChar || kind == TypeKind::kVarbinary);
  Type type(kind);
  type.length_ = length;
  return type;
}

Type Type::array(Type element, bool element_nullable) {
  auto children = std::make_shared<Children>();
  children->depth = element.depth() + 1;
  children->node_count = saturating_add(1, element.node_count());
  children->nullable = element_nullable;
  children->first = std::move(element);
  Type type;
  type.kind_ = TypeKind::kArray;
  type.children_ = std::move(children);
  return type;
}

Type Type::map(Type key, Type value, bool value_nullable) {
  auto children = std::make_shared<Children>();
  children->depth = std::max(key.depth(), value.depth()) + 1;
  children->node_count = saturating_add(1 + key.node_count(), value.node_count());
  children->nullable = value_nullable;
  children->first = std::move(key);
  children->second = std::move(value);
  Type type;
  type.kind_ = TypeKind::kMap;
  type.children_ = std::move(children);
  return type;
}

Type Type::row(std::vector<RowField> fields, std::string name) {
  auto children = std::make_shared<Children>();
  std::uint32_t position = 0;
  for (RowField& field : fields) {
    ++position;
    if (field.id == 0) field.id = position;
    children->depth = std::max(children->depth, field.type.depth() + 1);
    children->node_count = saturating_add(children->node_count, field.type.node_count());
  }
  children->fields = std::move(fields);
  children->name = std::move(name);
  Type type;
  type.kind_ = TypeKind::kRow;
  type.children_ = std::move(children);
  return type;
}

int Type::depth() const noexcept {
  return children_ ? children_->depth : 0;
}

std::size_t Type::node_count() const noexcept {
  return children_ ? children_->node_count : 1;
}

const Type& Type::element() const noexcept {
  assert(kind_ == TypeKind::kArray);
  return children_->first;
}

bool Type::element_nullable() const noexcept {
  assert(kind_ == TypeKind::kArray || kind_ == TypeKind::kMap);
  return children_->nullable;
}

const Type& Type::map_key() const noexcept {
  assert(kind_ == TypeKind::kMap);
  return children_->first;
}

const Type& Type::map_value() const noexcept {
  assert(kind_ == TypeKind::kMap);
  return children_->second;
}

const std::vector<RowField>& Type::fields() const noexcept {
  assert(kind_ == TypeKind::kRow);
  return children_->fields;
}

const std::string& Type::type_name() const noexcept {
  static const std::string kNoName;
  return kind_ == TypeKind::kRow ? children_->name : kNoName;
}

std::string Type::to_sql() const {
  std::string out;
  append_type_sql(*this, out);
  return out;
}

std::string Type::definition_sql() const {
  assert(kind_ == TypeKind::kRow);
  std::string out = "CREATE TYPE " + quote_identifier(type_name()) + " AS (";
  for (const RowField& field : fields()) {
    out += &field == &fields().front() ? "\n  " : ",\n  ";
    append_field_sql(field, out);
  }
  out += "\n)";
  return out;
}

bool operator==(const Type& a, const Type& b) noexcept {
  if (a.kind_ != b.kind_ || a.precision_ != b.precision_ || a.scale_ != b.scale_ ||
      a.length_ != b.length_)
    return false;
  if (a.children_ == b.children_) return true;
  if (!a.children_ || !b.children_) return false;
  const Type::Children& x = *a.children_;
  const Type::Children& y = *b.children_;
  return x.nullable == y.nullable && x.depth == y.depth && x.node_count == y.node_count &&
         x.name == y.name && x.first == y.first && x.second == y.second && x.fields == y.fields;
}

bool is_integer_like(TypeKind kind) noexcept {
  return (kind >= TypeKind::kTinyInt && kind <= TypeKind::kUBigInt) ||
         (kind >= TypeKind::kDate && kind <= TypeKind::kTimestampTz);
}

bool is_unsigned(TypeKind kind) noexcept {
  return kind >= TypeKind::kUTinyInt && kind <= TypeKind::kUBigInt;
}

int integer_bits(TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::kTinyInt:
    case TypeKind::kUTinyInt:
      return 8;
    case TypeKind::kSmallInt:
    case TypeKind::kUSmallInt:
      return 16;
    case TypeKind::kInteger:
    case TypeKind::kUInteger:
      return 32;
    case TypeKind::kBigInt:
    case TypeKind::kUBigInt:
      return 64;
    default:
      return 0;
  }
}

bool is_string_like(TypeKind kind) noexcept {
  return kind >= TypeKind::kVarchar && kind <= TypeKind::kJson;
}

bool is_key_type(TypeKind kind) noexcept {
  return is_known_kind(kind) && kind < TypeKind::kJson;
}

std::string quote_identifier(std::string_view name) {
  std::string out;
  out.reserve(name.size() + 2);
  out += '"';
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace wisp
