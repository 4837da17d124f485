// Serialized schemas. FROZEN: these bytes are on disks; a change is a new format version.
//
// varint: little-endian groups of 7 bits, the high bit set on all but the last byte, shortest form.
// string: varint size in bytes, then UTF-8 bytes. Everything else of several bytes is
// little-endian.
//
//   SCHEMA
//   OFFSET    SIZE    MEANING
//   0         1       53 'S'
//   1         1       format version: 2 where a column has flag bit 2 or 3, else 1
//   2         string  table name
//   ..        varint  schema version, from 1
//   ..        varint  next column id
//   ..        ..      named types (below)
//   ..        varint  number of columns, 1 to 65,534, then as many columns
//   ..        varint  number of key parts, 0 for a hidden row id, then for each in key order
//               varint  index of the column among the columns above
//               1       0 ascending, 1 descending
//   size - 8  8       XXH3-64 of all bytes before
//
//   COLUMN                                       NAMED TYPES
//   varint  column id, from 1                    varint  number, then for each, those it uses
//   string  name                                 before it: string name, varint number of
//   1       flags: bit 0 nullable, bit 1         fields, from 1, then fields
//           default, bit 2 keeps its presence
//           bit, bit 3 value in older rows
//   ..      type
//   ..      value, when bit 1 is set             FIELD
//   ..      value, when bit 3 is set
//                                                varint  field id, from 1
//   TYPE                                         string  name
//   1       kind: a TypeKind, or 128             1       1 nullable, else 0
//   ..      by kind:                             ..      type
//     12 DECIMAL                       1 precision, 1 scale
//     14 TIME, 15 and 16 TIMESTAMP     1 precision
//     18 VARCHAR, 19 CHAR, 20 BINARY   varint length, 0 for no limit
//     22 ARRAY                         1 elements nullable (0, 1), type
//     23 MAP                           1 values nullable (0, 1), type of the keys, type of the
//     values 24 ROW without a name            varint number of fields, from 1, then fields 128
//     varint index of a named type above
//   VALUE: a tag and its bytes, see ValueTag in value_bytes.cc
//
//   A TYPE ON ITS OWN: 54 'T', format version 1, named types, type, XXH3-64 of all bytes before.
//
// Named types stand in the order in which the columns (then fields) first use them, each after
// those inside it. That and the shortest varints make the form canonical: one schema, one byte
// string; the reader refuses any other. A schema of one BIGINT key column "id" in table "t":
//
//   53 01 | 01 74 | 01 | 02 | 00 | 01 | 01 02 69 64 00 05 | 01 00 00 | BD 24 7B F5 1E 68 9A 50
#include "wisp/schema/schema_bytes.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/schema/byte_stream.h"
#include "wisp/schema/named_types.h"
#include "wisp/schema/value_bytes.h"

