#include "wisp/codec/layout.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "wisp/codec/bytes.h"
#include "wisp/codec/nested_view.h"
#include "wisp/codec/xxh3.h"

namespace wisp {

// One column as build() needs it, wherever it comes from.
struct Layout::Input {
  std::string_view name;
  const Type* type;
  bool not_null;
  std::uint32_t key_part;
};

namespace {

constexpr std::uint32_t kNoKeyPart = 0xFFFFFFFF;

constexpr auto kBoolClass = static_cast<std::size_t>(SlotClass::kBool);

std::uint32_t ceil_div(std::uint32_t a, std::uint32_t b) {
  return (a + b - 1) / b;
}

// Index into FormKernels::fixed, or into ::bytes for the classes that have no 64-bit value.
std::uint8_t reader_of(SlotClass cls, bool not_null) {
  if (cls == SlotClass::kFixed16) return not_null ? 2 : 0;
  if (cls == SlotClass::kVar) return not_null ? 3 : 1;
  return not_null ? 7 : static_cast<std::uint8_t>(static_cast<unsigned>(cls) - 1);
}

}  // namespace

SlotClass slot_class(const Type& type) noexcept {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return SlotClass::kBool;
    case TypeKind::kTinyInt:
    case TypeKind::kUTinyInt:
      return SlotClass::kInt1;
    case TypeKind::kSmallInt:
    case TypeKind::kUSmallInt:
      return SlotClass::kInt2;
    case TypeKind::kInteger:
    case TypeKind::kUInteger:
    case TypeKind::kDate:
      return SlotClass::kInt4;
    case TypeKind::kBigInt:
    case TypeKind::kUBigInt:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return SlotClass::kInt8;
    case TypeKind::kReal:
      return SlotClass::kReal;
    case TypeKind::kDouble:
      return SlotClass::kDouble;
    case TypeKind::kDecimal:
      return type.precision() <= 18 ? SlotClass::kInt8 : SlotClass::kFixed16;
    case TypeKind::kUuid:
      return SlotClass::kFixed16;
    default:
      return SlotClass::kVar;
  }
}

std::vector<Layout::Input> Layout::inputs_of(const Schema& schema) {
  std::vector<Input> inputs;
  inputs.reserve(schema.column_count());
  for (const Column& c : schema.columns()) {
    inputs.push_back({c.name, &c.type, !c.nullable && !c.keeps_presence, kNoKeyPart});
  }
  for (std::size_t part = 0; part < schema.key().size(); ++part) {
    inputs[to_underlying(schema.key()[part].column)].key_part = static_cast<std::uint32_t>(part);
  }
  return inputs;
}

namespace {

std::uint32_t row_header_bytes(const Schema& schema) {
  return to_underlying(schema.version()) < kVersionEscape ? 2 : 6;
}

}  // namespace

LayoutPtr Layout::make(SchemaPtr schema) {
  auto layout = std::shared_ptr<Layout>(new Layout);
  const std::uint32_t version = to_underlying(schema->version());
  layout->header_bytes_ = row_header_bytes(*schema);
  const bool is_short = layout->header_bytes_ == 2;
  if (is_short) layout->short_version_ = version;
  layout->version_[0] = static_cast<std::byte>(is_short ? version : kVersionEscape);
  if (!is_short) std::memcpy(&layout->version_[1], &version, sizeof version);
  layout->schema_ = std::move(schema);
  layout->build(inputs_of(*layout->schema_));
  for (std::uint32_t i = 0; i < layout->column_count(); ++i) {
    if (layout->schema_->column(ColumnIndex{i}).keeps_presence) {
      layout->kept_not_null_.push_back(i);
    }
  }
  return layout;
}

