// Values as JSON: nested cells, JSON lines, what rowdump prints for ARRAY, MAP and ROW.
//
// Read by simdjson; printed here, because every digit of a number token counts.
//   BOOLEAN true/false; integers, REAL, DOUBLE numbers (inf and nan as strings); DECIMAL as a
//   number token with all its digits (a string is also read); temporal types, UUID, VARBINARY as
//   the strings of text.h; text as strings; JSON as itself (embedded, not quoted); ARRAY as an
//   array; MAP as an object (keys as text.h prints them); ROW as an object by field name (absent or
//   null field: NULL).
// Field names match exactly. A JSON column's own null cannot be told from NULL here.
#pragma once

#include <string>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// How deep arrays and objects may nest in a value of type JSON.
inline constexpr int kMaxJsonDepth = 512;

// Parses one whole JSON text as a value of `type` (JSON null: NULL). Unknown and repeated ROW
// fields, NULL in a NOT NULL field, numbers with a fraction for integers, numbers out of range are
// errors that name the place ("items[2].price") in `where`. No number loses a digit on its way into
// an integer or DECIMAL. Deeper than kMaxJsonDepth is kLimit.
Result<Value> parse_json_value(const Type& type, std::string_view json);

// Appends `value` (NULL prints null) on one line: line breaks between the tokens of a JSON value
// print as spaces. Requires: check_value(type, value). A JSON value that is damaged prints as a
// string.
void print_json_value(const Type& type, const Value& value, std::string& out);

// Appends `s` as a JSON string with quotes. Invalid UTF-8 is printed as U+FFFD.
void print_json_string(std::string_view s, std::string& out);

// Whether `text` is one complete JSON value, with or without space around it. Fails with kParse
// where it is none, and with kLimit deeper than kMaxJsonDepth.
Status check_json(std::string_view text);
// The same, yes or no.
bool is_valid_json(std::string_view text);

}  // namespace wisp