namespace wisp {
namespace {

constexpr std::uint8_t kSchemaMagic = 0x53;
constexpr std::uint8_t kTypeMagic = 0x54;
constexpr std::uint8_t kFormatVersion = 1;
// With what ALTER TABLE leaves in columns; only written where it is needed.
constexpr std::uint8_t kEvolvedFormatVersion = 2;
constexpr std::size_t kHeaderSizeBytes = 2;
constexpr std::size_t kChecksumSizeBytes = 8;

constexpr std::uint8_t kNamedTypeKind = 128;
static_assert(kNamedTypeKind > static_cast<std::uint8_t>(TypeKind::kRow));

constexpr std::uint8_t kFlagNullable = 1;
constexpr std::uint8_t kFlagDefault = 2;
constexpr std::uint8_t kFlagKeepsPresence = 4;
constexpr std::uint8_t kFlagMissingValue = 8;
constexpr std::uint8_t kFlags = 15;

static_assert(static_cast<int>(SortOrder::kAscending) == 0);
static_assert(static_cast<int>(SortOrder::kDescending) == 1);

// The fewest bytes each can take, to hold counts against what is left.
constexpr std::size_t kLeastFieldSizeBytes = 4;
constexpr std::size_t kLeastNamedTypeSizeBytes = 2 + 1 + kLeastFieldSizeBytes;
constexpr std::size_t kLeastColumnSizeBytes = 5;
constexpr std::size_t kLeastKeyPartSizeBytes = 2;

constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();

void put_type(const Type& type, const NamedTypes& named, ByteWriter& writer);

void put_fields(const Type& type, const NamedTypes& named, ByteWriter& writer) {
  writer.put_varint(type.fields().size());
  for (const RowField& field : type.fields()) {
    writer.put_varint(field.id);
    writer.put_string(field.name);
    writer.put_byte(field.nullable ? 1 : 0);
    put_type(field.type, named, writer);
  }
}

void put_type(const Type& type, const NamedTypes& named, ByteWriter& writer) {
  if (const auto position = named.position(type)) {
    writer.put_byte(kNamedTypeKind);
    writer.put_varint(*position);
    return;
  }
  writer.put_byte(static_cast<std::uint8_t>(type.kind()));
  switch (type.kind()) {
    case TypeKind::kDecimal:
      writer.put_byte(static_cast<std::uint8_t>(type.precision()));
      writer.put_byte(static_cast<std::uint8_t>(type.scale()));
      return;
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      writer.put_byte(static_cast<std::uint8_t>(type.precision()));
      return;
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kVarbinary:
      writer.put_varint(type.length());
      return;
    case TypeKind::kArray:
      writer.put_byte(type.element_nullable() ? 1 : 0);
      put_type(type.element(), named, writer);
      return;
    case TypeKind::kMap:
      writer.put_byte(type.element_nullable() ? 1 : 0);
      put_type(type.map_key(), named, writer);
      put_type(type.map_value(), named, writer);
      return;
    case TypeKind::kRow:
      put_fields(type, named, writer);
      return;
    default:
      return;
  }
}

void put_named_types(const NamedTypes& named, ByteWriter& writer) {
  writer.put_varint(named.types().size());
  for (const Type& type : named.types()) {
    writer.put_string(type.type_name());
    put_fields(type, named, writer);
  }
}

void put_checksum(std::string& out, std::size_t start) {
  const std::uint64_t checksum = XXH3_64bits(out.data() + start, out.size() - start);
  ByteWriter(out).put_little_endian(checksum, kChecksumSizeBytes);
}

void put_column(const Column& column, const NamedTypes& named, ByteWriter& writer) {
  writer.put_varint(to_underlying(column.id));
  writer.put_string(column.name);
  const bool missing = !column.missing_value.is_null();
  writer.put_byte(static_cast<std::uint8_t>(
      (column.nullable ? kFlagNullable : 0) | (column.has_default ? kFlagDefault : 0) |
      (column.keeps_presence ? kFlagKeepsPresence : 0) | (missing ? kFlagMissingValue : 0)));
  put_type(column.type, named, writer);
  if (column.has_default) put_value(column.default_value, writer);
  if (missing) put_value(column.missing_value, writer);
}

// Types as they are read, and the named ones read so far.
class TypeReader {
 public:
  explicit TypeReader(ByteReader& reader) : reader_(reader) {}

  Status take_named_types() {
    WISP_ASSIGN(const std::size_t count,
                reader_.take_count(kLeastNamedTypeSizeBytes, "number of named types"));
    for (std::size_t i = 0; i < count; ++i) {
      WISP_ASSIGN(std::string name, reader_.take_string());
      if (name.empty()) return reader_.refuse("a named type has no name");
      WISP_ASSIGN(Type type, take_row(kMaxTypeDepth, std::move(name)));
      named_.push_back(std::move(type));
    }
    return {};
  }

  Result<Type> take_type() { return take_type(kMaxTypeDepth); }

 private:
  Result<bool> take_bool() {
    WISP_ASSIGN(const std::uint8_t byte, reader_.take_byte());
    if (byte > 1) return reader_.refuse("a flag is " + std::to_string(byte) + ", not 0 or 1");
    return byte == 1;
  }

