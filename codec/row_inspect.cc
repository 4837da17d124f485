#include "wisp/codec/row_inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "wisp/codec/bytes.h"
#include "wisp/codec/presence_cost.h"
#include "wisp/codec/row_sections.h"
#include "wisp/codec/row_verify.h"

namespace wisp {

namespace {

constexpr std::array<std::string_view, kSlotClassCount> kClassNames = {
    "fixed16", "double", "int8", "int4", "real", "int2", "int1", "bool", "var"};
constexpr std::array<std::string_view, kPresenceFormCount> kPresenceNames = {
    "full", "list", "bitmap", "absent list", "short list"};

std::string_view class_name(SlotClass c) {
  return kClassNames[static_cast<std::size_t>(c)];
}
std::string_view form_name(PresenceForm f) {
  return kPresenceNames[static_cast<std::size_t>(f)];
}

// Names every byte of a row that verifies, from its first to its last.
class RowInspector {
 public:
  RowInspector(const RowBytes& row, const RowSections& s) : row_(row), l_(*row.layout), s_(s) {}

  Status run(RowInspection& out) {
    out_ = &out;
    header();
    required();
    columns_.resize(l_.nullable_count());
    WISP_TRY(read_present_columns(row_, s_, columns_.data()));
    const std::uint32_t present =
        s_.present_before(SlotClass::kVar) + s_.cls(SlotClass::kVar).count;
    directory();
    presence();
    for (const ActiveClass& a : l_.active()) {
      if (a.cls != SlotClass::kVar) section(a);
    }
    text();
    out.present_columns = present + l_.not_null_fixed().size() + l_.not_null_var().size();
    costs(present);
    return {};
  }

 private:
  void add(std::uint64_t offset, std::uint64_t size, std::string_view section, std::string meaning,
           std::optional<ColumnIndex> column = std::nullopt) {
    out_->spans.push_back({offset, size, std::string(section), std::move(meaning), column});
  }
  ColumnIndex column_at(const ClassLayout& c, std::uint32_t slot) const {
    return ColumnIndex{l_.slot_columns()[c.first_slot + slot]};
  }
  std::string name(ColumnIndex c) const { return quote_identifier(l_.name(c)); }

  void header() {
    const FormatByte f = s_.format;
    add(0, 1, "header",
        fmt::format("format: {}, {} directory, text {}, INT4 form {}, INT8 form {}",
                    form_name(f.presence()), f.wide() ? "u16" : "u8",
                    f.text() == TextForm::kEnds ? "ends" : "lengths", static_cast<int>(f.int4()),
                    static_cast<int>(f.int8())));
    if (!l_.has_version()) return;
    add(1, l_.header_bytes() - 1u, "header",
        fmt::format("schema version {}", to_underlying(l_.schema()->version())));
  }

  void required() {
    std::uint32_t bool_byte = 0;
    std::string bools;
    const auto flush = [&] {
      if (!bools.empty()) add(bool_byte, 1, "fixed", "NOT NULL booleans " + bools);
      bools.clear();
    };
    for (std::uint32_t i : l_.not_null_fixed()) {
      const ColumnIndex c{i};
      const ColumnSlot& slot = l_.slot(c);
      if (slot.cls == SlotClass::kBool) {
        if (slot.fixed_offset / 8 != bool_byte) flush();
        bool_byte = slot.fixed_offset / 8;
        bools += (bools.empty() ? "" : ", ") + name(c);
        continue;
      }
      add(slot.fixed_offset, fixed_width(slot.cls), "fixed", name(c), c);
    }
    flush();
  }

  static std::uint64_t fixed_width(SlotClass c) {
    switch (c) {
      case SlotClass::kFixed16:
        return 16;
      case SlotClass::kDouble:
      case SlotClass::kInt8:
        return 8;
      case SlotClass::kInt4:
      case SlotClass::kReal:
        return 4;
      case SlotClass::kInt2:
        return 2;
      default:
        return 1;
    }
  }

