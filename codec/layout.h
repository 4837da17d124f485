// Layout: where the columns of one schema version stand in a row.
//
// Columns that are not part of the key are sorted into width classes and get a slot in their class.
// A Layout is computed once per schema version and shared; rows, handles and builders point to it.
// codec/FORMAT.md is the normative description of the bytes.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/codec/row_format.h"
#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"

namespace wisp {

class ArrayView;
class MapView;
class NestedRowView;
struct TypeNode;

// Width classes, in the order in which their sections stand in a row. FROZEN: the order decides
// where every value of a row stands.
enum class SlotClass : std::uint8_t {
  kFixed16 = 0,  // DECIMAL of more than 18 digits, UUID
  kDouble = 1,   // DOUBLE
  kInt8 = 2,     // BIGINT, UBIGINT, TIME, TIMESTAMP(TZ), DECIMAL up to 18 digits; may be narrowed
  kInt4 = 3,     // INTEGER, UINTEGER, DATE; may be narrowed
  kReal = 4,     // REAL
  kInt2 = 5,     // SMALLINT, USMALLINT
  kInt1 = 6,     // TINYINT, UTINYINT
  kBool = 7,     // BOOLEAN, one bit
  kVar = 8,      // text, bytes, JSON, ARRAY, MAP, ROW
};
inline constexpr std::size_t kSlotClassCount = 9;

// Bytes per value; 0 for kBool and kVar. Classes fall in width.
inline constexpr std::array<std::uint8_t, kSlotClassCount> kClassWidth = {16, 8, 8, 4, 4,
                                                                          2,  1, 0, 0};
constexpr std::uint64_t class_width(SlotClass c) noexcept {
  return kClassWidth[static_cast<std::size_t>(c)];
}

SlotClass slot_class(const Type& type) noexcept;

inline constexpr std::uint8_t kNoList = kSlotClassCount;

// Everything a read of one column needs, resolved once: 24 bytes, trivially copyable.
struct ColumnSlot {
  std::uint16_t slot = 0;    // nullable: position in its class; NOT NULL: position among those
  std::uint16_t column = 0;  // ColumnIndex
  std::uint32_t fixed_offset = 0;  // NOT NULL: byte offset in the row (BOOLEAN: bit offset; kVar:
                                   // index in the offset table); nullable: row offset of its
                                   // bitmap word behind a directory of u8 entries; key column: key
                                   // part
  std::uint32_t list_at = 0;       // its entry in the directory of lists (see Layout::last_entry)
  std::uint16_t stage = 0;         // nullable: its place among the nullable slots of all classes
  std::uint16_t bitmap_word = 0;   // its entry in the directory of bitmaps
  SlotClass cls = SlotClass::kInt4;
  TypeKind kind = TypeKind::kInteger;
  bool not_null = false;
  bool is_key = false;
  std::uint8_t reader = 0;  // which function of FormKernels::fixed or ::bytes reads it
  std::uint8_t list_mask =
      0;  // 0 where its entry in the directory of lists is the first, else 0xFF
  std::uint8_t word_mask = 0;  // the same for bitmaps
  // Which of a builder's lists takes it: `cls` for a nullable column, kNoList for others.
  std::uint8_t list = kNoList;
};
static_assert(sizeof(ColumnSlot) == 24);

// A column of one layout, read and written as T. T is bool, an integer at least as wide as the
// column's and of its signedness (DATE reads as int32_t or int64_t, TIME and TIMESTAMP as int64_t),
// float, double (REAL too), Decimal, Uuid, std::string_view (VARCHAR, CHAR, VARBINARY, JSON),
// ArrayView, MapView or NestedRowView.
//
// A handle is for rows of the layout that made it, and of any that has the same columns in the same
// places. With others it reads every row as damaged, and a builder that was given it refuses its
// row: after ALTER TABLE, take the handles from the table that the rows come from. Trivially
// copyable; threads: shared by all.
template <typename T>
class ColumnHandle {
 public:
  using value_type = T;
  ColumnHandle() = default;  // fits no layout
  const ColumnSlot& slot() const noexcept { return slot_; }
  // Layout::columns_key() of the layout that made it.
  std::uint32_t columns_key() const noexcept { return columns_key_; }