  // Types may use others many times over: what grows out of bounds is stopped where it does.
  Result<Type> limited(Type type, int depth_left) {
    if (type.depth() > depth_left) return reader_.refuse("a type nests too deep");
    if (type.node_count() > kMaxTypeNodes) return reader_.refuse("a type is too large");
    return type;
  }

  Result<Type> take_type(int depth_left) {
    WISP_ASSIGN(const std::uint8_t byte, reader_.take_byte());
    if (byte == kNamedTypeKind) {
      WISP_ASSIGN(const std::uint64_t index, reader_.take_varint(kMaxU32, "index of a named type"));
      if (index >= named_.size())
        return reader_.refuse("named type " + std::to_string(index) + " of " +
                              std::to_string(named_.size()));
      return limited(named_[index], depth_left);
    }
    const auto kind = static_cast<TypeKind>(byte);
    if (kind < TypeKind::kBoolean || kind > TypeKind::kRow)
      return reader_.refuse("unknown type " + std::to_string(byte));
    return kind < TypeKind::kArray ? take_scalar(kind) : take_nested(kind, depth_left);
  }

  Result<Type> take_scalar(TypeKind kind) {
    switch (kind) {
      case TypeKind::kDecimal: {
        WISP_ASSIGN(const std::uint8_t precision, reader_.take_byte());
        WISP_ASSIGN(const std::uint8_t scale, reader_.take_byte());
        if (precision < 1 || precision > kMaxDecimalPrecision || scale > precision)
          return reader_.refuse("no such type: DECIMAL(" + std::to_string(precision) + ", " +
                                std::to_string(scale) + ")");
        return Type::decimal(precision, scale);
      }
      case TypeKind::kTime:
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampTz: {
        WISP_ASSIGN(const std::uint8_t precision, reader_.take_byte());
        if (precision > kMaxTemporalPrecision)
          return reader_.refuse("a precision of " + std::to_string(precision) + " digits");
        return Type::temporal(kind, precision);
      }
      case TypeKind::kVarchar:
      case TypeKind::kChar:
      case TypeKind::kVarbinary: {
        WISP_ASSIGN(const std::uint64_t length, reader_.take_varint(kMaxTypeLength, "length"));
        return Type::varchar(static_cast<std::uint32_t>(length), kind);
      }
      default:
        return Type(kind);
    }
  }

  Result<Type> take_nested(TypeKind kind, int depth_left) {
    if (depth_left == 0) return reader_.refuse("a type nests too deep");
    if (kind == TypeKind::kRow) return take_row(depth_left, {});
    WISP_ASSIGN(const bool nullable, take_bool());
    WISP_ASSIGN(Type first, take_type(depth_left - 1));
    if (kind == TypeKind::kArray)
      return limited(Type::array(std::move(first), nullable), depth_left);
    WISP_ASSIGN(Type second, take_type(depth_left - 1));
    return limited(Type::map(std::move(first), std::move(second), nullable), depth_left);
  }

  Result<Type> take_row(int depth_left, std::string name) {
    WISP_ASSIGN(const std::size_t count,
                reader_.take_count(kLeastFieldSizeBytes, "number of fields"));
    std::vector<RowField> fields;
    for (std::size_t i = 0; i < count; ++i) {
      RowField field;
      WISP_ASSIGN(const std::uint64_t id, reader_.take_varint(kMaxU32, "field id"));
      if (id == 0) return reader_.refuse("a field has the id 0");
      field.id = static_cast<std::uint32_t>(id);
      WISP_ASSIGN(field.name, reader_.take_string());
      WISP_ASSIGN(field.nullable, take_bool());
      WISP_ASSIGN(field.type, take_type(depth_left - 1));
      fields.push_back(std::move(field));
    }
    return limited(Type::row(std::move(fields), std::move(name)), depth_left);
  }