  void add_entry(std::uint32_t i, std::string what) {
    const std::uint64_t width = s_.format.wide() ? 2 : 1;
    const std::string_view counted =
        s_.format.presence() == PresenceForm::kAbsent ? "absent" : "present";
    add(s_.directory + width * i, width, "directory",
        fmt::format("{} {} through {}", s_.entry(row_, i), counted, what));
  }

  void directory() {
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = l_.cls(a.cls);
      switch (s_.format.presence()) {
        case PresenceForm::kFull:
          break;
        case PresenceForm::kBitmap:
          for (std::uint32_t w = 0; w < c.word_count; ++w) {
            add_entry(c.first_word + w, fmt::format("{} word {}", class_name(a.cls), w));
          }
          break;
        case PresenceForm::kShort:
          add_entry(c.active_before, std::string(class_name(a.cls)));
          break;
        case PresenceForm::kList:
        case PresenceForm::kAbsent:
          for (std::uint32_t p = 0; p < c.page_count; ++p) {
            add_entry(c.first_page + p, fmt::format("{} page {}", class_name(a.cls), p));
          }
          break;
      }
    }
  }

  void presence() {
    std::uint64_t offset = s_.presence;
    for (const ActiveClass& a : l_.active()) {
      const ClassLayout& c = l_.cls(a.cls);
      const std::uint32_t* columns = columns_.data() + s_.present_before(a.cls);
      const std::uint32_t n = s_.cls(a.cls).count;
      switch (s_.format.presence()) {
        case PresenceForm::kFull:
          break;
        case PresenceForm::kBitmap:
          for (std::uint32_t first = 0; first < a.nullable; first += 64) {
            const std::uint32_t last = std::min(first + 64, a.nullable);
            const std::uint64_t size = (last - first + 7) / 8;
            add(offset, size, "presence",
                fmt::format("bitmap of {} slots {} to {}", class_name(a.cls), first, last - 1));
            offset += size;
          }
          break;
        case PresenceForm::kList:
          for (std::uint32_t i = 0; i < n; ++i, ++offset) {
            add(offset, 1, "presence", "present: " + name(ColumnIndex{columns[i]}));
          }
          break;
        case PresenceForm::kShort:
          for (std::uint32_t i = 0; i < n; ++i, offset += 2) {
            add(offset, 2, "presence", "present: " + name(ColumnIndex{columns[i]}));
          }
          break;
        case PresenceForm::kAbsent:
          for (std::uint32_t slot = 0, i = 0; slot < a.nullable; ++slot) {
            if (i < n && ColumnIndex{columns[i]} == column_at(c, slot)) {
              ++i;
              continue;
            }
            add(offset++, 1, "presence", "absent: " + name(column_at(c, slot)));
          }
          break;
      }
    }
  }

  void section(const ActiveClass& a) {
    const SectionPlace& place = s_.cls(a.cls);
    const std::uint32_t* columns = columns_.data() + s_.present_before(a.cls);
    if (place.count == 0) return;
    const std::string_view label = class_name(a.cls);
    if (a.cls == SlotClass::kBool) {
      for (std::uint32_t i = 0; i < place.count; i += 8) {
        std::string names;
        for (std::uint32_t k = i; k < std::min(i + 8, place.count); ++k) {
          names += (k == i ? "" : ", ") + name(ColumnIndex{columns[k]});
        }
        add(place.offset + i / 8, 1, label, "bits of " + names);
      }
      return;
    }
    if (a.cls == SlotClass::kInt4 && s_.format.int4() != IntForm::kPlain) {
      if (s_.format.int4() == IntForm::kSparse) return sparse(a);
      return coded(a, s_.cls(a.cls), kInt4Palettes[static_cast<std::size_t>(s_.format.int4())],
                   [](std::uint32_t i) { return i; });
    }
    if (a.cls == SlotClass::kInt8 && s_.format.int8() != IntForm::kPlain) {
      return coded(a, s_.cls(a.cls), kInt8Palettes[static_cast<std::size_t>(s_.format.int8())],
                   [](std::uint32_t i) { return i; });
    }
    for (std::uint32_t i = 0; i < place.count; ++i) {
      const ColumnIndex column = ColumnIndex{columns[i]};
      add(place.offset + std::uint64_t{i} * a.width, a.width, label, name(column), column);
    }
  }

