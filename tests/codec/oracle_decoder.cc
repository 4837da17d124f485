#include "oracle_decoder.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace wisp::oracle {
namespace {

// Thrown inside this file only: a decoder that checks every step reads worse with error returns.
struct Damage {
  std::string reason;
};
void need(bool condition, const char* reason) {
  if (!condition) throw Damage{reason};
}

// Takes bytes from the front of a string.
class Input {
 public:
  explicit Input(std::string_view bytes) : left_(bytes) {}
  std::string_view take(std::size_t n) {
    need(n <= left_.size(), "bytes are missing");
    const std::string_view out = left_.substr(0, n);
    left_.remove_prefix(n);
    return out;
  }
  std::uint64_t number(std::size_t bytes);
  std::uint64_t varint();
  std::string_view rest() { return take(left_.size()); }
  std::size_t left() const { return left_.size(); }
  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
};

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return out;
}

std::uint64_t Input::number(std::size_t bytes) { return little_endian(take(bytes)); }

std::uint64_t Input::varint() {
  std::uint64_t out = 0;
  for (unsigned shift = 0;; shift += 7) {
    need(shift <= 28, "a varint is too long");
    const std::uint64_t group = number(1);
    out |= (group & 0x7F) << shift;
    if (group < 0x80) {
      need(group != 0 || shift == 0, "a varint is not in its shortest form");
      return out;
    }
  }
}

std::size_t div_up(std::size_t n, std::size_t d) { return (n + d - 1) / d; }

// `n` bits in whole bytes; the ones behind the last are zero.
std::vector<bool> take_bits(Input& in, std::size_t n) {
  const std::string_view bytes = in.take(div_up(n, 8));
  std::vector<bool> out;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    const bool bit = (static_cast<unsigned char>(bytes[i / 8]) >> (i % 8) & 1) != 0;
    if (i < n) {
      out.push_back(bit);
    } else {
      need(!bit, "padding bits are set");
    }
  }
  return out;
}

// --- types ------------------------------------------------------------------------------------

enum Class { kFixed16, kDouble, kInt8, kInt4, kReal, kInt2, kInt1, kBool, kVar, kClasses };
constexpr std::array<std::size_t, kClasses> kWidth = {16, 8, 8, 4, 4, 2, 1, 0, 0};

Class class_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kDecimal:
      return type.precision() > 18 ? kFixed16 : kInt8;
    case TypeKind::kUuid:
      return kFixed16;
    case TypeKind::kDouble:
      return kDouble;
    case TypeKind::kBigInt:
    case TypeKind::kUBigInt:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return kInt8;
    case TypeKind::kInteger:
    case TypeKind::kUInteger:
    case TypeKind::kDate:
      return kInt4;
    case TypeKind::kReal:
      return kReal;
    case TypeKind::kSmallInt:
    case TypeKind::kUSmallInt:
      return kInt2;
    case TypeKind::kTinyInt:
    case TypeKind::kUTinyInt:
      return kInt1;
    case TypeKind::kBoolean:
      return kBool;
    default:
      return kVar;
  }
}

// `bits` of a two's complement number of `width` bytes.
std::int64_t sign_extend(std::uint64_t bits, std::size_t width_bits) {
  const std::uint64_t sign = std::uint64_t{1} << (width_bits - 1);
  return static_cast<std::int64_t>((bits & (sign - 1)) - (bits & sign));
}

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
      return Value(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case TypeKind::kDouble:
      return Value(std::bit_cast<double>(bits));
    default:
      if (is_unsigned(type.kind())) return Value(bits);
      return Value(sign_extend(bits, 8 * bytes.size()));
  }
}

// --- the columns of a row -----------------------------------------------------------------------

struct Field {
  const Type* type;
  bool nullable;
  std::size_t index;  // of the value it becomes
};

struct Fields {
  std::array<std::vector<Field>, kClasses> nullable;
  std::array<std::vector<Field>, kClasses> required;
  std::size_t count = 0;  // of the values

