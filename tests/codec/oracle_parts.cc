#include "oracle_parts.h"

#include <optional>

namespace wisp::oracle {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return out;
}

std::uint64_t Input::number(std::size_t bytes) {
  return little_endian(take(bytes));
}

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

std::int64_t sign_extend(std::uint64_t bits, std::size_t width_bits) {
  const std::uint64_t sign = std::uint64_t{1} << (width_bits - 1);
  return static_cast<std::int64_t>((bits & (sign - 1)) - (bits & sign));
}

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

namespace {

enum Form { kFull, kList, kBitmap, kAbsentList, kShortList };
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

}  // namespace

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
  return presence;
}

void check_presence(const Presence& presence, unsigned format, std::size_t row_bytes,
                    std::size_t texts) {
  const auto form = static_cast<Form>(format & 7);
  if (form == kFull) return;
  const std::size_t bytes = *presence_bytes(presence, form);
  // What the row would take beside with block starts of two bytes.
  std::size_t rest = row_bytes - bytes;
  if ((format & 16) != 0 && row_bytes > 65535) rest -= 2 * (div_up(texts, 16) - 1);
  std::size_t smallest = bytes;
  Form first = form;
  for (const Form other : {kFull, kBitmap, kList, kAbsentList, kShortList}) {
    const auto other_bytes = presence_bytes(presence, other);
    need(other != kFull || !other_bytes, "a full row has a directory");
    if (other_bytes && *other_bytes < smallest) {
      smallest = *other_bytes;
      first = other;
    }
  }
  for (const Form other : {kShortList, kAbsentList, kList, kBitmap}) {
    if (*presence_bytes(presence, other) == smallest) first = other;
  }
  const std::size_t more = *presence_bytes(presence, kBitmap) - smallest;
  const bool bitmap_is_cheap = more <= smallest / 2 && more <= (rest + smallest) / 16;
  need(form == (bitmap_is_cheap ? kBitmap : first), "another presence form is to be taken");
}

namespace {

struct Palette {
  std::size_t planes;
  std::vector<std::size_t> bits;  // by code
};
const std::vector<Palette>& palettes(Class c) {
  static const std::vector<Palette> int4 = {
      {0, {}}, {2, {4, 8, 16, 32}}, {2, {4, 8, 16, 32}}, {2, {0, 8, 16, 32}}};
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
  if (c == kInt4 && form == 2) {  // without zeros
    std::vector<std::uint64_t> listed;
    std::vector<Field> listed_fields;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == 0) continue;
      listed.push_back(values[i]);
      listed_fields.push_back(fields[i]);
    }
    const std::size_t list = 2 * div_up(values.size(), 256) + listed.size();
    if (values.empty()) return std::nullopt;
    if (listed.empty()) return list;
    const auto coded = section_bytes(c, 1, listed, listed_fields);
    if (!coded) return std::nullopt;
    return list + *coded;
  }
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
    if (width > 4 && !unsigned_type) bits = static_cast<std::uint64_t>(sign_extend(bits, width));
    if (full == 32) bits &= 0xFFFFFFFF;
    need(code_of(p, bits, full, unsigned_type) == codes[i], "a value is not in its smallest width");
    out.push_back(bits);
  }
  return out;
}

}  // namespace

namespace {

// The form of int4 that leaves zeros out.
std::vector<std::uint64_t> take_sparse(Input& in, const std::vector<Field>& fields) {
  const std::size_t n = fields.size();
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < n; i += 256) ends.push_back(in.number(2));
  std::vector<std::size_t> ranks;
  for (std::size_t page = 0; page < ends.size(); ++page) {
    need(ends[page] >= ranks.size(), "pages do not rise");
    const std::size_t first = ranks.size();
    while (ranks.size() < ends[page]) {
      const std::size_t rank = page * 256 + in.number(1);
      need(rank < n, "a value that is not there");
      need(ranks.size() == first || ranks.back() < rank, "the list does not rise");
      ranks.push_back(rank);
    }
  }
  std::vector<std::uint64_t> values(n, 0);
  if (ranks.empty()) return values;
  std::vector<Field> listed;
  for (const std::size_t rank : ranks) listed.push_back(fields[rank]);
  const auto coded = take_coded(in, kInt4, palettes(kInt4)[1], listed);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    need(coded[i] != 0, "a zero is listed");
    values[ranks[i]] = coded[i];
  }
  return values;
}

}  // namespace

std::vector<std::uint64_t> take_integers(Input& in, Class c, std::size_t form,
                                         const std::vector<Field>& fields) {
  std::vector<std::uint64_t> values;
  if (form != 0) {
    need(!fields.empty(), "an empty section is coded");
    values = c == kInt4 && form == 2 ? take_sparse(in, fields)
                                     : take_coded(in, c, palettes(c)[form], fields);
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

namespace {

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

}  // namespace

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

}  // namespace wisp::oracle
