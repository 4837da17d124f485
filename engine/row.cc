#include "wisp/engine/row.h"

#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <mutex>
#include <utility>

#include "wisp/codec/key.h"
#include "wisp/codec/key_parts.h"
#include "wisp/codec/nested_view.h"
#include "wisp/engine/chain.h"
#include "wisp/engine/row_fold.h"
#include "wisp/engine/stored_key.h"
#include "wisp/engine/table_layouts.h"

namespace wisp {
namespace {

// A decoded key part as the C++ type of a handle; false where a handle of another table was used.
template <typename T>
bool take_as(const Value& value, T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    const bool* v = value.get_if<bool>();
    if (v != nullptr) out = *v;
    return v != nullptr;
  } else if constexpr (std::is_integral_v<T>) {
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const Wide* v = value.get_if<Wide>();
    if (v == nullptr || !std::in_range<T>(*v)) return false;
    out = static_cast<T>(*v);
    return true;
  } else if constexpr (std::is_same_v<T, double>) {
    if (const float* f = value.get_if<float>()) {
      out = *f;
      return true;
    }
    const double* v = value.get_if<double>();
    if (v != nullptr) out = *v;
    return v != nullptr;
  } else {
    const T* v = value.get_if<T>();
    if (v != nullptr) out = *v;
    return v != nullptr;
  }
}

std::span<const std::byte> bytes_of(std::string_view s) noexcept {
  return std::as_bytes(std::span(s.data(), s.size()));
}

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A row of no known form: every field reads as damaged.
constexpr std::byte kDamagedRow[] = {std::byte{0x0F}};

}  // namespace

struct RowRef::MigratedRow {
  std::string bytes;
  RowView view;
};

Status RowRef::bind_any(const std::shared_ptr<const TableLayouts>& layouts,
                        std::string_view stored_key, std::string_view stored_value,
                        bool verify_checksum) {
  if (layouts_ != layouts) layouts_ = layouts;
  Status status = bind_checked(stored_key, stored_value, verify_checksum);
  if (status) return status;
  unbind();
  const std::string_view key = stored_key.substr(std::min(kTableIdBytes, stored_key.size()));
  return fail(std::move(status).error().within(layouts->describe_row(key)));
}

bool RowRef::bind_plain(std::string_view stored_key, std::string_view stored_value) noexcept {
  const TableLayouts& table = *layouts_;
  const std::size_t checksum = table.row_checksums() ? kRowChecksumBytes : 0;
  if (!is_plain_ || stored_value.size() < checksum) return false;
  const std::string_view row(stored_value.data(), stored_value.size() - checksum);
  const auto view = RowView::try_open(*table.layout(), bytes_of(row));
  if (!view) return false;
  view_ = *view;
  key_ = {stored_key.data() + kTableIdBytes, stored_key.size() - kTableIdBytes};
  return true;
}

Status RowRef::bind_checked(std::string_view stored_key, std::string_view stored_value,
                            bool verify_checksum) {
  const TableLayouts& table = *layouts_;
  if (is_chain(stored_value)) [[unlikely]] {
    return bind_chain(stored_key, stored_value);
  }
  key_ = stored_key.substr(kTableIdBytes);
  std::string_view row = stored_value;
  if (table.row_checksums()) {
    if (row.size() < kRowChecksumBytes) {
      return fail(ErrorCode::kCorruption, "the stored row is too short for its checksum");
    }
    row.remove_suffix(kRowChecksumBytes);
    if (verify_checksum &&
        !row_checksum_matches(row, stored_value.substr(row.size()), stored_key)) {
      return fail(ErrorCode::kCorruption, "the row's checksum does not match");
    }
  }
  is_plain_ = false;
  if (folded_ != nullptr) folded_.reset();
  mapping_ = nullptr;
  if (migrated_.row != nullptr) migrated_.row.reset();
  if (const auto view = RowView::try_open(*table.layout(), bytes_of(row))) [[likely]] {
    view_ = *view;
    stored_version_ = table.version();
  } else {
    WISP_TRY(bind_other_version(row));
  }
  if (!table.key().has_text()) {
    if (key_text_ != nullptr) key_text_.reset();
    is_plain_ = mapping_ == nullptr;
    return {};
  }
  WISP_ASSIGN(key_text_, table.key().decode_text(key_));
  return {};
}

