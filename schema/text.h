// Values as text: SQL literals, CSV cells, what rowdump prints.
//
// print_value(parse_value(type, s)) gives canonical text; parse_value(print_value(v)) gives v, for every
// scalar type and value. Nested values are JSON text (json.h).
#pragma once

#include <string>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// Parses a whole string as a value of `type`; no surrounding space. Never NULL. Errors are kConstraint
// when the text is a value that does not fit the type (range, finer fraction of a second, a zone offset
// in a plain TIMESTAMP, too many digits), else kParse; the message quotes the text (shortened).
//   BOOLEAN     true false t f yes no 1 0, any case
//   integers    [+-]digits
//   REAL DOUBLE decimal or scientific, inf, -inf, infinity, nan (any case)
//   DECIMAL     digits with at most `scale` fraction digits (further zeros are fine), exponent allowed
//   DATE        YYYY-MM-DD (sign and more year digits allowed)
//   TIME        HH:MM[:SS[.fraction]]
//   TIMESTAMP   DATE, 'T' or a space, TIME; or a DATE alone;  TIMESTAMPTZ: with Z, +HH, +HH:MM or +HHMM
//               behind (none: UTC)
//   UUID        with or without hyphens, any case
//   VARBINARY   \x followed by hex digits, or X'..' (in literals), else refused
//   JSON        any JSON text;  ARRAY, MAP, ROW: JSON (json.h)
Result<Value> parse_value(const Type& type, std::string_view text);

// Appends the canonical text of a non-NULL value. Requires: check_value(type, value).
// Floating point prints the shortest digits that read back the same; timestamps print as
// "2026-11-20 13:45:00.123456" with the digits of p but trailing zeros dropped, TIMESTAMPTZ with "Z" behind.
void print_value(const Type& type, const Value& value, std::string& out);

}  // namespace wisp
