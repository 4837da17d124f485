// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace wisp::tools {

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);
// "1 row", "2,000 rows".
std::string counted(std::uint64_t number, const char* noun);
// Bytes as "812 B", "3.4 MB" (powers of 1,000).
std::string byte_size(std::uint64_t bytes);

}  // namespace wisp::tools
