// Order-preserving (memcomparable) keys: comparing the bytes compares the values.
//
// One part after another, in key order; a part of a DESC column has all its bytes inverted.
// Encodings by type are in codec/FORMAT.md ("Keys"). Key columns stand only in the key, never in
// the row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"

namespace wisp {

// Text and bytes in keys are limited, so that a key stays a key.
inline constexpr std::size_t kMaxKeyBytes = 64 * 1024;

// Appends one part. Requires: `type` is_key_type and `value` is not NULL and fits it (check_value).
void append_key_part(const Type& type, SortOrder order, const Value& value, std::string& out);

// Appends the first `values.size()` parts of the schema's key (fewer than all: a prefix for scans).
// Fails when a value is NULL or does not fit its column, or the key exceeds kMaxKeyBytes.
Status append_key(const Schema& schema, std::span<const Value> values, std::string& out);

// Decodes one part from the front of `key` and removes it. Fails with kCorruption.
Result<Value> take_key_part(const Type& type, SortOrder order, std::string_view& key);

// Decodes a whole key; fails when bytes are left over.
Result<std::vector<Value>> decode_key(const Schema& schema, std::string_view key);

// The hidden row id of a table without a declared key: 8 bytes, big-endian.
void append_row_id(std::uint64_t row_id, std::string& out);
Result<std::uint64_t> decode_row_id(std::string_view key);

// The smallest byte string above every string that starts with `prefix`; empty when there is none.
std::string prefix_end(std::string_view prefix);

}  // namespace wisp
