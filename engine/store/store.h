// The key-value seam: what Wisp asks of a store, and nothing else. RocksDB stands behind it today
// (store/rocks); a remote store must fit later, so nothing here assumes long snapshots, infallible
// commits or that a value is in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/engine/options.h"
#include "wisp/schema/result.h"

namespace wisp::store {

// A value held in place. No heap: a pointer, a length, and how to let go of it.
// Valid until: release or destruction, whatever happens to the store. Threads: exclusive to move
// and destroy, shared to read.
class Pin {
 public:
  using ReleaseFn = void (*)(void* a, void* b) noexcept;

  Pin() = default;
  Pin(const char* data, std::size_t size, ReleaseFn release, void* a, void* b) noexcept
      : data_(data), size_(size), release_(release), a_(a), b_(b) {}
  Pin(Pin&& o) noexcept { *this = std::move(o); }
  Pin& operator=(Pin&& o) noexcept {
    if (this != &o) {
      reset();
      data_ = std::exchange(o.data_, nullptr);
      size_ = std::exchange(o.size_, 0);
      release_ = std::exchange(o.release_, nullptr);
      a_ = o.a_;
      b_ = o.b_;
    }
    return *this;
  }
  Pin(const Pin&) = delete;  // one owner: release happens once
  Pin& operator=(const Pin&) = delete;
  ~Pin() { reset(); }

  void reset() noexcept {
    if (release_ != nullptr) std::exchange(release_, nullptr)(a_, b_);
    data_ = nullptr;
    size_ = 0;
  }
  std::string_view value() const noexcept { return {data_, size_}; }

  // A pin on a private copy of `bytes`.
  static Pin copy_of(std::string_view bytes);

  // For the store that made this pin: word `a`, which the next get() uses again; null when
  // `release` is not this pin's.
  void* word(ReleaseFn release) const noexcept { return release_ == release ? a_ : nullptr; }
  // The same for what the word stands for by now.
  void show(const char* data, std::size_t size) noexcept {
    data_ = data;
    size_ = size;
  }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  ReleaseFn release_ = nullptr;
  void* a_ = nullptr;
  void* b_ = nullptr;
};

// One change of a write. Points to the caller's bytes, which must stay until write() returns.
struct Op {
  enum class Kind : std::uint8_t { kPut, kErase, kEraseRange, kPatch };
  Kind kind = Kind::kPut;
  std::string_view key;
  // kErase: empty; kEraseRange: the key behind the last one; kPatch: what Fold puts on the value.
  std::string_view value;
};

// What becomes of a value and the patches written on it. Given to the store when it is opened;
// asked at reads, flushes and compactions, also while the store opens, and never fails. Threads:
// any, at any time.
class Fold {
 public:
  virtual ~Fold() = default;
  // `value`: none where there is no entry, or it was erased. `out` becomes the new value.
  virtual void fold(std::string_view key, std::optional<std::string_view> value,
                    std::span<const std::string_view> patches, std::string& out) const noexcept = 0;
  // Appends one patch for two neighbours, the older one first; false where there is none yet.
  virtual bool fold_patches(std::string_view key, std::string_view first, std::string_view second,
                            std::string& out) const noexcept = 0;
};

struct Entry {
  std::string_view key;
  std::string_view value;
};

// The state of the store at one moment. Must be destroyed before its store is closed; cursors made
// from it may outlive it. Threads: shared by all.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// Walks the entries of a range in key order, or in reverse, as of its making; starts before the
// first one.
// Threads: one at a time. Must be destroyed before its store is closed.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // Moves on. False at the end and on failure, which status() tells apart; final in both cases.
  // `out` is valid until the next call or the cursor's end.
  virtual bool next(Entry& out) = 0;
  virtual Status status() const = 0;
};

struct Range {
  std::string from;  // the first key
  std::string to;    // behind the last key
  // About how many entries will be read; a hint for read-ahead and for what may enter the cache.
  std::uint64_t expected_entries = UINT64_MAX;
  bool reverse = false;                // from the last entry to the first
  const Snapshot* snapshot = nullptr;  // of the same store; null: as of now
};

// A write that happens only if the keys it watches have not been written since its start.
// Threads: one at a time. Must be destroyed before its store is closed.
class Transaction {
 public:
  virtual ~Transaction() = default;
  // The state at the start. Lives as long as the transaction.
  virtual const Snapshot& snapshot() const = 0;
  virtual Status watch(std::string_view key) = 0;
  // As Store::write. kConflict, and nothing is written, where a watched key was written or erased
  // since the start (with the same value too), or where the store does not remember that far back.
  // At most once.
  virtual Status commit(std::span<const Op> ops, const WriteOptions& options) = 0;
};

