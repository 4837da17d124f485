// XXH3-64 by each kernel, against xxHash's own library.
#include "wisp/codec/xxh3.h"

#include <doctest/doctest.h>
#include <xxhash.h>

#include <random>
#include <string>

namespace wisp {
namespace {

TEST_CASE("every kernel has the hash of xxHash's library, at every length and place") {
  std::mt19937 random(8);
  std::string bytes(5000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (const FieldKernels* kernels : available_kernels()) {
    INFO("kernels ", kernels->name);
    for (std::size_t n = 0; n < 2100; ++n) {
      const char* const at = bytes.data() + n % 64;
      if (kernels->xxh3(at, n) != XXH3_64bits(at, n)) FAIL("of ", n, " bytes");
    }
    CHECK(kernels->xxh3(bytes.data(), bytes.size()) == XXH3_64bits(bytes.data(), bytes.size()));
  }
}

TEST_CASE("the hash is the one that is on disks") {
  CHECK(xxh3_64("") == 0x2D06800538D394C2u);
  CHECK(xxh3_64(std::string(500, 'w')) == 0x17E9FD44165EB09Cu);
}

}  // namespace
}  // namespace wisp
