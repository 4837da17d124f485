// rowdump bytes: every byte of one stored row by name, and what other encodings would have cost.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "wisp/codec/key.h"
#include "wisp/codec/row_inspect.h"
#include "wisp/schema/json.h"
#include "wisp/schema/text.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/display_text.h"
#include "wisp/tools/key_argument.h"
#include "wisp/tools/record_writer.h"
#include "wisp/tools/row_lookup.h"
#include "wisp/tools/rowdump/commands.h"

namespace wisp::tools {
namespace {

// Bytes on one line of the text view.
constexpr std::size_t kLineBytes = 16;

// A stored row and what its bytes mean.
struct Anatomy {
  const Table& table;
  const RowRef& row;
  std::string_view trailer;  // the checksum's bytes
  std::size_t columns_set;   // key columns included
  RowInspection inspection;
};

std::string hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string_view row_bytes(const RowRef& row) {
  const auto bytes = row.stored_view().bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Spaces between the bytes, as people read hex.
std::string spaced_hex(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) out += ' ';
    out += hex(bytes.substr(i, 1));
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string json;
  print_json_string(text, json);
  return json;
}

// The value of a span that holds one column's value, as text or JSON.
std::string span_value(const Anatomy& anatomy, const RowSpan& span, bool json) {
  if (!span.column) return {};
  const auto value = anatomy.row.stored_view().value(*span.column);
  if (!value || value->is_null()) return {};
  const Type& type = anatomy.row.stored_view().layout().type(*span.column);
  std::string out;
  if (json) {
    print_json_value(type, *value, out);
  } else {
    print_value(type, *value, out);
  }
  return out;
}

std::string_view checksum_state(const RowRef& row) {
  switch (row.checksum()) {
    case RowChecksum::kNone:
      return "none";
    case RowChecksum::kMatches:
      return "matches";
    case RowChecksum::kDiffers:
      return "differs";
  }
  return "unknown";
}

void append_json(const Anatomy& anatomy, std::string& out) {
  const Schema& schema = *anatomy.table.schema();
  const std::string_view bytes = row_bytes(anatomy.row);
  const std::string_view key = anatomy.row.key_bytes();
  const auto it = std::back_inserter(out);
  fmt::format_to(it, R"({{"table":{},"schema_version":{},"row_bytes":{},"columns_set":{},)",
                 json_string(schema.table_name()), to_underlying(anatomy.row.stored_version()),
                 bytes.size(), anatomy.columns_set);
  fmt::format_to(it, R"("encoding":{},"key":{{"size":{},"hex":"{}","text":{}}},)",
                 json_string(row_encoding_name(anatomy.row.stored_view())), key.size(), hex(key),
                 json_string(key_text(schema, key)));
  out += R"("spans":[)";
  const char* separator = "";
  for (const RowSpan& span : anatomy.inspection.spans) {
    fmt::format_to(it, R"({}{{"offset":{},"size":{},"hex":"{}","section":{},"meaning":{})",
                   std::exchange(separator, ","), span.offset, span.size,
                   hex(bytes.substr(span.offset, span.size)), json_string(span.section),
                   json_string(span.meaning));
    if (span.column) {
      fmt::format_to(it, R"(,"column":{})",
                     json_string(anatomy.row.stored_view().layout().name(*span.column)));
      const std::string value = span_value(anatomy, span, true);
      if (!value.empty()) fmt::format_to(it, R"(,"value":{})", value);
    }
    out += '}';
  }
  fmt::format_to(it, R"(],"checksum":{{"hex":"{}","state":"{}"}},"encodings":[)",
                 hex(anatomy.trailer), checksum_state(anatomy.row));
  separator = "";
  for (const EncodingCost& cost : anatomy.inspection.costs) {
    fmt::format_to(it, R"({}{{"name":{},"bytes":{},"chosen":{}}})", std::exchange(separator, ","),
                   json_string(cost.name), cost.bytes ? fmt::format("{}", *cost.bytes) : "null",
                   cost.chosen);
  }
  out += "]}\n";
}

void write_spans(Console& console, const Anatomy& anatomy, OutputFormat format) {
  RecordOptions options;
  options.format = format;
  options.field_noun = "fields";
  const auto writer = make_record_writer(
      console,
      {{"offset", true}, {"size", true}, {"hex"}, {"section"}, {"meaning"}, {"column"}, {"value"}},
      options);
  // CSV has a span in one record; for people long ones go on in lines of their own.
  const std::size_t line_bytes = format == OutputFormat::kCsv ? SIZE_MAX : kLineBytes;
  const std::string_view bytes = row_bytes(anatomy.row);
  for (const RowSpan& span : anatomy.inspection.spans) {
    const std::string_view all = bytes.substr(span.offset, span.size);
    const std::array<std::string, 7> texts = {
        fmt::format("{}", span.offset),
        fmt::format("{}", span.size),
        spaced_hex(all.substr(0, line_bytes)),
        span.section,
        span.meaning,
        span.column ? std::string(anatomy.row.stored_view().layout().name(*span.column))
                    : std::string(),
        span_value(anatomy, span, false)};
    std::vector<Cell> cells;
    for (std::uint32_t field = 0; field < texts.size(); ++field) {
      if (field < 5 || span.column) cells.push_back({field, texts[field]});
    }
    writer->write(cells, fmt::format("offset {}", span.offset));
    for (std::size_t at = line_bytes; at < all.size(); at += line_bytes) {
      const std::string offset = fmt::format("{}", span.offset + at);
      const std::string hex_line = spaced_hex(all.substr(at, line_bytes));
      writer->write(std::array<Cell, 2>{Cell{0, offset}, Cell{2, hex_line}}, "offset " + offset);
    }
  }
  writer->finish();
}

void print_text(Console& console, const Anatomy& anatomy, OutputFormat format) {
  const Schema& schema = *anatomy.table.schema();
  const std::string_view key = anatomy.row.key_bytes();
  std::string& out = console.out().buffer();
  const auto it = std::back_inserter(out);
  std::string title;
  append_escaped(key_text(schema, key), title);
  fmt::format_to(it, "{} of table {}: {} bytes, schema version {}, {} of {} columns set\n", title,
                 quote_identifier(schema.table_name()), row_bytes(anatomy.row).size(),
                 to_underlying(anatomy.row.stored_version()), anatomy.columns_set,
                 anatomy.row.stored_view().layout().column_count());
  fmt::format_to(it, "key       {} ({} bytes)\n\n", spaced_hex(key), key.size());
  write_spans(console, anatomy, format);
  fmt::format_to(it, "\nchecksum  {} {}\n", spaced_hex(anatomy.trailer),
                 checksum_state(anatomy.row));
  out += "encodings ";
  const char* separator = "";
  for (const EncodingCost& cost : anatomy.inspection.costs) {
    fmt::format_to(it, "{}{} {}{}", std::exchange(separator, ", "), cost.name,
                   cost.bytes ? fmt::format("{} B", *cost.bytes) : "not possible",
                   cost.chosen ? " (chosen)" : "");
  }
  out += '\n';
}

bool is_json(OutputFormat format) {
  return format == OutputFormat::kJsonLines || format == OutputFormat::kJson;
}

// A row that cannot be read: its stored bytes as they are, so that they can at least be looked at.
ExitCode refused(Console& console, const Table& table, const Key& key, OutputFormat format,
                 const Error& error) {
  const bool missing = error.code == ErrorCode::kNotFound;
  const ExitCode code = console.failed(error);
  std::string encoded;
  if (table.schema()->has_hidden_row_id()) {
    append_row_id(static_cast<std::uint64_t>(key[0].as<std::int64_t>()), encoded);
  } else if (auto status = append_key(*table.schema(), key, encoded); !status) {
    return code;
  }
  store::Pin stored;
  if (missing || !table.get_stored(encoded, stored).value_or(false)) return code;
  if (is_json(format)) {
    console.out().append(
        fmt::format(R"({{"table":{},"key":{{"size":{},"hex":"{}","text":{}}},"stored":"{}"}})",
                    json_string(table.schema()->table_name()), encoded.size(), hex(encoded),
                    json_string(key_text(*table.schema(), key)), hex(stored.value())));
    console.out().append("\n");
  } else {
    console.out().append("stored    " + spaced_hex(stored.value()) + "\n");
  }
  return code;
}

}  // namespace

ExitCode show_bytes(Console& console, const BytesArguments& arguments) {
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadOnly);
  if (!opened) return console.failed(opened.error());
  const Table& table = opened->table;
  auto keys = parse_keys(*table.schema(), arguments.key);
  if (!keys) return console.failed(keys.error());
  if (keys->size() != 1) {
    return console.failed({ErrorCode::kInvalidArgument, "give the key of one row", {}});
  }
  OutputFormat format = arguments.format;
  if (format == OutputFormat::kAuto) {
    format = console.stdout_is_terminal() ? OutputFormat::kTable : OutputFormat::kJsonLines;
  }
  // Damaged rows are what this command is for, so nothing is verified before it is shown.
  auto row = find_row(table, keys->front(), false);
  if (!row) return refused(console, table, keys->front(), format, row.error());
  auto inspection = inspect_row(row->stored_view());
  if (!inspection) {
    return refused(console, table, keys->front(), format,
                   std::move(inspection).error().within(key_text(*table.schema(), keys->front())));
  }
  store::Pin stored;
  auto found = table.get_stored(row->key_bytes(), stored);
  if (!found) return console.failed(found.error());
  const std::string_view trailer =
      stored.value().substr(std::min(row_bytes(*row).size(), stored.value().size()));
  std::vector<std::uint32_t> present;
  if (auto status = row->stored_view().present_columns(present); !status) {
    return console.failed(status.error());
  }
  const std::size_t columns_set = present.size() + table.schema()->key().size();
  const Anatomy anatomy{table, *row, trailer, columns_set, std::move(*inspection)};
  if (format == OutputFormat::kCsv) {
    write_spans(console, anatomy, format);
  } else if (is_json(format)) {
    append_json(anatomy, console.out().buffer());
  } else {
    print_text(console, anatomy, format);
  }
  return row->checksum() == RowChecksum::kDiffers ? ExitCode::kCorruption : ExitCode::kOk;
}

}  // namespace wisp::tools
