// Text on a terminal: how wide it is, and how foreign text is made harmless and short.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wisp::tools {

// Makes wcwidth() know UTF-8, whatever the user's locale. Call once at start.
void use_utf8_widths();

// Columns of a terminal that valid UTF-8 takes.
std::size_t display_width(std::string_view text);

// Appends `text` with control characters (C0, C1, DEL), bidirectional overrides and invalid UTF-8
// escaped as \n, \t, \x1b, \u202e, and a backslash doubled; so that data cannot drive a terminal.
void append_escaped(std::string_view text, std::string& out);

// Appends escaped text that is cut to `max_width` terminal columns; a cut ends in an ellipsis.
// Requires: max_width >= 1, `escaped` is valid UTF-8.
void append_cut(std::string_view escaped, std::size_t max_width, std::string& out);

// The same as append_escaped, but newlines stay: for messages.
std::string escaped_message(std::string_view text);

}  // namespace wisp::tools
