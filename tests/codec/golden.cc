#include "golden.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace wisp::testing {
namespace {

std::string print_bytes(std::string_view bytes) {
  std::string out;
  std::size_t line = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t run = 1;
    while (i + run < bytes.size() && bytes[i + run] == bytes[i]) ++run;
    char text[40];
    const auto byte = static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
    if (run >= 8) {
      std::snprintf(text, sizeof text, "%02X*%zu", byte, run);
    } else {
      run = 1;
      std::snprintf(text, sizeof text, "%02X", byte);
    }
    out += line++ % 24 == 0 ? "\n" : " ";
    out += text;
    i += run;
  }
  return out;
}

std::string parse_bytes(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string word; in >> word;) {
    char* end = nullptr;
    const auto byte = static_cast<char>(std::strtoul(word.c_str(), &end, 16));
    out.append(*end == '*' ? std::strtoul(end + 1, nullptr, 10) : 1, byte);
  }
  return out;
}

}  // namespace

std::string print_golden(const Golden& golden) {
  std::string out = "kind " + golden.kind + "\n";
  const auto line = [&](const char* key, const std::string& value) {
    if (!value.empty()) out += std::string(key) + " " + value + "\n";
  };
  line("sql", golden.sql);
  if (golden.version != 1) line("version", std::to_string(golden.version));
  line("values", golden.values);
  line("nulls", golden.nulls);
  line("missing", golden.missing);
  return out + "bytes" + print_bytes(golden.bytes) + "\n";
}

Golden parse_golden(std::string_view text) {
  Golden out;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    const std::size_t space = line.find(' ');
    const std::string key = line.substr(0, space);
    const std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (key == "kind") out.kind = value;
    if (key == "sql") out.sql = value;
    if (key == "version") out.version = static_cast<std::uint32_t>(std::stoul(value));
    if (key == "values") out.values = value;
    if (key == "nulls") out.nulls = value;
    if (key == "missing") out.missing = value;
    if (key != "bytes") continue;
    std::ostringstream rest;
    rest << in.rdbuf();
    out.bytes = parse_bytes(rest.str());
  }
  return out;
}

}  // namespace wisp::testing
