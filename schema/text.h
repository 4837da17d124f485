// Values as text: SQL literals, CSV cells, what rowdump prints.
//
// print_value(parse_value(type, s)) gives canonical text; parse_value(print_value(v)) gives v, for
// every scalar type and value. Nested values are JSON text (json.h): they come back too, but for
// the null of a JSON value inside them, which reads as NULL and is refused where that is NOT NULL.
#pragma once

#include <string>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// `text` in double quotes for a message: cut to about 40 bytes, unprintable bytes and quotes
// escaped.
std::string quote_text(std::string_view text);

// Parses a whole string as a value of `type`; no surrounding space. Never NULL. Errors are
// kConstraint when the text is a value that does not fit the type (range, finer fraction of a
// second, a zone offset in a plain TIMESTAMP, too many digits), else kParse; the message quotes the
// text (shortened).
//   BOOLEAN     true false t f yes no 1 0, any case
//   integers    [+-]digits
//   REAL DOUBLE decimal or scientific, inf, -inf, infinity, nan (any case); rounds to the nearest
//   value,
//               too large is kConstraint, too small is zero
//   DECIMAL     digits with at most `scale` fraction digits (further zeros are fine), exponent
//   allowed;
//               never rounds
//   DATE        YYYY-MM-DD (sign and more year digits allowed; year 0000 is 1 BC)
//   TIME        HH:MM[:SS[.fraction]]; fraction digits finer than p must be zeros. Leap seconds and
//               24:00 are refused
//   TIMESTAMP   DATE, 'T' or a space, TIME; or a DATE alone;  TIMESTAMPTZ: with Z, +HH, +HH:MM or
//   +HHMM
//               directly behind the TIME (none: UTC)
//   UUID        32 hex digits with all hyphens (8-4-4-4-12) or none, any case
//   VARCHAR     the text itself, which must be UTF-8 and at most n code points long;  CHAR: the
//   same VARBINARY   \x followed by hex digits, or X'..' (in literals), any case, else refused JSON
//   any JSON text;  ARRAY, MAP, ROW: JSON (json.h)
Result<Value> parse_value(const Type& type, std::string_view text);

// Appends the canonical text of a non-NULL value. Requires: check_value(type, value).
// Floating point prints the shortest digits that read back the same; timestamps print as
// "2026-11-20 13:45:00.123456" with the digits of p but trailing zeros dropped, TIMESTAMPTZ with
// "Z" behind. DECIMAL prints all fraction digits of its scale, VARBINARY "\x" and lower-case hex.
void print_value(const Type& type, const Value& value, std::string& out);

}  // namespace wisp
