#include "wisp/schema/schema.h"

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "wisp/schema/near_name.h"

namespace wisp {
namespace {

unsigned char fold(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + ('a' - 'A')) : byte;
}

}  // namespace

// FNV-1a over the folded bytes.
std::size_t Schema::FoldedHash::operator()(std::string_view name) const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (char c : name) hash = (hash ^ fold(c)) * 0x100000001b3u;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

bool Schema::FoldedEqual::operator()(std::string_view a, std::string_view b) const noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return fold(x) == fold(y); });
}

bool Schema::is_key_column(ColumnIndex i) const noexcept {
  return is_key_[to_underlying(i)];
}

tl::unexpected<Error> Schema::no_such_column(std::string_view name) const {
  NearName search(name);
  for (const Column& column : columns_) search.offer(column.name);
  std::string message =
      "no column " + quote_identifier(name) + " in table " + quote_identifier(table_name_);
  if (search.found()) message += "; did you mean " + quote_identifier(search.name()) + "?";
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<ColumnIndex> Schema::find(std::string_view name, NameMatch match) const {
  if (const auto exact = by_name_.find(name); exact != by_name_.end())
    return ColumnIndex{exact->second};
  if (match == NameMatch::kExact) return no_such_column(name);
  const auto folded = by_folded_name_.find(name);
  if (folded == by_folded_name_.end()) return no_such_column(name);
  const FoldedMatch& found = folded->second;
  if (found.second.has_value())
    return fail(ErrorCode::kInvalidArgument,
                "column name " + quote_identifier(name) + " is ambiguous in table " +
                    quote_identifier(table_name_) + ": " +
                    quote_identifier(columns_[found.first].name) + " or " +
                    quote_identifier(columns_[*found.second].name));
  return ColumnIndex{found.first};
}

std::optional<ColumnIndex> Schema::find_id(ColumnId id) const noexcept {
  const std::uint32_t wanted = to_underlying(id);
  // A table that never dropped a column has id = index + 1.
  if (wanted != 0 && wanted <= columns_.size() && columns_[wanted - 1].id == id)
    return ColumnIndex{wanted - 1};
  const auto found =
      std::lower_bound(by_id_.begin(), by_id_.end(), wanted,
                       [](const auto& entry, std::uint32_t key) { return entry.first < key; });
  if (found == by_id_.end() || found->first != wanted) return std::nullopt;
  return ColumnIndex{found->second};
}

bool operator==(const Schema& a, const Schema& b) noexcept {
  return a.table_name_ == b.table_name_ && a.version_ == b.version_ && a.key_ == b.key_ &&
         a.next_column_id_ == b.next_column_id_ && a.columns_ == b.columns_;
}

}  // namespace wisp
