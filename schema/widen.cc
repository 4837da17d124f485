// Which types hold all values of which others.
#include <cstdint>
#include <limits>
#include <utility>

#include "wisp/schema/schema_change.h"
#include "wisp/schema/type_change.h"

namespace wisp {
namespace {

bool integer_fits(TypeKind from, TypeKind to) {
  if (is_unsigned(from) == is_unsigned(to)) return integer_bits(from) <= integer_bits(to);
  return is_unsigned(from) && integer_bits(from) < integer_bits(to);
}

bool has_length(TypeKind kind) {
  return kind == TypeKind::kVarchar || kind == TypeKind::kChar || kind == TypeKind::kVarbinary;
}

bool length_fits(const Type& from, const Type& to) {
  return to.length() == 0 || (from.length() != 0 && from.length() <= to.length());
}

}  // namespace

Status check_widening(const Type& from, const Type& to) {
  if (from == to) return {};
  const auto refuse = [&](const char* reason) {
    return fail(ErrorCode::kInvalidArgument,
                from.to_sql() + " cannot become " + to.to_sql() + ": " + reason);
  };
  if (integer_bits(from.kind()) != 0 && integer_bits(to.kind()) != 0) {
    if (integer_fits(from.kind(), to.kind())) return {};
    return refuse("values could be out of its range");
  }
  if (from.kind() == TypeKind::kReal && to.kind() == TypeKind::kDouble) return {};
  if (from.kind() == TypeKind::kDouble && to.kind() == TypeKind::kReal)
    return refuse("digits would be lost");
  if (from.kind() == TypeKind::kDecimal && to.kind() == TypeKind::kDecimal) {
    const bool whole = to.precision() - to.scale() >= from.precision() - from.scale();
    if (whole && to.scale() >= from.scale()) return {};
    return refuse(whole ? "digits after the point would be lost"
                        : "it has fewer digits before the point");
  }
  const bool same_kind = from.kind() == to.kind();
  const bool char_to_varchar = from.kind() == TypeKind::kChar && to.kind() == TypeKind::kVarchar;
  if (has_length(from.kind()) && (same_kind || char_to_varchar)) {
    if (length_fits(from, to)) return {};
    return refuse("longer values would not fit");
  }
  return refuse(
      "only wider types of the same kind are possible; add a new column, copy the values and drop "
      "the old one");
}

Value widen_value(const Type& from, const Type& to, const Value& value) {
  if (value.is_null() || from == to) return value;
  if (to.is_nested()) return extend_value(from, to, value);
  if (const auto* u = value.get_if<std::uint64_t>(); u != nullptr && !is_unsigned(to.kind()))
    return Value(static_cast<std::int64_t>(*u));
  if (const auto* f = value.get_if<float>(); f != nullptr && to.kind() == TypeKind::kDouble)
    return Value(static_cast<double>(*f));
  if (const auto* d = value.get_if<Decimal>()) {
    Decimal out = *d;
    // What fits DECIMAL(p, s) cannot overflow; damaged digits may, and are then not a decimal
    // anyway: the multiplication is unsigned.
    __extension__ using Wide = unsigned __int128;
    auto digits = static_cast<Wide>(out.unscaled);
    for (int i = from.scale(); i < to.scale(); ++i) digits *= 10;
    out.unscaled = static_cast<Decimal::Int>(digits);
    return Value(out);
  }
  return value;
}

}  // namespace wisp
