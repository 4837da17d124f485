// Dates and times as text: the parts of text.h that read and print the temporal types.
// Internal to schema/. Units and epochs: see TypeKind. The calendar is the proleptic Gregorian one
// with a year 0000 (ISO 8601); years outside 0..9999 have more digits or a sign.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wisp/schema/number_text.h"

namespace wisp::text {

// DATE holds 32-bit days.
Fault parse_date(std::string_view text, std::int64_t& out) noexcept;
// Requires: 0 <= precision <= 9.
Fault parse_time(std::string_view text, int precision, std::int64_t& out) noexcept;
Fault parse_timestamp(std::string_view text, int precision, std::int64_t& out) noexcept;
Fault parse_timestamp_tz(std::string_view text, int precision, std::int64_t& out) noexcept;

void print_date(std::int64_t days, std::string& out);
// Requires: 0 <= ticks < a day.
void print_time(std::int64_t ticks, int precision, std::string& out);
// Without a zone; any tick count prints.
void print_timestamp(std::int64_t ticks, int precision, std::string& out);

}  // namespace wisp::text
