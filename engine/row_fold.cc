#include "wisp/engine/row_fold.h"

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "wisp/codec/patch_migration.h"
#include "wisp/codec/row_patcher.h"
#include "wisp/engine/row_checksum.h"

namespace wisp {
namespace {

std::span<const std::byte> bytes_of(std::string_view s) noexcept {
  return std::as_bytes(std::span(s.data(), s.size()));
}

// The row or patch without its checksum, which has to match.
Result<std::string_view> checked(const TableLayouts& table, std::string_view stored_key,
                                 std::string_view stored, const char* what) {
  if (!table.row_checksums()) return stored;
  if (stored.size() < kRowChecksumBytes) {
    return fail(ErrorCode::kCorruption, std::string(what) + " is too short for its checksum");
  }
  const std::string_view bytes = stored.substr(0, stored.size() - kRowChecksumBytes);
  if (row_checksum_matches(bytes, stored.substr(bytes.size()), stored_key)) return bytes;
  return fail(ErrorCode::kCorruption, "the checksum of " + std::string(what) + " does not match");
}

Status check_known(const TableLayouts& table, SchemaVersion version, const char* what) {
  if (table.versions().schema(version) != nullptr) return {};
  return fail(ErrorCode::kUnknownSchema, std::string(what) + " has schema version " +
                                             std::to_string(to_underlying(version)) +
                                             ", which the catalog does not have");
}

// One fold. What it points to lives until it ends: bytes are moved along only where the schema
// version changes.
class Fold {
 public:
  Fold(const TableLayouts& table, std::string_view stored_key)
      : table_(table), versions_(table.versions()), stored_key_(stored_key) {}

  Status begin(std::string_view stored_row) {
    WISP_ASSIGN(row_, checked(table_, stored_key_, stored_row, "the stored row"));
    WISP_ASSIGN(version_, row_schema_version(bytes_of(row_)));
    WISP_TRY(check_known(table_, version_, "the row"));
    WISP_TRY(RowView::open(*versions_.layout(version_), bytes_of(row_)));
    exists_ = true;
    return {};
  }

  Status add(std::string_view stored_patch) {
    WISP_ASSIGN(std::string_view bytes,
                checked(table_, stored_key_, stored_patch, "a patch of the row"));
    WISP_ASSIGN(const SchemaVersion version, patch_schema_version(bytes_of(bytes)));
    WISP_TRY(check_known(table_, version, "a patch of the row"));
    WISP_ASSIGN(PatchView patch,
                PatchView::open(*versions_.patch_layout(version), bytes_of(bytes)));
    if (!exists_) {
      if (patch.missing() == MissingRow::kIgnore) return {};
      version_ = version;
      patcher_ = versions_.patcher(version_);
      WISP_TRY(patcher_->start_empty());
      exists_ = true;
    } else if (version_ < version) {
      WISP_TRY(move_row_to(version));
    } else if (version < version_) {
      std::string& moved = owned_.emplace_back();
      WISP_TRY(PatchMigration(versions_.patch_layout(version), versions_.patch_layout(version_))
                   .append(patch, moved));
      WISP_ASSIGN(patch, PatchView::open(*versions_.patch_layout(version_), bytes_of(moved)));
    }
    if (!patcher_) WISP_TRY(start_patcher());
    return patcher_->add(patch);
  }

  Result<bool> finish(std::string& out) {
    if (!exists_) return false;
    const std::size_t begin = out.size();
    if (patcher_) {
      WISP_TRY(patcher_->finish(out));
    } else {
      out += row_;
    }
    if (table_.row_checksums()) {
      append_row_checksum(std::string_view(out).substr(begin), stored_key_, out);
    }
    return true;
  }

 private:
  Status start_patcher() {
    WISP_ASSIGN(const RowView row, RowView::open(*versions_.layout(version_), bytes_of(row_)));
    patcher_ = versions_.patcher(version_);
    return patcher_->start(row);
  }

  Status move_row_to(SchemaVersion version) {
    if (patcher_) {
      std::string& now = owned_.emplace_back();
      WISP_TRY(patcher_->finish(now));
      row_ = now;
      patcher_.reset();
    }
    WISP_ASSIGN(const RowView row, RowView::open(*versions_.layout(version_), bytes_of(row_)));
    // Not encoded yet: the patch may have the value of a column that has become NOT NULL.
    TableVersions::PatcherLease moved = versions_.patcher(version);
    moved->row().clear();
    WISP_TRY(versions_.migration(version_, version)->set_fields(row, moved->row()));
    patcher_ = std::move(moved);
    version_ = version;
    return {};
  }

  const TableLayouts& table_;
  const TableVersions& versions_;
  const std::string_view stored_key_;
  bool exists_ = false;
  SchemaVersion version_{};
  std::string_view row_;                 // without checksum; as long as patcher_ is not in use
  std::deque<std::string> owned_;        // rows and patches that were moved to another version
  TableVersions::PatcherLease patcher_;  // once a patch was added
};

}  // namespace

Result<bool> fold_row(const TableLayouts& table, std::string_view stored_key, const Chain& chain,
                      std::string& out) {
  if (chain.cut_off) {
    return fail(ErrorCode::kCorruption,
                "patches of this row were left out because earlier ones could not be folded");
  }
  Fold fold(table, stored_key);
  if (chain.base) WISP_TRY(fold.begin(*chain.base));
  for (const std::string_view patch : chain.patches) WISP_TRY(fold.add(patch));
  return fold.finish(out);
}

Result<bool> fold_patches(const TableLayouts& table, std::string_view stored_key,
                          std::string_view first, std::string_view second, std::string& out) {
  WISP_ASSIGN(const std::string_view a, checked(table, stored_key, first, "a patch of the row"));
  WISP_ASSIGN(const std::string_view b, checked(table, stored_key, second, "a patch of the row"));
  WISP_ASSIGN(const SchemaVersion version, patch_schema_version(bytes_of(a)));
  WISP_ASSIGN(const SchemaVersion other, patch_schema_version(bytes_of(b)));
  if (version != other) return false;
  const LayoutPtr layout = table.versions().patch_layout(version);
  if (layout == nullptr) return false;
  WISP_ASSIGN(const PatchView x, PatchView::open(*layout, bytes_of(a)));
  WISP_ASSIGN(const PatchView y, PatchView::open(*layout, bytes_of(b)));
  // On a missing row only the second would have an effect.
  if (x.missing() == MissingRow::kIgnore && y.missing() == MissingRow::kCreate) return false;
  std::string patch;
  WISP_TRY(fold_patch(x, y, patch));
  out += patch;
  if (table.row_checksums()) append_row_checksum(patch, stored_key, out);
  return true;
}

}  // namespace wisp
