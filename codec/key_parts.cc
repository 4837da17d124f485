#include "wisp/codec/key_parts.h"

#include <cstring>
#include <utility>

#include "wisp/codec/key.h"

namespace wisp {
namespace {

std::uint32_t key_width_bytes(TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kUTinyInt:
      return 1;
    case TypeKind::kSmallInt:
    case TypeKind::kUSmallInt:
      return 2;
    case TypeKind::kInteger:
    case TypeKind::kUInteger:
    case TypeKind::kReal:
    case TypeKind::kDate:
      return 4;
    case TypeKind::kBigInt:
    case TypeKind::kUBigInt:
    case TypeKind::kDouble:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return 8;
    case TypeKind::kDecimal:
    case TypeKind::kUuid:
      return 16;
    default:
      return 0;
  }
}

// Bytes of a text part with its terminator, or 0 when there is none. Ascending: 00 FF is an escaped
// zero, 00 01 the end; descending parts have every bit inverted.
std::size_t text_part_size(SortOrder order, std::string_view bytes) noexcept {
  const bool inverted = order == SortOrder::kDescending;
  const int mark = inverted ? 0xFF : 0x00;
  const char end = static_cast<char>(inverted ? 0xFE : 0x01);
  std::size_t i = 0;
  while (i < bytes.size()) {
    const void* hit = std::memchr(bytes.data() + i, mark, bytes.size() - i);
    if (hit == nullptr) return 0;
    i = static_cast<std::size_t>(static_cast<const char*>(hit) - bytes.data()) + 1;
    if (i == bytes.size()) return 0;
    if (bytes[i] == end) return i + 1;
    ++i;
  }
  return 0;
}

}  // namespace

KeyParts::KeyParts(const Schema& schema) {
  parts_.reserve(schema.key().size());
  for (const KeyPart& part : schema.key()) {
    const Type& type = schema.column(part.column).type;
    parts_.push_back({&type, part.order, key_width_bytes(type.kind()), part.column});
    has_text_ = has_text_ || parts_.back().width_bytes == 0;
  }
}

std::optional<std::string_view> KeyParts::find(std::string_view key, std::size_t i) const noexcept {
  for (std::size_t p = 0;; ++p) {
    const std::size_t size =
        parts_[p].width_bytes != 0 ? parts_[p].width_bytes : text_part_size(parts_[p].order, key);
    if (size == 0 || size > key.size()) return std::nullopt;
    if (p == i) return key.substr(0, size);
    key.remove_prefix(size);
  }
}

std::optional<std::string_view> KeyParts::text_in_place(const Part& part,
                                                        std::string_view part_bytes) noexcept {
  if (part.order != SortOrder::kAscending || part_bytes.size() < 2) return std::nullopt;
  const std::string_view text = part_bytes.substr(0, part_bytes.size() - 2);
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  return text;
}

Result<std::shared_ptr<const std::vector<std::string>>> KeyParts::decode_text(
    std::string_view key) const {
  std::shared_ptr<std::vector<std::string>> decoded;
  if (!has_text_) return decoded;
  std::string_view rest = key;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::size_t size =
        part.width_bytes != 0 ? part.width_bytes : text_part_size(part.order, rest);
    if (size == 0 || size > rest.size()) {
      return fail(ErrorCode::kCorruption, "the key ends inside its part " + std::to_string(i + 1));
    }
    std::string_view bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    if (part.width_bytes != 0 || text_in_place(part, bytes)) continue;
    WISP_ASSIGN(const Value value, take_key_part(*part.type, part.order, bytes));
    if (decoded == nullptr) decoded = std::make_shared<std::vector<std::string>>(parts_.size());
    (*decoded)[i] = value.as<std::string>();
  }
  return decoded;
}

}  // namespace wisp