  void add(const Field& f) { (f.nullable ? nullable : required)[class_of(*f.type)].push_back(f); }
  std::size_t nullable_count() const {
    std::size_t n = 0;
    for (const auto& c : nullable) n += c.size();
    return n;
  }
};

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

// --- presence -----------------------------------------------------------------------------------

enum Form { kFull, kList, kBitmap, kAbsentList, kShortList };
// By class and slot.
using Presence = std::array<std::vector<bool>, kClasses>;

std::size_t slots_per_entry(Form form, std::size_t nullable) {
  return form == kShortList ? nullable : form == kBitmap ? 64 : 256;
}

// Bytes of directory and presence of a form; nothing where it cannot stand.
std::optional<std::size_t> presence_bytes(const Presence& presence, Form form) {
  std::size_t entries = 0;
  std::size_t present = 0;
  std::size_t absent = 0;
  std::size_t bitmap = 0;
  for (const auto& c : presence) {
    if (c.empty()) continue;
    entries += div_up(c.size(), slots_per_entry(form, c.size()));
    const auto n = static_cast<std::size_t>(std::count(c.begin(), c.end(), true));
    present += n;
    absent += c.size() - n;
    bitmap += div_up(c.size(), 8);
  }
  if (form == kFull) return absent == 0 ? std::optional<std::size_t>(0) : std::nullopt;
  const std::size_t counted = form == kAbsentList ? absent : present;
  const std::size_t directory = entries * (counted > 255 ? 2 : 1);
  return directory + (form == kBitmap ? bitmap : form == kShortList ? 2 * present : counted);
}

// Turns entry after entry into the slots it counts.
void take_listed(Input& in, Form form, const std::vector<std::size_t>& directory,
                 Presence& presence) {
  std::size_t entry = 0;
  std::size_t before = 0;
  for (auto& slots : presence) {
    if (slots.empty()) continue;
    const std::size_t step = slots_per_entry(form, slots.size());
    for (std::size_t first = 0; first < slots.size(); first += step, ++entry) {
      std::size_t next = first;
      for (std::size_t i = before; i < directory[entry]; ++i) {
        const std::size_t slot = form == kShortList ? in.number(2) : first + in.number(1);
        need(slot >= next && slot < slots.size(), "listed slots do not rise or do not exist");
        slots[slot] = form != kAbsentList;
        next = slot + 1;
      }
      before = directory[entry];
    }
  }
}

void take_bitmap(Input& in, const std::vector<std::size_t>& directory, Presence& presence) {
  std::size_t entry = 0;
  std::size_t count = 0;
  for (auto& slots : presence) {
    if (slots.empty()) continue;
    slots = take_bits(in, slots.size());
    for (std::size_t first = 0; first < slots.size(); first += 64, ++entry) {
      for (std::size_t i = first; i < std::min(first + 64, slots.size()); ++i) count += slots[i];
      need(directory[entry] == count, "the directory does not count the bitmap");
    }
  }
}

Presence take_presence(Input& in, const Fields& fields, unsigned format) {
  const unsigned number = format & 7;
  need(number <= kShortList, "unknown presence form");
  const auto form = static_cast<Form>(number);
  const bool wide = (format & 8) != 0;
  Presence presence;
  std::size_t entries = 0;
  for (std::size_t c = 0; c < kClasses; ++c) {
    const std::size_t n = fields.nullable[c].size();
    presence[c].assign(n, form == kFull || form == kAbsentList);
    if (n != 0) entries += div_up(n, slots_per_entry(form, n));
  }
  if (form == kFull) {
    need(!wide, "a full row has no directory to be wide");
    return presence;
  }
  need(fields.nullable_count() != 0, "a row without nullable columns is full");
  std::vector<std::size_t> directory;
  for (std::size_t i = 0; i < entries; ++i) {
    directory.push_back(in.number(wide ? 2 : 1));
    need(i == 0 || directory[i] >= directory[i - 1], "the directory falls");
  }
  need(wide == (directory.back() > 255), "the directory has the wrong width");
  if (form == kBitmap) {
    take_bitmap(in, directory, presence);
  } else {
    take_listed(in, form, directory, presence);
  }
  const std::size_t bytes = *presence_bytes(presence, form);
  for (const Form other : {kFull, kList, kBitmap, kAbsentList, kShortList}) {
    const auto other_bytes = presence_bytes(presence, other);
    if (!other_bytes) continue;
    need(other < form ? *other_bytes > bytes : *other_bytes >= bytes,
         "another presence form is smaller");
  }
  return presence;
}

