// Rewrite: what the engine does to values when the store rewrites its files anyway (compaction).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wisp::store {

// One pass of the store over some of its files. Threads: one at a time.
class RewriteRun {
 public:
  virtual ~RewriteRun() = default;
  enum class Decision {
    kKeep,
    kReplace,  // `out` takes the place of `value`
    kErase,    // the entry goes
  };
  // `out` is empty before. The store knows of no snapshot or cursor here: the entry must be the
  // same to every reader there may be.
  virtual Decision decide(std::string_view key, std::string_view value, std::string& out) = 0;
};

// Threads: shared by all.
class Rewrite {
 public:
  virtual ~Rewrite() = default;
  virtual std::unique_ptr<RewriteRun> begin() = 0;
  // Every write up to `sequence` stands in files by now, so that no damage of the log can undo it.
  virtual void on_flushed(std::uint64_t sequence) = 0;
};

}  // namespace wisp::store
