#include "wisp/engine/table_layouts.h"

#include <algorithm>

#include "wisp/codec/key.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

constexpr std::size_t kShownKeyBytes = 64;
constexpr std::size_t kShownTextBytes = 80;
constexpr std::size_t kIdlePatchers = 8;  // more threads than this fold rarely at once

std::string hex_of(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "x'";
  for (const char c : bytes.substr(0, kShownKeyBytes)) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  out += bytes.size() > kShownKeyBytes ? "'..." : "'";
  return out;
}

void append_shown(const Type& type, const Value& value, std::string& out) {
  std::string text;
  print_value(type, value, text);
  const bool cut = text.size() > kShownTextBytes;
  if (cut) text.resize(kShownTextBytes);
  const bool quoted = is_string_like(type.kind());
  if (quoted) out += '\'';
  out += text;
  if (cut) out += "...";
  if (quoted) out += '\'';
}

std::vector<LayoutPtr> make_layouts(const std::vector<SchemaPtr>& versions,
                                    std::vector<LayoutPtr> layouts) {
  for (std::size_t i = layouts.size(); i < versions.size(); ++i) {
    layouts.push_back(Layout::make(versions[i]));
  }
  return layouts;
}

Result<std::uint64_t> row_id_of(const Value& value) {
  if (const auto* id = value.get_if<std::uint64_t>()) return *id;
  const auto* id = value.get_if<std::int64_t>();
  if (id == nullptr) return fail(ErrorCode::kConstraint, "a row id is a BIGINT");
  if (*id < 0) return fail(ErrorCode::kConstraint, "a row id is not negative");
  return static_cast<std::uint64_t>(*id);
}

}  // namespace

TableLayouts::TableLayouts(std::uint32_t table_id, bool row_checksums,
                           const std::vector<SchemaPtr>& versions, const TableLayouts* earlier)
    : table_id_(table_id),
      row_checksums_(row_checksums),
      layouts_(make_layouts(versions,
                            earlier != nullptr ? earlier->layouts_ : std::vector<LayoutPtr>())),
      key_(*layouts_.back()->schema()),
      needed_to_create_(RowPatcher::needed_to_create(*layouts_.back()->schema())),
      mappings_(layouts_.size()) {
  append_big_endian32(table_id, key_prefix_);
}

Result<const ColumnMapping*> TableLayouts::mapping(SchemaVersion version) const {
  std::atomic<const ColumnMapping*>& known = mappings_[to_underlying(version) - 1];
  if (const auto* made = known.load(std::memory_order_acquire)) return made;
  const std::lock_guard lock(made_mutex_);
  if (const auto* made = known.load(std::memory_order_relaxed)) return made;
  auto made = ColumnMapping::make(layouts_[to_underlying(version) - 1], newest());
  if (!made) return fail(std::move(made).error().within(describe()));
  known.store(made->get(), std::memory_order_release);
  mappings_made_.push_back(std::move(*made));
  return mappings_made_.back().get();
}

std::shared_ptr<const RowMigration> TableLayouts::migration(SchemaVersion version) const {
  return migration(version, schema()->version());
}

std::shared_ptr<const RowMigration> TableLayouts::migration(SchemaVersion from,
                                                            SchemaVersion to) const {
  const std::lock_guard lock(made_mutex_);
  std::shared_ptr<const RowMigration>& made = migrations_[{from, to}];
  if (made == nullptr) {
    made = std::make_shared<RowMigration>(layouts_[to_underlying(from) - 1],
                                          layouts_[to_underlying(to) - 1]);
  }
  return made;
}

LayoutPtr TableLayouts::patch_layout(SchemaVersion version) const {
  const std::lock_guard lock(made_mutex_);
  LayoutPtr& made = patching_[version].layout;
  if (made == nullptr) made = Layout::make_patch(layouts_[to_underlying(version) - 1]->schema());
  return made;
}

TableLayouts::PatcherLease TableLayouts::patcher(SchemaVersion version) const {
  PatcherLease lease;
  lease.table_ = this;
  lease.version_ = version;
  const LayoutPtr patches = patch_layout(version);
  {
    const std::lock_guard lock(made_mutex_);
    auto& idle = patching_[version].idle;
    if (!idle.empty()) {
      lease.patcher_ = std::move(idle.back());
      idle.pop_back();
      return lease;
    }
  }
  lease.patcher_ = std::make_unique<RowPatcher>(layouts_[to_underlying(version) - 1], patches);
  return lease;
}

void TableLayouts::PatcherLease::reset() noexcept {
  if (patcher_ == nullptr) return;
  const std::lock_guard lock(table_->made_mutex_);
  auto& idle = table_->patching_[version_].idle;
  if (idle.size() < kIdlePatchers) {
    idle.push_back(std::move(patcher_));
  } else {
    patcher_.reset();
  }
}

TableLayouts::PatcherLease& TableLayouts::PatcherLease::operator=(PatcherLease&& o) noexcept {
  if (this == &o) return *this;
  reset();
  table_ = o.table_;
  version_ = o.version_;
  patcher_ = std::move(o.patcher_);
  return *this;
}

Status TableLayouts::append_key_of(std::span<const Value> values, bool prefix,
                                   std::string& out) const {
  const Schema& s = *schema();
  const std::size_t parts = s.has_hidden_row_id() ? 1 : s.key().size();
  if (values.size() > parts || (!prefix && values.size() != parts)) {
    return fail(ErrorCode::kInvalidArgument,
                "the key has " + std::to_string(parts) + (parts == 1 ? " part, " : " parts, ") +
                    std::to_string(values.size()) + " given",
                describe());
  }
  if (!s.has_hidden_row_id()) {
    if (auto status = append_key(s, values, out); !status) {
      return fail(std::move(status).error().within(describe()));
    }
    return {};
  }
  if (values.empty()) return {};
  auto id = row_id_of(values[0]);
  if (!id) return fail(std::move(id).error().within(describe()));
  append_row_id(*id, out);
  return {};
}

std::string TableLayouts::describe() const {
  return "table " + quote_identifier(schema()->table_name());
}

std::string TableLayouts::describe_row(std::string_view key) const {
  const Schema& s = *schema();
  if (s.has_hidden_row_id()) {
    const auto id = decode_row_id(key);
    return describe() + (id ? ", row id " + std::to_string(*id) : ", key " + hex_of(key));
  }
  const auto values = decode_key(s, key);
  if (!values) return describe() + ", key " + hex_of(key);
  std::string out = describe() + ", key (";
  for (std::size_t i = 0; i < values->size(); ++i) {
    if (i > 0) out += ", ";
    append_shown(s.column(s.key()[i].column).type, (*values)[i], out);
  }
  out += ")";
  return out;
}

}  // namespace wisp
