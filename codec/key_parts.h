// Where the parts of an encoded key stand, and the text parts that cannot be read in place.
//
// Reads what codec/key.h writes: fixed-width parts by their width, text up to its terminator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"

namespace wisp {

// Of one schema version, which must outlive it. Immutable; threads: shared by all.
class KeyParts {
 public:
  struct Part {
    const Type* type = nullptr;
    SortOrder order = SortOrder::kAscending;
    std::uint32_t width_bytes = 0;  // 0: text, which ends with its terminator
    ColumnIndex column{};
  };

  explicit KeyParts(const Schema& schema);

  const std::vector<Part>& parts() const noexcept { return parts_; }
  bool has_text() const noexcept { return has_text_; }

  // The encoded bytes of part `i`; nullopt when the key is too short. Requires: i < parts().size().
  std::optional<std::string_view> find(std::string_view key, std::size_t i) const noexcept;

  // The text of a part when it stands in `part_bytes` as it is (ascending, nothing escaped).
  static std::optional<std::string_view> text_in_place(const Part& part,
                                                       std::string_view part_bytes) noexcept;

  // Decodes the text parts that do not stand in the key as they are: one string per key part, empty
  // for the others. Null when there is none, the usual case. Fails with kCorruption.
  Result<std::shared_ptr<const std::vector<std::string>>> decode_text(std::string_view key) const;

 private:
  std::vector<Part> parts_;
  bool has_text_ = false;
};

}  // namespace wisp
