// What every fuzz target has: the entry that libFuzzer and the replay call, a check, and schemas.
//
// An input of the row, key, patch and batch targets is one byte that picks the schema, then bytes;
// those are read from a block of their own (ExactBytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "wisp/schema/ddl.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace wisp::fuzz {

// Ends the program when a promise is broken: what a fuzzer sees.
inline void require(bool condition, const char* promise) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
inline std::span<const std::byte> as_bytes(std::string_view s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}

// A copy in a heap block of just that size, so that sanitizers see what is read before it or behind
// it.
class ExactBytes {
 public:
  ExactBytes(const std::uint8_t* data, std::size_t size)
      : data_(std::make_unique<char[]>(size)), size_(size) {
    if (size != 0) std::memcpy(data_.get(), data, size);
  }
  std::string_view text() const& { return {data_.get(), size_}; }
  std::string_view text() const&& = delete;

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_;
};

inline const std::vector<SchemaPtr>& schemas() {
  static const std::vector<SchemaPtr> all = [] {
    std::vector<SchemaPtr> out;
    std::string many = "CREATE TABLE t (id BIGINT PRIMARY KEY";
    const char* const types[] = {"INTEGER", "BOOLEAN", "VARCHAR", "BIGINT", "SMALLINT UNSIGNED"};
    for (int i = 0; i < 320; ++i) many += ", c" + std::to_string(i) + " " + types[i % 5];
    many += ")";
    for (const std::string& sql :
         {std::string("CREATE TABLE t (id BIGINT, name VARCHAR, a INTEGER NOT NULL, ok BOOLEAN NOT "
                      "NULL, b INTEGER, c INTEGER UNSIGNED, d BIGINT, e DOUBLE, f VARCHAR, g UUID, "
                      "h DECIMAL(38, 2), i DATE, j REAL, k BOOLEAN, l TINYINT, m VARBINARY, "
                      "PRIMARY KEY (id, name DESC))"),
          std::string("CREATE TABLE t (id UUID, at TIMESTAMP, x DOUBLE, tags VARCHAR ARRAY, m "
                      "MAP<VARCHAR, INTEGER ARRAY>, r ROW(p INTEGER NOT NULL, q VARCHAR ARRAY, s "
                      "BOOLEAN) ARRAY, n MAP<DOUBLE, BOOLEAN> NOT NULL, j JSON, PRIMARY KEY (id "
                      "DESC, at, x))"),
          many, std::string("CREATE TABLE t (id BIGINT PRIMARY KEY, u UUID, b BIGINT, i INTEGER)"),
          std::string("CREATE TABLE t (id BIGINT PRIMARY KEY, t TIME(0), d DECIMAL(5, 2), e "
                      "DECIMAL(25, 2), at TIME(3) NOT NULL, r REAL, x DOUBLE NOT NULL, v "
                      "VARCHAR(3), w VARBINARY(2), a DECIMAL(3, 1) NOT NULL ARRAY, y DOUBLE "
                      "ARRAY, m MAP<TIME(0), REAL NOT NULL>)")}) {
      auto script = parse_ddl(sql);
      require(script.has_value(), "the schemas of the targets parse");
      out.push_back(std::get<CreateTable>(script->statements.back()).schema);
    }
    return out;
  }();
  return all;
}

}  // namespace wisp::fuzz
