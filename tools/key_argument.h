// Keys on the command line, and keys in messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/value.h"

namespace wisp::tools {

// One key. A table with a hidden row id: one BIGINT value that is not negative.
using Key = std::vector<Value>;

// The keys named by the arguments of `get`, `erase` and the like:
//   hidden row id or one key column: every argument is one key, as it stands
//   n key columns: n arguments are the parts of one key; else every argument is one key, its parts
//   separated by commas with CSV quoting ("a,b",3)
// Fails with kInvalidArgument, naming the key column, when a part does not fit.
Result<std::vector<Key>> parse_keys(const Schema& schema, std::span<const std::string> arguments);

// A bound of a scan (--from, --to): the leading parts of a key, at least one.
Result<Key> parse_key_prefix(const Schema& schema, std::string_view argument);

// A stored key for people: "row id 17", "key 3,\"a,b\"". Damaged keys print as hex.
std::string key_text(const Schema& schema, std::string_view key_bytes);
std::string key_text(const Schema& schema, const Key& key);

}  // namespace wisp::tools
