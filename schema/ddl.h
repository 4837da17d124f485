// The DDL parser: SQL text in, schemas and types out.
//
// Reads the union of the PostgreSQL and Calcite/Feldera dialects: CREATE TABLE and CREATE TYPE ... AS.
// Errors are kParse; their message holds the line, a caret under the place, and, where one is close
// enough, the name that was probably meant.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/type.h"

namespace wisp {

// A remark about one place of a DDL text.
struct Diagnostic {
  std::size_t line = 0;    // from 1
  std::size_t column = 0;  // from 1, in bytes
  std::string message;     // one sentence
  std::string excerpt;     // the source line and, below it, a caret; two lines without a final newline

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
using DdlStatement = std::variant<CreateTable, CreateType>;

struct DdlScript {
  std::vector<DdlStatement> statements;
  // Accepted but not kept: FOREIGN KEY, CHECK, UNIQUE, LATENESS, WITH (...); each names the clause.
  std::vector<Diagnostic> warnings;
};

// Parses a script of statements separated by ';'. `known_types` are named ROW types declared earlier;
// types declared in the script are known to the statements behind them.
Result<DdlScript> parse_ddl(std::string_view sql, std::span<const Type> known_types = {});

// Parses one type, e.g. "MAP<VARCHAR, INTEGER ARRAY>".
Result<Type> parse_type(std::string_view sql, std::span<const Type> known_types = {});

}  // namespace wisp