  ByteReader& reader_;
  std::vector<Type> named_;
};

Result<Column> take_column(ByteReader& reader, TypeReader& types) {
  Column column;
  WISP_ASSIGN(const std::uint64_t id, reader.take_varint(kMaxU32, "column id"));
  if (id == 0) return reader.refuse("a column has the id 0");
  column.id = ColumnId{static_cast<std::uint32_t>(id)};
  WISP_ASSIGN(column.name, reader.take_string());
  WISP_ASSIGN(const std::uint8_t flags, reader.take_byte());
  if ((flags & ~kFlags) != 0) return reader.refuse("unknown column flags " + std::to_string(flags));
  column.nullable = (flags & kFlagNullable) != 0;
  column.has_default = (flags & kFlagDefault) != 0;
  WISP_ASSIGN(column.type, types.take_type());
  if (column.has_default) {
    WISP_ASSIGN(column.default_value, take_value(reader, kMaxTypeDepth));
  }
  column.keeps_presence = (flags & kFlagKeepsPresence) != 0;
  if ((flags & kFlagMissingValue) != 0) {
    WISP_ASSIGN(column.missing_value, take_value(reader, kMaxTypeDepth));
  }
  return column;
}

Status take_key(ByteReader& reader, const std::vector<std::string>& names, SchemaBuilder& builder) {
  WISP_ASSIGN(const std::size_t count,
              reader.take_count(kLeastKeyPartSizeBytes, "number of key parts"));
  if (count > names.size()) return reader.refuse("more key parts than columns");
  for (std::size_t i = 0; i < count; ++i) {
    WISP_ASSIGN(const std::uint64_t index, reader.take_varint(kMaxU32, "index of a key column"));
    if (index >= names.size())
      return reader.refuse("key column " + std::to_string(index) + " of " +
                           std::to_string(names.size()));
    WISP_ASSIGN(const std::uint8_t order, reader.take_byte());
    if (order > 1) return reader.refuse("unknown sort order " + std::to_string(order));
    builder.key(names[index], static_cast<SortOrder>(order));
  }
  return {};
}

// Checks what stands around the body and gives the body.
Result<std::string_view> open_envelope(std::string_view bytes, std::uint8_t magic,
                                       std::uint8_t newest_version, std::string_view what) {
  const auto damaged = [&](std::string message, std::size_t offset) {
    return fail(ErrorCode::kCorruption, std::move(message),
                std::string(what) + " byte " + std::to_string(offset));
  };
  if (bytes.size() < kHeaderSizeBytes + kChecksumSizeBytes)
    return damaged("the bytes end too early", bytes.size());
  if (static_cast<std::uint8_t>(bytes[0]) != magic)
    return damaged("these bytes are not a serialized " + std::string(what), 0);
  const auto version = static_cast<std::uint8_t>(bytes[1]);
  if (version > newest_version)
    return fail(ErrorCode::kUnknownSchema,
                "format version " + std::to_string(version) + " is newer than this program",
                std::string(what) + " byte 1");
  if (version == 0) return damaged("format version 0", 1);
  const std::size_t body_end = bytes.size() - kChecksumSizeBytes;
  std::string expected;
  ByteWriter(expected).put_little_endian(XXH3_64bits(bytes.data(), body_end), kChecksumSizeBytes);
  if (bytes.substr(body_end) != expected) return damaged("the checksum does not match", body_end);
  return bytes.substr(0, body_end);
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<SchemaPtr> take_schema(ByteReader& reader) {
  WISP_TRY(reader.take_bytes(kHeaderSizeBytes));
  WISP_ASSIGN(std::string table_name, reader.take_string());
  SchemaBuilder builder(std::move(table_name));
  WISP_ASSIGN(const std::uint64_t version, reader.take_varint(kMaxU32, "schema version"));
  builder.version(SchemaVersion{static_cast<std::uint32_t>(version)});
  WISP_ASSIGN(const std::uint64_t next_id, reader.take_varint(kMaxU32, "next column id"));
  TypeReader types(reader);
  WISP_TRY(types.take_named_types());
  WISP_ASSIGN(const std::size_t count,
              reader.take_count(kLeastColumnSizeBytes, "number of columns"));
  if (count > kMaxColumns) return reader.refuse("too many columns: " + std::to_string(count));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    WISP_ASSIGN(Column column, take_column(reader, types));
    names.push_back(column.name);
    builder.add(std::move(column));
  }
  builder.next_column_id(ColumnId{static_cast<std::uint32_t>(next_id)});
  WISP_TRY(take_key(reader, names, builder));
  if (reader.left_bytes() != 0)
    return reader.refuse(std::to_string(reader.left_bytes()) + " bytes are left over");
  return builder.build();
}

Result<Type> take_whole_type(ByteReader& reader) {
  WISP_TRY(reader.take_bytes(kHeaderSizeBytes));
  TypeReader types(reader);
  WISP_TRY(types.take_named_types());
  WISP_ASSIGN(Type type, types.take_type());
  if (reader.left_bytes() != 0)
    return reader.refuse(std::to_string(reader.left_bytes()) + " bytes are left over");
  WISP_TRY(check_type(type));
  return type;
}

}  // namespace

void append_schema_bytes(const Schema& schema, std::string& out) {
  const std::size_t start = out.size();
  ByteWriter writer(out);
  const bool evolved =
      std::any_of(schema.columns().begin(), schema.columns().end(),
                  [](const Column& c) { return c.keeps_presence || !c.missing_value.is_null(); });
  writer.put_byte(kSchemaMagic);
  writer.put_byte(evolved ? kEvolvedFormatVersion : kFormatVersion);
  writer.put_string(schema.table_name());
  writer.put_varint(to_underlying(schema.version()));
  writer.put_varint(to_underlying(schema.next_column_id()));
  NamedTypes named;
  for (const Column& column : schema.columns()) {
    // The builder has checked these types.
    [[maybe_unused]] const Status status = named.add(column.type);
  }
  put_named_types(named, writer);
  writer.put_varint(schema.column_count());
  for (const Column& column : schema.columns()) put_column(column, named, writer);
  writer.put_varint(schema.key().size());
  for (const KeyPart& part : schema.key()) {
    writer.put_varint(to_underlying(part.column));
    writer.put_byte(static_cast<std::uint8_t>(part.order));
  }
  put_checksum(out, start);
}

Result<SchemaPtr> read_schema_bytes(std::span<const std::byte> bytes) {
  WISP_ASSIGN(const std::string_view body,
              open_envelope(as_text(bytes), kSchemaMagic, kEvolvedFormatVersion, "schema"));
  ByteReader reader(body, "schema");
  Result<SchemaPtr> schema = take_schema(reader);
  if (!schema) {
    // The builder calls a wrong schema an invalid argument; here it is damaged bytes.
    Error error = std::move(schema).error();
    error.code = ErrorCode::kCorruption;
    return fail(std::move(error));
  }
  std::string canonical;
  append_schema_bytes(**schema, canonical);
  if (canonical != as_text(bytes))
    return fail(ErrorCode::kCorruption, "the bytes of the schema are not in canonical form",
                "schema");
  return schema;
}

void append_type_bytes(const Type& type, std::string& out) {
  const std::size_t start = out.size();
  ByteWriter writer(out);
  writer.put_byte(kTypeMagic);
  writer.put_byte(kFormatVersion);
  NamedTypes named;
  [[maybe_unused]] const Status status = named.add(type);
  put_named_types(named, writer);
  put_type(type, named, writer);
  put_checksum(out, start);
}

Result<Type> read_type_bytes(std::span<const std::byte> bytes) {
  WISP_ASSIGN(const std::string_view body,
              open_envelope(as_text(bytes), kTypeMagic, kFormatVersion, "type"));
  ByteReader reader(body, "type");
  Result<Type> type = take_whole_type(reader);
  if (!type) {
    Error error = std::move(type).error();
    error.code = ErrorCode::kCorruption;
    return fail(std::move(error));
  }
  std::string canonical;
  append_type_bytes(*type, canonical);
  if (canonical != as_text(bytes))
    return fail(ErrorCode::kCorruption, "the bytes of the type are not in canonical form", "type");
  return type;
}

Fingerprint fingerprint(const Schema& schema) {
  std::string bytes;
  append_schema_bytes(schema, bytes);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  Fingerprint print;
  static_assert(sizeof canonical.digest == sizeof print);
  std::memcpy(print.data(), canonical.digest, sizeof canonical.digest);
  return print;
}

}  // namespace wisp
