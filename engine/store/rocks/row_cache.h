// Rows in the block cache, one by one: what DatabaseOptions::cache_rows turns on.
//
// Where hot keys are all over a table, a cached block holds one hot row among cold ones. A row that
// is cached by itself takes its own bytes, so that the cache holds more of them the smaller they
// are. The rows stand in the same cache as the blocks and compete with them for its capacity.
//
// Only the newest value of a key is here. RocksDB's own row cache does not hear of range tombstones
// and keeps a row for each file that it was found in; this one is told of every write.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/slice.h>
#include <xxhash.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "wisp/engine/store/store.h"

namespace wisp::store {

// A read asks find() first and, when it had to read the store, hands what it found to add(). A
// write is a Writing from before it starts until it has ended. Then a read that starts after a
// write was seen by anybody never finds what was there before it: keys are counted in stripes, and
// while a write is under way on a stripe nothing of it is found; what a read of before brings is
// not taken. Threads: shared by all.
class RowCache {
 public:
  explicit RowCache(std::shared_ptr<rocksdb::Cache> cache);
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;

 private:
  // The low half counts the writes that are under way, the high half those that have ended.
  struct alignas(64) Stripe {
    std::mutex adding;  // held by what adds a row, and while a write begins
    std::atomic<std::uint64_t> moment{0};
  };
  using CacheKey = std::array<std::uint64_t, 2>;

 public:
  // Where a row that find() did not have belongs, and the moment as of which it is read.
  class Place {
    friend class RowCache;
    Stripe* stripe_ = nullptr;
    std::uint64_t moment_ = 0;
    CacheKey key_{};
  };
  // Pins the row in `out`. False: it is not here; `out` is as it was.
  bool find(std::string_view key, rocksdb::PinnableSlice& out, Place& place);
  // Whether a row that find() had is still the newest.
  static bool is_newest(const Place& place) noexcept;
  // Makes `value`, which was read after find() had filled `place` for the same key, a pin on a copy
  // in the cache, so that what is held counts there; found from now on unless it was written
  // meanwhile. Fails, and `value` is as it was, where a cache with a strict limit has no room.
  rocksdb::Status add(const Place& place, std::string_view key, rocksdb::PinnableSlice& value);

  class Writing {
   public:
    // Of the keys of `ops`, which must stay until the end. A null `cache` does nothing.
    Writing(RowCache* cache, std::span<const Op> ops);
    // Of everything.
    explicit Writing(RowCache* cache);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    RowCache* cache_;
    std::span<const Op> ops_;
    bool all_;
  };

 private:
  static constexpr std::size_t kStripes = 1024;
  static constexpr std::size_t kGenerations = 64;

  // Where generations_ has that of a table.
  static std::size_t generation_of(std::string_view table) noexcept;
  XXH128_hash_t hash(std::string_view key) const noexcept;
  Stripe& stripe_of(const XXH128_hash_t& hash) const noexcept;
  // Requires, where a row is to be found: its stripe was looked at before.
  CacheKey cache_key(std::string_view key, const XXH128_hash_t& hash) const noexcept;
  // Of a row that nobody is to find.
  CacheKey private_key() noexcept;
  // Makes the rows of the keys in [from, to) unreachable.
  void forget(std::string_view from, std::string_view to) noexcept;
  static void begin(Stripe& stripe);
  static void end(Stripe& stripe);
  void begin_all();

  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::uint64_t id_;  // of this among all that share the cache
  // Of tables, by their ids. Part of every key of the cache: a new one makes all rows of before
  // unreachable, and they age out.
  std::array<std::atomic<std::uint64_t>, kGenerations> generations_{};
  std::atomic<std::uint64_t> private_rows_{0};
  const std::unique_ptr<std::array<Stripe, kStripes>> stripes_;
};

}  // namespace wisp::store
