// Which columns a command shows: names and globs of the command line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"

namespace wisp::tools {

// Resolves the values of -c/--columns. Each value is one column name as it is written, or a
// comma-separated list of names and globs ('*' any run, '?' one character). Names and globs match
// exactly; where nothing does, ignoring case. The order is that of the arguments, of a glob the
// declared one; a column named twice stands at its first place. Fails with kInvalidArgument on a
// name or glob that matches nothing ("did you mean").
Result<std::vector<ColumnIndex>> select_columns(const Schema& schema,
                                                std::span<const std::string> arguments);

// Whether `text` matches `glob` as a whole.
bool glob_matches(std::string_view glob, std::string_view text) noexcept;

}  // namespace wisp::tools