LayoutPtr Layout::make_patch(SchemaPtr schema) {
  auto layout = std::shared_ptr<Layout>(new Layout);
  layout->header_bytes_ = 1;
  layout->schema_ = std::move(schema);
  std::vector<Input> inputs = inputs_of(*layout->schema_);
  layout->row_columns_key_ = layout->hash_columns(inputs, row_header_bytes(*layout->schema_));
  for (Input& in : inputs) in.not_null = false;
  layout->build(inputs);
  return layout;
}

LayoutPtr Layout::make_nested(const Type& type) {
  auto layout = std::shared_ptr<Layout>(new Layout);
  layout->row_type_ = type;
  layout->header_bytes_ = 1;
  std::vector<Input> inputs;
  for (const RowField& f : layout->row_type_.fields()) {
    inputs.push_back({f.name, &f.type, !f.nullable, kNoKeyPart});
  }
  layout->build(inputs);
  return layout;
}

void Layout::build(const std::vector<Input>& inputs) {
  std::array<std::vector<std::uint32_t>, kSlotClassCount> nullable;
  std::array<std::vector<std::uint32_t>, kSlotClassCount> required;
  slots_.resize(inputs.size());
  nested_.resize(inputs.size());
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    const Input& in = inputs[i];
    types_.push_back(in.type);
    names_.push_back(in.name);
    ColumnSlot& s = slots_[i];
    s.column = static_cast<std::uint16_t>(i);
    s.cls = slot_class(*in.type);
    s.kind = in.type->kind();
    if (in.type->is_nested()) nested_[i] = TypeNode::make(*in.type);
    if (in.key_part != kNoKeyPart) {
      s.is_key = true;
      s.fixed_offset = in.key_part;
      continue;
    }
    s.not_null = in.not_null;
    s.reader = reader_of(s.cls, s.not_null);
    has_nested_ |= in.type->is_nested();
    has_unsigned_ |= !in.not_null && is_unsigned(s.kind);
    (in.not_null ? required : nullable)[static_cast<std::size_t>(s.cls)].push_back(i);
  }
  place_nullable(nullable);
  place_required(required);
  finish_directory();
  columns_key_ = hash_columns(inputs, header_bytes_);
}

std::uint32_t Layout::hash_columns(const std::vector<Input>& inputs,
                                   std::uint32_t header_bytes) const {
  std::string all(1, static_cast<char>(header_bytes));
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    const Input& in = inputs[i];
    char numbers[10] = {};
    store_le(numbers, to_underlying(id(ColumnIndex{i})));
    store_le(numbers + 4, in.key_part);
    numbers[8] = static_cast<char>(in.type->kind());
    numbers[9] = in.not_null ? 1 : 0;
    all.append(numbers, sizeof numbers).append(in.name).push_back('\0');
    // A handle gives out the digits alone.
    if (in.type->kind() == TypeKind::kDecimal) all += in.type->to_sql();
  }
  return std::max(1u, static_cast<std::uint32_t>(xxh3_64(all)));
}

