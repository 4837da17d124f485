// The variable-length values of a row: measuring and writing their offset table and heap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "wisp/codec/row_format.h"

namespace wisp {

class TextSection {
 public:
  // Measures. The values, in the order of the offset table, must live until write().
  explicit TextSection(std::span<const std::string_view> values) noexcept;

  TextForm form() const noexcept { return form_; }
  // Table and heap together, with block starts of so many bytes.
  std::uint64_t size(std::uint64_t start_width) const noexcept;
  // `out` has size(start_width) bytes.
  void write(char* out, std::uint64_t start_width) const noexcept;

 private:
  using Block = std::span<const std::string_view>;
  std::size_t blocks() const noexcept { return (values_.size() + kTextBlock - 1) / kTextBlock; }
  Block block(std::size_t begin) const noexcept {
    return values_.subspan(begin, std::min<std::size_t>(kTextBlock, values_.size() - begin));
  }

  std::span<const std::string_view> values_;
  TextForm form_ = TextForm::kEnds;
  std::uint64_t bytes_ = 0;       // of the values
  std::uint64_t long_bytes_ = 0;  // of varint lengths in TextForm::kLengths
};

}  // namespace wisp
