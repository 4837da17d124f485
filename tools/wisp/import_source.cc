#include "wisp/tools/wisp/import_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wisp/tools/byte_source.h"
#include "wisp/tools/wisp/csv_import.h"
#include "wisp/tools/wisp/json_import.h"

namespace wisp::tools {
namespace {

// A source of which the first bytes were already read.
class PeekedSource final : public ByteSource {
 public:
  PeekedSource(std::unique_ptr<ByteSource> rest, std::string front)
      : rest_(std::move(rest)), front_(std::move(front)) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    if (used_ == front_.size()) return rest_->read(out, capacity);
    const std::size_t size = std::min(capacity, front_.size() - used_);
    std::memcpy(out, front_.data() + used_, size);
    used_ += size;
    return size;
  }
  std::uint64_t input_bytes() const noexcept override { return rest_->input_bytes(); }
  std::optional<std::uint64_t> input_size() const noexcept override { return rest_->input_size(); }

 private:
  std::unique_ptr<ByteSource> rest_;
  std::string front_;
  std::size_t used_ = 0;
};

InputFormat format_of_name(std::string_view path) {
  std::string name = fold_identifier(path);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".csv")) return InputFormat::kCsv;
  for (const std::string_view ending : {".jsonl", ".ndjson", ".json"}) {
    if (name.ends_with(ending)) return InputFormat::kJsonLines;
  }
  return InputFormat::kByContent;
}

// JSON lines begin with an object; a CSV header that does is not believable. An array is no JSON
// lines either, but their reader says so.
InputFormat format_of_content(std::string_view front) {
  if (front.starts_with("\xef\xbb\xbf")) front.remove_prefix(3);
  const std::size_t first = front.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && (front[first] == '{' || front[first] == '[');
  return json ? InputFormat::kJsonLines : InputFormat::kCsv;
}

}  // namespace

Error input_failure(Error error) {
  if (error.code == ErrorCode::kCorruption || error.code == ErrorCode::kNotFound) {
    error.code = ErrorCode::kIo;
  }
  return error;
}

Result<std::unique_ptr<ImportSource>> open_import_source(const std::string& path,
                                                         InputFormat format) {
  auto opened = open_byte_source(path);
  if (!opened) return fail(input_failure(std::move(opened).error()));
  std::unique_ptr<ByteSource> bytes = std::move(*opened);
  if (format == InputFormat::kByContent) format = format_of_name(path);
  if (format == InputFormat::kByContent) {
    std::string front(4096, '\0');
    const auto size = bytes->read(front.data(), front.size());
    if (!size) return fail(input_failure(size.error()));
    front.resize(*size);
    format = format_of_content(front);
    bytes = std::make_unique<PeekedSource>(std::move(bytes), std::move(front));
  }
  if (format == InputFormat::kJsonLines) return open_json_import(std::move(bytes));
  return open_csv_import(std::move(bytes), path);
}

}  // namespace wisp::tools
