// Where an import takes its rows from: a CSV file or JSON lines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wisp/codec/layout.h"
#include "wisp/codec/row_builder.h"
#include "wisp/schema/result.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {

// Threads: one at a time.
class ImportSource {
 public:
  enum class Step { kRow, kBad, kEnd };

  virtual ~ImportSource() = default;

  // Finds the columns of `layout` that the file has. Called before next(), perhaps again with
  // another layout of the same columns. Fails with kInvalidArgument where the header does not fit
  // the table.
  virtual Status bind(const LayoutPtr& layout) = 0;

  // Reads the next record into `row`, which was cleared and is of the bound layout; its fields are
  // borrowed until the next call. kBad: the record is not a row of the table, see bad(); the next
  // call goes on behind it. Fails when the file cannot be read on.
  virtual Result<Step> next(RowBuilder& row) = 0;

  // Why the last record is bad; `where` is its column, or empty.
  const Error& bad() const noexcept { return bad_; }
  // Line of the file (from 1) at which the last record starts.
  virtual std::uint64_t line() const noexcept = 0;
  // The last record as it stands in the file, without its line end.
  virtual std::string_view raw() const noexcept = 0;
  // The header as it stands in the file; empty for JSON.
  virtual std::string_view header() const noexcept = 0;

  // Bytes of data so far (after decompression), and bytes read of the file.
  virtual std::uint64_t data_bytes() const noexcept = 0;
  virtual std::uint64_t file_bytes() const noexcept = 0;
  // Size of the file, where it has one.
  virtual std::optional<std::uint64_t> total_file_bytes() const noexcept = 0;

 protected:
  Error bad_;
};

// The error of reading an input file: whatever ails it, it is no damage or absence in the database.
Error input_failure(Error error);

// Opens `path` ("-": stdin), unpacks it where it is gzipped, and finds its format. Fails with kIo,
// or with kParse for a CSV without a header.
Result<std::unique_ptr<ImportSource>> open_import_source(const std::string& path,
                                                         InputFormat format);

}  // namespace wisp::tools
