#include "oracle_decoder.h"

#include <xxhash.h>

#include <bit>
#include <string>
#include <utility>

#include "oracle_parts.h"

namespace wisp::oracle {
namespace {

// A value of fixed width (not BOOLEAN) at full width.
Value fixed_value(const Type& type, std::string_view bytes) {
  const std::uint64_t bits = little_endian(bytes.substr(0, std::min<std::size_t>(8, bytes.size())));
  switch (type.kind()) {
    case TypeKind::kUuid: {
      Uuid u;
      for (std::size_t i = 0; i < 16; ++i) u.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
      return Value(u);
    }
    case TypeKind::kDecimal: {
      if (bytes.size() == 8) return Value(Decimal{static_cast<std::int64_t>(bits)});
      const auto high = static_cast<std::int64_t>(little_endian(bytes.substr(8)));
      return Value(Decimal{Decimal::Int{high} * (Decimal::Int{1} << 64) + Decimal::Int{bits}});
    }
    case TypeKind::kReal:
      if (bits << 33 > std::uint64_t{0x7F800000} << 33) need(bits == 0x7FC00000, "another NaN");
      return Value(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case TypeKind::kDouble:
      if (bits << 1 > std::uint64_t{0x7FF0000000000000} << 1)
        need(bits == 0x7FF8000000000000, "another NaN");
      return Value(std::bit_cast<double>(bits));
    default:
      if (is_unsigned(type.kind())) return Value(bits);
      return Value(sign_extend(bits, 8 * bytes.size()));
  }
}

Fields fields_of(const Schema& schema, bool all_nullable) {
  Fields out;
  out.count = schema.column_count();
  for (std::uint32_t i = 0; i < schema.column_count(); ++i) {
    const Column& c = schema.column(ColumnIndex{i});
    if (schema.is_key_column(ColumnIndex{i})) continue;
    out.add({&c.type, all_nullable || c.nullable, i});
  }
  return out;
}

std::vector<Value> take_row(const Fields& fields, std::optional<std::uint32_t> version,
                            std::string_view bytes);
Value nested_value(const Type& type, std::string_view bytes);

Value var_value(const Type& type, std::string_view bytes) {
  return type.is_nested() ? nested_value(type, bytes) : Value(std::string(bytes));
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Requires a code of bits of `head` that is the narrowest for `n`.
std::size_t narrowest(unsigned code, std::size_t n) {
  need(code == (n > 0xFFFF ? 2U : n > 0xFF ? 1U : 0U), "a number is not in its narrowest width");
  return std::size_t{1} << code;
}

// An ARRAY value that takes all of `bytes`.
std::vector<Value> array_items(const Type& element, bool element_nullable, std::string_view bytes) {
  Input in(bytes);
  const auto head = static_cast<unsigned>(in.number(1));
  need(head < 32, "unknown bits in the head of an ARRAY");
  need((head & 3) < 3 && (head >> 3) < 3, "an unknown width in the head of an ARRAY");
  const std::size_t n = in.number(std::size_t{1} << (head & 3));
  narrowest(head & 3, n);
  need(div_up(n, 8) <= bytes.size(), "an ARRAY is larger than its bytes");
  std::vector<bool> nulls(n);
  if ((head & 4) != 0) {
    nulls = take_bits(in, n);
    need(std::find(nulls.begin(), nulls.end(), true) != nulls.end(), "a null bitmap without NULL");
    need(element_nullable, "NULL where the type has none");
  }
  const Class c = class_of(element);
  std::vector<Value> out;
  if (c != kVar) {
    need(head >> 3 == 0, "ends of fixed-width values");
    const std::vector<bool> bits = c == kBool ? take_bits(in, n) : std::vector<bool>{};
    for (std::size_t i = 0; i < n; ++i) {
      const std::string_view v = c == kBool ? std::string_view() : in.take(kWidth[c]);
      if (nulls[i]) need(c == kBool ? !bits[i] : all_zero(v), "a NULL element is not zero");
      out.push_back(nulls[i]     ? Value()
                    : c == kBool ? Value(bool{bits[i]})
                                 : fixed_value(element, v));
    }
    need(in.empty(), "bytes are left behind an ARRAY");
    return out;
  }
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < n; ++i) ends.push_back(in.number(std::size_t{1} << (head >> 3)));
  narrowest(head >> 3, ends.empty() ? 0 : ends.back());
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    need(ends[i] >= at, "ends of an ARRAY fall");
    const std::string_view v = in.take(ends[i] - at);
    at = ends[i];
    if (nulls[i]) need(v.empty(), "a NULL element has bytes");
    out.push_back(nulls[i] ? Value() : var_value(element, v));
  }
  need(in.empty(), "bytes are left behind an ARRAY");
  return out;
}

Value nested_value(const Type& type, std::string_view bytes) {
  if (type.kind() == TypeKind::kArray)
    return Value(ValueArray{array_items(type.element(), type.element_nullable(), bytes)});
  if (type.kind() == TypeKind::kMap) {
    Input in(bytes);
    const std::size_t key_bytes = in.varint();
    auto keys = array_items(type.map_key(), false, in.take(key_bytes));
    auto values = array_items(type.map_value(), type.element_nullable(), in.rest());
    need(keys.size() == values.size(), "a MAP has more keys than values, or less");
    ValueMap out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      need(i == 0 || compare_key_values(type.map_key(), keys[i - 1], keys[i]) < 0,
           "keys of a MAP do not rise");
      out.entries.emplace_back(keys[i], std::move(values[i]));
    }
    return Value(std::move(out));
  }
  Fields fields;
  fields.count = type.fields().size();
  for (std::size_t i = 0; i < fields.count; ++i)
    fields.add({&type.fields()[i].type, type.fields()[i].nullable, i});
  return Value(ValueRow{take_row(fields, std::nullopt, bytes)});
}

void take_version(Input& in, std::uint32_t expected) {
  std::uint64_t version = in.number(1);
  if (version == 255) {
    version = in.number(4);
    need(version >= 255, "a schema version is not in its short form");
  }
  need(version == expected, "another schema version");
}

// The section of a class of fixed width; `present` has a field per value.
void take_section(Input& in, Class c, std::size_t form, const std::vector<Field>& present,
                  std::vector<Value>& out) {
  if (c == kBool) {
    const auto bits = take_bits(in, present.size());
    for (std::size_t i = 0; i < present.size(); ++i) out[present[i].index] = Value(bool{bits[i]});
  } else if (c == kInt8 || c == kInt4) {
    const auto values = take_integers(in, c, form, present);
    for (std::size_t i = 0; i < present.size(); ++i) {
      std::string bytes;
      for (std::size_t b = 0; b < kWidth[c]; ++b)
        bytes += static_cast<char>(values[i] >> (8 * b) & 0xFF);
      out[present[i].index] = fixed_value(*present[i].type, bytes);
    }
  } else {
    for (const Field& f : present) out[f.index] = fixed_value(*f.type, in.take(kWidth[c]));
  }
}

std::vector<Value> take_row(const Fields& fields, std::optional<std::uint32_t> version,
                            std::string_view bytes) {
  Input in(bytes);
  const auto format = static_cast<unsigned>(in.number(1));
  if (version) take_version(in, *version);
  std::vector<Value> out(fields.count);
  for (std::size_t c = 0; c < kBool; ++c) {
    for (const Field& f : fields.required[c])
      out[f.index] = fixed_value(*f.type, in.take(kWidth[c]));
  }
  take_section(in, kBool, 0, fields.required[kBool], out);
  const Presence presence = take_presence(in, fields, format);
  std::array<std::vector<Field>, kClasses> present;
  for (std::size_t c = 0; c < kClasses; ++c) {
    for (std::size_t i = 0; i < presence[c].size(); ++i)
      if (presence[c][i]) present[c].push_back(fields.nullable[c][i]);
  }
  for (std::size_t c = 0; c < kVar; ++c) {
    const std::size_t form = c == kInt4 ? format >> 5 & 3 : c == kInt8 ? format >> 7 : 0;
    take_section(in, static_cast<Class>(c), form, present[c], out);
  }
  std::vector<Field> texts = fields.required[kVar];
  texts.insert(texts.end(), present[kVar].begin(), present[kVar].end());
  const auto values = take_texts(in, texts.size(), (format & 16) != 0, bytes.size());
  for (std::size_t i = 0; i < texts.size(); ++i)
    out[texts[i].index] = var_value(*texts[i].type, values[i]);
  check_presence(presence, format, bytes.size(), texts.size());
  return out;
}

Patch take_patch(const Schema& schema, std::string_view bytes) {
  const Fields fields = fields_of(schema, true);
  std::vector<Field> by_slot;
  for (const auto& c : fields.nullable) by_slot.insert(by_slot.end(), c.begin(), c.end());
  Input in(bytes);
  const std::uint64_t tag = in.number(1);
  need(tag == 0x50 || tag == 0x51, "not a patch");
  Patch out{tag == 0x51, std::vector<std::optional<Value>>(fields.count)};
  take_version(in, to_underlying(schema.version()));
  std::size_t next = 0;
  for (std::uint64_t n = in.number(2); n != 0; --n) {
    const std::size_t slot = in.number(2);
    need(slot >= next && slot < by_slot.size(), "slots set to NULL do not rise or do not exist");
    next = slot + 1;
    const std::size_t column = by_slot[slot].index;
    need(schema.columns()[column].nullable, "a NOT NULL column is set to NULL");
    out.touched[column] = Value();
  }
  const auto values = take_row(fields, std::nullopt, in.rest());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_null()) continue;
    need(!out.touched[i], "a column is set to NULL and to a value");
    out.touched[i] = values[i];
  }
  return out;
}

