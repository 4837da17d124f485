// Chains: stored values that are not yet one row. codec/FORMAT.md ("Chains") has the bytes.
//
// Patches are folded into rows by RocksDB's own calls (at read, flush and compaction), which may
// come before the catalog can be read and must not fail. Where a fold is not possible then, it
// keeps what it has, byte by byte; readers fold it later, or say what is damaged.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"

namespace wisp {

// More bytes than this are not collected for one row: later patches are left out, and reading the
// row says so. Patches that meet while the catalog is there are folded with one another before
// that (patch_fold.h). Recovery, which has no catalog, collects what the log has of a row: at most
// kMaxMemtableBytes and the batch that went over it (kMaxBatchBytes). Values of RocksDB end at 3
// GB.
inline constexpr std::size_t kMaxChainBytes = std::size_t{9} << 28;
// All memtables together: write_buffer_bytes times RocksDB's max_write_buffer_number, 2 if not set
// otherwise.
inline constexpr std::size_t kMaxMemtableBytes = std::size_t{1} << 30;

// The first byte of a row is its format byte, whose presence form is never 7.
inline bool is_chain(std::string_view stored_value) noexcept {
  return !stored_value.empty() && (static_cast<unsigned char>(stored_value[0]) & 7) == 7;
}

// A stored value and patches behind it. Points to: the bytes it was made of.
struct Chain {
  std::optional<std::string_view> base;   // a stored row; none where no row was
  std::vector<std::string_view> patches;  // stored patches, oldest first
  bool cut_off = false;                   // patches are missing at the end: kMaxChainBytes

  // A row as it is, or a chain taken apart. Fails with kCorruption.
  static Result<Chain> read(std::string_view stored_value);
  // Appends the chain, with the patches that fit into `max_bytes`. One without base and patches is
  // a ghost: it reads as no row.
  void append(std::string& out, std::size_t max_bytes = kMaxChainBytes) const;
  std::size_t size_bytes() const noexcept;  // of what append() gives without a limit
};

}  // namespace wisp
