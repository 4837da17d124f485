// The DDL parser: SQL text in, schemas and types out.
//
// Reads the union of the PostgreSQL and Calcite/Feldera dialects: CREATE TABLE, CREATE TYPE,
// ALTER TABLE, ALTER TYPE and DROP TABLE.
// Errors are kParse (kLimit where a limit is exceeded, kAlreadyExists for a CREATE TYPE of a known
// type or a new name that a table has, kNotFound for a table or an altered type that is not there,
// and what schema_change.h and type_change.h have for a change that is refused). Their message is
// that of a Diagnostic: line, column, sentence, source line, caret, and, where one is close enough,
// the name that was probably meant. Their `where` is empty.
//
// NAMES     Stored as written. An unquoted word is a name wherever nothing else can stand, even a
//           keyword (`create table user (order int)`). Duplicates are refused: the same name, or
//           two unquoted names that differ in case only; "a" and "A" may coexist. A schema before
//           a name ("public.t") is dropped with a warning.
// TYPES     The names of TypeKind, and:
//   TINYINT .. BIGINT   INT2, INT4, INT8, INT; unsigned: INT UNSIGNED, UINT, UINTEGER, UTINYINT ...
//   REAL, DOUBLE        FLOAT4; FLOAT8, DOUBLE PRECISION, FLOAT; FLOAT(p) is REAL up to 24 bits
//   DECIMAL(p, s)       NUMERIC, DEC; DECIMAL(p) is DECIMAL(p, 0) as in SQL; without parameters
//                       DECIMAL(38, 0), with a warning: PostgreSQL would keep fractions
//   TIME, TIMESTAMP(p)  WITHOUT TIME ZONE, DATETIME; p is 6 when left out
//   TIMESTAMPTZ(p)      TIMESTAMP(p) WITH [LOCAL] TIME ZONE, TIMESTAMP_LTZ
//   VARCHAR, VARCHAR(n) TEXT, STRING, CLOB, NVARCHAR, CHARACTER VARYING; no limit without n
//   CHAR(n)             CHARACTER, NCHAR; CHAR is CHAR(1) as in SQL; BPCHAR has no limit
//   VARBINARY(n)        BYTEA, BLOB, BYTES; BINARY(n), where BINARY is BINARY(1)
//   JSON                JSONB
//   ARRAY, MAP, ROW     T ARRAY, T[], ARRAY<T>, T NOT NULL ARRAY; MAP<K, V>; ROW(name T, ...)
//   SERIAL, BIGSERIAL   the integer NOT NULL, with a warning
// DEFAULT   Literals: numbers, strings ('', E'', N'', $$ $$, X''), TRUE, FALSE, NULL, DATE '...'
//           and the like, in parentheses and casts. Anything else is an error.
// ALTER TABLE [IF EXISTS] name, then one or more, separated by commas; together they make one new
//           schema version:
//   ADD [COLUMN] [IF NOT EXISTS] name type [NOT NULL] [DEFAULT literal]
//   DROP [COLUMN] [IF EXISTS] name                RENAME [COLUMN] name TO name, RENAME TO name
//   ALTER [COLUMN] name [SET DATA] TYPE type      ALTER [COLUMN] name SET DEFAULT literal,
//   ALTER [COLUMN] name SET | DROP NOT NULL       ALTER [COLUMN] name DROP DEFAULT
//           DROP TABLE [IF EXISTS] name, ...; CASCADE and RESTRICT mean nothing here.
// ALTER TYPE name, then one or more, separated by commas:
//   ADD ATTRIBUTE name type
//           Every table that uses the type, on its own or inside other types, gets one new schema
//           version. Values written before have NULL in the attribute. A DEFAULT, NOT NULL, and
//           every other change of a type are refused.
// WARNINGS  For clauses that are read but not kept, and for SET, COMMENT ON and CREATE INDEX
//           statements, which are skipped. Other statements are errors.
// LIMITS    64 MiB of text; kMaxColumns columns; types as check_type() has it; 2^20 nested fields
//           in all types of a table together; 1,000 warnings (the rest is counted).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/schema_change.h"
#include "wisp/schema/type.h"
#include "wisp/schema/type_change.h"

namespace wisp {

// A remark about one place of a DDL text.
struct Diagnostic {
  std::size_t line = 0;    // from 1
  std::size_t column = 0;  // from 1, in bytes
  std::string message;     // one sentence
  std::string excerpt;  // the source line and, below it, a caret; two lines without a final newline

  // "line 3, column 14: message\n<excerpt>"
  std::string to_string() const;
};

struct CreateTable {
  SchemaPtr schema;
  bool if_not_exists = false;
};
struct CreateType {
  std::string name;
  Type type;  // a named ROW
};
struct AlterTable {
  std::string table;  // its name before
  std::vector<SchemaChange> changes;
  SchemaPtr schema;  // the version they make
};
struct DropTable {
  std::string table;
};
struct AlterType {
  std::string name;
  ChangedType change;  // of all known types and tables
};
using DdlStatement = std::variant<CreateTable, CreateType, AlterTable, DropTable, AlterType>;

struct DdlScript {
  std::vector<DdlStatement> statements;
  // Accepted but not kept: FOREIGN KEY, CHECK, UNIQUE, LATENESS, WITH (...); each names the clause.
  // In the order of the text, but NULL on a key column, which is found at the table's end.
  std::vector<Diagnostic> warnings;
};

// Parses a script of statements separated by ';'. `known_types` are named ROW types declared
// earlier, `known_tables` the newest schemas of the tables there are; what is declared in the
// script is known to the statements behind it.
Result<DdlScript> parse_ddl(std::string_view sql, std::span<const Type> known_types = {},
                            std::span<const SchemaPtr> known_tables = {});

// Parses one type, e.g. "MAP<VARCHAR, INTEGER ARRAY>".
Result<Type> parse_type(std::string_view sql, std::span<const Type> known_types = {});

}  // namespace wisp