 private:
  friend class Layout;
  ColumnHandle(const ColumnSlot& slot, std::uint32_t columns_key)
      : slot_(slot), columns_key_(columns_key) {}
  ColumnSlot slot_;
  std::uint32_t columns_key_ = 0;
};

// Where one class stands in the directory and the presence section.
struct ClassLayout {
  std::uint32_t nullable = 0;    // number of nullable columns
  std::uint32_t first_slot = 0;  // sum of `nullable` of the classes before
  std::uint32_t first_page = 0;  // directory of lists: pages of 256 slots
  std::uint32_t page_count = 0;
  std::uint32_t first_word = 0;  // directory of bitmaps: words of 64 slots
  std::uint32_t word_count = 0;
  std::uint32_t bitmap_offset = 0;  // byte offset of the class in the bitmap
  std::uint32_t active_before = 0;  // classes before this one that have nullable columns
  std::uint32_t full_start = 0;     // row offset of the section in a full row with plain integers
  std::uint32_t steps_before = 0;   // how many of Layout::section_steps() count for it
};

// A class with at least one nullable column.
struct ActiveClass {
  std::uint32_t nullable = 0;
  // Its last directory entry (see Layout::last_entry), by presence form; unused for kFull.
  std::array<std::uint32_t, 5> end_entry{};
  std::uint8_t width = 0;  // bytes per value; 0 for kBool and kVar
  std::uint8_t bits = 0;   // bits per value; 0 for kVar
  SlotClass cls = SlotClass::kInt4;
  // Which values fit depends on the column: some are unsigned, DECIMAL or TIME.
  bool has_column_rules = false;
};

// What one earlier class adds to the place of a section: its last directory entry, times the step
// from its width to that of the next class. Summed over the classes before, that is the sum of
// count * width, since counts are differences of entries.
struct SectionStep {
  std::uint32_t entry = 0;
  std::uint32_t bytes = 0;
};

// Where the offset table stands: directory entries that count the present columns before the
// variable-length ones and before the BOOLEAN ones, and masks that are 0 where there are none.
struct TextPlace {
  std::uint32_t before = 0;
  std::uint32_t before_mask = 0;
  std::uint32_t before_bools = 0;
  std::uint32_t before_bools_mask = 0;
};

class Layout;
using LayoutPtr = std::shared_ptr<const Layout>;

// Immutable; threads: shared by all.
class Layout : public std::enable_shared_from_this<Layout> {
 public:
  // Of a table's rows. Key columns are not in the row (they are in the key).
  static LayoutPtr make(SchemaPtr schema);
  // Of a nested ROW value: no schema version in its header. `type` must be a kRow.
  static LayoutPtr make_nested(const Type& type);
  // Of the values in a patch (patch.h): every value column is nullable, and no version in the
  // header. Handles for reading patches come from this layout; those for building them may come
  // from the table's, too.
  static LayoutPtr make_patch(SchemaPtr schema);

  // The schema; null for a nested layout.
  const SchemaPtr& schema() const noexcept { return schema_; }
  // Whether rows of this layout have a schema version in their header.
  bool has_version() const noexcept { return header_bytes_ > 1; }
  std::size_t column_count() const noexcept { return slots_.size(); }
  const ColumnSlot& slot(ColumnIndex i) const noexcept { return slots_[to_underlying(i)]; }
  const Type& type(ColumnIndex i) const noexcept { return *types_[to_underlying(i)]; }
  std::string_view name(ColumnIndex i) const noexcept { return names_[to_underlying(i)]; }
  // The same in all versions: of the column, or in a nested layout of the field.
  ColumnId id(ColumnIndex i) const noexcept;
  std::optional<ColumnIndex> find_id(ColumnId id) const noexcept;
  // What reading inside an ARRAY, MAP or ROW column needs (nested_view.h); null for a scalar
  // column.
  const TypeNode* nested(ColumnIndex i) const noexcept { return nested_[to_underlying(i)].get(); }