  // A section without its zeros: pages, list, then the listed values coded.
  void sparse(const ActiveClass& a) {
    const SectionPlace& place = s_.cls(a.cls);
    const std::uint32_t* columns = columns_.data() + s_.present_before(a.cls);
    const std::string_view label = class_name(a.cls);
    const std::uint32_t pages = (place.count + kSparsePage - 1) / kSparsePage;
    const std::uint64_t list = place.offset + 2 * std::uint64_t{pages};
    std::vector<std::uint32_t> ranks;
    for (std::uint32_t p = 0; p < pages; ++p) {
      const std::uint64_t at = place.offset + 2 * std::uint64_t{p};
      const std::uint32_t end = load_le<std::uint16_t>(row_.data + at);
      add(at, 2, label,
          fmt::format("{} not zero through value {}", end,
                      std::min((p + 1) * kSparsePage, place.count) - 1));
      while (ranks.size() < end) {
        ranks.push_back(p * kSparsePage +
                        std::to_integer<std::uint32_t>(row_.data[list + ranks.size()]));
      }
    }
    const auto n = static_cast<std::uint32_t>(ranks.size());
    for (std::uint32_t i = 0; i < n; ++i) {
      const ColumnIndex column = ColumnIndex{columns[std::min(ranks[i], place.count - 1)]};
      add(list + i, 1, label, name(column) + " is not zero", column);
    }
    if (n == 0) return;
    coded(a, {.offset = list + n, .size = place.offset + place.size - (list + n), .count = n},
          kInt4Palettes[1], [&](std::uint32_t i) { return std::min(ranks[i], place.count - 1); });
  }

  // `rank_of` gives the rank in the class of the i-th coded value.
  template <typename RankOf>
  void coded(const ActiveClass& a, const SectionPlace& place, const IntPalette& palette,
             RankOf&& rank_of) {
    const std::uint32_t* columns = columns_.data() + s_.present_before(a.cls);
    const bool nibbles = a.cls == SlotClass::kInt4;
    const std::string_view label = class_name(a.cls);
    const std::uint64_t samples = 2 * ((std::uint64_t{place.count} + kIntBlock - 1) / kIntBlock);
    const std::uint64_t plane = (place.count + 7) / 8;
    add(place.offset, samples, label, "samples: where each block of 64 values ends");
    for (unsigned p = 0; p < palette.planes; ++p) {
      add(place.offset + samples + p * plane, plane, label,
          fmt::format("width codes, bit {}: {} bits by code", p, palette_text(palette, nibbles)));
    }
    const std::uint64_t values = place.offset + samples + palette.planes * plane;
    std::uint64_t unit = 0;
    std::uint64_t covered = values;  // end of the spans so far; nibbles share bytes
    for (std::uint32_t i = 0; i < place.count; ++i) {
      const ColumnIndex column = ColumnIndex{columns[rank_of(i)]};
      const unsigned units = palette.units[code(place.offset + samples, plane, palette.planes, i)];
      const std::uint64_t begin = values + (nibbles ? unit / 2 : unit);
      unit += units;
      const std::uint64_t end = values + (nibbles ? (unit + 1) / 2 : unit);
      const bool shares = begin < covered;
      const unsigned bits = nibbles ? units * 4 : units * 8;
      const std::uint64_t from = std::max(begin, covered);
      add(from, end > from ? end - from : 0, label,
          name(column) + fmt::format(" in {} bits{}", bits,
                                     shares ? ", from the high half of the byte before" : ""),
          column);
      covered = std::max(covered, end);
    }
  }

