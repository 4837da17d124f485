#include "wisp/codec/patch.h"

#include <algorithm>
#include <bit>

#include "wisp/codec/bytes.h"
#include "wisp/codec/row_sections.h"
#include "wisp/codec/row_verify.h"

namespace wisp {

namespace {

// First byte of a patch; the low bits are the MissingRow mode. FROZEN.
constexpr std::uint8_t kPatchTag = 0x50;

// The ranges of the parts of a patch's head.
struct PatchHead {
  MissingRow missing = MissingRow::kIgnore;
  SchemaVersion version{};
  std::size_t size = 0;  // of tag and version
};

Result<PatchHead> read_head(std::span<const std::byte> bytes) {
  if (bytes.size() < 2) return fail(damaged_at(0, "a patch of fewer than 2 bytes"));
  const auto tag = std::to_integer<std::uint8_t>(bytes[0]);
  if ((tag & ~1u) != kPatchTag) {
    return fail(Error{ErrorCode::kUnknownSchema, "unknown patch format byte", "patch byte 0"});
  }
  PatchHead head{static_cast<MissingRow>(tag & 1), {}, 2};
  const auto version = std::to_integer<std::uint8_t>(bytes[1]);
  head.version = SchemaVersion{version};
  if (version == kVersionEscape) {
    if (bytes.size() < 6) return fail(damaged_at(1, "the schema version is cut off"));
    head.version = SchemaVersion{load_le<std::uint32_t>(bytes.data() + 2)};
    head.size = 6;
    if (to_underlying(head.version) < kVersionEscape) {
      return fail(damaged_at(1, "a small schema version in the long form"));
    }
  }
  return head;
}

}  // namespace

PatchBuilder::PatchBuilder(LayoutPtr layout, std::size_t max_patch_bytes)
    : values_(std::move(layout), max_patch_bytes) {
  nulls_.resize((values_.layout()->nullable_count() + 63) / 64);
}

void PatchBuilder::clear() {
  values_.clear();
  std::fill(nulls_.begin(), nulls_.end(), 0);
}

Status PatchBuilder::set_value(ColumnIndex column, const Value& value) {
  const Layout& l = *layout();
  WISP_TRY(l.check_index(column));
  if (value.is_null() || l.slot(column).is_key) return set_null(column);
  WISP_TRY(values_.set_value(column, value));
  untouch_null(l.slot(column));
  return {};
}

Status PatchBuilder::set_null(ColumnIndex column) {
  const Layout& l = *layout();
  WISP_TRY(l.check_index(column));
  const std::string where = "column " + quote_identifier(l.name(column));
  if (l.slot(column).is_key) {
    return fail(ErrorCode::kInvalidArgument, "a patch cannot change a key column", where);
  }
  if (!l.schema()->column(column).nullable) {
    return fail(ErrorCode::kConstraint, "a NOT NULL column cannot be NULL", where);
  }
  values_.set_null(column);
  touch_null(l.slot(column));
  return {};
}

Status PatchBuilder::finish(MissingRow missing, std::string& out) {
  const std::size_t begin = out.size();
  out.push_back(static_cast<char>(kPatchTag | static_cast<std::uint8_t>(missing)));
  const std::uint32_t version = to_underlying(layout()->schema()->version());
  char number[4];
  store_le(number, version);
  if (version < kVersionEscape) {
    out.push_back(number[0]);
  } else {
    out.push_back(static_cast<char>(kVersionEscape));
    out.append(number, 4);
  }
  std::size_t count = 0;
  for (const std::uint64_t word : nulls_) count += static_cast<std::size_t>(std::popcount(word));
  store_le(number, static_cast<std::uint16_t>(count));
  out.append(number, 2);
  for (std::size_t w = 0; w < nulls_.size(); ++w) {
    for (std::uint64_t word = nulls_[w]; word != 0; word &= word - 1) {
      store_le(number, static_cast<std::uint16_t>(
                           w * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      out.append(number, 2);
    }
  }
  auto done = values_.finish_row(out);
  if (!done) out.resize(begin);
  return done;
}

Result<SchemaVersion> patch_schema_version(std::span<const std::byte> patch) {
  auto head = read_head(patch);
  if (!head) return fail(std::move(head).error());
  return head->version;
}

Result<PatchView> PatchView::open(const Layout& layout, std::span<const std::byte> bytes) {
  auto head = read_head(bytes);
  if (!head) return fail(std::move(head).error());
  if (head->version != layout.schema()->version()) {
    return fail(Error{ErrorCode::kUnknownSchema,
                      "patch has schema version " + std::to_string(to_underlying(head->version)) +
                          ", expected " + std::to_string(to_underlying(layout.schema()->version())),
                      "patch byte 1"});
  }
  bytes = bytes.subspan(head->size);
  if (bytes.size() < 2) return fail(damaged_at(head->size, "the patch is cut off"));
  PatchView out;
  out.missing_ = head->missing;
  out.null_count_ = load_le<std::uint16_t>(bytes.data());
  bytes = bytes.subspan(2);
  if (out.null_count_ > bytes.size() / 2) {
    return fail(damaged_at(head->size, "the list of NULL columns is cut off"));
  }
  out.nulls_ = bytes.data();
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < out.null_count_; ++i) {
    const std::uint32_t slot = load_le<std::uint16_t>(out.nulls_ + 2 * i);
    if (slot < next || slot >= layout.nullable_count()) {
      return fail(damaged_at(head->size + 2 + 2 * i, "NULL columns do not rise or do not exist"));
    }
    next = slot + 1;
  }
  auto values = RowView::open(layout, bytes.subspan(2 * out.null_count_));
  if (!values) return fail(std::move(values).error().within("values of the patch"));
  out.values_ = *values;
  return out;
}

ColumnIndex PatchView::null_column(std::size_t i) const noexcept {
  const std::uint32_t slot = load_le<std::uint16_t>(nulls_ + 2 * i);
  return ColumnIndex{values_.layout().slot_columns()[slot]};
}

Status fold_patch(const PatchView& first, const PatchView& second, std::string& out) {
  // The layouts are alive as long as the views are.
  PatchBuilder builder(LayoutPtr(LayoutPtr(), &first.values().layout()));
  for (const PatchView* patch : {&first, &second}) {
    const RowView& values = patch->values();
    WISP_TRY(values.for_each_present_column([&](ColumnIndex c) {
      builder.untouch_null(values.layout().slot(c));
      return builder.values_.copy_field(values, c, c);
    }));
    for (std::size_t i = 0; i < patch->null_count(); ++i) {
      const ColumnIndex c = patch->null_column(i);
      builder.values_.set_null(c);
      builder.touch_null(values.layout().slot(c));
    }
  }
  const bool creates =
      first.missing() == MissingRow::kCreate || second.missing() == MissingRow::kCreate;
  return builder.finish(creates ? MissingRow::kCreate : MissingRow::kIgnore, out);
}

Status verify_patch(const PatchView& patch) {
  WISP_TRY(verify_row(patch.values()));
  for (std::size_t i = 0; i < patch.null_count(); ++i) {
    const ColumnIndex c = patch.null_column(i);
    if (!patch.values().is_null(c)) {
      return fail(damaged_at(0, "a column that is both NULL and set"));
    }
    if (!patch.values().layout().schema()->column(c).nullable) {
      return fail(damaged_at(0, "a NOT NULL column that is set to NULL"));
    }
  }
  return {};
}

}  // namespace wisp
