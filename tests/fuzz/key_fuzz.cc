// Keys: whatever decodes encodes to the same bytes.
#include "fuzz_target.h"
#include "wisp/codec/key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  if (size == 0) return 0;
  const Schema& schema = *fuzz::schemas()[data[0] % fuzz::schemas().size()];
  const fuzz::ExactBytes key(data + 1, size - 1);
  const std::string_view bytes = key.text();
  const auto values = decode_key(schema, bytes);
  if (values) {
    std::string again;
    fuzz::require(append_key(schema, *values, again).has_value() && again == bytes,
                  "a key that decodes is canonical");
  }
  (void)decode_row_id(bytes);
  const std::string end = prefix_end(bytes);
  fuzz::require(end.empty() || end > bytes, "the end of a prefix is above it");
  return 0;
}