std::vector<std::vector<Value>> take_batch(const Schema& schema, std::string_view bytes) {
  Input in(bytes);
  need(in.take(4) == "WBAT", "not a batch");
  need(in.number(4) == 1, "another row format");
  need(in.number(4) == to_underlying(schema.version()), "another schema version");
  const std::uint64_t n = in.number(4);
  const std::uint64_t base = in.number(4);
  need(in.number(4) == 0, "a zero is none");
  std::string covered(bytes.substr(0, 24));
  const std::uint64_t checksum = in.number(8);
  covered += bytes.substr(32);
  need(XXH3_64bits(covered.data(), covered.size()) == checksum, "the checksum is wrong");
  Input index(in.take(4 * n));
  const Fields fields = fields_of(schema, false);
  std::vector<std::vector<Value>> out;
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t end = (index.number(4) - base) & 0xFFFFFFFF;
    need(end >= at, "ends of rows fall");
    out.push_back(take_row(fields, to_underlying(schema.version()), in.take(end - at)));
    at = end;
  }
  need(in.empty(), "bytes are left behind a batch");
  return out;
}

template <typename F>
auto caught(F&& decode) -> Result<decltype(decode())> {
  try {
    return decode();
  } catch (const Damage& d) {
    return fail(ErrorCode::kCorruption, d.reason);
  }
}

}  // namespace

Result<std::vector<Value>> decode_row(const Schema& schema, std::string_view bytes) {
  return caught(
      [&] { return take_row(fields_of(schema, false), to_underlying(schema.version()), bytes); });
}
Result<Patch> decode_patch(const Schema& schema, std::string_view bytes) {
  return caught([&] { return take_patch(schema, bytes); });
}
Result<std::vector<std::vector<Value>>> decode_batch(const Schema& schema, std::string_view bytes) {
  return caught([&] { return take_batch(schema, bytes); });
}

}  // namespace wisp::oracle
