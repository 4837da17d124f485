// Batches, as they are and with a checksum that is right: every row of one that opens can be read.
#include <xxhash.h>

#include <cstring>

#include "fuzz_target.h"
#include "wisp/codec/row_batch.h"

namespace wisp::fuzz {
namespace {

void read_batch(const LayoutPtr& layout, std::string_view bytes) {
  const auto batch = RowBatch::open(layout, as_bytes(bytes), nullptr);
  if (!batch) return;
  std::size_t row_bytes = 0;
  for (std::size_t i = 0; i < batch->size(); ++i) {
    row_bytes += batch->bytes(i).size();
    for (std::uint32_t c = 0; c < layout->column_count(); ++c) {
      if (!layout->slot(ColumnIndex{c}).is_key) (void)(*batch)[i].value(ColumnIndex{c});
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
  std::string bytes(fuzz::as_text(data + 1, size - 1));
  fuzz::read_batch(layout, bytes);
  if (bytes.size() < kBatchHeaderBytes) return 0;
  const std::string covered = bytes.substr(0, 24) + bytes.substr(32);
  const std::uint64_t checksum = XXH3_64bits(covered.data(), covered.size());
  std::memcpy(bytes.data() + 24, &checksum, 8);
  fuzz::read_batch(layout, bytes);
  return 0;
}