Status RowRef::bind_other_version(std::string_view row) {
  const TableLayouts& table = *layouts_;
  WISP_ASSIGN(stored_version_, row_schema_version(bytes_of(row)));
  if (stored_version_ == table.version()) {
    WISP_ASSIGN(view_, RowView::open(*table.layout(), bytes_of(row)));
    return {};
  }
  WISP_ASSIGN(mapping_, table.mapping(stored_version_));
  WISP_ASSIGN(view_, RowView::open(*mapping_->from(), bytes_of(row)));
  return {};
}

Status RowRef::bind_chain(std::string_view stored_key, std::string_view stored_value) {
  WISP_ASSIGN(const Chain chain, Chain::read(stored_value));
  auto folded = std::make_shared<std::string>();
  auto exists = fold_row(*layouts_, stored_key, chain, *folded);
  if (!exists) {
    Error error = std::move(exists).error();
    // A sound patch leaves NOT NULL columns their values.
    if (error.code == ErrorCode::kConstraint) error.code = ErrorCode::kCorruption;
    return fail(std::move(error));
  }
  if (!*exists) {
    unbind();
    return {};
  }
  WISP_TRY(bind_checked(stored_key, *folded, /*verify_checksum=*/false));
  folded_ = std::move(folded);
  is_plain_ = false;
  return {};
}

void RowRef::unbind() noexcept {
  view_ = RowView();
  key_ = {};
  is_plain_ = false;
  mapping_ = nullptr;
  migrated_.row.reset();
  folded_.reset();
  key_text_.reset();
}

bool RowRef::fits(std::uint32_t columns_key) const noexcept {
  return layouts_->layout()->columns_key() == columns_key;
}

template <typename T>
Access RowRef::read_key(const ColumnSlot& slot, T& out) const {
  if constexpr (std::is_same_v<T, ArrayView> || std::is_same_v<T, MapView> ||
                std::is_same_v<T, NestedRowView>) {
    return Access::kDamaged;  // no key column has such a type
  } else {
    const KeyParts& key = layouts_->key();
    const std::size_t i = slot.fixed_offset;
    if (i >= key.parts().size()) return Access::kDamaged;
    const KeyParts::Part& part = key.parts()[i];
    std::optional<std::string_view> bytes = key.find(key_, i);
    if (!bytes) return Access::kDamaged;
    if constexpr (std::is_same_v<T, std::string_view>) {
      if (part.width_bytes != 0) return Access::kDamaged;
      if (const auto text = KeyParts::text_in_place(part, *bytes)) {
        out = *text;
        return Access::kPresent;
      }
      if (key_text_ == nullptr) return Access::kDamaged;
      out = (*key_text_)[i];
      return Access::kPresent;
    } else {
      const auto value = take_key_part(*part.type, part.order, *bytes);
      return value && take_as(*value, out) ? Access::kPresent : Access::kDamaged;
    }
  }
}

template Access RowRef::read_key(const ColumnSlot&, bool&) const;
template Access RowRef::read_key(const ColumnSlot&, std::int8_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::int16_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::int32_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::int64_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::uint8_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::uint16_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::uint32_t&) const;
template Access RowRef::read_key(const ColumnSlot&, std::uint64_t&) const;
template Access RowRef::read_key(const ColumnSlot&, float&) const;
template Access RowRef::read_key(const ColumnSlot&, double&) const;
template Access RowRef::read_key(const ColumnSlot&, Decimal&) const;
template Access RowRef::read_key(const ColumnSlot&, Uuid&) const;
template Access RowRef::read_key(const ColumnSlot&, std::string_view&) const;
template Access RowRef::read_key(const ColumnSlot&, ArrayView&) const;
template Access RowRef::read_key(const ColumnSlot&, MapView&) const;
template Access RowRef::read_key(const ColumnSlot&, NestedRowView&) const;

const Schema& RowRef::schema() const noexcept {
  return *layouts_->schema();
}

const RowView& RowRef::migrated_view() const {
  // Several threads may ask at once.
  const std::lock_guard lock(layouts_->migrated_rows_mutex());
  if (migrated_.row == nullptr) {
    auto row = std::make_shared<MigratedRow>();
    const LayoutPtr& layout = layouts_->layout();
    row->view = RowView::trust_bytes(*layout, kDamagedRow);
    const auto migration = layouts_->versions().migration(stored_version_, layouts_->version());
    if (migration->append(view_, row->bytes)) {
      if (const auto view = RowView::try_open(*layout, bytes_of(row->bytes))) row->view = *view;
    }
    migrated_.row = std::move(row);
  }
  return migrated_.row->view;
}

