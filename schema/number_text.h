// Numbers as text: the parts of text.h that read and print integers, floating point and DECIMAL.
// Internal to schema/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wisp/schema/error.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp::text {

// Why a text is refused; text.cc makes the Error, so that success costs nothing. `reason` is a
// static sentence, nullptr when the text was fine.
struct Fault {
  ErrorCode code = ErrorCode::kParse;
  const char* reason = nullptr;

  explicit operator bool() const noexcept { return reason != nullptr; }
};

// The text is not of the kind at all.
inline Fault malformed(const char* reason) noexcept {
  return {ErrorCode::kParse, reason};
}
// The text is a value, but one the type cannot hold.
inline Fault misfit(const char* reason) noexcept {
  return {ErrorCode::kConstraint, reason};
}

// TINYINT .. BIGINT; UTINYINT .. UBIGINT. "-0" is an unsigned zero.
Fault parse_signed(TypeKind kind, std::string_view text, std::int64_t& out) noexcept;
Fault parse_unsigned(TypeKind kind, std::string_view text, std::uint64_t& out) noexcept;

// Rounds to the nearest value; too large is a misfit, too small is a zero of the same sign.
Fault parse_float(std::string_view text, float& out) noexcept;
Fault parse_float(std::string_view text, double& out) noexcept;

// Exact: never rounds. Requires: 1 <= precision <= 38, 0 <= scale <= precision.
Fault parse_decimal(int precision, int scale, std::string_view text, Decimal::Int& out) noexcept;

void print_signed(std::int64_t value, std::string& out);
void print_unsigned(std::uint64_t value, std::string& out);
void print_float(float value, std::string& out);
void print_float(double value, std::string& out);
// With exactly `scale` fraction digits; any 128-bit value prints.
void print_decimal(Decimal::Int unscaled, int scale, std::string& out);

}  // namespace wisp::text