  // A typed handle. Fails when there is no such column or T cannot hold its type; the message has
  // the column's name in it.
  template <typename T>
  Result<ColumnHandle<T>> column(std::string_view name,
                                 NameMatch match = NameMatch::kIgnoreCase) const {
    auto i = find(name, match);
    if (!i) return fail(std::move(i).error());
    return column<T>(*i);
  }
  template <typename T>
  Result<ColumnHandle<T>> column(ColumnIndex i) const {
    if (!can_hold<T>(type(i).kind(), type(i))) return fail(wrong_type(i));
    return ColumnHandle<T>(slot(i), columns_key_);
  }
  // The same where column<T>() has been asked before.
  template <typename T>
  ColumnHandle<T> checked_column(ColumnIndex i) const noexcept {
    return ColumnHandle<T>(slot(i), columns_key_);
  }
  Result<ColumnIndex> find(std::string_view name, NameMatch match) const;
  // Fails with kInvalidArgument where there is no such column.
  Status check_index(ColumnIndex i) const;
  // A hash of all that says where rows have which column; never 0. Handles fit a layout of their
  // key.
  std::uint32_t columns_key() const noexcept { return columns_key_; }
  // Of a patch layout: columns_key() of the table's rows; else 0.
  std::uint32_t row_columns_key() const noexcept { return row_columns_key_; }
  template <typename T>
  bool fits(const ColumnHandle<T>& column) const noexcept {
    return column.columns_key() == columns_key_;
  }

  // For the codec itself.
  const ClassLayout& cls(SlotClass c) const noexcept {
    return classes_[static_cast<std::size_t>(c)];
  }
  std::span<const ActiveClass> active() const noexcept { return {active_.data(), active_count_}; }
  // Number of directory entries and, for the bitmap, presence bytes. Requires: not kFull.
  std::uint32_t directory_entries(PresenceForm form) const noexcept {
    return entries_[static_cast<std::size_t>(form)];
  }
  // The last of them. Entries are given as row offsets in a directory of u8 entries; a wide
  // directory starts at the same place. Requires: there is one.
  std::uint32_t last_entry(PresenceForm form) const noexcept {
    return last_entry_[static_cast<std::size_t>(form)];
  }
  const SectionStep* section_steps(PresenceForm form) const noexcept {
    return steps_[static_cast<std::size_t>(form)].data();
  }
  const TextPlace& text_place(PresenceForm form) const noexcept {
    return text_places_[static_cast<std::size_t>(form)];
  }
  // Bytes up to and including the directory (and the bitmap), by the low four format bits: the
  // length that opening a row checks.
  std::uint32_t prefix_bytes(FormatByte format) const noexcept {
    return prefix_[format.value & 15];
  }
  // ColumnIndex of each nullable slot: classes in order, slots in order. Behind them stands a page
  // of zeros, so that a damaged low byte of any class can be looked up before it is checked.
  const std::vector<std::uint32_t>& slot_columns() const noexcept { return slot_columns_; }
  // ColumnIndex of the NOT NULL variable-length columns, in the order of the offset table.
  const std::vector<std::uint32_t>& not_null_var() const noexcept { return not_null_var_; }
  std::uint32_t not_null_var_count() const noexcept { return not_null_var_count_; }
  // ColumnIndex of the NOT NULL fixed-width columns (BOOLEAN last), in the order of their bytes.
  const std::vector<std::uint32_t>& not_null_fixed() const noexcept { return not_null_fixed_; }
  // ColumnIndex of the columns that became NOT NULL and keep their presence
  // (Column::keeps_presence). None in patches.
  const std::vector<std::uint32_t>& kept_not_null() const noexcept { return kept_not_null_; }
  // Whether a writer must give the column a value: NOT NULL, whether or not rows have a presence
  // bit for it, or of the key.
  bool is_required(ColumnIndex i) const noexcept {
    const ColumnSlot& s = slot(i);
    return s.not_null || s.is_key || (!kept_not_null_.empty() && keeps_presence(i));
  }
  std::uint32_t nullable_count() const noexcept { return nullable_count_; }
  std::uint32_t bitmap_words() const noexcept { return bitmap_words_; }
  std::uint32_t bitmap_bytes() const noexcept { return bitmap_bytes_; }
  // The O(1) header check of RowView::open().
  bool accepts(std::span<const std::byte> row) const noexcept {
    if (row.size() >= 2) [[likely]] {
      const std::uint32_t prefix = prefix_[std::to_integer<unsigned>(row[0]) & 15];
      if (row.size() >= prefix && std::to_integer<std::uint32_t>(row[1]) == short_version_)
          [[likely]] {
        return true;
      }
    }
    return accepts_other_header(row);
  }
  bool has_nested() const noexcept { return has_nested_; }      // any value column is nested
  bool has_unsigned() const noexcept { return has_unsigned_; }  // any nullable one is unsigned
  std::uint32_t header_bytes() const noexcept { return header_bytes_; }  // format byte + version
  // Row offset behind the NOT NULL section: of the directory, or of the values of a full row.
  std::uint32_t directory_offset() const noexcept { return directory_offset_; }

