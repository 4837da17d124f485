#include "wisp/engine/struct_reader.h"

#include <bit>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace wisp::internal {
namespace {

// Reads a column as T and puts it where a kernel would.
template <typename T, typename Put>
Access read_as(const ColumnOfRow& from, const ColumnSlot& slot, Put&& put) {
  const auto handle = from.layout.column<T>(ColumnIndex{slot.column});
  if (!handle) return Access::kDamaged;
  T value{};
  const Access access = from.row.read(*handle, value);
  if (access == Access::kPresent) put(value);
  return access;
}

}  // namespace

Access ColumnOfRow::operator()(const ColumnSlot& slot, FieldCell& cell, CellSpace& space) const {
  cell.data = nullptr;
  const auto put_bits = [&cell](auto v) { cell.bits = static_cast<std::uint64_t>(v); };
  switch (slot.kind) {
    case TypeKind::kBoolean:
      return read_as<bool>(*this, slot, put_bits);
    case TypeKind::kReal:
      return read_as<float>(*this, slot,
                            [&](float v) { cell.bits = std::bit_cast<std::uint32_t>(v); });
    case TypeKind::kDouble:
      return read_as<double>(*this, slot,
                             [&](double v) { cell.bits = std::bit_cast<std::uint64_t>(v); });
    case TypeKind::kDecimal:
      return read_as<Decimal>(*this, slot, [&](const Decimal& v) {
        if (slot.cls != SlotClass::kFixed16) return put_bits(v.unscaled);
        std::memcpy(space.data(), &v.unscaled, space.size());
        cell.data = space.data();
      });
    case TypeKind::kUuid:
      return read_as<Uuid>(*this, slot, [&](const Uuid& v) {
        std::memcpy(space.data(), v.bytes.data(), space.size());
        cell.data = space.data();
      });
    default:
      break;
  }
  if (is_string_like(slot.kind)) {
    return read_as<std::string_view>(*this, slot, [&](std::string_view v) {
      cell.data = reinterpret_cast<const std::byte*>(v.data());
      cell.bits = v.size();
    });
  }
  return is_unsigned(slot.kind) ? read_as<std::uint64_t>(*this, slot, put_bits)
                                : read_as<std::int64_t>(*this, slot, put_bits);
}

}  // namespace wisp::internal
