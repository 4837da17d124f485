#include "wisp/tools/display_text.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "wisp/schema/value.h"
#include "wisp/tools/number_text.h"

namespace wisp::tools {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(text, out);
  return out;
}

std::string cut(std::string_view text, std::size_t width) {
  std::string out;
  append_cut(text, width, out);
  return out;
}

TEST_CASE("control characters, direction changes and broken UTF-8 are escaped") {
  CHECK(escaped("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(escaped("\x1b[31m") == "\\x1b[31m");
  CHECK(escaped(std::string_view("\0x", 2)) == "\\x00x");
  CHECK(escaped("\x7f") == "\\x7f");
  CHECK(escaped("\xC2\x9B") == "\\x9b");        // CSI as one C1 character
  CHECK(escaped("\xE2\x80\xAE") == "\\u202e");  // right-to-left override
  CHECK(escaped("C:\\new") == "C:\\\\new");
  CHECK(escaped("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82") == "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82");
  CHECK(escaped("\xC3") == "\\xc3");
  CHECK(escaped("\xC0\x80") == "\\xc0\\x80");           // overlong
  CHECK(escaped("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(escaped("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(escaped_message("a\nb\x1b") == "a\nb\\x1b");
}

TEST_CASE("escaped text of any bytes is printable UTF-8") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (auto n = random() % 12; n > 0; --n) bytes += static_cast<char>(random());
    const std::string text = escaped(bytes);
    REQUIRE(is_valid_utf8(text));
    for (const char c : text) REQUIRE(static_cast<unsigned char>(c) >= 0x20);
  }
}

TEST_CASE("width counts terminal columns") {
  use_utf8_widths();
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\xC3\xA9") == 1);
  CHECK(display_width("e\xCC\x81") == 1);                 // combining accent
  CHECK(display_width("\xE6\xBC\xA2\xE5\xAD\x97") == 4);  // wide characters
}

TEST_CASE("a cut never exceeds its width and says that it cut") {
  use_utf8_widths();
  CHECK(cut("abc", 3) == "abc");
  CHECK(cut("abcd", 3) == "ab\u2026");
  CHECK(cut("abcd", 1) == "\u2026");
  CHECK(cut("", 1).empty());
  CHECK(cut("\xE6\xBC\xA2\xE5\xAD\x97", 4) == "\xE6\xBC\xA2\xE5\xAD\x97");
  CHECK(cut("\xE6\xBC\xA2\xE5\xAD\x97", 3) == "\xE6\xBC\xA2\u2026");
  CHECK(cut("\xE6\xBC\xA2\xE5\xAD\x97", 2) == "\u2026");
  for (std::size_t width = 1; width < 12; ++width) {
    const std::string text =
        cut("a\xE6\xBC\xA2"
            "b\xC3\xA9\xE5\xAD\x97xyz",
            width);
    CHECK(display_width(text) <= width);
    CHECK(is_valid_utf8(text));
  }
}

TEST_CASE("numbers for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(18446744073709551615u) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "row") == "1 row");
  CHECK(counted(0, "row") == "0 rows");
  CHECK(byte_size(999) == "999 B");
  CHECK(byte_size(1000) == "1.0 kB");
  CHECK(byte_size(999'949) == "999.9 kB");
  CHECK(byte_size(999'951) == "1.0 MB");
  CHECK(byte_size(18446744073709551615u) == "18.4 EB");
}

}  // namespace
}  // namespace wisp::tools
