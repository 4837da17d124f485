// Serialized schemas and types, as they are and with a checksum that is right.
#include <xxhash.h>

#include <cstring>

#include "fuzz_target.h"
#include "wisp/schema/schema_bytes.h"

namespace wisp::fuzz {
namespace {

void read_both(std::string_view bytes) {
  std::string again;
  if (const auto schema = read_schema_bytes(as_bytes(bytes))) {
    append_schema_bytes(**schema, again);
    require(again == bytes, "a schema that reads is canonical");
    (void)(*schema)->to_sql();
  } else if (const auto type = read_type_bytes(as_bytes(bytes))) {
    append_type_bytes(*type, again);
    require(again == bytes, "a type that reads is canonical");
    (void)type->to_sql();
  }
}

}  // namespace
}  // namespace wisp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  fuzz::read_both(fuzz::as_text(data, size));
  if (size < 8) return 0;
  std::string sealed(fuzz::as_text(data, size));
  const std::uint64_t checksum = XXH3_64bits(data, size - 8);
  std::memcpy(sealed.data() + size - 8, &checksum, 8);
  fuzz::read_both(sealed);
  return 0;
}
