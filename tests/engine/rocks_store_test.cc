// The store seam over RocksDB: pins, cursors, batches, what is refused.
#include "wisp/engine/store/rocks/rocks_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"

namespace wisp::store {
namespace {

using namespace wisp::testing;

std::unique_ptr<Store> open(const std::string& path, RocksOpenMode mode = RocksOpenMode::kCreate) {
  return must(open_rocks_store(path, mode, {})).store;
}

void put(Store& store, const std::string& key, const std::string& value) {
  const Op op{Op::Kind::kPut, key, value};
  must(store.write({&op, 1}, Durability::kWal));
}

TEST_CASE("a pin holds its value until it is let go, whatever happens to the store") {
  const ScratchDirectory scratch;
  std::unique_ptr<Store> store = open(scratch.path());
  const std::string large(100'000, 'x');
  put(*store, "small", "s");
  put(*store, "large", large);
  put(*store, "empty", "");
  Pin small, large_pin, empty;
  for (const bool flushed : {false, true}) {
    if (flushed) must(store->flush());
    CHECK(must(store->get("small", small)));
    CHECK(must(store->get("large", large_pin)));
    CHECK(must(store->get("empty", empty)));
    CHECK(small.value() == "s");
    CHECK(large_pin.value() == large);
    CHECK(empty.value().empty());
  }
  Pin moved = std::move(large_pin);
  CHECK(large_pin.value().empty());  // NOLINT: what is checked
  CHECK(moved.value() == large);
  CHECK(must(store->get("small", large_pin)));
  CHECK_FALSE(must(store->get("none", small)));
  CHECK(small.value().empty());
  CHECK(must(store->get("large", small)));
  must(store->close());
  store.reset();
  CHECK(small.value() == large);
  CHECK(moved.value() == large);
  moved = Pin::copy_of("copy");
  CHECK(moved.value() == "copy");
  moved = Pin::copy_of("");
  CHECK(moved.value().empty());
  // A pin that is not the store's own is replaced, not reused.
  store = open(scratch.path(), RocksOpenMode::kReadWrite);
  moved = Pin::copy_of("copy");
  CHECK(must(store->get("small", moved)));
  CHECK(moved.value() == "s");
}

TEST_CASE("multi_get answers every key once, in order") {
  const ScratchDirectory scratch;
  const std::unique_ptr<Store> store = open(scratch.path());
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back(std::to_string(i * 37 % 1000));
    if (i % 3 != 0) put(*store, keys.back(), "value " + keys.back());
    if (i == 500) must(store->flush());
  }
  std::vector<Pin> pins(keys.size());
  std::vector<Lookup> lookups(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) lookups[i] = {keys[i], &pins[i]};
  for (int again = 0; again < 3; ++again) {  // into pins of this store, and of none
    std::size_t next = 0;
    store->multi_get(lookups, nullptr, [&](std::size_t i, Result<bool> found) {
      CHECK(i == next++);
      CHECK(must(std::move(found)) == (i % 3 != 0));
      CHECK(pins[i].value() == (i % 3 != 0 ? "value " + keys[i] : ""));
    });
    CHECK(next == keys.size());
    std::rotate(pins.begin(), pins.begin() + 1, pins.end());
    pins[0] = Pin::copy_of("copy");
    pins[2] = Pin::copy_of("copy");
  }
  store->multi_get(lookups, nullptr, [](std::size_t, const Result<bool>&) {});
  must(store->close());
  CHECK(pins[1].value() == "value " + keys[1]);
}

TEST_CASE("a cursor walks [from, to) and empty ranges are empty") {
  const ScratchDirectory scratch;
  const std::unique_ptr<Store> store = open(scratch.path());
  for (const char* key : {"a", "b", "c", "d"}) put(*store, key, key);
  const auto keys = [&](const std::string& from, const std::string& to, std::uint64_t expected) {
    const auto cursor = must(store->scan({from, to, expected}));
    std::string out;
    Entry entry;
    while (cursor->next(entry)) {
      CHECK(entry.key == entry.value);
      out += entry.key;
    }
    CHECK_FALSE(cursor->next(entry));
    must(cursor->status());
    return out;
  };
  for (const std::uint64_t expected : {std::uint64_t{3}, UINT64_MAX}) {
    CHECK(keys("", "z", expected) == "abcd");
    CHECK(keys("b", "d", expected) == "bc");
    CHECK(keys("b", "b", expected).empty());
    CHECK(keys("c", "b", expected).empty());
    CHECK(keys("x", "z", expected).empty());
  }
}

TEST_CASE("writes are ordered, and read-only stores refuse them") {
  const ScratchDirectory scratch;
  std::unique_ptr<Store> store = open(scratch.path());
  const Op ops[] = {
      {Op::Kind::kPut, "k", "1"}, {Op::Kind::kErase, "k", {}}, {Op::Kind::kPut, "k", "2"}};
  must(store->write(ops, Durability::kSync));
  must(store->write({}, Durability::kSync));
  Pin pin;
  CHECK(must(store->get("k", pin)));
  CHECK(pin.value() == "2");
  CHECK(must(store->estimate("z", "a")).entries == 0);
  const std::unique_ptr<Store> reader = open(scratch.path(), RocksOpenMode::kReadOnly);
  CHECK(code_of(reader->write(ops, Durability::kSync)) == ErrorCode::kUnsupported);
  CHECK(must(reader->get("k", pin)));
  CHECK(pin.value() == "2");
  must(reader->close());
  CHECK(code_of(open_rocks_store(scratch.path("none"), RocksOpenMode::kReadWrite, {})) ==
        ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace wisp::store
