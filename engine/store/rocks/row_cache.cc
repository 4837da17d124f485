#include "wisp/engine/store/rocks/row_cache.h"

#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "wisp/engine/store/rocks/rocks_transaction.h"
#include "wisp/engine/stored_key.h"

namespace wisp::store {
namespace {

constexpr std::uint64_t kNobody = UINT64_MAX;
constexpr std::uint64_t kOneWrite = 1;
constexpr std::uint64_t kOneEnded = std::uint64_t{1} << 32;
constexpr std::uint64_t kUnderWay = kOneEnded - 1;             // the bits of their count
constexpr std::uint64_t kGenerationStep = 0x9E3779B97F4A7C15;  // odd: no two generations are alike

// What stands in the cache: this, then the bytes of the key and of the value.
struct CachedRow {
  std::uint64_t owner;  // kNobody: not to be found
  std::size_t key_bytes;
  std::size_t value_bytes;

  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view key() const { return {bytes(), key_bytes}; }
  rocksdb::Slice value() const { return {bytes() + key_bytes, value_bytes}; }
};

void free_row(const rocksdb::Slice&, void* row) {
  std::free(row);
}

void release_row(void* cache, void* handle) {
  static_cast<rocksdb::Cache*>(cache)->Release(static_cast<rocksdb::Cache::Handle*>(handle));
}

void drop_row(void* cache, void* handle) {
  static_cast<rocksdb::Cache*>(cache)->Release(static_cast<rocksdb::Cache::Handle*>(handle),
                                               /*erase_if_last_ref=*/true);
}

// The first bytes of a key, which are its table's id.
std::string_view table_of(std::string_view key) {
  return key.substr(0, kTableIdBytes);
}

rocksdb::Slice bytes_of(const std::array<std::uint64_t, 2>& key) {
  return {reinterpret_cast<const char*>(key.data()), sizeof key};
}

}  // namespace

RowCache::RowCache(std::shared_ptr<rocksdb::Cache> cache)
    : cache_(std::move(cache)),
      id_(cache_->NewId()),
      stripes_(std::make_unique<std::array<Stripe, kStripes>>()) {}

XXH128_hash_t RowCache::hash(std::string_view key) const noexcept {
  return XXH3_128bits_withSeed(key.data(), key.size(), id_);
}

RowCache::Stripe& RowCache::stripe_of(const XXH128_hash_t& hash) const noexcept {
  return (*stripes_)[hash.high64 % kStripes];
}

std::size_t RowCache::generation_of(std::string_view table) noexcept {
  return XXH3_64bits(table.data(), table.size()) % kGenerations;
}

// Blocks have keys of 16 bytes, too, and RocksDB's clock cache takes no others.
RowCache::CacheKey RowCache::cache_key(std::string_view key,
                                       const XXH128_hash_t& hash) const noexcept {
  const std::uint64_t generation =
      generations_[generation_of(table_of(key))].load(std::memory_order_acquire);
  return {hash.low64 + generation * kGenerationStep, hash.high64};
}

RowCache::CacheKey RowCache::private_key() noexcept {
  const std::uint64_t number = private_rows_.fetch_add(1, std::memory_order_relaxed);
  const XXH128_hash_t hash = XXH3_128bits_withSeed(&number, sizeof number, ~id_);
  return {hash.low64, hash.high64};
}

bool RowCache::find(std::string_view key, rocksdb::PinnableSlice& out, Place& place) {
  const XXH128_hash_t hash = this->hash(key);
  place.stripe_ = &stripe_of(hash);
  place.moment_ = place.stripe_->moment.load(std::memory_order_acquire);
  if ((place.moment_ & kUnderWay) != 0) return false;
  place.key_ = cache_key(key, hash);
  rocksdb::Cache::Handle* handle = cache_->Lookup(bytes_of(place.key_));
  if (handle == nullptr) return false;
  // What is under a hash is looked at before it is believed: it may be anybody's.
  const auto* row = static_cast<const CachedRow*>(cache_->Value(handle));
  if (cache_->GetDeleter(handle) != &free_row || row->owner != id_ || row->key() != key) {
    cache_->Release(handle);
    return false;
  }
  out.PinSlice(row->value(), &release_row, cache_.get(), handle);
  return true;
}

bool RowCache::is_newest(const Place& place) noexcept {
  return place.stripe_->moment.load(std::memory_order_acquire) == place.moment_;
}

rocksdb::Status RowCache::add(const Place& place, std::string_view key,
                              rocksdb::PinnableSlice& value) {
  const std::size_t bytes = sizeof(CachedRow) + key.size() + value.size();
  void* memory = std::malloc(bytes);
  if (memory == nullptr) return {};
  auto* row = new (memory) CachedRow{kNobody, key.size(), value.size()};
  char* to = static_cast<char*>(memory) + sizeof(CachedRow);
  std::memcpy(to, key.data(), key.size());
  std::memcpy(to + key.size(), value.data(), value.size());
  rocksdb::Cache::Handle* handle = nullptr;
  rocksdb::Status s;
  bool findable = false;
  if ((place.moment_ & kUnderWay) == 0) {
    const std::lock_guard adding(place.stripe_->adding);
    findable = is_newest(place);
    if (findable) {
      row->owner = id_;
      s = cache_->Insert(bytes_of(place.key_), row, bytes, &free_row, &handle);
    }
  }
  if (!findable) s = cache_->Insert(bytes_of(private_key()), row, bytes, &free_row, &handle);
  if (!s.ok()) {
    std::free(memory);
    return s;
  }
  value.Reset();
  value.PinSlice(row->value(), findable ? &release_row : &drop_row, cache_.get(), handle);
  return s;
}

void RowCache::forget(std::string_view from, std::string_view to) noexcept {
  const std::string_view table = table_of(from);
  const bool one_table = table.size() == kTableIdBytes &&
                         (table_of(to) == table || to == table_end(load_big_endian32(table)));
  if (one_table) {
    ++generations_[generation_of(table)];
  } else {
    for (std::atomic<std::uint64_t>& generation : generations_) ++generation;
  }
}

void RowCache::begin(Stripe& stripe) {
  const std::lock_guard adding(stripe.adding);
  stripe.moment.fetch_add(kOneWrite);
}

void RowCache::end(Stripe& stripe) {
  stripe.moment.fetch_add(kOneEnded - kOneWrite);
}

void RowCache::begin_all() {
  for (Stripe& stripe : *stripes_) begin(stripe);
}

RowCache::Writing::Writing(RowCache* cache, std::span<const Op> ops)
    : cache_(cache), ops_(ops), all_(cache != nullptr && erases_range(ops)) {
  if (cache_ == nullptr) return;
  if (all_) {
    cache_->begin_all();
    return;
  }
  for (const Op& op : ops_) begin(cache_->stripe_of(cache_->hash(op.key)));
}

RowCache::Writing::Writing(RowCache* cache) : cache_(cache), all_(true) {
  if (cache_ != nullptr) cache_->begin_all();
}

RowCache::Writing::~Writing() {
  if (cache_ == nullptr) return;
  if (all_ && ops_.empty()) cache_->forget({}, {});
  for (const Op& op : ops_) {
    if (op.kind == Op::Kind::kEraseRange) {
      cache_->forget(op.key, op.value);
      continue;
    }
    const XXH128_hash_t hash = cache_->hash(op.key);
    cache_->cache_->Erase(bytes_of(cache_->cache_key(op.key, hash)));
    if (!all_) end(cache_->stripe_of(hash));
  }
  if (!all_) return;
  for (Stripe& stripe : *cache_->stripes_) end(stripe);
}

}  // namespace wisp::store
