#include "wisp/engine/store/rocks/rocks_pin.h"

namespace wisp::store {
namespace {

// A reused holder does not keep the memory of one very large copied value for ever.
constexpr std::size_t kKeptBytes = 256 * 1024;

}  // namespace

RocksPin& RocksPin::behind(Pin& pin, const std::shared_ptr<rocksdb::Cache>& cache) {
  auto* holder = static_cast<RocksPin*>(pin.word(&RocksPin::release));
  if (holder == nullptr) {
    holder = new RocksPin(cache);
    pin = into_pin(holder);
    return *holder;
  }
  pin.show(nullptr, 0);
  holder->slice_.Reset();
  std::string* copied = holder->slice_.GetSelf();
  if (copied->capacity() > kKeptBytes) std::string().swap(*copied);
  if (holder->cache_ != cache) holder->cache_ = cache;
  return *holder;
}

Pin RocksPin::into_pin(RocksPin* holder) noexcept {
  return Pin(holder->slice_.data(), holder->slice_.size(), &RocksPin::release, holder, nullptr);
}

}  // namespace wisp::store
