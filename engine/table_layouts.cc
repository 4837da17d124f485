#include "wisp/engine/table_layouts.h"

#include <algorithm>

#include "wisp/codec/key.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

constexpr std::size_t kShownKeyBytes = 64;
constexpr std::size_t kShownTextBytes = 80;

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

Result<std::uint64_t> row_id_of(const Value& value) {
  if (const auto* id = value.get_if<std::uint64_t>()) return *id;
  const auto* id = value.get_if<std::int64_t>();
  if (id == nullptr) return fail(ErrorCode::kConstraint, "a row id is a BIGINT");
  if (*id < 0) return fail(ErrorCode::kConstraint, "a row id is not negative");
  return static_cast<std::uint64_t>(*id);
}

}  // namespace

TableLayouts::TableLayouts(std::uint32_t table_id, bool row_checksums,
                           std::shared_ptr<const TableVersions> versions, SchemaVersion version)
    : table_id_(table_id),
      row_checksums_(row_checksums),
      versions_(std::move(versions)),
      version_(version),
      layout_(versions_->layout(version)),
      key_(*layout_->schema()),
      needed_to_create_(RowPatcher::needed_to_create(*layout_->schema())),
      earlier_(to_underlying(version) - 1) {
  append_big_endian32(table_id, key_prefix_);
}

Result<const ColumnMapping*> TableLayouts::mapping(SchemaVersion version) const {
  const std::uint32_t index = to_underlying(version) - 1;  // version 0 is no earlier one
  std::atomic<const ColumnMapping*>* const known =
      index < earlier_.size() ? &earlier_[index] : nullptr;
  if (known != nullptr) {
    if (const auto* made = known->load(std::memory_order_acquire)) return made;
  }
  const std::lock_guard lock(mappings_mutex_);
  ColumnMappingPtr& mapping = mappings_[version];
  if (mapping == nullptr) {
    LayoutPtr from = versions_->layout(version);
    if (from == nullptr) {
      return fail(ErrorCode::kUnknownSchema, "the row has schema version " +
                                                 std::to_string(to_underlying(version)) +
                                                 ", which the catalog does not have");
    }
    auto made = ColumnMapping::make(std::move(from), layout_);
    if (!made) return fail(std::move(made).error().within(describe()));
    mapping = std::move(*made);
    if (known != nullptr) known->store(mapping.get(), std::memory_order_release);
  }
  return mapping.get();
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