void Layout::place_nullable(
    const std::array<std::vector<std::uint32_t>, kSlotClassCount>& columns) {
  std::uint32_t pages = 0;
  for (std::size_t c = 0; c < kSlotClassCount; ++c) {
    const auto n = static_cast<std::uint32_t>(columns[c].size());
    ClassLayout& cls = classes_[c];
    cls.nullable = n;
    cls.first_slot = nullable_count_;
    cls.first_page = pages;
    cls.page_count = ceil_div(n, kPageSlots);
    cls.first_word = bitmap_words_;
    cls.word_count = ceil_div(n, 64);
    cls.bitmap_offset = bitmap_bytes_;
    cls.active_before = active_count_;
    bool has_column_rules = false;
    for (std::uint32_t slot = 0; slot < n; ++slot) {
      ColumnSlot& s = slots_[columns[c][slot]];
      has_column_rules |= is_unsigned(s.kind) || has_limits(s.kind);
      s.slot = static_cast<std::uint16_t>(slot);
      s.stage = static_cast<std::uint16_t>(nullable_count_ + slot);
      s.fixed_offset = bitmap_bytes_ + 8 * (slot / 64);
      s.list_at = pages + slot / kPageSlots;  // finish_directory() adds where it starts
      s.list_mask = s.list_at == 0 ? 0 : 0xFF;
      s.bitmap_word = static_cast<std::uint16_t>(bitmap_words_ + slot / 64);
      s.word_mask = s.bitmap_word == 0 ? 0 : 0xFF;
      s.list = static_cast<std::uint8_t>(c);
      slot_columns_.push_back(columns[c][slot]);
    }
    if (n == 0) continue;
    nullable_count_ += n;
    pages += cls.page_count;
    bitmap_words_ += cls.word_count;
    bitmap_bytes_ += ceil_div(n, 8);
    active_[active_count_] = {n,
                              {0, pages - 1, bitmap_words_ - 1, pages - 1, active_count_},
                              kClassWidth[c],
                              static_cast<std::uint8_t>(c == kBoolClass ? 1 : kClassWidth[c] * 8),
                              static_cast<SlotClass>(c),
                              has_column_rules};
    ++active_count_;
  }
  slot_columns_.resize(nullable_count_ + kPageSlots);
  entries_ = {0, pages, bitmap_words_, pages, active_count_};
}

void Layout::place_required(
    const std::array<std::vector<std::uint32_t>, kSlotClassCount>& columns) {
  std::uint32_t offset = header_bytes_;
  std::uint32_t count = 0;
  for (std::size_t c = 0; c < kSlotClassCount; ++c) {
    for (std::uint32_t column : columns[c]) {
      ColumnSlot& s = slots_[column];
      s.slot = static_cast<std::uint16_t>(count);
      ++count;
      if (s.cls == SlotClass::kVar) {
        s.fixed_offset = static_cast<std::uint32_t>(not_null_var_.size());
        not_null_var_.push_back(column);
        continue;
      }
      not_null_fixed_.push_back(column);
      if (s.cls == SlotClass::kBool) {
        s.fixed_offset = offset * 8 + not_null_bools_++;
      } else {
        s.fixed_offset = offset;
        offset += kClassWidth[c];
      }
    }
  }
  directory_offset_ = offset + ceil_div(not_null_bools_, 8);
  not_null_var_count_ = static_cast<std::uint32_t>(not_null_var_.size());
}

void Layout::finish_directory() {
  for (ColumnSlot& s : slots_) {
    s.list_at += directory_offset_;
    if (!s.not_null && !s.is_key) {
      s.fixed_offset +=
          directory_offset_ + entries_[static_cast<std::size_t>(PresenceForm::kBitmap)];
    }
  }
  for (std::uint32_t k = 0; k < active_count_; ++k) {
    for (std::uint32_t& entry : active_[k].end_entry) entry += directory_offset_;
  }
  for (std::size_t form = 0; form < kPresenceFormCount; ++form) {
    last_entry_[form] = directory_offset_ + entries_[form] - 1;
  }
  prefix_.fill(0xFFFFFFFF);
  for (std::uint32_t form = 0; form < kPresenceFormCount; ++form) {
    for (std::uint32_t wide = 0; wide < 2; ++wide) {
      const bool bitmap = form == static_cast<std::uint32_t>(PresenceForm::kBitmap);
      prefix_[form | (wide << 3)] =
          directory_offset_ + entries_[form] * (wide + 1) + (bitmap ? bitmap_bytes_ : 0);
    }
  }
  for (std::size_t form = 0; form < kPresenceFormCount; ++form) {
    TextPlace& text = text_places_[form];
    const auto entry_before = [&](SlotClass c, std::uint32_t& entry, std::uint32_t& mask) {
      const std::uint32_t k = cls(c).active_before;
      entry = k != 0 ? active_[k - 1].end_entry[form] : directory_offset_;
      mask = k != 0 ? 0xFFFFFFFF : 0;
    };
    entry_before(SlotClass::kVar, text.before, text.before_mask);
    entry_before(SlotClass::kBool, text.before_bools, text.before_bools_mask);
  }
  std::uint32_t start = directory_offset_;
  std::uint32_t steps = 0;
  for (std::uint32_t k = 0; k < active_count_; ++k) {
    const ActiveClass& a = active_[k];
    const std::uint32_t next = k + 1 < active_count_ ? active_[k + 1].width : 0;
    classes_[static_cast<std::size_t>(a.cls)].steps_before = steps;
    if (a.width != next) {
      for (std::size_t form = 0; form < kPresenceFormCount; ++form) {
        steps_[form][steps] = {a.end_entry[form], a.width - next};
      }
      ++steps;
    }
    classes_[static_cast<std::size_t>(a.cls)].full_start = start;
    start += a.cls == SlotClass::kBool ? ceil_div(a.nullable, 8) : a.nullable * a.width;
  }
}