struct SizeEstimate {
  std::uint64_t entries = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t memtable_bytes = 0;
};

// What an operator watches of a store, at one moment; a store fills what it has.
struct StoreStats {
  // The block cache. Rows that are held pin their blocks; pins may overshoot the capacity, since
  // failing reads would be worse: alert where pinned comes near capacity, and see Row::to_owned().
  std::uint64_t cache_capacity_bytes = 0;
  std::uint64_t cache_used_bytes = 0;
  std::uint64_t cache_pinned_bytes = 0;
  std::uint64_t memtable_bytes = 0;
  std::uint64_t file_bytes = 0;
  // Compaction that falls behind: RocksDB then slows writes down, and stops them in the end.
  std::uint64_t level0_files = 0;
  std::uint64_t pending_compaction_bytes = 0;
  std::uint64_t running_compactions = 0;
  std::uint64_t running_flushes = 0;
  std::uint64_t delayed_write_rate_bytes = 0;  // per second; 0: writes are not slowed down
  std::uint64_t unflushed_memtables = 0;       // full ones that wait to be flushed
  WriteState writes = WriteState::kRunning;
  std::string writes_reason;  // for people; while writes run, a compaction that failed, or empty
  std::uint64_t background_errors = 0;
};

// One of several keys that are read together, and where its value goes.
struct Lookup {
  std::string_view key;
  Pin* value = nullptr;
};

// Called once per key of multi_get, in order of the keys: an error, false (absent), or true, and
// the pin is filled; it is empty otherwise.
using MultiGetSink = std::function<void(std::size_t index, Result<bool> found)>;

// An open store. Threads: shared by all, except close().
class Store {
 public:
  virtual ~Store() = default;

  // The value under `key`; false when there is none. A pin that this store filled before is reused.
  // `snapshot`: of this store; null: as of now.
  virtual Result<bool> get(std::string_view key, Pin& out, const Snapshot* snapshot) = 0;
  Result<bool> get(std::string_view key, Pin& out) { return get(key, out, nullptr); }
  virtual void multi_get(std::span<const Lookup> keys, const Snapshot* snapshot,
                         const MultiGetSink& sink) = 0;
  virtual Result<std::unique_ptr<Cursor>> scan(const Range& range) = 0;

  // All of `ops` or none, in this order. After kUnknownOutcome the store has failed under the
  // write: it may be there after the next opening, and every further write is refused with kIo.
  // kNoSpace: nothing was written, and once there is space again writes go on.
  virtual Status write(std::span<const Op> ops, const WriteOptions& options) = 0;
  Status write(std::span<const Op> ops, Durability durability) {
    return write(ops, WriteOptions{durability});
  }
  virtual std::unique_ptr<Snapshot> snapshot() = 0;
  // kUnsupported where the store is read-only.
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;
  // Makes every acknowledged write durable as Durability::kSync does.
  virtual Status sync() = 0;

  // Not below the sequence number of any write that has returned; see Rewrite::on_flushed.
  virtual std::uint64_t last_sequence() const = 0;

  // Gives the space of [from, to) back in the background. Requires: kEraseRange has erased it, and
  // nobody reads or writes there any more; cursors that are open may go on.
  virtual void reclaim(std::string from, std::string to) = 0;

  virtual Status flush() = 0;
  virtual Status compact() = 0;
  virtual Result<SizeEstimate> estimate(std::string_view from, std::string_view to) = 0;
  virtual StoreStats stats() = 0;
  // One of the store's own properties, by its name for it; kNotFound for a name it does not know.
  virtual Result<std::string> property(std::string_view name) = 0;
  // Of a store opened beside a writer: what was written since, opened to be looked at as a
  // snapshot; null where nothing was. Reads as of now see it from show_ahead() on. On failure
  // nothing has changed. Threads: one at a time.
  virtual Result<std::unique_ptr<Snapshot>> look_ahead() = 0;
  // Requires: look_ahead() gave a snapshot; it may be gone.
  virtual void show_ahead() = 0;

  // Requires: no cursor, snapshot or transaction is alive. Pins may be. The store answers nothing
  // afterwards.
  virtual Status close() = 0;
};

}  // namespace wisp::store