  static std::string palette_text(const IntPalette& palette, bool nibbles) {
    std::string out;
    for (unsigned i = 0; i < (1u << palette.planes); ++i) {
      out += fmt::format("{}{}", i == 0 ? "" : "/", palette.units[i] * (nibbles ? 4 : 8));
    }
    return out;
  }

  unsigned code(std::uint64_t planes_at, std::uint64_t plane, unsigned planes,
                std::uint32_t i) const {
    const auto bit = [&](std::uint64_t at) {
      return (std::to_integer<unsigned>(row_.data[at + i / 8]) >> (i % 8)) & 1;
    };
    return bit(planes_at) | (planes < 2 ? 0 : bit(planes_at + plane) << 1);
  }

  ColumnIndex text_column(std::uint64_t i) const {
    const auto& required = l_.not_null_var();
    if (i < required.size()) return ColumnIndex{required[i]};
    return ColumnIndex{columns_[s_.present_before(SlotClass::kVar) + (i - required.size())]};
  }

  void text() {
    const std::uint64_t table = s_.text_starts - s_.text_count;
    const bool ends = s_.format.text() == TextForm::kEnds;
    for (std::uint64_t i = 0; i < s_.text_count; ++i) {
      const auto byte = std::to_integer<unsigned>(row_.data[table + i]);
      add(table + i, 1, "offsets",
          fmt::format("{} {} of {}",
                      ends                ? "end"
                      : byte == kLongText ? "long, length in the heap:"
                                          : "length",
                      byte, name(text_column(i))));
    }
    for (std::uint64_t at = s_.text_starts, block = 1; at < s_.heap;
         at += s_.start_width, ++block) {
      add(at, s_.start_width, "offsets",
          fmt::format("block {} starts at heap byte {}", block,
                      load_partial(row_.data + at, s_.start_width)));
    }
    std::uint64_t next = s_.heap;
    for (std::uint64_t i = 0; i < s_.text_count; ++i) {
      const ColumnIndex column = text_column(i);
      const BytesRead value = internal::field_kernels->bytes(row_, l_.slot(column));
      const auto begin = static_cast<std::uint64_t>(value.data - row_.data);
      if (begin > next) add(next, begin - next, "heap", "length of " + name(column));
      add(begin, value.size, "heap", name(column), column);
      next = begin + value.size;
    }
  }

  void costs(std::uint32_t present) {
    const std::uint64_t now = presence_bytes(l_, s_.format.presence(), present);
    for (std::uint8_t f = 0; f < kPresenceFormCount; ++f) {
      const auto form = static_cast<PresenceForm>(f);
      const std::uint64_t bytes = presence_bytes(l_, form, present);
      EncodingCost cost{std::string(form_name(form)), std::nullopt, form == s_.format.presence()};
      if (bytes != kImpossible) cost.bytes = row_.size - now + bytes;
      out_->costs.push_back(std::move(cost));
    }
  }

  const RowBytes& row_;
  const Layout& l_;
  const RowSections& s_;
  RowInspection* out_ = nullptr;
  std::vector<std::uint32_t> columns_;  // present ones, class by class
};

}  // namespace

Result<RowInspection> inspect_row(const RowView& row) {
  WISP_TRY(verify_row(row));
  const RowBytes bytes{&row.layout(), row.bytes().data(), row.bytes().size()};
  RowSections sections;
  WISP_TRY(sections.find(bytes));
  RowInspection out;
  WISP_TRY(RowInspector(bytes, sections).run(out));
  return out;
}

std::string row_encoding_name(const RowView& row) {
  const FormatByte format{std::to_integer<std::uint8_t>(row.bytes()[0])};
  return format.known() ? std::string(form_name(format.presence())) : "unknown";
}

}  // namespace wisp
