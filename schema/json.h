// Values as JSON: nested cells, JSON lines, what rowdump prints for ARRAY, MAP and ROW.
//
// Read by simdjson, written by RapidJSON's writer.
//   BOOLEAN true/false; integers, REAL, DOUBLE numbers (inf and nan as strings); DECIMAL as a number
//   token with all its digits (a string is also read); temporal types, UUID, VARBINARY as the strings
//   of text.h; text as strings; JSON as itself (embedded, not quoted); ARRAY as an array; MAP as an
//   object (keys as text.h prints them); ROW as an object by field name (absent or null field: NULL).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wisp/schema/result.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// Parses one whole JSON text as a value of `type` (JSON null: NULL). Unknown and repeated ROW fields,
// NULL in a NOT NULL field, numbers with a fraction for integers, numbers out of range are errors that
// name the place ("items[2].price").
Result<Value> parse_json_value(const Type& type, std::string_view json);

// Appends `value` (NULL prints null).
void print_json_value(const Type& type, const Value& value, std::string& out);

// Appends `s` as a JSON string with quotes. Invalid UTF-8 is printed as U+FFFD.
void print_json_string(std::string_view s, std::string& out);

// True when `text` is one complete JSON value.
bool is_valid_json(std::string_view text);

}  // namespace wisp