 private:
  Layout() = default;
  struct Input;
  static std::vector<Input> inputs_of(const Schema& schema);
  void build(const std::vector<Input>& inputs);
  void place_nullable(const std::array<std::vector<std::uint32_t>, kSlotClassCount>& columns);
  void place_required(const std::array<std::vector<std::uint32_t>, kSlotClassCount>& columns);
  void finish_directory();
  // Requires: schema_ or row_type_ is there, which has the ids.
  std::uint32_t hash_columns(const std::vector<Input>& inputs, std::uint32_t header_bytes) const;
  template <typename T>
  static bool can_hold(TypeKind kind, const Type& type) noexcept;
  Error wrong_type(ColumnIndex i) const;
  bool keeps_presence(ColumnIndex i) const noexcept;
  // The same for headers without a version, or with one that takes five bytes.
  bool accepts_other_header(std::span<const std::byte> row) const noexcept;

  SchemaPtr schema_;
  Type row_type_;  // nested only
  std::vector<ColumnSlot> slots_;
  std::vector<const Type*> types_;
  std::vector<std::string_view> names_;
  std::vector<std::shared_ptr<const TypeNode>> nested_;
  // What reads touch stands together.
  std::uint32_t columns_key_ = 0;
  std::uint32_t directory_offset_ = 0;
  std::uint32_t active_count_ = 0;
  std::uint32_t header_bytes_ = 0;
  std::uint32_t not_null_var_count_ = 0;
  std::uint32_t short_version_ = 0xFFFFFFFF;  // where the version is one byte; else no byte is this
  std::array<std::byte, 8> version_{};        // as rows have it, from their second byte
  std::array<std::uint32_t, 16> prefix_{};    // unknown forms: more than any row has
  std::array<std::uint32_t, 5> entries_{};
  std::array<std::uint32_t, 5> last_entry_{};
  std::array<std::array<SectionStep, kSlotClassCount>, 5> steps_{};
  std::array<TextPlace, 5> text_places_{};
  std::array<ClassLayout, kSlotClassCount> classes_{};
  std::array<ActiveClass, kSlotClassCount> active_{};
  std::uint32_t row_columns_key_ = 0;
  std::vector<std::uint32_t> slot_columns_;
  std::vector<std::uint32_t> not_null_var_;
  std::vector<std::uint32_t> not_null_fixed_;
  std::vector<std::uint32_t> kept_not_null_;
  std::uint32_t nullable_count_ = 0;
  std::uint32_t bitmap_words_ = 0;
  std::uint32_t bitmap_bytes_ = 0;
  std::uint32_t not_null_bools_ = 0;
  bool has_nested_ = false;
  bool has_unsigned_ = false;
};

template <typename T>
bool Layout::can_hold(TypeKind kind, const Type& type) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return kind == TypeKind::kBoolean;
  } else if constexpr (std::is_integral_v<T>) {
    if (!is_integer_like(kind) || is_unsigned(kind) != std::is_unsigned_v<T>) return false;
    switch (slot_class(type)) {
      case SlotClass::kInt8:
        return sizeof(T) == 8;
      case SlotClass::kInt4:
        return sizeof(T) >= 4;
      case SlotClass::kInt2:
        return sizeof(T) >= 2;
      default:
        return true;
    }
  } else if constexpr (std::is_same_v<T, float>) {
    return kind == TypeKind::kReal;
  } else if constexpr (std::is_same_v<T, double>) {
    return kind == TypeKind::kReal || kind == TypeKind::kDouble;
  } else if constexpr (std::is_same_v<T, Decimal>) {
    return kind == TypeKind::kDecimal;
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return kind == TypeKind::kUuid;
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return is_string_like(kind);
  } else if constexpr (std::is_same_v<T, ArrayView>) {
    return kind == TypeKind::kArray;
  } else if constexpr (std::is_same_v<T, MapView>) {
    return kind == TypeKind::kMap;
  } else if constexpr (std::is_same_v<T, NestedRowView>) {
    return kind == TypeKind::kRow;
  } else {
    static_assert(!sizeof(T*), "no column type reads as this C++ type; see ColumnHandle");
  }
}

}  // namespace wisp
