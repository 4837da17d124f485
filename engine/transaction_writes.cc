#include "wisp/engine/transaction_writes.h"

#include <iterator>
#include <utility>

namespace wisp {
namespace {

class OverlayCursor final : public store::Cursor {
 public:
  OverlayCursor(std::unique_ptr<store::Cursor> base,
                std::shared_ptr<const TransactionWrites> writes, const store::Range& range)
      : base_(std::move(base)),
        writes_(std::move(writes)),
        from_(range.from),
        to_(range.to),
        reverse_(range.reverse) {}

  bool next(store::Entry& out) override {
    for (;;) {
      if (!base_waits_ && !base_ended_) {
        base_waits_ = base_->next(base_entry_);
        base_ended_ = !base_waits_;
        if (base_ended_ && !base_->status()) return false;
      }
      const auto* const write = next_write();
      if (write == nullptr && !base_waits_) return false;
      if (write == nullptr || (base_waits_ && before(base_entry_.key, write->first))) {
        base_waits_ = false;  // given out: the base moves on at the next call
        at_ = base_entry_.key;
        started_ = true;
        out = base_entry_;
        return true;
      }
      if (base_waits_ && base_entry_.key == write->first) base_waits_ = false;
      at_ = write->first;
      started_ = true;
      if (!write->second) continue;
      value_ = *write->second;  // a copy: the transaction may write the row again
      out = {at_, value_};
      return true;
    }
  }

  Status status() const override { return base_->status(); }

 private:
  bool before(std::string_view a, std::string_view b) const noexcept {
    return reverse_ ? a > b : a < b;
  }

  // The first write behind at_. Looked up each time, so that writes may come and change meanwhile.
  const TransactionWrites::Map::value_type* next_write() const {
    const TransactionWrites::Map& map = writes_->by_key();
    if (!reverse_) {
      const auto it = started_ ? map.upper_bound(at_) : map.lower_bound(from_);
      return it == map.end() || it->first >= to_ ? nullptr : &*it;
    }
    auto it = map.lower_bound(started_ ? at_ : to_);
    if (it == map.begin()) return nullptr;
    --it;
    return it->first < from_ ? nullptr : &*it;
  }

  std::unique_ptr<store::Cursor> base_;
  std::shared_ptr<const TransactionWrites> writes_;
  const std::string from_;
  const std::string to_;
  const bool reverse_;
  bool started_ = false;
  bool base_waits_ = false;  // base_entry_ is yet to be given out
  bool base_ended_ = false;
  store::Entry base_entry_;
  std::string at_;  // the last key that was passed
  std::string value_;
};

}  // namespace

void TransactionWrites::write(std::string_view key, std::optional<std::string_view> value) {
  auto it = by_key_.find(key);
  if (it == by_key_.end()) {
    it = by_key_.emplace(key, std::nullopt).first;
    size_bytes_ += key.size();
  }
  std::optional<std::string>& written = it->second;
  if (written) size_bytes_ -= written->size();
  if (value) {
    written.emplace(*value);
    size_bytes_ += value->size();
  } else {
    written.reset();
  }
}

std::size_t TransactionWrites::size_with(std::string_view key,
                                         std::optional<std::string_view> value) const {
  const auto* const written = find(key);
  const std::size_t replaced =
      written == nullptr ? 0 : key.size() + (*written ? (*written)->size() : 0);
  return size_bytes_ - replaced + key.size() + (value ? value->size() : 0);
}

const std::optional<std::string>* TransactionWrites::find(std::string_view key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : &it->second;
}

std::unique_ptr<store::Cursor> overlay(std::unique_ptr<store::Cursor> base,
                                       std::shared_ptr<const TransactionWrites> writes,
                                       const store::Range& range) {
  return std::make_unique<OverlayCursor>(std::move(base), std::move(writes), range);
}

}  // namespace wisp
