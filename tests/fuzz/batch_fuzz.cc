// Batches, as they are and with a checksum that is right: every row of one that opens can be read.
#include <xxhash.h>

#include <cstring>

#include "fuzz_target.h"
#include "touch_values.h"
#include "wisp/codec/row_batch.h"

namespace wisp::fuzz {
namespace {

void read_batch(const LayoutPtr& layout, const ExactBytes& exact) {
  const std::string_view bytes = exact.text();
  const auto batch = RowBatch::open(layout, as_bytes(bytes), nullptr);
  if (!batch) return;
  std::size_t row_bytes = 0;
  for (std::size_t i = 0; i < batch->size(); ++i) {
    row_bytes += batch->bytes(i).size();
    for (std::uint32_t c = 0; c < layout->column_count(); ++c) {
      if (!layout->slot(ColumnIndex{c}).is_key) touch_field((*batch)[i], ColumnIndex{c});
    }
  }
  require(row_bytes == batch->row_bytes(), "the rows of a batch lie one behind the other");
  const auto parts = batch->parts();
  std::string again;
  for (const std::span<const std::byte> part :
       {std::span<const std::byte>(parts.header), parts.index, parts.rows})
    again.append(reinterpret_cast<const char*>(part.data()), part.size());
  require(again == bytes, "a batch that opens is exported as it was");
}

}  // namespace
}  // namespace wisp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  if (size == 0) return 0;
  const SchemaPtr& schema = fuzz::schemas()[data[0] % fuzz::schemas().size()];
  static std::vector<LayoutPtr> layouts(fuzz::schemas().size());
  LayoutPtr& layout = layouts[data[0] % layouts.size()];
  if (!layout) layout = Layout::make(schema);
  std::vector<std::uint8_t> bytes(data + 1, data + size);
  fuzz::read_batch(layout, fuzz::ExactBytes(bytes.data(), bytes.size()));
  if (bytes.size() < kBatchHeaderBytes) return 0;
  std::vector<std::uint8_t> covered(bytes.begin(), bytes.begin() + 24);
  covered.insert(covered.end(), bytes.begin() + 32, bytes.end());
  const std::uint64_t checksum = XXH3_64bits(covered.data(), covered.size());
  std::memcpy(bytes.data() + 24, &checksum, 8);
  fuzz::read_batch(layout, fuzz::ExactBytes(bytes.data(), bytes.size()));
  return 0;
}
