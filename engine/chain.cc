#include "wisp/engine/chain.h"

#include <cstdint>

#include "wisp/codec/bytes.h"

namespace wisp {
namespace {

constexpr unsigned char kChainTag = 0x07;
constexpr unsigned char kHasBase = 1;
constexpr unsigned char kCutOff = 2;
constexpr std::size_t kHeadBytes = 2;
constexpr std::size_t kSizeBytes = 4;

Error damaged_chain(std::string_view left, std::string_view whole, const char* what) {
  return Error{ErrorCode::kCorruption, what,
               "chain byte " + std::to_string(whole.size() - left.size())};
}

void append_piece(std::string_view bytes, std::string& out) {
  char size[kSizeBytes];
  store_le(size, static_cast<std::uint32_t>(bytes.size()));
  out.append(size, sizeof size);
  out += bytes;
}

}  // namespace

Result<Chain> Chain::read(std::string_view stored_value) {
  Chain out;
  if (!is_chain(stored_value)) {
    out.base = stored_value;
    return out;
  }
  const auto tag = static_cast<unsigned char>(stored_value[0]);
  if (tag != kChainTag || stored_value.size() < kHeadBytes) {
    return fail(damaged_chain(stored_value, stored_value, "a chain of an unknown form"));
  }
  const auto flags = static_cast<unsigned char>(stored_value[1]);
  if ((flags & ~(kHasBase | kCutOff)) != 0) {
    return fail(damaged_chain(stored_value.substr(1), stored_value, "unknown flags of a chain"));
  }
  out.cut_off = (flags & kCutOff) != 0;
  std::string_view left = stored_value.substr(kHeadBytes);
  while (!left.empty()) {
    if (left.size() < kSizeBytes) {
      return fail(damaged_chain(left, stored_value, "the size of a piece is cut off"));
    }
    const auto size = load_le<std::uint32_t>(reinterpret_cast<const std::byte*>(left.data()));
    if (size > left.size() - kSizeBytes) {
      return fail(damaged_chain(left, stored_value, "a piece is cut off"));
    }
    const std::string_view piece = left.substr(kSizeBytes, size);
    if ((flags & kHasBase) != 0 && !out.base) {
      out.base = piece;
    } else {
      out.patches.push_back(piece);
    }
    left.remove_prefix(kSizeBytes + size);
  }
  if ((flags & kHasBase) != 0 && !out.base) {
    return fail(damaged_chain(left, stored_value, "the row of a chain is missing"));
  }
  return out;
}

void Chain::append(std::string& out, std::size_t max_bytes) const {
  const std::size_t begin = out.size();
  unsigned char flags = base ? kHasBase : 0;
  out.push_back(static_cast<char>(kChainTag));
  out.push_back(0);
  if (base) append_piece(*base, out);
  if (cut_off) flags |= kCutOff;
  for (const std::string_view patch : patches) {
    if (out.size() - begin + kSizeBytes + patch.size() > max_bytes) {
      flags |= kCutOff;
      break;
    }
    append_piece(patch, out);
  }
  out[begin + 1] = static_cast<char>(flags);
}

std::size_t Chain::size_bytes() const noexcept {
  std::size_t size = kHeadBytes;
  if (base) size += kSizeBytes + base->size();
  for (const std::string_view patch : patches) size += kSizeBytes + patch.size();
  return size;
}

}  // namespace wisp
