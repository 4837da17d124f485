#include "wisp/engine/row_rewrite.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "wisp/codec/row_verify.h"
#include "wisp/codec/row_view.h"
#include "wisp/engine/chain.h"
#include "wisp/engine/row_checksum.h"
#include "wisp/engine/row_fold.h"
#include "wisp/engine/stored_key.h"

namespace wisp {
namespace {

std::span<const std::byte> bytes_of(std::string_view s) noexcept {
  return std::as_bytes(std::span(s.data(), s.size()));
}

class RowRewriteRun final : public store::RewriteRun {
 public:
  explicit RowRewriteRun(std::shared_ptr<const RowRewrite> rewrite)
      : rewrite_(std::move(rewrite)) {}

  Decision decide(std::string_view key, std::string_view value, std::string& out) override {
    if (key.size() < kTableIdBytes) return Decision::kKeep;
    // Keys come in order: this happens once per table. A target stays right for the whole run,
    // since nobody begins to read rows as an older version.
    if (const std::uint32_t id = load_big_endian32(key); id != table_id_) {
      table_id_ = id;
      target_ = rewrite_->target_of(id);
    }
    if (target_.layouts == nullptr) return Decision::kKeep;
    if (is_chain(value)) return fold(key, value, out);
    // Most tables have one version.
    if (to_underlying(target_.to) <= 1) return Decision::kKeep;
    return rewrite(key, value, out) ? Decision::kReplace : Decision::kKeep;
  }

 private:
  // A row of the highest version in the chain, which is what a reader makes of it; a ghost, which
  // is no row to any reader, goes. Damage stays.
  Decision fold(std::string_view key, std::string_view value, std::string& out) const {
    const auto chain = Chain::read(value);
    if (!chain) return Decision::kKeep;
    const auto exists = fold_row(*target_.layouts, key, *chain, out);
    if (!exists) return Decision::kKeep;
    return *exists ? Decision::kReplace : Decision::kErase;
  }

  bool rewrite(std::string_view key, std::string_view value, std::string& out) const {
    const TableLayouts& layouts = *target_.layouts;
    std::string_view row = value;
    if (layouts.row_checksums()) {
      if (row.size() < kRowChecksumBytes) return false;
      row.remove_suffix(kRowChecksumBytes);
    }
    const auto version = row_schema_version(bytes_of(row));
    if (!version || *version >= target_.to) return false;
    const LayoutPtr from = layouts.versions().layout(*version);
    if (from == nullptr) return false;
    const auto view = RowView::open(*from, bytes_of(row));
    if (!view) return false;
    if (layouts.row_checksums()) {
      if (!row_checksum_matches(row, value.substr(row.size()), key)) return false;
    } else if (!verify_row(*view)) {
      return false;
    }
    if (!layouts.versions().migration(*version, target_.to)->append(*view, out)) return false;
    if (layouts.row_checksums()) append_row_checksum(out, key, out);
    return true;
  }

  std::shared_ptr<const RowRewrite> rewrite_;
  std::uint32_t table_id_ = kNoTableId;  // never given out
  RowRewrite::Target target_;
};

}  // namespace

void RowRewrite::set_tables(const std::map<std::uint32_t, OpenVersion>& tables,
                            std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tables_, [&](const auto& known) { return !tables.contains(known.first); });
  for (const auto& [id, open] : tables) {
    Versions& versions = tables_[id];
    versions.held = open.held;
    if (!versions.by_sequence.empty() && versions.by_sequence.back().layouts == open.layouts) {
      continue;
    }
    versions.by_sequence.push_back({sequence, open.layouts});
  }
  forget_passed();
}

void RowRewrite::on_flushed(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  flushed_sequence_ = std::max(flushed_sequence_, sequence);
  forget_passed();
}

void RowRewrite::forget_passed() {
  for (auto& [id, versions] : tables_) {
    std::deque<Version>& queue = versions.by_sequence;
    while (queue.size() > 1 && queue[1].sequence <= flushed_sequence_) queue.pop_front();
  }
}

RowRewrite::Target RowRewrite::target_of(std::uint32_t table_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(table_id);
  if (found == tables_.end()) return {};
  const Version& first = found->second.by_sequence.front();
  if (first.sequence > flushed_sequence_) return {};
  return {first.layouts, found->second.held->oldest()};
}

std::unique_ptr<store::RewriteRun> RowRewrite::begin() {
  return std::make_unique<RowRewriteRun>(shared_from_this());
}

}  // namespace wisp