bool Layout::accepts_other_header(std::span<const std::byte> row) const noexcept {
  if (row.empty() || row.size() < prefix_[std::to_integer<unsigned>(row[0]) & 15]) return false;
  if (header_bytes_ == 1) return true;
  return header_bytes_ == 6 && std::memcmp(row.data() + 1, version_.data(), 5) == 0;
}

bool Layout::keeps_presence(ColumnIndex i) const noexcept {
  return std::find(kept_not_null_.begin(), kept_not_null_.end(), to_underlying(i)) !=
         kept_not_null_.end();
}

Status Layout::check_index(ColumnIndex i) const {
  if (to_underlying(i) < column_count()) [[likely]] {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              "column index " + std::to_string(to_underlying(i)) + " does not exist");
}

ColumnId Layout::id(ColumnIndex i) const noexcept {
  if (schema_ != nullptr) return schema_->column(i).id;
  return ColumnId{row_type_.fields()[to_underlying(i)].id};
}

std::optional<ColumnIndex> Layout::find_id(ColumnId id) const noexcept {
  if (schema_ != nullptr) return schema_->find_id(id);
  const std::uint32_t guess = to_underlying(id) - 1;  // ids of fields count from 1
  if (guess < column_count() && this->id(ColumnIndex{guess}) == id) return ColumnIndex{guess};
  for (std::uint32_t i = 0; i < column_count(); ++i) {
    if (this->id(ColumnIndex{i}) == id) return ColumnIndex{i};
  }
  return std::nullopt;
}

Result<ColumnIndex> Layout::find(std::string_view name, NameMatch match) const {
  if (schema_ != nullptr) return schema_->find(name, match);
  const std::string wanted = fold_identifier(name);
  std::vector<std::uint32_t> folded;
  for (std::uint32_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return ColumnIndex{i};
    if (match == NameMatch::kIgnoreCase && fold_identifier(names_[i]) == wanted) {
      folded.push_back(i);
    }
  }
  if (folded.size() == 1) return ColumnIndex{folded[0]};
  const std::string& type_name = row_type_.type_name();
  const std::string in_type =
      type_name.empty() ? " in the ROW type" : " in ROW type " + quote_identifier(type_name);
  if (folded.size() > 1) {
    return fail(ErrorCode::kInvalidArgument, "field name " + quote_identifier(name) +
                                                 " is ambiguous" + in_type + ": " +
                                                 quote_identifier(names_[folded[0]]) + " or " +
                                                 quote_identifier(names_[folded[1]]));
  }
  std::string message = "no field " + quote_identifier(name) + in_type;
  const std::vector<std::string> names(names_.begin(), names_.end());
  if (const auto near = nearest_name(name, names)) {
    message += "; did you mean " + quote_identifier(*near) + "?";
  }
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Error Layout::wrong_type(ColumnIndex i) const {
  return Error{ErrorCode::kInvalidArgument,
               "column " + quote_identifier(name(i)) + " is " + type(i).to_sql() +
                   " and cannot be read as the C++ type of this handle",
               {}};
}

}  // namespace wisp