// --- sections of integers -------------------------------------------------------------------------

struct Palette {
  std::size_t planes;
  std::vector<std::size_t> bits;  // by code
};
const std::vector<Palette>& palettes(Class c) {
  static const std::vector<Palette> int4 = {
      {0, {}}, {2, {4, 8, 16, 32}}, {1, {0, 32}}, {2, {0, 8, 16, 32}}};
  static const std::vector<Palette> int8 = {{0, {}}, {2, {0, 16, 32, 64}}};
  return c == kInt4 ? int4 : int8;
}

bool fits(std::uint64_t bits, std::size_t width, std::size_t full, bool is_unsigned_type) {
  if (width == full) return true;
  if (width == 0) return bits == 0;
  if (width == 4) return bits < 16;
  if (is_unsigned_type) return bits >> (width - 1) == 0;
  const std::int64_t v = sign_extend(bits, full);
  const std::int64_t limit = std::int64_t{1} << (width - 1);
  return v >= -limit && v < limit;
}

std::size_t code_of(const Palette& p, std::uint64_t bits, std::size_t full, bool is_unsigned_type) {
  std::size_t code = 0;
  while (!fits(bits, p.bits[code], full, is_unsigned_type)) ++code;
  return code;
}

// Bytes of the values in a form; nothing where it cannot stand.
std::optional<std::size_t> section_bytes(Class c, std::size_t form,
                                         const std::vector<std::uint64_t>& values,
                                         const std::vector<Field>& fields) {
  const std::size_t full = 8 * kWidth[c];
  if (form == 0) return values.size() * kWidth[c];
  const Palette& p = palettes(c)[form];
  std::size_t bits = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    bits += p.bits[code_of(p, values[i], full, is_unsigned(fields[i].type->kind()))];
  if (bits / (c == kInt4 ? 4 : 8) > 65535) return std::nullopt;
  return 2 * div_up(values.size(), 64) + p.planes * div_up(values.size(), 8) + div_up(bits, 8);
}

// Takes the half bytes (int4) or bytes (int8) of coded values.
class Units {
 public:
  Units(std::string_view bytes, std::size_t unit_bits) : bytes_(bytes), unit_bits_(unit_bits) {}
  std::uint64_t take(std::size_t bits) {
    std::uint64_t out = 0;
    for (std::size_t got = 0; got < bits; got += unit_bits_, ++next_) {
      const std::size_t at = next_ * unit_bits_;
      const auto byte = static_cast<unsigned char>(bytes_[at / 8]);
      const std::uint64_t unit = byte >> (at % 8) & ((1U << unit_bits_) - 1);
      out |= unit << got;
    }
    return out;
  }

 private:
  std::string_view bytes_;
  std::size_t unit_bits_;
  std::size_t next_ = 0;
};

std::vector<std::uint64_t> take_coded(Input& in, Class c, const Palette& p,
                                      const std::vector<Field>& fields) {
  const std::size_t n = fields.size();
  const std::size_t full = 8 * kWidth[c];
  const std::size_t unit_bits = c == kInt4 ? 4 : 8;
  std::vector<std::size_t> samples;
  for (std::size_t i = 0; i < n; i += 64) samples.push_back(in.number(2));
  std::vector<std::size_t> codes(n);
  for (std::size_t plane = 0; plane < p.planes; ++plane) {
    const auto bits = take_bits(in, n);
    for (std::size_t i = 0; i < n; ++i) codes[i] |= std::size_t{bits[i]} << plane;
  }
  std::size_t units = 0;
  for (std::size_t i = 0; i < n; ++i) {
    units += p.bits[codes[i]] / unit_bits;
    if (i % 64 == 63 || i + 1 == n) need(samples[i / 64] == units, "a sample is wrong");
  }
  const std::string_view bytes = in.take(div_up(units * unit_bits, 8));
  if (units % 2 == 1 && unit_bits == 4)
    need((static_cast<unsigned char>(bytes.back()) >> 4) == 0, "the last half byte is not zero");
  Units reader(bytes, unit_bits);
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < n; ++i) {
    const bool unsigned_type = is_unsigned(fields[i].type->kind());
    const std::size_t width = p.bits[codes[i]];
    std::uint64_t bits = reader.take(width);
    if (width > 4 && !unsigned_type)
      bits = static_cast<std::uint64_t>(sign_extend(bits, width));
    if (full == 32) bits &= 0xFFFFFFFF;
    need(code_of(p, bits, full, unsigned_type) == codes[i], "a value is not in its smallest width");
    out.push_back(bits);
  }
  return out;
}

