#include "wisp/tools/json_lines_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "wisp/schema/text.h"
#include "wisp/tools/input_buffer.h"

namespace wisp::tools {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(InputBuffer::kPaddingBytes >= simdjson::SIMDJSON_PADDING);

std::string_view trim(std::string_view s) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

// Finds a key that stands in an object twice. Open addressing; emptied by counting up, not by
// writing.
class KeySet {
 public:
  void clear() noexcept {
    ++round_;
    count_ = 0;
  }

  // False when `members` has a member of that key among the ones inserted. `index` is the place of
  // the key in `members`.
  bool insert(const std::vector<JsonMember>& members, std::size_t index) {
    if (slots_.size() < 2 * (count_ + 1)) grow(members);
    Slot& slot = find(members, members[index].key);
    if (slot.round == round_) return false;
    slot = Slot{round_, index};
    ++count_;
    return true;
  }

 private:
  struct Slot {
    std::uint64_t round = 0;
    std::size_t index = 0;
  };

  Slot& find(const std::vector<JsonMember>& members, std::string_view key) noexcept {
    std::size_t at = std::hash<std::string_view>{}(key) & (slots_.size() - 1);
    while (slots_[at].round == round_ && members[slots_[at].index].key != key) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return slots_[at];
  }

  void grow(const std::vector<JsonMember>& members) {
    const std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(std::max<std::size_t>(64, 2 * slots_.size())));
    for (const Slot& slot : old) {
      if (slot.round == round_) find(members, members[slot.index].key) = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two of them, at most half in use
  std::uint64_t round_ = 1;
  std::size_t count_ = 0;
};

}  // namespace

struct JsonLinesReader::Impl {
  Impl(std::unique_ptr<ByteSource> source, JsonLinesOptions line_options)
      : input(std::move(source)), options(line_options) {}

  Result<bool> next();
  // Sets `raw` to the next line and consumes it; false at the end of the input.
  Result<bool> next_line();
  Status read_object();
  Status add_member(simdjson::simdjson_result<ondemand::field> field);
  tl::unexpected<Error> refuse(ErrorCode code, std::string message) const {
    return fail(code, std::move(message), "line " + std::to_string(line));
  }
  tl::unexpected<Error> not_json(simdjson::error_code code) const {
    return refuse(ErrorCode::kParse,
                  std::string("not valid JSON: ") + simdjson::error_message(code));
  }

  InputBuffer input;
  JsonLinesOptions options;
  ondemand::parser parser;
  ondemand::document document;
  std::vector<JsonMember> members;
  KeySet keys;
  std::string_view raw;
  std::uint64_t line = 0;
  bool started = false;
  bool skip_line = false;  // inside a line that was too long
  std::optional<Error> failure;
};

Result<bool> JsonLinesReader::Impl::next() {
  members.clear();
  raw = {};
  if (failure) return fail(*failure);
  for (;;) {
    Result<bool> more = next_line();
    if (!more || !*more) return more;
    if (trim(raw).empty()) continue;
    Status status = read_object();
    if (status) return true;
    members.clear();
    return fail(std::move(status).error());
  }
}

Result<bool> JsonLinesReader::Impl::next_line() {
  const auto fill = [this]() -> Status {
    Status status = started ? input.refill() : input.skip_byte_order_mark();
    started = true;
    if (!status) failure = status.error();
    return status;
  };
  if (!started) WISP_TRY(fill());
  for (;;) {
    const std::string_view unread = input.unread();
    if (unread.empty() && input.at_end()) return false;
    const std::size_t newline = unread.find('\n');
    const bool complete = newline != std::string_view::npos || input.at_end();
    const std::size_t length = std::min(newline, unread.size());
    if (!complete && length <= options.max_line_bytes && !skip_line) {
      WISP_TRY(fill());
      continue;
    }
    const bool continued = std::exchange(skip_line, !complete);
    input.consume(std::min(unread.size(), length + 1));
    if (!continued) {
      ++line;
      if (length > options.max_line_bytes) {
        return refuse(ErrorCode::kLimit, "the line has more than " +
                                             std::to_string(options.max_line_bytes) + " bytes");
      }
      raw = unread.substr(0, length);
      if (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
      return true;
    }
    if (!complete) WISP_TRY(fill());
  }
}

Status JsonLinesReader::Impl::read_object() {
  keys.clear();
  // The line stands in the input buffer, which may be read behind its end.
  const simdjson::padded_string_view text(raw.data(), raw.size(),
                                          raw.size() + simdjson::SIMDJSON_PADDING);
  if (trim(raw).front() == '[') {
    return refuse(ErrorCode::kParse,
                  "a JSON array; rows come as one JSON object a line (JSON lines)");
  }
  if (trim(raw).front() != '{') {
    return refuse(ErrorCode::kParse, "a JSON object is expected, not " + quote_text(trim(raw)));
  }
  if (const auto error = parser.iterate(text).get(document)) return not_json(error);
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) return not_json(error);
  for (auto field : object) WISP_TRY(add_member(field));
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return refuse(ErrorCode::kParse, "something stands behind the JSON object");
  }
  return {};
}

Status JsonLinesReader::Impl::add_member(simdjson::simdjson_result<ondemand::field> field) {
  JsonMember member;
  if (const auto error = field.unescaped_key().get(member.key)) return not_json(error);
  ondemand::value value;
  if (const auto error = field.value().get(value)) return not_json(error);
  if (const auto error = simdjson::to_json_string(value).get(member.value)) return not_json(error);
  member.value = trim(member.value);
  if (members.size() == kMaxJsonMembers) {
    return refuse(ErrorCode::kLimit, "the object has too many members");
  }
  members.push_back(member);
  if (keys.insert(members, members.size() - 1)) return {};
  return refuse(ErrorCode::kParse, "the key " + quote_text(member.key) + " stands there twice");
}

JsonLinesReader::JsonLinesReader(std::unique_ptr<ByteSource> source, JsonLinesOptions options)
    : impl_(std::make_unique<Impl>(std::move(source), options)) {}
JsonLinesReader::JsonLinesReader(JsonLinesReader&&) noexcept = default;
JsonLinesReader& JsonLinesReader::operator=(JsonLinesReader&&) noexcept = default;
JsonLinesReader::~JsonLinesReader() = default;

Result<bool> JsonLinesReader::next() {
  return impl_->next();
}
std::span<const JsonMember> JsonLinesReader::members() const noexcept {
  return impl_->members;
}
std::uint64_t JsonLinesReader::line() const noexcept {
  return impl_->line;
}
std::string_view JsonLinesReader::raw() const noexcept {
  return impl_->raw;
}
bool JsonLinesReader::failed() const noexcept {
  return impl_->failure.has_value();
}
const ByteSource& JsonLinesReader::source() const noexcept {
  return impl_->input.source();
}

}  // namespace wisp::tools
