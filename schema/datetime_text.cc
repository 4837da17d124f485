#include "wisp/schema/datetime_text.h"

#include <date/date.h>

#include <array>
#include <cstddef>
#include <limits>

namespace wisp::text {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kDaySeconds = 86'400;
// The calendar repeats every 400 years; reducing years to one such cycle lets date::year (16 bits)
// serve every year a TIMESTAMP(0) can name.
constexpr std::int64_t kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;
constexpr std::int64_t kBaseYear = 2000;
constexpr std::int64_t kBaseDays = 10'957;  // 2000-01-01
static_assert(date::sys_days{date::year{2000} / 1 / 1}.time_since_epoch().count() == kBaseDays);

constexpr std::array<std::int64_t, 10> kTicksPerSecond = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

constexpr const char* kDateForm = "YYYY-MM-DD is expected";
constexpr const char* kTimeForm = "HH:MM, HH:MM:SS or HH:MM:SS.fraction is expected";
constexpr const char* kTimestampForm = "YYYY-MM-DD HH:MM:SS.fraction is expected";
constexpr const char* kOffsetForm = "a zone offset is Z, +HH, +HH:MM or +HHMM";
constexpr const char* kOutOfRange = "the date is out of range";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

bool take(std::string_view& rest, char c) noexcept {
  if (rest.empty() || rest[0] != c) return false;
  rest.remove_prefix(1);
  return true;
}

bool take_two_digits(std::string_view& rest, int& out) noexcept {
  if (rest.size() < 2 || !is_digit(rest[0]) || !is_digit(rest[1])) return false;
  out = (rest[0] - '0') * 10 + (rest[1] - '0');
  rest.remove_prefix(2);
  return true;
}

// [sign] YYYY[Y..]-MM-DD. Years saturate where every type has long been out of range.
Fault take_date(std::string_view& rest, std::int64_t& days) noexcept {
  constexpr std::int64_t kSaturatedYear = 10'000'000'000'000;
  const bool negative = take(rest, '-');
  if (!negative) take(rest, '+');
  std::int64_t year = 0;
  std::size_t year_digits = 0;
  for (; year_digits < rest.size() && is_digit(rest[year_digits]); ++year_digits) {
    if (year < kSaturatedYear) year = year * 10 + (rest[year_digits] - '0');
  }
  rest.remove_prefix(year_digits);
  int month = 0;
  int day = 0;
  if (year_digits < 4 || !take(rest, '-') || !take_two_digits(rest, month) || !take(rest, '-') ||
      !take_two_digits(rest, day)) {
    return malformed(kDateForm);
  }
  if (negative) year = -year;
  const std::int64_t cycle = floor_div(year - kBaseYear, kCycleYears);
  const date::year_month_day ymd{date::year{static_cast<int>(year - cycle * kCycleYears)},
                                 date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  if (!ymd.ok()) return malformed("the calendar has no such day");
  days = date::sys_days{ymd}.time_since_epoch().count() + cycle * kCycleDays;
  return {};
}

// .fraction: digits finer than the precision must be zeros, which say nothing.
Fault take_fraction(std::string_view& rest, int precision, std::int64_t& ticks) noexcept {
  int digits = 0;
  bool finer = false;
  for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1)) {
    if (digits < precision) {
      ticks = ticks * 10 + (rest[0] - '0');
      ++digits;
    } else {
      finer |= rest[0] != '0';
      digits = precision + 1;  // at least one digit, whatever the precision
    }
  }
  if (digits == 0) return malformed("digits are expected after the decimal point");
  for (; digits < precision; ++digits) ticks *= 10;
  if (finer) return misfit("its fraction of a second is finer than the precision");
  return {};
}

// HH:MM[:SS[.fraction]] as ticks since midnight.
Fault take_time(std::string_view& rest, int precision, std::int64_t& ticks) noexcept {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_two_digits(rest, hour) || !take(rest, ':') || !take_two_digits(rest, minute)) {
    return malformed(kTimeForm);
  }
  Fault finer;
  std::int64_t fraction = 0;
  if (take(rest, ':')) {
    if (!take_two_digits(rest, second)) return malformed(kTimeForm);
    if (take(rest, '.')) {
      finer = take_fraction(rest, precision, fraction);
      if (finer.code == ErrorCode::kParse && finer) return finer;
    }
  }
  if (hour == 24 && minute == 0 && second == 0) {
    return misfit("24:00 is not kept: write 00:00 of the next day");
  }
  if (hour > 23) return malformed("hours go from 00 to 23");
  if (minute > 59) return malformed("minutes go from 00 to 59");
  if (second == 60) return misfit("a leap second (second 60) cannot be kept");
  if (second > 59) return malformed("seconds go from 00 to 59");
  const std::int64_t seconds = (hour * 60 + minute) * 60 + second;
  ticks = seconds * kTicksPerSecond[static_cast<std::size_t>(precision)] + fraction;
  return finer;
}

