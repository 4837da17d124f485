// Records on stdout in any of the output formats: stored rows and the rows of reports alike.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wisp/tools/console.h"
#include "wisp/tools/output_format.h"

namespace wisp::tools {

// A field of every record.
struct Field {
  std::string name;
  bool right_aligned = false;  // numbers
  // Names the record and is no column: the vertical view, whose titles do that, leaves it out.
  bool is_title = false;
};

// A field that is set in one record. Fields without a cell are NULL.
struct Cell {
  std::uint32_t field = 0;  // index in the fields
  std::string_view text;    // plain text or JSON, see RecordWriter::wants_json
};

struct RecordOptions {
  OutputFormat format = OutputFormat::kAuto;
  // Also shows what is NULL: table columns without a value, null members, vertical lines.
  bool show_nulls = false;
  // kAuto on a terminal is the vertical view at once (one record was asked for).
  bool prefer_vertical = false;
  // What the vertical view counts ("3 of 700 columns set").
  std::string_view field_noun = "columns";
};

// Threads: one at a time.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;

  // Whether the text of cells is to be JSON (and unescaped plain text otherwise).
  virtual bool wants_json() const noexcept = 0;
  // Whether it shows titles; building them costs.
  virtual bool wants_title() const noexcept { return false; }
  // `cells`: ascending by field; the texts are copied. `title`: what the vertical view puts above
  // the record, e.g. its key.
  virtual void write(std::span<const Cell> cells, std::string_view title) = 0;
  // After the last record; also where the command was interrupted, so that JSON stays well-formed.
  virtual void finish() = 0;
};

// The writer for `options.format`. `console` must outlive it.
std::unique_ptr<RecordWriter> make_record_writer(Console& console, std::vector<Field> fields,
                                                 const RecordOptions& options);

// What each format is made of (record_json.cc, record_csv.cc, record_vertical.cc, record_table.cc).
std::unique_ptr<RecordWriter> make_json_writer(Console& console, const std::vector<Field>& fields,
                                               bool lines, bool show_nulls);
std::unique_ptr<RecordWriter> make_csv_writer(Console& console, const std::vector<Field>& fields);
std::unique_ptr<RecordWriter> make_vertical_writer(Console& console,
                                                   const std::vector<Field>& fields,
                                                   const RecordOptions& options);
std::unique_ptr<RecordWriter> make_table_writer(Console& console, std::vector<Field> fields,
                                                const RecordOptions& options);

}  // namespace wisp::tools