bool RowRef::is_null(ColumnIndex column) const {
  if (layouts_->layout()->slot(column).is_key) return false;
  return mapping_ == nullptr ? view_.is_null(column) : mapping_->is_null(view_, column);
}

Result<Value> RowRef::value(ColumnIndex column) const {
  WISP_TRY(layouts_->layout()->check_index(column));
  const ColumnSlot& slot = layouts_->layout()->slot(column);
  if (!slot.is_key) {
    return mapping_ == nullptr ? view_.value(column) : mapping_->value(view_, column);
  }
  const KeyParts& key = layouts_->key();
  const std::size_t i = slot.fixed_offset;
  std::optional<std::string_view> bytes = key.find(key_, i);
  const auto where = [&] { return "column " + quote_identifier(schema().column(column).name); };
  if (!bytes) return fail(ErrorCode::kCorruption, "the key ends before this column", where());
  auto value = take_key_part(*key.parts()[i].type, key.parts()[i].order, *bytes);
  if (!value) return fail(std::move(value).error().within(where()));
  return value;
}

Result<std::vector<ColumnIndex>> RowRef::present_columns() const {
  std::vector<std::uint32_t> found;
  WISP_TRY(mapping_ == nullptr ? view_.present_columns(found)
                               : mapping_->present_columns(view_, found));
  for (const KeyPart& part : schema().key()) {
    found.push_back(to_underlying(part.column));
  }
  std::sort(found.begin(), found.end());
  std::vector<ColumnIndex> columns;
  columns.reserve(found.size());
  for (const std::uint32_t c : found) columns.push_back(ColumnIndex{c});
  return columns;
}

RowToken RowRef::token() const {
  // Not as it is stored: a compaction may rewrite it. A damaged row has no other form, and one of a
  // later version may have changed in columns that this version does not have.
  std::span<const std::byte> bytes = view().bytes();
  if (stored_version_ > layouts_->version() ||
      (mapping_ != nullptr && migrated_.row->bytes.empty())) {
    bytes = view_.bytes();
  }
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

RowChecksum RowRef::checksum() const noexcept {
  if (!layouts_->row_checksums()) return RowChecksum::kNone;
  const std::string_view row = text_of(view_.bytes());
  const std::string_view trailer(row.data() + row.size(), kRowChecksumBytes);
  const std::string_view stored_key(key_.data() - kTableIdBytes, key_.size() + kTableIdBytes);
  return row_checksum_matches(row, trailer, stored_key) ? RowChecksum::kMatches
                                                        : RowChecksum::kDiffers;
}

Result<std::uint64_t> RowRef::row_id() const {
  if (!schema().has_hidden_row_id()) {
    return fail(ErrorCode::kInvalidArgument, "the table has a declared key and no row ids",
                layouts_->describe());
  }
  return decode_row_id(key_);
}

std::string RowRef::describe() const {
  return layouts_->describe_row(key_);
}

Row RowRef::to_owned() const {
  assert(!empty());
  Row copy;
  if (empty()) return copy;
  const std::size_t trailer = layouts_->row_checksums() ? kRowChecksumBytes : 0;
  copy.owned_key_.assign(key_.data() - kTableIdBytes, key_.size() + kTableIdBytes);
  const std::string_view row = text_of(view_.bytes());
  copy.pin_ = store::Pin::copy_of({row.data(), row.size() + trailer});
  // The same bytes were accepted when this row was bound.
  if (!copy.bind(layouts_, copy.owned_key_, copy.pin_.value(), false)) return Row();
  return copy;
}

Row& Row::operator=(Row&& other) noexcept {
  if (this == &other) return *this;
  pin_ = std::move(other.pin_);
  owned_key_ = std::move(other.owned_key_);
  view_ = other.view_;
  is_plain_ = other.is_plain_;
  stored_version_ = other.stored_version_;
  mapping_ = other.mapping_;
  migrated_ = std::move(other.migrated_);
  folded_ = std::move(other.folded_);
  layouts_ = std::move(other.layouts_);
  key_text_ = std::move(other.key_text_);
  // A short key moves with its string.
  key_ = other.empty() ? std::string_view() : std::string_view(owned_key_).substr(kTableIdBytes);
  other.unbind();
  other.owned_key_.clear();
  return *this;
}

}  // namespace wisp
