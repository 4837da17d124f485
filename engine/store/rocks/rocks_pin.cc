#include "wisp/engine/store/rocks/rocks_pin.h"

namespace wisp::store {
namespace {

// A reused holder does not keep the memory of one very large copied value for ever.
constexpr std::size_t kKeptBytes = 256 * 1024;

}  // namespace

RocksPin* RocksPin::reuse_or_make(Pin& pin, const std::shared_ptr<rocksdb::Cache>& cache) {
  auto* holder = static_cast<RocksPin*>(pin.reclaim(&RocksPin::release));
  if (holder == nullptr) {
    pin.reset();
    return new RocksPin(cache);
  }
  holder->slice_.Reset();
  std::string* copied = holder->slice_.GetSelf();
  if (copied->capacity() > kKeptBytes) std::string().swap(*copied);
  if (holder->cache_ != cache) holder->cache_ = cache;
  return holder;
}

Pin RocksPin::into_pin(RocksPin* holder) noexcept {
  return Pin(holder->slice_.data(), holder->slice_.size(), &RocksPin::release, holder, nullptr);
}

Pin RocksPin::into_empty_pin(RocksPin* holder) noexcept {
  holder->slice_.Reset();
  return Pin(nullptr, 0, &RocksPin::release, holder, nullptr);
}

}  // namespace wisp::store