// Z, +HH, +HH:MM or +HHMM, up to the end of the text.
Fault take_offset(std::string_view& rest, std::int64_t& offset_seconds) noexcept {
  if (take(rest, 'Z')) return rest.empty() ? Fault{} : malformed(kOffsetForm);
  const bool negative = take(rest, '-');
  int hours = 0;
  int minutes = 0;
  if ((!negative && !take(rest, '+')) || !take_two_digits(rest, hours)) {
    return malformed(kOffsetForm);
  }
  if (!rest.empty()) {
    take(rest, ':');
    if (!take_two_digits(rest, minutes) || !rest.empty()) return malformed(kOffsetForm);
  }
  if (hours > 23 || minutes > 59) return malformed("a zone offset is below 24 hours");
  offset_seconds = (hours * 60 + minutes) * 60;
  if (negative) offset_seconds = -offset_seconds;
  return {};
}

Fault parse_any_timestamp(std::string_view text, int precision, bool with_zone,
                          std::int64_t& out) noexcept {
  std::string_view rest = text;
  std::int64_t days = 0;
  std::int64_t ticks_of_day = 0;
  std::int64_t offset_seconds = 0;
  Fault misfit_time;
  if (const Fault fault = take_date(rest, days)) return fault;
  if (!rest.empty()) {
    if (!take(rest, ' ') && !take(rest, 'T')) return malformed(kTimestampForm);
    misfit_time = take_time(rest, precision, ticks_of_day);
    if (misfit_time && misfit_time.code == ErrorCode::kParse) return misfit_time;
  }
  if (!rest.empty()) {
    if (const Fault fault = take_offset(rest, offset_seconds)) return fault;
    if (!with_zone) return misfit("it has a zone offset, which only TIMESTAMPTZ takes");
  }
  if (misfit_time) return misfit_time;
  const std::int64_t ticks_per_second = kTicksPerSecond[static_cast<std::size_t>(precision)];
  const Wide ticks = (Wide{days} * kDaySeconds - offset_seconds) * ticks_per_second + ticks_of_day;
  if (ticks < std::numeric_limits<std::int64_t>::min() ||
      ticks > std::numeric_limits<std::int64_t>::max()) {
    return misfit(kOutOfRange);
  }
  out = static_cast<std::int64_t>(ticks);
  return {};
}

void append_digits(std::int64_t value, int width, std::string& out) {
  std::array<char, 20> buffer;
  std::size_t start = buffer.size();
  for (; value != 0 || width > 0; --width, value /= 10) {
    buffer[--start] = static_cast<char>('0' + value % 10);
  }
  out.append(buffer.data() + start, buffer.size() - start);
}

}  // namespace

Fault parse_date(std::string_view text, std::int64_t& out) noexcept {
  std::string_view rest = text;
  if (const Fault fault = take_date(rest, out)) return fault;
  if (!rest.empty()) return malformed(kDateForm);
  if (out < std::numeric_limits<std::int32_t>::min() ||
      out > std::numeric_limits<std::int32_t>::max()) {
    return misfit(kOutOfRange);
  }
  return {};
}

Fault parse_time(std::string_view text, int precision, std::int64_t& out) noexcept {
  std::string_view rest = text;
  const Fault fault = take_time(rest, precision, out);
  if (fault && fault.code == ErrorCode::kParse) return fault;
  if (!rest.empty()) return malformed(kTimeForm);
  return fault;
}

Fault parse_timestamp(std::string_view text, int precision, std::int64_t& out) noexcept {
  return parse_any_timestamp(text, precision, false, out);
}

Fault parse_timestamp_tz(std::string_view text, int precision, std::int64_t& out) noexcept {
  return parse_any_timestamp(text, precision, true, out);
}

void print_date(std::int64_t days, std::string& out) {
  const std::int64_t cycle = floor_div(days - kBaseDays, kCycleDays);
  const date::year_month_day ymd{
      date::sys_days{date::days{static_cast<int>(days - cycle * kCycleDays)}}};
  std::int64_t year = static_cast<int>(ymd.year()) + cycle * kCycleYears;
  if (year < 0) {
    out += '-';
    year = -year;
  }
  append_digits(year, 4, out);
  out += '-';
  append_digits(static_cast<unsigned>(ymd.month()), 2, out);
  out += '-';
  append_digits(static_cast<unsigned>(ymd.day()), 2, out);
}

void print_time(std::int64_t ticks, int precision, std::string& out) {
  const std::int64_t ticks_per_second = kTicksPerSecond[static_cast<std::size_t>(precision)];
  const std::int64_t seconds = ticks / ticks_per_second;
  append_digits(seconds / 3600, 2, out);
  out += ':';
  append_digits(seconds / 60 % 60, 2, out);
  out += ':';
  append_digits(seconds % 60, 2, out);
  std::int64_t fraction = ticks % ticks_per_second;
  if (fraction == 0) return;
  int width = precision;
  for (; fraction % 10 == 0; fraction /= 10) --width;
  out += '.';
  append_digits(fraction, width, out);
}

void print_timestamp(std::int64_t ticks, int precision, std::string& out) {
  const std::int64_t day_ticks = kDaySeconds * kTicksPerSecond[static_cast<std::size_t>(precision)];
  const std::int64_t days = floor_div(ticks, day_ticks);
  print_date(days, out);
  out += ' ';
  // Not ticks - days * day_ticks: that product may lie below the least int64.
  const std::int64_t rest = ticks % day_ticks;
  print_time(rest < 0 ? rest + day_ticks : rest, precision, out);
}

}  // namespace wisp::text