std::vector<std::uint64_t> take_integers(Input& in, Class c, std::size_t form,
                                         const std::vector<Field>& fields) {
  std::vector<std::uint64_t> values;
  if (form != 0) {
    need(!fields.empty(), "an empty section is coded");
    values = take_coded(in, c, palettes(c)[form], fields);
  } else {
    for (std::size_t i = 0; i < fields.size(); ++i) values.push_back(in.number(kWidth[c]));
  }
  const auto bytes = section_bytes(c, form, values, fields);
  need(bytes.has_value(), "a coded section is too large");
  for (std::size_t other = 0; other < palettes(c).size(); ++other) {
    const auto other_bytes = section_bytes(c, other, values, fields);
    if (!other_bytes) continue;
    need(other < form ? *other_bytes > *bytes : *other_bytes >= *bytes,
         "another form of integers is smaller");
  }
  return values;
}

// --- texts ------------------------------------------------------------------------------------

// Whether a writer takes the form "ends" for values of these sizes.
bool ends_fit(const std::vector<std::string_view>& values) {
  std::size_t start = 0;
  for (std::size_t first = 0; first < values.size(); first += 16) {
    if (start > 65535) return false;
    std::size_t size = 0;
    for (std::size_t i = first; i < std::min(first + 16, values.size()); ++i)
      size += values[i].size();
    if (size > 255) return false;
    start += size;
  }
  return true;
}

// The values of the heap; `row_bytes`: of the whole row.
std::vector<std::string_view> take_texts(Input& in, std::size_t n, bool lengths,
                                         std::size_t row_bytes) {
  const std::string_view table = in.take(n);
  const std::size_t blocks = div_up(n, 16);
  const bool wide = lengths && row_bytes > 65535;
  std::vector<std::size_t> starts = {0};
  for (std::size_t b = 1; b < blocks; ++b) starts.push_back(in.number(wide ? 4 : 2));
  if (wide && blocks > 1)
    need(row_bytes - 2 * (blocks - 1) > 65535, "block starts of two bytes would do");
  const std::string_view heap = in.rest();
  Input values(heap);
  std::size_t at = 0;
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 16 == 0) need(starts[i / 16] == at, "a block does not start where the one before ends");
    const auto entry = static_cast<unsigned char>(table[i]);
    std::size_t size = entry;
    if (!lengths) {
      const std::size_t end = starts[i / 16] + entry;
      need(end >= at, "ends fall");
      size = end - at;
    } else if (entry == 255) {
      size = 255 + values.varint();
      at = heap.size() - values.left();
    }
    out.push_back(values.take(size));
    at += size;
  }
  need(values.empty(), "bytes are left behind the heap");
  need(lengths != ends_fit(out), "the other text form is the one to take");
  return out;
}

// --- nested values ------------------------------------------------------------------------------

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
      out.push_back(nulls[i] ? Value() : c == kBool ? Value(bool{bits[i]}) : fixed_value(element, v));
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

// --- rows ---------------------------------------------------------------------------------------

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
    for (const Field& f : fields.required[c]) out[f.index] = fixed_value(*f.type, in.take(kWidth[c]));
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
  need(in.number(4) == 20261120, "another draft");
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
