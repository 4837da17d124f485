// RowGuard: what must hold of a row for a write to happen.
#pragma once

#include <cstdint>

namespace wisp {

// Stands for the contents of a row as somebody read them: 128 bits of XXH3 over the row as the
// table's version has it. Equal for equal rows of one schema version, also after a reopening; a
// token of before an ALTER matches no row of a table handle taken after it. Never stored by Wisp.
struct RowToken {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const RowToken&) const = default;
};

// Checked and written as one step: nobody writes the row in between.
class RowGuard {
 public:
  enum class Kind : std::uint8_t { kAbsent, kPresent, kUnchanged };

  // There is no row under the key; else kAlreadyExists.
  static RowGuard absent() { return {Kind::kAbsent, {}}; }
  // There is one; else kNotFound.
  static RowGuard present() { return {Kind::kPresent, {}}; }
  // There is one and it is as it was read; else kConflict. A row that was changed and changed back
  // counts as unchanged.
  static RowGuard unchanged(const RowToken& read) { return {Kind::kUnchanged, read}; }

  Kind kind() const noexcept { return kind_; }
  const RowToken& token() const noexcept { return token_; }

 private:
  RowGuard(Kind kind, const RowToken& token) : kind_(kind), token_(token) {}
  Kind kind_;
  RowToken token_;
};

}  // namespace wisp
