// A ByteSource that hands out its bytes in small pieces, and may fail where they end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "wisp/tools/byte_source.h"

namespace wisp::tools::test {

class DrippingSource final : public ByteSource {
 public:
  DrippingSource(std::string bytes, std::size_t max_piece, std::uint64_t seed = 1,
                 std::optional<Error> last = std::nullopt)
      : bytes_(std::move(bytes)), max_piece_(max_piece), engine_(seed), last_(std::move(last)) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    if (position_ == bytes_.size() && last_) return fail(*last_);
    const std::size_t piece = 1 + engine_() % max_piece_;
    const std::size_t count = std::min({piece, capacity, bytes_.size() - position_});
    std::memcpy(out, bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  std::uint64_t input_bytes() const noexcept override { return position_; }

 private:
  std::string bytes_;
  std::size_t max_piece_;
  std::mt19937_64 engine_;
  std::optional<Error> last_;
  std::size_t position_ = 0;
};

}  // namespace wisp::tools::test
